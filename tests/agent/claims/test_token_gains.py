import pytest
from pydantic import ValidationError

from agent.claims.token_gains import MAX_EVIDENCE_CHARS, TokenGains, gain_features, token_gains
from lm.scoring import Unavailable
from tests.word_scorer import WordScorer

EVIDENCE = "The gate of Ulver opened in May"


def gains_of(claim, evidence=EVIDENCE):
    return token_gains([claim], evidence, WordScorer())[0]


def test_features_are_those_worked_out_by_hand():
    # Three words of the evidence save 6 bits each, one that it has not costs 2 more than alone: 32 bits become 16.
    features = gain_features(gains_of("The gate opened yesterday"))
    assert features.information_gain == pytest.approx(4.0)
    assert features.gain_share == pytest.approx(0.5)
    assert features.idle_share == pytest.approx(0.25)
    assert features.loss_bits == pytest.approx(0.5)
    assert features.worst_loss_bits == pytest.approx(2.0)


def test_evidence_that_says_something_else_costs_bits():
    right, wrong = gain_features(gains_of("The gate opened")), gain_features(gains_of("A bridge closed"))
    assert right.information_gain > 0.0 > wrong.information_gain
    assert right.worst_loss_bits == 0.0 < wrong.worst_loss_bits
    assert wrong.gain_share == pytest.approx(-0.25)


def test_a_claim_without_tokens_has_no_features():
    features = gain_features(gains_of("…"))
    assert set(features.model_dump().values()) == {0.0}


def test_claims_of_one_evidence_are_scored_after_no_more_of_it_than_fits():
    scorer = WordScorer()
    found = token_gains(["The gate", "The bridge"], "gate " * 5_000, scorer)
    assert [len(one.starts) for one in found] == [2, 2]
    assert {len(context) for _, context in scorer.asked} == {0, MAX_EVIDENCE_CHARS}


def test_a_scorer_that_cannot_tell_gives_no_number():
    class Silent:
        def score(self, text, *, context=""):
            return Unavailable("it is a chat endpoint")

    found = token_gains(["The gate"], EVIDENCE, Silent())
    assert found == Unavailable("it is a chat endpoint")


def test_gains_that_do_not_fit_together_are_refused():
    with pytest.raises(ValidationError, match="equally many"):
        TokenGains(scorer="s", starts=(0,), ends=(3,), alone_bits=(1.0, 2.0), after_bits=(1.0,))
