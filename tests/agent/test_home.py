import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.home import Home

ROOT = Path(__file__).resolve().parents[2]


def test_a_home_is_made_once_and_every_path_is_inside(tmp_path):
    home = Home(tmp_path / "a" / "b").make().make()
    paths = [
        home.corpus,
        home.index,
        home.vectors,
        home.memory,
        home.calls,
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
    hold = (
        "import sys; from pathlib import Path; from agent.home import Home\n"
        "with Home(Path(sys.argv[1])).corpus_lock(print):\n print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
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
