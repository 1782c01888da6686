"""SIGTERM, by which services and containers stop a program, heard as Ctrl-C is; but it ends what only asks again.

Knows the signal. Must not know what is stopped.
"""

import signal
from types import FrameType


class Terminated(KeyboardInterrupt):
    """The process is to end: where Ctrl-C stops an answer, this stops the chat."""


def hear_termination() -> None:
    """Raise `Terminated` in the main thread at SIGTERM, unless whoever started the process has it ignored or taken."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, frame: FrameType | None) -> None:
    raise Terminated
