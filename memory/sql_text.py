"""Small pieces of SQL that several tables need."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from memory.errors import RecordRejected

Item = TypeVar("Item")
Scopes = str | Sequence[str]

_CHUNK = 500  # SQLite takes 32,766 parameters at most, older builds 999


def scopes_of(scope: Scopes) -> list[str]:
    """One scope or several, as a list without repeats.

    Raises:
        RecordRejected: there is none, or one is empty.
    """
    scopes = [scope] if isinstance(scope, str) else list(dict.fromkeys(scope))
    if not scopes or not all(scopes):
        raise RecordRejected(f"{scope!r} names no scope", hint="say whose memory: user, project, or run:ID")
    return scopes


def marks(values: Sequence[object]) -> str:
    """A question mark for each value."""
    return ",".join("?" * len(values))


def chunked(values: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Pieces that one statement can take."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
