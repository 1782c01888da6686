"""The record stores: the laws that all obey, and what a file must stand besides."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.dict_store import MemoryStore
from memory.errors import (
    CorruptRecord,
    RecordRejected,
    SchemaTooNew,
    StoreBroken,
    StoreBusy,
    UnknownRecord,
)
from memory.sqlite_store import SqliteStore
from memory.store import RecordStore
from tests.memory.store_conformance import LAWS, MakeStore

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["dictionary", "sqlite in memory", "sqlite file"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    opened: list[SqliteStore] = []

    def make(clock: Callable[[], float]) -> RecordStore:
        if request.param == "dictionary":
            return MemoryStore(clock=clock)
        path = ":memory:" if request.param == "sqlite in memory" else tmp_path / "store.sqlite"
        opened.append(SqliteStore(path, clock=clock))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_every_store_obeys(law: Callable[[MakeStore], None], make_store: MakeStore):
    law(make_store)


def start_python(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_scopes_share_a_file_and_never_see_each_other(tmp_path: Path):
    path = tmp_path / "memory.sqlite"
    with SqliteStore(path, scope="run") as run, SqliteStore(path, scope="user") as user:
        record_id = run.put("note", "same", parents=["p"])
        assert not user.has(record_id)
        with pytest.raises(UnknownRecord, match="scope user"):
            user.get(record_id)
        assert user.put("note", "same") == record_id
        assert user.parents(record_id) == []
        assert run.delete([record_id]) == 1
        assert user.has(record_id)


def test_a_scope_must_be_a_plain_name(tmp_path: Path):
    with pytest.raises(RecordRejected, match="scope"):
        SqliteStore(tmp_path / "memory.sqlite", scope="")


def test_records_outlive_the_process(tmp_path: Path):
    path = tmp_path / "memory.sqlite"
    with SqliteStore(path) as store:
        record_id = store.put("note", "kept", parents=["p"])
    with SqliteStore(path) as store:
        assert store.get(record_id).text == "kept"
        assert store.parents(record_id) == ["p"]


@pytest.mark.parametrize(
    ("damage", "values"),
    [
        ("body = ?", (b"kepT",)),
        ("body = ?", (b"\xff\xfe",)),
        ("body = ?", ("kept as text",)),
        ("kind = ?", ("draft",)),
        ("form = ?", ("bytes",)),
        ("form = ?", ("unheard of",)),
    ],
)
def test_a_damaged_row_is_told_and_putting_the_content_again_mends_it(tmp_path: Path, damage, values):
    path = tmp_path / "memory.sqlite"
    with SqliteStore(path) as store:
        record_id = store.put("note", "kept")
        outside = sqlite3.connect(path, isolation_level=None)
        outside.execute(f"UPDATE records SET {damage}", values)
        outside.close()
        with pytest.raises(CorruptRecord, match=record_id) as caught:
            store.get(record_id)
        assert "again" in caught.value.hint
        assert store.put("note", "kept") == record_id
        assert store.get(record_id).text == "kept"


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path):
    path = tmp_path / "memory.sqlite"
    SqliteStore(path).close()
    outside = sqlite3.connect(path)
    outside.execute("PRAGMA user_version = 7")
    outside.close()
    with pytest.raises(
        SchemaTooNew, match=r"memory\.sqlite: written by a newer .*7; this one knows schema 1"
    ) as caught:
        SqliteStore(path)
    assert "upgrade wellread, or move the file away" in caught.value.hint


def test_files_that_are_no_store_are_refused_unchanged(tmp_path: Path):
    text, foreign = tmp_path / "notes.txt", tmp_path / "foreign.sqlite"
    text.write_text("These are a person's notes. " * 40)
    before = text.read_bytes()
    outside = sqlite3.connect(foreign, isolation_level=None)
    outside.execute("CREATE TABLE mine (x)")
    outside.close()
    for path in (text, foreign, tmp_path / "no such folder" / "memory.sqlite", tmp_path):
        with pytest.raises(StoreBroken):
            SqliteStore(path)
    assert text.read_bytes() == before
    assert not (tmp_path / "no such folder").exists()


def test_a_store_with_flipped_bits_is_read_or_refused_with_a_way_out(tmp_path: Path):
    sound, path = tmp_path / "sound.sqlite", tmp_path / "memory.sqlite"
    with SqliteStore(sound) as store:
        ids = [store.put("note", f"note {n} " * 20, parents=["p"]) for n in range(20)]
    n_refused = 0
    for seed in range(150):
        rng = random.Random(seed)
        content = bytearray(sound.read_bytes())
        for _ in range(rng.choice([1, 3, 20])):
            content[rng.randrange(4096 if seed % 2 else len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            with SqliteStore(path) as store:
                for record_id in filter(store.has, ids):
                    store.get(record_id)
                store.put("note", "another")
        except (StoreBroken, SchemaTooNew, CorruptRecord) as error:
            n_refused += 1
            assert str(path) in str(error)
            assert "move" in error.hint or "again" in error.hint
        for leftover in tmp_path.glob("memory.sqlite-*"):
            leftover.unlink()
    assert n_refused > 10


def test_a_closed_store_says_so(tmp_path: Path):
    store = SqliteStore(tmp_path / "memory.sqlite")
    store.close()
    store.close()
    with pytest.raises(StoreBroken, match="closed"):
        store.put("note", "late")


def test_a_file_that_stays_locked_is_busy_and_may_be_tried_again(tmp_path: Path):
    path = tmp_path / "memory.sqlite"
    with SqliteStore(path, busy_timeout_s=0.1) as store:
        record_id = store.put("note", "early")
        outside = sqlite3.connect(path, isolation_level=None)
        outside.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy) as caught:
            store.put("note", "late")
        assert caught.value.retryable
        assert store.get(record_id).text == "early"
        outside.execute("ROLLBACK")
        outside.close()
        assert store.get(store.put("note", "late")).text == "late"


FILL = """
import resource, sys
from memory.errors import StoreFull
from memory.sqlite_store import SqliteStore
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
store = SqliteStore(sys.argv[1])
stored = []
try:
    for n in range(1000):
        stored.append(store.put("raw", bytes([n % 256]) * 20_000))
except StoreFull as error:
    assert len([store.get(i) for i in stored]) == len(stored) > 3
    print(len(stored), error.hint)
"""


def test_no_room_is_a_clear_error_and_loses_nothing_that_was_stored(tmp_path: Path):
    path = tmp_path / "memory.sqlite"
    child = start_python(FILL, path)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert "free some space" in out
    with SqliteStore(path) as store:
        ids = list(store.iter_ids("raw"))
        assert len(ids) == int(out.split()[0])
        assert all(store.get(record_id).body for record_id in ids)


WRITE_50 = """
import sys
from memory.sqlite_store import SqliteStore
path, who = sys.argv[1:]
with SqliteStore(path) as store:
    for n in range(25):
        store.put("own", f"{who} {n}", parents=["p"])
        store.put("shared", str(n), parents=[f"process-{who}"])
"""


def test_eight_processes_write_fifty_records_each_at_once(tmp_path: Path):
    path = tmp_path / "memory.sqlite"
    children = [start_python(WRITE_50, path, who) for who in range(8)]
    for child in children:
        _, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
    with SqliteStore(path) as store:
        own, shared = list(store.iter_ids("own")), list(store.iter_ids("shared"))
        assert len(own) == 200
        assert len(shared) == 25
        assert all(store.get(record_id).text for record_id in own + shared)
        assert all(len(store.parents(record_id)) == 8 for record_id in shared)


WRITE_FOREVER = """
import sys
from memory.sqlite_store import SqliteStore
store = SqliteStore(sys.argv[1])
n = 0
while True:
    n += 1
    print(store.put("raw", (f"{sys.argv[2]} {n} " * 500).encode(), parents=["a", "b"]), flush=True)
"""


def test_a_killed_writer_leaves_every_committed_record_readable(tmp_path: Path):
    path, rng, committed = tmp_path / "memory.sqlite", random.Random(0), []
    for trial in range(5):
        child = start_python(WRITE_FOREVER, path, trial)
        assert child.stdout is not None
        committed.append(child.stdout.readline().strip())
        time.sleep(rng.uniform(0.0, 0.15))
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate(timeout=30)
        committed += [line for line in rest.splitlines(keepends=False) if len(line) == 64]
    assert len(committed) >= 5
    with SqliteStore(path) as store:
        for record_id in store.iter_ids("raw"):
            assert store.get(record_id).body
            assert store.parents(record_id) == ["a", "b"]
        assert all(store.has(record_id) for record_id in committed)
    outside = sqlite3.connect(path)
    assert outside.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    outside.close()
