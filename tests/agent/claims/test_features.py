import pytest

from agent.claims.features import read_evidence, support_features
from agent.stemming import english_stem
from tests.bag_embedder import BagEmbedder

STEM, EMBEDDER = english_stem(), BagEmbedder()
EVIDENCE = (
    "The Ulver Barrage was opened on 2 May 2012. It cost 1.3 million marks. The board of the Hallin Office did not "
    "approve a second lock. Mira Tolland had asked for it."
)


def features(claim):
    evidence = read_evidence(EVIDENCE, embedder=EMBEDDER, stem=STEM, lexicon={"the", "it", "nobody"})
    return support_features(claim, evidence)


def test_a_sentence_of_the_evidence_is_carried_in_full():
    found = features("The Ulver Barrage was opened on 2 May 2012.")
    assert (found.number_share, found.name_share, found.coverage, found.pair_coverage) == (1.0, 1.0, 1.0, 1.0)
    assert (found.negation_mismatch, found.turned_verbs) == (0.0, 0.0)
    assert found.embedding_coverage == pytest.approx(1.0)
    assert found.cosine == pytest.approx(1.0)


def test_half_of_the_numbers_and_names_is_a_half():
    found = features("The Ulver Barrage cost 1.3 million marks on 3 May 2012, said Orla Finch.")
    assert found.number_share == 0.5
    assert found.name_share == 0.5


def test_a_claim_without_numbers_and_names_has_none_wrong():
    found = features("nobody came")
    assert (found.number_share, found.name_share, found.coverage) == (1.0, 1.0, 0.0)


def test_a_lost_not_is_seen_twice():
    found = features("The board of the Hallin Office approved a second lock.")
    assert (found.negation_mismatch, found.turned_verbs) == (1.0, 1.0)


def test_words_from_far_apart_count_for_the_whole_and_less_for_the_best_sentences():
    found = features("The Ulver Barrage was asked for by Mira Tolland.")
    assert found.coverage < found.coverage_all == 1.0


def test_the_slots_of_a_scorer_are_empty_and_no_text_at_all_is_no_error():
    found = support_features("", read_evidence("", embedder=EMBEDDER, stem=STEM))
    assert found.information_gain is None
    assert found.worst_loss_bits is None
    assert found.embedding_coverage == 0.0
