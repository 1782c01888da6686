"""What the tests of the warm program put into its children."""

import subprocess
import sys
import time


def sleep(seconds: float) -> None:
    """Hang."""
    time.sleep(seconds)


def leave_a_child_behind() -> None:
    """Start a process that outlives the call."""
    left = subprocess.Popen(["sleep", "600"])
    sys.stdout.write(f"left {left.pid}\n")
