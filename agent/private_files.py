"""Who may read what the program writes: its owner alone, wherever that is. Models that are pulled may be shared."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

OWNER_ONLY = 0o077  # taken from the rights of every file (0600) and folder (0700) that is made


@contextmanager
def umask(mask: int) -> Iterator[int]:
    """Take these rights from whatever the process makes; yields what was taken before, and restores it."""
    before = os.umask(mask)
    try:
        yield before
    finally:
        os.umask(before)
