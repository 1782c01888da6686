import sqlite3
from contextlib import closing

import pytest

from retrieval.errors import CorpusBroken
from retrieval.surprisal_cache import SurprisalCache
from tests.retrieval.table_scorer import TableScorer

TEXT = "The gate did not close that night. Naïve 😀 readers wondered."


def opened(path, scorer, name="table"):
    return closing(SurprisalCache(path / "surprisals.sqlite", lambda: scorer, scorer_name=name))


def no_scorer():
    raise AssertionError("the scorer was opened")


def test_a_text_is_scored_once_and_comes_back_the_same(tmp_path):
    scorer = TableScorer({"gate": 1.2345678}, otherwise=3.1415926)
    with opened(tmp_path, scorer) as cache:
        fresh = cache.information(TEXT)
        assert cache.information(TEXT).totals.tolist() == fresh.totals.tolist()
    with closing(SurprisalCache(tmp_path / "surprisals.sqlite", no_scorer, scorer_name="table")) as cache:
        kept = cache.information(TEXT)
    assert (kept.ends.tolist(), kept.totals.tolist()) == (fresh.ends.tolist(), fresh.totals.tolist())
    assert len(scorer.scored) == 1
    assert fresh.between(0, len(TEXT)) == pytest.approx(1.2345678 + 10 * 3.1415926, rel=1e-3)


def test_another_text_and_another_scorer_are_measured_anew(tmp_path):
    first, second = TableScorer(), TableScorer(otherwise=9.0)
    with opened(tmp_path, first) as cache:
        cache.information(TEXT)
        cache.information(TEXT + "!")
    with opened(tmp_path, second, name="another") as cache:
        assert cache.information(TEXT).between(0, len(TEXT)) == 99.0
    assert [len(first.scored), len(second.scored)] == [2, 1]


def test_a_text_without_words_is_kept_too(tmp_path):
    with opened(tmp_path, TableScorer()) as cache:
        assert cache.information("").between(0, 0) == cache.information("").between(0, 0) == 0.0


def test_a_damaged_row_is_measured_anew(tmp_path):
    scorer = TableScorer()
    with opened(tmp_path, scorer) as cache:
        whole = cache.information(TEXT).totals.tolist()
    with closing(sqlite3.connect(tmp_path / "surprisals.sqlite")) as db, db:
        db.execute("UPDATE surprisals SET tokens = X'00'")
    with opened(tmp_path, scorer) as cache:
        assert cache.information(TEXT).totals.tolist() == whole
    assert len(scorer.scored) == 2


def test_a_file_that_is_no_cache_is_told_with_the_mend(tmp_path):
    (tmp_path / "surprisals.sqlite").write_bytes(
        b"this is no database, and it is long enough to be told from an empty one"
    )
    with pytest.raises(CorpusBroken) as caught:
        SurprisalCache(tmp_path / "surprisals.sqlite", no_scorer, scorer_name="table")
    assert "refills" in caught.value.hint
