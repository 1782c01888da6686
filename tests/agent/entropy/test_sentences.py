"""Where in a paragraph's JSON the writer was unsure."""

import json
import math

import pytest

from agent.entropy.sentences import production_of, sentence_entropies, sentence_productions
from agent.entropy.wepr import WeprModel
from lm.types import TokenLogProb

SURE, UNSURE = (("a", 0.0),), (("a", math.log(0.5)), ("b", math.log(0.5)))


def tokens(text, is_unsure, *, size=3):
    pieces = [(i, text[i : i + size]) for i in range(0, len(text), size)]
    return [TokenLogProb(token=t, log_prob_nats=0.0, top=UNSURE if is_unsure(i) else SURE) for i, t in pieces]


SENTENCES = ['The "text": "rope" broke in May.', "The brake had frozen before it."]
JSON = json.dumps({"sentences": [{"text": text, "evidence": [n]} for n, text in enumerate(SENTENCES, start=1)]})


def test_each_sentence_has_the_entropy_of_its_own_beginning():
    second = JSON.index("The brake")
    calm, unsure = sentence_entropies(tokens(JSON, lambda i: i >= second - 2), 2)
    assert calm == 0.0
    assert unsure == pytest.approx(math.log(2))


def test_what_stands_between_the_sentences_is_nobodys():
    told = sentence_entropies(tokens(JSON, lambda i: '"evidence"' in JSON[max(0, i - 6) : i + 12], size=1), 2)
    assert told[1] == 0.0


@pytest.mark.parametrize("n_sentences", [1, 3])
def test_other_sentences_than_were_read_tell_nothing(n_sentences):
    assert sentence_entropies(tokens(JSON, lambda i: True), n_sentences) == [None] * n_sentences


def test_without_log_probabilities_or_alternatives_nothing_is_told():
    assert sentence_entropies(None, 2) == [None, None]
    bare = [TokenLogProb(token=step.token, log_prob_nats=0.0) for step in tokens(JSON, lambda i: True)]
    assert sentence_entropies(bare, 2) == [None, None]


FIFTEEN = tuple((f"t{i}", math.log(1 / 16)) for i in range(15))


def step(text, top=((".", 0.0),) * 15):
    return TokenLogProb(token=text, log_prob_nats=0.0, top=top)


def test_first_token_markers_and_blanks_do_not_count():
    sure = tuple((f"t{i}", 0.0 if i == 0 else -99.0) for i in range(15))
    words = ["- ", "The", " rope", " broke", " [", "1", ",", " 2", "]", "."]
    unsure = {"- ", "The", " [", "1", ",", " 2", "]"}
    produced = production_of([step(word, FIFTEEN if word in unsure else sure) for word in words])
    assert (produced.epr_bits, produced.n_tokens) == (0.0, 3)


def test_a_sentence_has_the_rate_of_its_own_tokens():
    second = JSON.index("The brake")
    told = [step(t.token, FIFTEEN if i * 3 >= second - 2 else SURE * 15) for i, t in
            enumerate(tokens(JSON, lambda i: True))]  # fmt: skip
    calm, unsure = sentence_productions(told, 2)
    assert calm.epr_bits == 0.0
    assert unsure.epr_bits == pytest.approx(3.75)


def test_a_risk_is_told_only_where_it_was_fitted_with_as_many_alternatives():
    wepr = WeprModel(writer="w", temperature=0, k=15, intercept=0.0, means=(0.0,) * 15, maxima=(0.0,) * 15, data="d",
                     n=2, n_wrong=1, seed=1, fitted="", version="")  # fmt: skip
    words = ["The", " rope", " broke", "."]
    assert production_of([step(word, FIFTEEN) for word in words], wepr).risk == 0.5
    fewer = production_of([step(word, FIFTEEN[:5]) for word in words], wepr)
    assert (fewer.risk, fewer.k) == (None, 5)


def test_tokens_without_alternatives_have_no_rate():
    assert production_of(None) is None
    assert production_of([TokenLogProb(token="a", log_prob_nats=0.0)]) is None
