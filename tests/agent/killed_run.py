"""A run in a process of its own that is killed in the middle of a call: what a test can then find on the disk.

    python -m tests.agent.killed_run HOME CALL

begins a run over the affair in HOME, or goes on with the last one there, and sends itself SIGKILL when it is to answer
its call number CALL (the first is 1).
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from agent.past_runs import runs_folder, settings_of, spent_before
from agent.run import resume, start
from lm.scripted import ScriptedLM
from lm.types import ChatRequest
from tests.agent.affair import TOPIC, build_affair
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful

_ROOT = Path(__file__).resolve().parents[2]


def run_and_kill(home: Path, *, at_call: int) -> None:
    """Let such a process live and die. One call at a time: what was paid before the last is no matter of threads."""
    command = [sys.executable, "-m", "tests.agent.killed_run", str(home), str(at_call)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def dying(at_call: int) -> ScriptedLM:
    """A faithful writer that takes its process with it."""
    asked: list[ChatRequest] = []

    def reply(request: ChatRequest) -> str:
        asked.append(request)
        if len(asked) == at_call:
            os.kill(os.getpid(), signal.SIGKILL)
        return faithful(request)

    return ScriptedLM(reply)


def main(home: Path, at_call: int) -> None:
    """See above."""
    affair = build_affair(home.with_name(f"affair-{os.getpid()}"))
    settings = settings_for(home, max_parallel_blocks=1)
    last = max((path.name for path in runs_folder(home).glob("*")), default=None)
    already = spent_before(last, home) if last else None
    settings = settings_of(last, settings) if last else settings
    with open_services(affair, settings, dying(at_call), already=already, clock=time.monotonic) as services:
        if last:
            resume(last, services=services)
        else:
            start(TOPIC, mode="report", words=None, services=services)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
