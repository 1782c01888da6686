"""The unit store among several processes: nothing lost, nothing doubled, and each sees what the others did."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from memory.errors import SchemaTooNew, StoreBroken
from memory.sqlite_store import SqliteStore
from memory.unit_store import UnitStore
from tests.bag_embedder import BagEmbedder
from tests.memory.unit_samples import abstract_of, open_store, turn, unit

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from tests.memory.unit_samples import open_store, turn, unit
path, who, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_store(path) as store:
    for number in range(n):
        store.log_turns("user", [turn(number, f"{who} said {number}", session=who), turn(number, f"both {number}")])
        store.add([unit(f"{who} said {number}"), unit(f"both say {number}")])
        print(number, flush=True)
"""


def start(program: str, *arguments: object, output: int | None = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=output,
        text=True,
    )


def nearest(store: UnitStore, text: str, k: int = 1) -> list[str]:
    vector = BagEmbedder().encode([text])[0]
    return [found.unit.text for found in store.get([one for one, _ in store.search_vectors("user", vector, k)])]


def test_two_processes_that_write_hundreds_of_times_lose_and_double_nothing(tmp_path: Path):
    path, n = tmp_path / "m.sqlite", 300
    writers = [start(WRITER, path, who, n, output=subprocess.DEVNULL) for who in ("ada", "bo")]
    with open_store(path) as store:
        # A third one reads all the while.
        while any(writer.poll() is None for writer in writers):
            nearest(store, "ada said 1")
            time.sleep(0.05)
        assert [writer.returncode for writer in writers] == [0, 0]
        texts = [found.unit.text for found in store.units("user")]
        expected = {f"{who} said {k}" for who in ("ada", "bo") for k in range(n)} | {f"both say {k}" for k in range(n)}
        assert len(texts) == len(expected) and set(texts) == expected
        assert len(store.turns("user")) == 3 * n
        assert sorted(nearest(store, "bo said 277", 4 * n)) == sorted(expected)
        assert store.verify() == []


def test_a_writer_that_is_killed_leaves_whole_units_only(tmp_path: Path):
    path = tmp_path / "m.sqlite"
    for attempt in range(5):
        with start(WRITER, path, f"writer{attempt}", 10_000) as writer:
            assert writer.stdout is not None
            acknowledged = [writer.stdout.readline() for _ in range(3 + 2 * attempt)]
            writer.send_signal(signal.SIGKILL)
            acknowledged += writer.stdout.readlines()
        with open_store(path) as store:
            assert store.verify() == []
            kept = {found.unit.text for found in store.units("user")}
            assert {f"writer{attempt} said {line.strip()}" for line in acknowledged} <= kept


def test_each_process_follows_what_the_others_add_archive_and_forget(tmp_path: Path):
    tea, cocoa = unit("I like tea"), unit("I like cocoa")
    both = abstract_of("hot drinks", tea, cocoa)
    with open_store(tmp_path / "m.sqlite") as here, open_store(tmp_path / "m.sqlite") as there:
        here.add([tea])
        assert nearest(there, tea.text, 9) == [tea.text]
        there.add([cocoa])
        assert nearest(here, cocoa.text, 9) == [cocoa.text, tea.text]
        here.consolidate(both, [tea.id, cocoa.id])
        assert nearest(there, tea.text, 9) == [both.text]
        there.forget([tea.id])
        assert nearest(here, tea.text, 9) == [cocoa.text]
        here.compact()
        there.add([tea.model_copy(update={"parents": ("s1:7",)})])
        assert nearest(here, tea.text, 9) == nearest(there, tea.text, 9) == [tea.text, cocoa.text]


def test_a_process_that_has_missed_swept_changes_reads_all_anew(tmp_path: Path):
    with open_store(tmp_path / "m.sqlite") as here, open_store(tmp_path / "m.sqlite") as there:
        units = [unit(f"fact {number}") for number in range(5)]
        here.add(units[:2])
        assert len(nearest(there, "fact", 9)) == 2
        here.add(units[2:])
        here.forget([units[0].id])
        here.compact()
        here.add([unit("a new one", parents=("s2:1",))])
        assert sorted(nearest(there, "fact", 9)) == ["a new one", "fact 1", "fact 2", "fact 3", "fact 4"]


class Reversed(BagEmbedder):
    """Another embedder: other vectors of another length."""

    dim = 256
    fingerprint = "reversed-256"

    def __init__(self) -> None:
        self.asked = 0

    def encode(self, texts):
        self.asked += len(texts)
        return np.ascontiguousarray(BagEmbedder().encode(texts)[:, 255::-1])


def test_another_embedder_embeds_what_is_there_and_both_may_go_on(tmp_path: Path):
    other = Reversed()
    units = [unit(f"fact number {number}") for number in range(600)]
    with open_store(tmp_path / "m.sqlite") as here, UnitStore(tmp_path / "m.sqlite", other) as there:
        here.add(units)
        vector = other.encode(["fact number 7"])[0]
        other.asked = 0
        assert len(there.search_vectors("user", vector, 5)) == 5
        assert other.asked == 600
        there.add([unit("new there")])
        assert nearest(here, "new there") == ["new there"]
        assert there.vectors_of([units[0].id]).shape == (1, 256)
        assert other.asked == 601
        assert here.verify() == there.verify() == []
    with UnitStore(tmp_path / "m.sqlite", other) as again:
        again.compact()
        again.search_vectors("user", vector, 5)
        assert other.asked == 601


def big_store(path: Path) -> UnitStore:
    store = open_store(path)
    store.add([unit(f"fact number {number}") for number in range(5_200)])
    nearest(store, "fact")
    return store


def test_a_large_index_starts_from_its_snapshot_and_follows_from_there(tmp_path: Path):
    path, beside = tmp_path / "m.sqlite", tmp_path / "m.sqlite.vectors.npz"
    big_store(path).close()
    assert beside.exists()
    with open_store(path) as store:
        # Rows that the snapshot holds are not read from the file again: without them the index still finds all.
        store._db.execute("DELETE FROM vectors WHERE unit < 5000")
        assert nearest(store, "fact number 17") == ["fact number 17"]
        assert store._vectors.catch_up(store._db) is None and len(store._vectors._scope_of) == 5_200
    store = open_store(path)
    store.add([unit("the latest")])
    assert nearest(store, "the latest") == ["the latest"]
    store.forget([store.find(unit("the latest").id).id])
    assert not beside.exists()
    store.close()
    assert beside.exists()
    with open_store(path) as store:
        assert nearest(store, "the latest") != ["the latest"]


@pytest.mark.parametrize("damage", ["cut", "garbage", "another file's"])
def test_a_snapshot_that_does_not_fit_is_left_alone(tmp_path: Path, damage: str):
    path, beside = tmp_path / "m.sqlite", tmp_path / "m.sqlite.vectors.npz"
    big_store(path).close()
    if damage == "cut":
        beside.write_bytes(beside.read_bytes()[:200_000])
    elif damage == "garbage":
        beside.write_bytes(b"PK\x03\x04" + os.urandom(1000))
    else:
        other = tmp_path / "other.sqlite"
        with open_store(other) as store:
            store.add([unit("alone")])
            (tmp_path / "other.sqlite.vectors.npz").write_bytes(beside.read_bytes())
        path = other
    with open_store(path) as store:
        assert len(nearest(store, "fact number 17", 9)) == (1 if damage == "another file's" else 9)
        assert store.verify() == []


def test_a_file_of_another_kind_or_time_is_refused_and_left_as_it_is(tmp_path: Path):
    SqliteStore(tmp_path / "records.sqlite").close()
    with pytest.raises(StoreBroken, match="another program"):
        open_store(tmp_path / "records.sqlite")
    (tmp_path / "text.sqlite").write_text("no database" * 100)
    with pytest.raises(StoreBroken):
        open_store(tmp_path / "text.sqlite")
    with open_store(tmp_path / "m.sqlite") as store:
        store._db.execute("PRAGMA user_version = 99")
    with pytest.raises(SchemaTooNew, match="newer"):
        open_store(tmp_path / "m.sqlite")


def test_faults_are_named(tmp_path: Path):
    tea, cocoa = unit("I like tea"), unit("I like cocoa")
    with open_store(tmp_path / "m.sqlite") as store:
        store.log_turns("user", [turn(1, "I like tea")])
        store.add([tea, cocoa])
        store._db.execute("DELETE FROM unit_words WHERE rowid = 1")
        store._db.execute("UPDATE bodies SET body = replace(body, 'cocoa', 'poison')")
        store._db.execute("UPDATE units SET archived_by = 'nobody' WHERE seq = 2")
        faults = "\n".join(store.verify())
    assert f"active unit {tea.id} is not among the words" in faults
    assert f"unit {cocoa.id} is damaged" in faults
    assert f"unit {cocoa.id} is archived by an abstract that is not there" in faults
    assert "unit number 2 is among the words and should not be" in faults


def test_stats_count_what_is_here(tmp_path: Path):
    tea, cocoa, note = unit("I like tea"), unit("I like cocoa"), unit("a note", kind="note", scope="project")
    with open_store(tmp_path / "m.sqlite") as store:
        store.log_turns("user", [turn(1, "I like tea"), turn(2, "hm")])
        store.add([tea, cocoa, note])
        store.contradict(tea.id, cocoa.id)
        user, everything = store.stats("user"), store.stats()
        assert (user.active_by_kind, user.superseded, user.turns) == ({"statement": 2}, 1, 2)
        assert (everything.scopes, everything.active) == (("project", "user"), 3)
        assert everything.file_bytes > 0
