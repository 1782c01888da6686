"""The files that several processes make at once are opened by their own stores too: all of them must hold."""

import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from lm.sqlite_file import SchemaProblem, open_wal, set_wal, transaction

SCHEMA = "CREATE TABLE notes (text TEXT NOT NULL); CREATE INDEX by_text ON notes (text)"
N_PROCESSES = 6
_barrier: list[Barrier] = []


def open_notes(path, **changes):
    return closing(open_wal(path, **{"schema": SCHEMA, "version": 3, **changes}))


def take_barrier(barrier):
    _barrier.append(barrier)


def write_one(path, n_times):
    """Open files that do not exist, all processes at once, and write a row to each."""
    for turn in range(n_times):
        _barrier[0].wait(30)
        with open_notes(path / f"{turn}.sqlite") as db, transaction(db):
            db.execute("INSERT INTO notes VALUES ('a')")


def test_processes_that_open_a_new_file_at_once_all_write_to_it(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(N_PROCESSES)
    with ProcessPoolExecutor(N_PROCESSES, spawn, initializer=take_barrier, initargs=(barrier,)) as pool:
        for future in [pool.submit(write_one, tmp_path, 20) for _ in range(N_PROCESSES)]:
            future.result(timeout=60)
    for path in tmp_path.glob("*.sqlite"):
        with open_notes(path) as db:
            assert db.execute("SELECT count(*) FROM notes").fetchone() == (N_PROCESSES,)
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_is_made_once_and_opened_again_as_it_was(tmp_path):
    for _ in range(2):
        with open_notes(tmp_path / "n.sqlite", application_id=7) as db, transaction(db):
            db.execute("INSERT INTO notes VALUES ('a')")
    with open_notes(tmp_path / "n.sqlite", application_id=7) as db:
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (2,)
        assert db.execute("PRAGMA user_version").fetchone() == (3,)


@pytest.mark.parametrize(
    "script", ["", "PRAGMA user_version = 3;", "PRAGMA user_version = 3; PRAGMA application_id = 9;"]
)
def test_another_programs_database_is_refused_unchanged(tmp_path, script):
    path = tmp_path / "n.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"CREATE TABLE theirs (x); {script}")
    before = path.read_bytes()
    with pytest.raises(SchemaProblem, match="another program") as caught:
        open_notes(path)
    assert caught.value.version == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [2, 4])
def test_another_version_is_refused_and_named(tmp_path, version):
    with open_notes(tmp_path / "n.sqlite", version=version):
        pass
    with pytest.raises(SchemaProblem, match=rf"release \(schema {version}; this one knows schema 3\)") as caught:
        open_notes(tmp_path / "n.sqlite")
    assert caught.value.version == version


def test_a_transaction_that_fails_leaves_nothing_and_its_own_error(tmp_path):
    with open_notes(tmp_path / "n.sqlite") as db:
        with pytest.raises(KeyError), transaction(db):
            db.execute("INSERT INTO notes VALUES ('a')")
            raise KeyError
        with pytest.raises(KeyError), transaction(db):
            db.execute("ROLLBACK")  # as SQLite does itself when the disk is full
            raise KeyError
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (0,)


def test_a_file_that_stays_locked_is_an_error_after_the_time_limit(tmp_path):
    path = tmp_path / "n.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, closing(sqlite3.connect(path)) as second:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            set_wal(second, busy_timeout_s=0.05)


def test_a_file_in_memory_works_too():
    with open_notes(Path(":memory:")) as db:
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (0,)


def test_bytes_that_are_no_text_in_the_schema_are_a_database_error(tmp_path):
    path = tmp_path / "n.sqlite"
    with open_notes(path) as db:
        db.execute("PRAGMA journal_mode = DELETE")  # all of it in the one file
    content = path.read_bytes()
    assert content.count(b"CREATE TABLE notes") == 1
    # SQLite quotes the damaged statement in its message, which Python then cannot read.
    path.write_bytes(content.replace(b"CREATE TABLE notes", b"CREATE TABLE \xccotes"))
    with pytest.raises(sqlite3.DatabaseError):
        open_notes(path)
