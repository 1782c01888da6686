"""Which lines of the program asked for a write call: the name by which a site is known from one run to the next."""

import sys
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
_FLOORS = tuple(f"{ROOT / floor}/" for floor in ("agent", "evals", "lm", "memory", "prompts", "retrieval"))
# They write for others: the line that matters is that of who called them.
_SERVANTS = ("lm/files.py", "lm/sqlite_file.py", "lm/lockfile.py")
_LIBRARIES = "/site-packages/"
_DEPTH = 2


def site_of() -> str:
    """The innermost lines of the program on this thread's stack, helpers for writing left out where others are; where
    none are, as in a library's own thread, the library's."""
    lines: list[str] = []
    servant = library = ""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and len(lines) < _DEPTH:
        name = frame.f_code.co_filename
        if name.startswith(_FLOORS):
            shown = f"{Path(name).relative_to(ROOT).as_posix()}:{frame.f_lineno}"
            if shown.startswith(_SERVANTS):
                servant = servant or shown
            else:
                lines.append(shown)
        elif not library and _LIBRARIES in name:
            library = f"{name.rpartition(_LIBRARIES)[2]}:{frame.f_lineno}"
        frame = frame.f_back
    return " < ".join(([servant] if servant else []) + lines) or library or "Python"
