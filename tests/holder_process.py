"""Another process that holds something of ours, for tests of what the second one sees."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def holding(context: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is inside a context manager until its stdin is closed or it is killed.

    Args:
        context: ``module:expression`` of the context manager, where ``path`` is the given path.
        path: What the expression is about.
    """
    module, _, expression = context.partition(":")
    program = (
        f"import sys; from pathlib import Path; from {module} import *; path = Path(sys.argv[1])\n"
        f"with {expression}:\n print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
