"""A conversation in a process of its own that is killed in the middle of an answer.

    python -m tests.agent.chat.killed_chat HOME QUESTION

asks QUESTION over the affair in HOME; the writer sends its process SIGKILL when it is first asked.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from agent.chat.conversation import Conversation
from agent.chat.sessions import ChatStore
from agent.home import Home
from agent.run import utc_now
from lm.scripted import ScriptedLM
from tests.agent.affair import build_affair
from tests.agent.chat.memory_double import WordMemory
from tests.agent.run_services import open_services, settings_for

_ROOT = Path(__file__).resolve().parents[3]


def ask_and_kill(home: Path, question: str) -> None:
    """Let such a process live and die."""
    command = [sys.executable, "-m", "tests.agent.chat.killed_chat", str(home), question]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def _die(request) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def main(home: Path, question: str) -> None:
    """See above."""
    affair = build_affair(home.with_name(f"affair-{os.getpid()}"))
    with open_services(affair, settings_for(home), ScriptedLM(_die)) as services:
        with ChatStore(Home(home).chats) as store:
            session = store.begin("user", utc_now())
            Conversation(session, store, WordMemory(), services).ask(question, say=lambda sentence: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
