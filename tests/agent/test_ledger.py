import gc
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from agent.errors import AgentError, FileBroken, UsageProblem
from agent.ledger import Ledger, RunRow


def row(run_id="2026-01-01T000000-rope-aaaaaaaa", at="2026-01-01T00:00:00+00:00", **changes):
    fields = {"topic": "The rope", "mode": "report", "words": 200, "status": "running", "exit_code": None}
    return RunRow(id=run_id, **{**fields, "started_at": at, "updated_at": at, **changes})


OLD, NEW = row(), row("2026-01-02T000000-brake-bbbbbbbb", "2026-01-02T00:00:00+00:00", words=None, mode="answer")


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        opened.begin(OLD)
        opened.begin(NEW)
        yield opened


def test_runs_are_listed_newest_first_as_they_were_entered(ledger):
    assert ledger.rows() == [NEW, OLD]


def test_last_is_the_newest_run(ledger):
    assert ledger.find("last") == NEW


@pytest.mark.parametrize("name", [OLD.id, "rope", "aaaaaaaa"])
def test_a_run_is_found_by_an_unambiguous_part_of_its_id(ledger, name):
    assert ledger.find(name) == OLD


@pytest.mark.parametrize(("name", "message"), [("2026", "2 runs are called"), ("gears", "there is no run 'gears'")])
def test_a_name_of_none_or_of_several_is_refused(ledger, name, message):
    with pytest.raises(UsageProblem, match=message) as caught:
        ledger.find(name)
    assert caught.value.exit_code == 2


def test_a_whole_id_wins_over_an_id_that_contains_it(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.begin(row("a"))
        ledger.begin(row("ab"))
        assert ledger.find("a").id == "a"


def test_an_empty_ledger_has_no_last_run(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger, pytest.raises(UsageProblem, match="no run 'last'"):
        ledger.find("last")


def test_an_update_changes_one_row(ledger):
    done = OLD.model_copy(update={"status": "finished", "exit_code": 0, "tokens": 9, "usd": 0.5, "report_id": "r"})
    ledger.update(done)
    assert ledger.rows() == [NEW, done]


def test_a_run_is_entered_once(ledger):
    with pytest.raises(sqlite3.IntegrityError):
        ledger.begin(OLD)
    assert len(ledger.rows()) == 2


def test_a_removed_run_is_forgotten(ledger):
    ledger.remove(OLD.id)
    assert ledger.rows() == [NEW]


def test_two_openings_see_each_others_rows(ledger, tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as second:
        second.remove(NEW.id)
        assert ledger.rows() == [OLD] == second.rows()


def test_many_threads_may_enter_runs_at_once(tmp_path):
    def enter(number):
        with Ledger(tmp_path / "l.sqlite") as ledger:
            ledger.begin(row(f"run-{number:02d}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(24)))
    with Ledger(tmp_path / "l.sqlite") as ledger:
        assert len(ledger.rows()) == 24


def test_a_ledger_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "l.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(
        FileBroken, match=r"l\.sqlite: written by a newer release \(schema 99; this one knows"
    ) as caught:
        Ledger(path)
    assert "upgrade wellread, or move the file away" in caught.value.hint


def test_a_file_that_is_no_database_is_refused_with_a_way_out(tmp_path):
    path = tmp_path / "l.sqlite"
    path.write_text("this is no database, but long enough to be looked at as one. " * 40)
    with pytest.raises(AgentError, match="damaged") as caught:
        Ledger(path)
    assert caught.value.exit_code == 5
    assert "move it away" in caught.value.hint


@pytest.mark.parametrize("script", ["", "PRAGMA user_version = 1"])
def test_another_programs_database_is_refused_unchanged_and_let_go(tmp_path, script):
    path = tmp_path / "l.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"CREATE TABLE theirs (x); {script}")
    before = path.read_bytes()
    with pytest.raises(AgentError, match="another program"):
        Ledger(path)
    assert path.read_bytes() == before
    gc.collect()  # a connection left open would be a ResourceWarning, which is an error here


def test_a_commit_that_fails_leaves_the_ledger_usable(ledger, tmp_path):
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as other:
        other.executescript(
            "CREATE TABLE guard (id TEXT REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TRIGGER refuse AFTER DELETE ON runs BEGIN INSERT INTO guard VALUES (OLD.id); END;"
        )
    ledger._db.execute("PRAGMA foreign_keys = ON")
    for _ in range(2):
        with pytest.raises(sqlite3.IntegrityError):
            ledger.remove(OLD.id)
    assert ledger.rows() == [NEW, OLD]


def flip_bits(path, seed):
    """Damage a few bytes, most of them where tables and rows are described."""
    rng = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 3, 20])):
        content[rng.randrange(4096 if seed % 2 else len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def test_a_ledger_with_flipped_bits_is_read_or_refused_with_a_way_out(tmp_path):
    sound, path = tmp_path / "sound.sqlite", tmp_path / "ledger.sqlite"
    with Ledger(sound) as ledger:
        ledger.begin(OLD)
        ledger.begin(NEW)
    n_refused = 0
    for seed in range(150):
        path.write_bytes(sound.read_bytes())
        flip_bits(path, seed)
        try:
            with Ledger(path) as ledger:
                ledger.update(ledger.rows()[0])
        except FileBroken as error:
            n_refused += 1
            assert str(path) in str(error)
            assert "move" in error.hint
        for leftover in tmp_path.glob("ledger.sqlite-*"):
            leftover.unlink()
    assert n_refused > 10


def test_a_ledger_that_stays_locked_is_refused_with_a_way_out(tmp_path):
    path = tmp_path / "l.sqlite"
    with Ledger(path) as ledger, closing(sqlite3.connect(path, isolation_level=None)) as other:
        ledger._db.execute("PRAGMA busy_timeout = 10")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(FileBroken, match="locked") as caught:
            ledger.begin(OLD)
        assert "wait for the other" in caught.value.hint
        other.execute("ROLLBACK")
