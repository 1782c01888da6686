"""Turns and units for tests of memory, and a store of a file with an honest small embedder."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from memory.unit_store import UnitStore
from memory.units import Interval, MemoryUnit, Turn
from tests.bag_embedder import BagEmbedder

NOON = datetime(2023, 5, 8, 12, 0, tzinfo=UTC)
NOW = datetime(2024, 1, 1, tzinfo=UTC)


def turn(number: int, text: str, *, session: str = "s1", speaker: str = "Ada") -> Turn:
    at = NOON + timedelta(minutes=number)
    return Turn(id=f"{session}:{number}", session=session, speaker=speaker, text=text, at=at)


def unit(text: str, **changes: object) -> MemoryUnit:
    given = {"scope": "user", "kind": "statement", "at": NOON, "parents": ("s1:1",), **changes}
    return MemoryUnit.model_validate({"text": text, **given})


def days(start: str, end: str) -> Interval:
    return Interval(start=start, end=end)


def open_store(path: Path | str) -> UnitStore:
    return UnitStore(path, BagEmbedder(), clock=lambda: 1000.0)


def abstract_of(text: str, *members: MemoryUnit) -> MemoryUnit:
    ids = tuple(member.id for member in members)
    return unit(text, kind="abstract", members=ids, parents=("s1:1", *ids))
