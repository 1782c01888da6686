"""Who may read what the program writes: its owner alone, wherever that is. Models that are pulled may be shared."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER_ONLY = 0o077  # taken from the rights of every file (0600) and folder (0700) that is made
UMASK = "wellread.umask"  # in click's `meta`: what the user's own shell would take


@contextmanager
def umask(mask: int) -> Iterator[int]:
    """Take these rights from whatever the process makes; yields what was taken before, and restores it."""
    before = os.umask(mask)
    try:
        yield before
    finally:
        os.umask(before)


def open_to_others(home: Path) -> list[Path]:
    """What others than the owner may read below a folder; nothing where they may not enter the folder itself."""
    if sys.platform == "win32" or not home.is_dir() or not stat.S_IMODE(home.stat().st_mode) & OWNER_ONLY:
        return []
    found = [path for path in home.rglob("*") if stat.S_IMODE(path.lstat().st_mode) & OWNER_ONLY]
    return sorted(path for path in found if not path.is_symlink())
