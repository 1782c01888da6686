import json

import pytest

from agent.errors import UsageProblem
from evals.support.gain_cache import GainCache
from lm.scoring import Unavailable
from tests.word_scorer import WordScorer

PAIRS = [("The gate opened", "The gate is open"), ("It closed", "The gate is open"), ("A bridge", "The bridge")]


def fill(cache, scorer, *, pairs=PAIRS, seconds=60.0):
    return cache.fill(pairs, lambda: scorer, seconds=seconds, tell=lambda line: None)


def test_what_was_scored_is_kept_and_not_scored_again(tmp_path):
    path, scorer = tmp_path / "gains.jsonl", WordScorer()
    assert fill(GainCache(path, scorer=""), scorer).n_new == 3
    again = GainCache(path, scorer="")
    done = fill(again, None)
    assert (done.n_wanted, done.n_known, done.n_new, done.is_done) == (3, 3, 0, True)
    assert again.scorer == scorer.name
    assert again.find(*PAIRS[0]).after_bits == (2.0, 2.0, 10.0)
    assert again.find("The gate opened", "The bridge") is None


def test_a_stop_keeps_what_was_done_and_the_next_call_goes_on(tmp_path):
    path = tmp_path / "gains.jsonl"
    assert not fill(GainCache(path, scorer=""), WordScorer(), seconds=0.0).is_done
    assert not path.exists()
    fill(GainCache(path, scorer=""), WordScorer(), pairs=PAIRS[:2])
    done = fill(GainCache(path, scorer=""), WordScorer())
    assert (done.n_known, done.n_new, done.is_done) == (2, 1, True)


def test_a_torn_line_and_those_of_another_version_count_for_nothing(tmp_path):
    path = tmp_path / "gains.jsonl"
    fill(GainCache(path, scorer=""), WordScorer())
    lines = path.read_text().splitlines()
    old = json.dumps(json.loads(lines[1]) | {"version": -1})
    path.write_text("\n".join([lines[0], old, lines[2][:40]]) + "\n")
    cache = GainCache(path, scorer="")
    assert [cache.find(*pair) is not None for pair in PAIRS] == [True, False, False]


def test_another_scorer_s_bits_are_not_mixed_in(tmp_path):
    path = tmp_path / "gains.jsonl"
    fill(GainCache(path, scorer=""), WordScorer(), pairs=PAIRS[:1])
    with pytest.raises(UsageProblem, match="holds what toy:w1:fp32 says"):
        fill(GainCache(path, scorer=""), WordScorer("toy:w2:fp32"))
    assert GainCache(path, scorer="toy:w2:fp32").find(*PAIRS[0]) is None


def test_a_scorer_that_cannot_tell_is_an_error_with_a_way_out(tmp_path):
    class Silent:
        def score(self, text, *, context=""):
            return Unavailable("it does not score given text")

    with pytest.raises(UsageProblem, match="does not score given text") as problem:
        fill(GainCache(tmp_path / "gains.jsonl", scorer=""), Silent())
    assert problem.value.hint
