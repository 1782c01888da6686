import subprocess
import sys
from pathlib import Path

from lm.lockfile import lock_file

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
