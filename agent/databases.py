"""What SQLite's failures about a file of the home mean to a person. Knows no tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import FileBroken
from lm.sqlite_file import SchemaProblem, place_mend


@contextmanager
def explained(path: Path, *, loss: str) -> Iterator[None]:
    """Let failures about the database at `path` be this floor's; a broken constraint stays what it is.

    Args:
        path: of the file.
        loss: what it costs to move the file away, for the hint.

    Raises:
        FileBroken: the file is damaged, of another version or program, or cannot be reached.
    """
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except SchemaProblem as error:
        raise FileBroken(f"{path}: {error}", hint=f"{error.hint}; {loss}") from error
    except sqlite3.Error as error:
        if mend := place_mend(error):
            raise FileBroken(f"{path} cannot be used: {error}", hint=mend) from error
        raise damaged(path, error, loss=loss) from error


def damaged(path: Path, error: Exception, *, loss: str) -> FileBroken:
    """The error for a file whose content makes no sense, with what it costs to move it away."""
    return FileBroken(f"{path} is damaged: {error}", hint=f"restore it from a copy, or move it away; {loss}")
