import numpy as np

from lm.caching import CachedEmbedder, CachedScorer
from lm.scoring import ScoredText, Unavailable
from tests.bag_embedder import BagEmbedder


class Counting(BagEmbedder):
    def __init__(self):
        self.texts = []

    def encode(self, texts):
        self.texts += texts
        return super().encode(texts)


def test_each_text_is_embedded_once_and_rows_keep_their_order():
    inner = Counting()
    cached = CachedEmbedder(inner)
    first = cached.encode(["a b", "c", "a b"])
    second = cached.encode(["c", "d"])
    assert inner.texts == ["a b", "c", "d"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(first[1], second[0])


def test_no_texts_give_no_rows():
    assert CachedEmbedder(BagEmbedder()).encode([]).shape == (0, 512)


class CountingScorer:
    """Scores a text by its length, and counts how often it is asked."""

    def __init__(self):
        self.asked = []

    def score(self, text, *, context=""):
        self.asked.append((text, context))
        n = len(text)
        return ScoredText(text, "toy", np.zeros(n, int), np.arange(n), np.arange(n) + 1, -np.ones(n), len(context))


def test_a_text_is_scored_once_after_each_context_and_the_last_ones_are_kept():
    inner = CountingScorer()
    scorer = CachedScorer(inner, n_texts=2)
    for context in ("", "", "after", "after"):
        assert scorer.score("abc", context=context).n_context_tokens == len(context)
    assert inner.asked == [("abc", ""), ("abc", "after")]
    scorer.score("new")
    scorer.score("abc")
    assert inner.asked[2:] == [("new", ""), ("abc", "")]


class CountingPrefixScorer(CountingScorer):
    """As `CountingScorer`, and reads a context once for many texts."""

    def score_many(self, texts, *, context=""):
        self.asked.append((tuple(texts), context))
        return [CountingScorer().score(text, context=context) for text in texts]


def test_many_texts_after_one_context_are_asked_for_together_and_only_the_new_ones():
    inner = CountingPrefixScorer()
    scorer = CachedScorer(inner)
    scorer.score("abc", context="after")
    found = scorer.score_many(["ab", "abc", "ab", "a"], context="after")
    assert [one.n_tokens for one in found] == [2, 3, 2, 1]
    assert inner.asked == [(("abc",), "after"), (("ab", "a"), "after")]


def test_a_scorer_that_cannot_tell_is_asked_again():
    class Silent:
        def score(self, text, *, context=""):
            return Unavailable("no")

    assert CachedScorer(Silent()).score_many(["a"]) == Unavailable("no")
    assert CachedScorer(Silent()).score("a") == Unavailable("no")
