"""What SQLite's errors mean to somebody who keeps memory in a file.

Knows error codes and the errors of this floor. Must not know what the file holds.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from lm.sqlite_file import place_mend
from memory.errors import MemoryFloorError, RecordRejected, StoreBroken, StoreBusy, StoreFull


@contextmanager
def translated(where: str, loss: str) -> Iterator[None]:
    """Turn the body's SQLite errors into those of this floor.

    Args:
        where: the file, as messages name it.
        loss: what is lost with the file, as the hint says it.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _fault(error, where, loss) from error
    except UnicodeEncodeError as error:
        raise RecordRejected(f"cannot store text that is no Unicode: {error}") from error


def _fault(error: sqlite3.Error, where: str, loss: str) -> MemoryFloorError:
    code = getattr(error, "sqlite_errorcode", 0)
    said = f"{where}: {error}"
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(said, hint=place_mend(error))
    if code == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_WRITE:
        return StoreFull(f"no room to write {said}", hint="free some space, or raise the quota, and run again")
    if code == sqlite3.SQLITE_TOOBIG:
        return RecordRejected(f"record too big for {said}")
    mend = place_mend(error) or f"restore the file from a copy, or move it away; {loss}"
    return StoreBroken(f"cannot use the store {said}", hint=mend)
