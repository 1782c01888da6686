"""Pools of passages, what is kept of them, and the table."""

import numpy as np
import pytest

from benchmarks.information import measure, pools_of, table
from lm.scoring import ScoredText, Unavailable

FILLER = "and then there was more of the same to be read about it in the book " * 3


class OverlapScorer:
    """A text's words cost 1 nat where the context has them, else 6. Counts words as tokens."""

    window_tokens = 4000

    def score(self, text, *, context=""):
        known = set(context.split())
        empty = np.empty(0, dtype=np.int64)
        nats = np.array([-1.0 if word in known else -6.0 for word in text.split()])
        return ScoredText(text, "overlap", empty, empty, empty, nats, 0)

    def top_k(self, request):
        return Unavailable("a rule")

    def distributions(self, text, *, context=""):
        return Unavailable("a rule")

    def count_tokens(self, text):
        return len(text.split())

    def beginning(self, text, n_tokens):
        return " ".join(text.split()[:n_tokens])


@pytest.fixture
def rows():
    names = ["mill", "ford", "kiln", "barn", "pier", "gate", "loom", "forge"]
    passages = [{"id": f"p{at}", "text": f"{FILLER} {name} stood {name}-1 {name}-2"} for at, name in enumerate(names)]
    passages.append({"id": "short", "text": "too short"})
    questions = [{"question": "Where was the mill and the loom ?", "supporting_ids": ["p7"]}]
    return passages, questions


def test_a_pool_has_the_gold_passages_and_those_that_share_rare_words(rows):
    pool = pools_of(*rows, 1, 3, seed=0)[0]
    assert [text.split()[-3] for text in pool.passages] == ["stood"] * 3
    assert {text.split()[-1] for text in pool.passages} == {"forge-2", "mill-2", "loom-2"}
    with pytest.raises(ValueError, match="8 passages"):
        pools_of(*rows, 1, 9, seed=0)


def test_bits_rise_with_what_is_kept_and_the_next_passages_texts_say_nothing(rows):
    pools = pools_of(*rows, 1, 8, seed=0)
    found = measure(pools, [4, 40], OverlapScorer(), seed=0)
    assert found["first", 4].best.bits == pytest.approx(0.0, abs=1e-9)
    assert found["random", 40].best.bits > found["random", 4].best.bits + 0.5
    assert found["random", 40].mean_tokens == 40
    assert found["rotated", 40].best.clipped_bits == 0.0
    lines = table(found).splitlines()
    assert len(lines) == 2 + 5
    assert lines[2].startswith("| first 4 words | 8 | 4.0 | 0.00 of 3.00 |")
