"""Mutual information by scorers: a table's, a window's, and the real small model's."""

import math

import numpy as np
import pytest

from lm.mutual_information import estimate_mi
from lm.scoring import ChatTopK, ScoredText, Unavailable
from lm.scripted import ScriptedLM


class TableScorer:
    """Log-probabilities from a table of (condition, text), else -9 nats. Sees `window_tokens` words."""

    def __init__(self, table=None, window_tokens=1000):
        self.table = table or {}
        self.window_tokens = window_tokens
        self.asked = []

    def score(self, text, *, context=""):
        self.asked.append((context, text))
        empty = np.empty(0, dtype=np.int64)
        return ScoredText(text, "table", empty, empty, empty, np.array([self.table.get((context, text), -9.0)]), 0)

    def top_k(self, request):
        return Unavailable("a table")

    def distributions(self, text, *, context=""):
        return Unavailable("a table")

    def count_tokens(self, text):
        return len(text.split())

    def beginning(self, text, n_tokens):
        return " ".join(text.split()[:n_tokens])


def test_every_text_is_scored_under_every_context_in_the_same_frame():
    table = {("x\n\nq\n\n", "a"): -1.0, ("y\n\nq\n\n", "a"): -4.0, ("x\n\nq\n\n", "b"): -5.0, ("y\n\nq\n\n", "b"): -2.0}
    scorer = TableScorer(table)
    found = estimate_mi(["x", "y"], [["a"], ["b"]], scorer, "q", kept_tokens=[[2], [4]])
    assert found.matrix.tolist() == [[-1.0, -4.0], [-5.0, -2.0]]
    assert found.plain.nats == pytest.approx(math.log(2) - math.log1p(math.exp(-3)))
    assert (found.scorer, found.n_cut, found.mean_tokens) == ("table", 0, 3.0)


def test_contexts_of_one_question_are_each_others_negatives_and_no_others_are_asked():
    scorer = TableScorer()
    found = estimate_mi(list("wxyz"), [[c] for c in "abcd"], scorer, ["q", "q", "r", "r"])
    assert len(scorer.asked) == 8
    assert {context for context, text in scorer.asked if text in "cd"} == {"y\n\nr\n\n", "z\n\nr\n\n"}
    assert np.isnan(found.matrix[0, 2:]).all()
    assert (found.n_groups, found.ceiling_bits) == (2, 1.0)


def test_random_negatives_are_as_many_but_of_other_questions_and_keep_the_texts_question():
    scorer = TableScorer()
    found = estimate_mi(list("wxyz"), [[c] for c in "abcd"], scorer, ["q", "q", "r", "r"], negatives="random")
    assert found.ceiling_bits == 1.0
    assert (~np.isnan(found.matrix)).sum(axis=1).tolist() == [2, 2, 2, 2]
    assert np.isnan(found.matrix[[0, 1, 2, 3], [1, 0, 3, 2]]).all()
    assert {context.split()[1] for context, text in scorer.asked if text in "ab"} == {"q"}


def test_a_model_that_cannot_score_given_text_is_unavailable():
    assert isinstance(estimate_mi(["x"], [["a"]], ChatTopK(ScriptedLM([]))), Unavailable)


def test_long_contexts_are_cut_to_the_window_and_it_is_told():
    scorer = TableScorer(window_tokens=20)
    found = estimate_mi(["w " * 30, "x y"], [["a b"], ["c"]], scorer, "why ?")
    assert (found.context_tokens, found.n_cut) == (20 - 2 - 2 - 8, 1)
    assert max(len(context.split()) for context, _ in scorer.asked) == 8 + 2
    shorter = estimate_mi(["w " * 30, "x y"], [["a b"], ["c"]], scorer, max_context_tokens=1)
    assert (shorter.context_tokens, shorter.n_cut) == (1, 2)
    with pytest.raises(ValueError, match="no context"):
        estimate_mi(["x"], [["a " * 20]], scorer)


@pytest.mark.parametrize(
    ("contexts", "texts", "more", "said"),
    [
        (["x"], [["a"], ["b"]], {}, "2 compressions"),
        (["x", "y"], [[], []], {}, "no compression"),
        (["x", "y"], [["a"], [" "]], {}, "empty one"),
        (["x", "y"], [["a"], ["b"]], {"kept_tokens": [[1], [1, 2]]}, "kept_tokens"),
        (["x", "y"], [["a"], ["b"]], {"query": ["q"]}, "1 queries"),
    ],
)
def test_what_does_not_pair_is_refused(contexts, texts, more, said):
    with pytest.raises(ValueError, match=said):
        estimate_mi(contexts, texts, TableScorer(), **more)


def test_progress_counts_texts():
    heard = []
    estimate_mi(["x", "y"], [["a"], ["b"]], TableScorer(), progress=lambda done, total: heard.append((done, total)))
    assert heard == [(2, 4), (4, 4)]


PASSAGES = [
    "The harbour of Vessel Point froze for eleven weeks in the winter of 1902, and the herring boats rotted at their "
    "moorings while the crews hauled coal on sledges.",
    "A potter in the hills above Lunde mixes ash from beech wood into her glaze, which turns a dull green when the "
    "kiln is fired too slowly.",
    "Trains on the Marrow line were pulled by two engines over the summit until 1954, when the gradient was eased by "
    "a tunnel of nine hundred metres.",
    "The orchard keepers of Teal graft three sorts of apple upon one trunk, so that a single tree feeds a family from "
    "August to the first snow.",
    "Nobody could say who had bricked up the library of the old bank, but behind the wall lay forty ledgers and a "
    "parrot's empty cage.",
    "Her telescope was made from a drain pipe and two lenses bought at a fair, yet with it she counted the moons of "
    "Jupiter every clear night for a year.",
]


@pytest.fixture(scope="module")
def small_model(scorer_folder):
    from lm.scorer import TransformersScorer

    return TransformersScorer(scorer_folder, precision="fp32", n_threads=1)


@pytest.mark.model
def test_with_a_real_model_openings_tell_more_than_fragments_and_others_fragments_nothing(small_model):
    rng = np.random.default_rng(1)
    opening = [" ".join(text.split()[:7]) for text in PASSAGES]
    drawn = [" ".join(text.split()[at] for at in np.sort(rng.choice(20, 1, replace=False))) for text in PASSAGES]
    generic = ["This is one of the things that people remember."] * len(PASSAGES)
    kept = [list(three) for three in zip(opening, drawn, generic, strict=True)]
    matrix = estimate_mi(PASSAGES, kept, small_model).matrix

    from lm.information_bound import estimate_from_matrix

    def of(part, shift=0):
        return estimate_from_matrix(matrix[part::3], [(at + shift) % 6 for at in range(6)])

    copied, random, same, rotated = of(0), of(1), of(2), of(0, shift=1)
    assert copied.best.bits > 2.4
    assert copied.plain.bits > random.plain.bits + 0.4
    assert random.best.bits > 0.0 > rotated.best.bits
    assert rotated.plain.bits < -10
    assert rotated.best.clipped_bits == 0.0
    # Mean of logs minus log of mean: by Jensen never above 0, and 0 only if the model did not look at the context.
    assert same.plain.bits <= 0.0
    assert same.best.bits <= 0.0


@pytest.mark.model
def test_many_texts_after_one_context_score_as_each_by_itself(small_model):
    texts = [PASSAGES[1], "A potter", "ash", PASSAGES[0], ""]
    many = small_model.score_many(texts, context=PASSAGES[1] + "\n\n")
    for text, one in zip(texts, many, strict=True):
        alone = small_model.score(text, context=PASSAGES[1] + "\n\n")
        assert one.log_probs_nats == pytest.approx(alone.log_probs_nats, abs=1e-4)
        assert one.starts.tolist() == alone.starts.tolist()
    assert small_model.beginning(PASSAGES[0], 5) == PASSAGES[0][: small_model.score(PASSAGES[0]).ends[4]]
    assert small_model.count_tokens(PASSAGES[0]) == small_model.score(PASSAGES[0]).n_tokens
