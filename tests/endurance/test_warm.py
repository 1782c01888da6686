import os
import resource
import signal
import threading
import time
from pathlib import Path

import pytest

from benchmarks.endurance.warm import Ended, WarmProgram, environment


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory):
    with WarmProgram(environment(tmp_path_factory.mktemp("models"))) as warm:
        yield warm


def test_a_call_is_the_program_with_its_output_and_exit_code(program: WarmProgram, tmp_path: Path):
    good = program.run(["config", "show", "--home", str(tmp_path)], limit_s=20.0)
    assert (good.code, good.is_late) == (0, False)
    assert str(tmp_path) in good.stdout
    bad = program.run(["ask"], limit_s=20.0)
    assert bad.code == 2
    assert bad.stderr.startswith("error: ")


def test_a_call_has_an_environment_a_folder_and_limits_of_its_own(program: WarmProgram, tmp_path: Path):
    (tmp_path / "wellread.toml").write_text("[write]\nwords = 1234\n")
    env = environment(tmp_path, WELLREAD_HOME=str(tmp_path / "of-the-variable"))
    ended = program.run(["config", "show"], env=env, cwd=tmp_path, limit_s=20.0)
    assert "1234" in ended.stdout
    assert "of-the-variable" in ended.stdout
    limited = program.run(["init", "--home", str(tmp_path / "h")], cwd=tmp_path, rlimits={resource.RLIMIT_FSIZE: 0})
    assert limited.code != 0
    assert "1234" not in program.run(["config", "show"]).stdout


def test_a_hanging_call_is_ended_in_time_and_shows_where_it_hung(program: WarmProgram):
    prepare = ("tests.endurance.faults_for_tests:sleep", {"seconds": 600.0})
    ended = program.run(["--version"], prepare=prepare, limit_s=0.3)
    assert (ended.code, ended.is_late) == (-signal.SIGKILL, True)
    assert "in sleep" in ended.stderr


def test_a_killed_call_is_gone_at_once(program: WarmProgram):
    started = program.start(["--version"], prepare=("tests.endurance.faults_for_tests:sleep", {"seconds": 600.0}))
    started.kill()
    ended = started.wait(20.0)
    assert (ended.code, ended.is_late) == (-signal.SIGKILL, False)


def test_what_a_call_leaves_behind_is_ended(program: WarmProgram):
    ended = program.run(["--version"], prepare=("tests.endurance.faults_for_tests:leave_a_child_behind", {}))
    left = int(ended.stdout.split()[1])
    for _ in range(200):
        if not is_alive(left):
            break
        time.sleep(0.01)
    assert not is_alive(left)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_threads_may_call_at_once(program: WarmProgram):
    ended: list[Ended] = []
    threads = [threading.Thread(target=lambda: ended.append(program.run(["--version"]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.code for one in ended] == [0] * 6


def test_closing_ends_calls_under_way(tmp_path: Path):
    program = WarmProgram(environment(tmp_path))
    started = program.start(["--version"], prepare=("tests.endurance.faults_for_tests:sleep", {"seconds": 600.0}))
    program.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(started.pid, 0)
    with pytest.raises(RuntimeError, match="died"):
        started.wait(5.0)
