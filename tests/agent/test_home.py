import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.home import Home
from agent.ledger import Ledger, RunRow
from agent.past_runs import checkpointer
from lm.replay import CallCache
from memory.sqlite_store import SqliteStore
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from tests.bag_embedder import BagEmbedder
from tests.holder_process import holding

ROOT = Path(__file__).resolve().parents[2]


def test_a_home_is_made_once_and_every_path_is_inside(tmp_path):
    home = Home(tmp_path / "a" / "b").make().make()
    paths = [
        home.corpus,
        home.index,
        home.vectors,
        home.surprisals,
        home.memory,
        home.calls,
        home.compression,
        home.compression_so_far,
        home.checkpoints,
        home.ledger,
        home.runs,
    ]
    assert all(path.parent == home.root for path in paths)
    assert len(set(paths)) == len(paths)


def test_a_home_that_is_a_file_is_refused_with_a_way_out(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageProblem) as caught:
        Home(tmp_path / "file").make()
    assert "--home" in caught.value.hint


def test_a_second_process_waits_for_the_corpus_and_is_told_for_whom(tmp_path):
    home = Home(tmp_path)
    with holding("agent.home:Home(path).corpus_lock(print)", tmp_path) as holder:
        assert home.corpus_holder() == f"process {holder.pid}"
        waited_for = []
        told = threading.Event()

        def on_wait(who):
            waited_for.append(who)
            told.set()

        def second():
            with home.corpus_lock(on_wait):
                pass

        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(10)
        holder.stdin.close()
        thread.join(10)
        assert waited_for == [f"process {holder.pid}"]
    assert home.corpus_holder() is None


def test_a_killed_holder_leaves_no_lock_behind(tmp_path):
    hold = (
        "import os, signal, sys; from pathlib import Path; from agent.home import Home\n"
        "with Home(Path(sys.argv[1])).corpus_lock(print): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", hold, str(tmp_path)], cwd=ROOT, check=False)
    home = Home(tmp_path)
    assert home.corpus_holder() is None
    with home.corpus_lock(lambda who: pytest.fail(f"waited for {who}")):
        pass


def open_everything(root):
    """Open every file of a home once, as a process of the program does, and write to some."""
    home = Home(root)
    at = "2026-01-01T00:00:00+00:00"
    name = f"run-{os.getpid()}"
    with Corpus.open(home.corpus), SqliteStore(home.memory) as store, Ledger(home.ledger) as ledger:
        store.put("note", name)
        ledger.begin(
            RunRow(
                id=name,
                topic="T",
                mode="report",
                words=9,
                status="running",
                exit_code=None,
                started_at=at,
                updated_at=at,
            )
        )
        calls, vectors = CallCache(home.calls), DenseCache(home.vectors, BagEmbedder())
        vectors.encode([name])
        calls.close()
        vectors.close()
        with checkpointer(root) as saver:
            saver.setup()


def start_together(barrier, root, n_times):
    for turn in range(n_times):
        barrier.wait(60)
        open_everything(Home(root / str(turn)).make().root)


def test_processes_that_start_in_one_new_home_at_once_all_come_up(tmp_path):
    n_processes = 6
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(n_processes)
    processes = [spawn.Process(target=start_together, args=(barrier, tmp_path, 5)) for _ in range(n_processes)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * n_processes
    for turn in range(5):
        with Ledger(tmp_path / str(turn) / "ledger.sqlite") as ledger:
            assert len(ledger.rows()) == n_processes
