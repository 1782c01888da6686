"""How large the stores of a home are, and how many rows each of their tables has. Opens them to be read only."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from pydantic import Field

from lm.types import Frozen

_BUSY_S = 2.0


class StoreSize(Frozen):
    """A database of the home. `problem` says why it could not be read."""

    name: str
    bytes: int
    version: int | None = None
    rows: dict[str, int] = Field(default_factory=dict)
    problem: str = ""


def store_sizes(home: Path) -> list[StoreSize]:
    """Every database at the top of the home."""
    return [_size(path) for path in sorted(home.glob("*.sqlite")) if path.is_file()]


def folder_sizes(home: Path) -> dict[str, dict[str, int]]:
    """How many files each folder of the home has, and of how many bytes."""
    found = {}
    for folder in sorted(path for path in home.glob("*") if path.is_dir() and not path.is_symlink()):
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        found[folder.name] = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
    return found


def _size(path: Path) -> StoreSize:
    size = path.stat().st_size
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_S)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            tables = [
                name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            ]
            rows = {name: _count(db, name) for name in tables if not name.startswith("sqlite_")}
    except sqlite3.Error as error:
        return StoreSize(name=path.name, bytes=size, problem=f"{type(error).__name__}: {error}")
    return StoreSize(name=path.name, bytes=size, version=version, rows=rows)


def _count(db: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(db.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
