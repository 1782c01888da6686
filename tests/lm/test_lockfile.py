import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lm.lockfile import is_locked, lock_file, try_lock

ROOT = Path(__file__).parents[2]
HOLDER = (
    "import sys; from pathlib import Path; from lm.lockfile import lock_file\n"
    "with lock_file(Path(sys.argv[1]), on_wait=lambda: None):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def test_a_second_process_waits_until_the_first_dies(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with lock_file(path, on_wait=holder.kill, poll_s=0.01):
            assert holder.wait(timeout=5) != 0


def test_a_free_lock_is_held_at_once(tmp_path):
    waits = []
    for _ in range(2):
        with lock_file(tmp_path / "lock", on_wait=lambda: waits.append(1)):
            pass
    assert waits == []


def test_a_lock_is_tried_without_waiting_and_seen_from_outside(tmp_path):
    path = tmp_path / "lock"
    assert not is_locked(path)
    assert not path.exists()
    with try_lock(path) as first, try_lock(path) as second:
        assert (first, second) == (True, False)
        assert is_locked(path)
    assert not is_locked(path)
    with try_lock(path) as again:
        assert again


def test_patience_outlasts_a_look(tmp_path):
    path = tmp_path / "lock"
    with ThreadPoolExecutor(1) as pool:
        taken, seen = threading.Event(), threading.Event()

        def look():
            with try_lock(path):
                taken.set()
                seen.wait(10)

        looking = pool.submit(look)
        assert taken.wait(10)
        threading.Timer(0.05, seen.set).start()
        with try_lock(path, patience_s=10) as is_held:
            assert is_held
        looking.result()
