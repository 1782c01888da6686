import numpy as np
import pytest
import Stemmer

from agent.grounding.support import content_words, embedding_support, negates, new_words, support_score, token_support
from tests.bag_embedder import BagEmbedder

STEM = Stemmer.Stemmer("english").stemWord


class OppositeEmbedder:
    """Every text points away from the one before it."""

    dim = 2
    fingerprint = "opposite"

    def encode(self, texts):
        return np.array([[(-1.0) ** i, 0.0] for i in range(len(texts))], dtype=np.float32)


def test_content_words_are_stemmed_in_order_without_small_words_and_with_numbers():
    assert content_words("The 3 gates were failing, and the gate of 2017 failed.", STEM) == [
        "3",
        "gate",
        "fail",
        "gate",
        "2017",
        "fail",
    ]


@pytest.mark.parametrize("text", ["It did not open.", "It didn’t open.", "It can't.", "No gate opened.", "It failed."])
def test_a_negation_is_seen(text):
    assert negates(text)


@pytest.mark.parametrize("text", ["It opened.", "The notable knot", "Nordic nobles"])
def test_what_only_looks_like_a_negation_is_none(text):
    assert not negates(text)


def test_new_words_are_those_that_the_evidence_lacks_once_each_in_order():
    claim = "The corrupt director paid the corrupt inspector."
    assert new_words(claim, "The director was paid.", STEM) == ["corrupt", "inspector"]


@pytest.mark.parametrize(
    ("claim", "evidence", "share"),
    [
        ("The gate opened.", "Gates open.", 1.0),
        ("The gate opened slowly, slowly at noon.", "A gate opened.", 0.5),  # gate, open of gate, open, slowli, noon
        ("The gate opened.", "Bread was baked.", 0.0),
        ("It was so.", "It was so.", 0.0),  # no content word at all
    ],
)
def test_token_support_is_the_share_of_different_content_words_that_the_evidence_has(claim, evidence, share):
    assert token_support(claim, evidence, STEM) == pytest.approx(share)


def test_embedding_support_is_the_cosine():
    # Bags of two words each, one shared: 1 / (√2 · √2).
    assert embedding_support("gate opened", "gate closed", BagEmbedder()) == pytest.approx(0.5)


def test_embedding_support_is_never_below_zero():
    assert embedding_support("a", "b", OppositeEmbedder()) == 0.0


def test_support_is_the_mean_of_both_and_the_context_counts_for_tokens_only():
    # Tokens: barrage from the context, gate from the quote: 1. Cosine of (barrage, gate) and (gate, opened): 0.5.
    score = support_score("Barrage gate", "gate opened", "Barrage", embedder=BagEmbedder(), stem=STEM)
    assert score == pytest.approx(0.5 * 1 + 0.5 * 0.5)


def test_opposite_polarity_caps_support():
    options = {"embedder": BagEmbedder(), "stem": STEM}
    assert support_score("The gate did not open.", "The gate did open.", "", **options) == 0.3
    assert support_score("The gate did not open.", "The gate did not open.", "", **options) == pytest.approx(1.0)


def test_what_a_named_title_denies_is_not_what_the_claim_says():
    options = {"embedder": BagEmbedder(), "stem": STEM, "titles": ["Why gates failed"]}
    quote = "The manual set a greasing interval of 14 days."
    assert support_score(f"According to “Why gates failed”, {quote}", quote, "Why gates failed", **options) > 0.8
    denied = "According to “Why gates failed”, the manual did not set a greasing interval of 14 days."
    assert support_score(denied, quote, "Why gates failed", **options) == 0.3
