"""Where in a paragraph's JSON the writer was unsure."""

import json
import math

import pytest

from agent.entropy.sentences import sentence_entropies
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
