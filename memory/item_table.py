"""Items of other programs: JSON values by namespace and key, with vectors of their texts, in the file of the memory.

Knows rows and vectors of items. Must not know LangGraph, nor what a value means.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from lm.embedding import FloatArray
from memory.unit_store import UnitStore

Namespace = tuple[str, ...]
_END = "."  # no label holds one, and "/" comes right behind it
_ROW = "SELECT seq, namespace, key, value, created, updated FROM items"


@dataclass(frozen=True)
class StoredItem:
    """One item; `created` is of the first value under its key."""

    number: int
    namespace: Namespace
    key: str
    value: dict[str, object]
    created: datetime
    updated: datetime


class ItemTable:
    """Items in the file of a store.

    A search by meaning compares every item of the namespace: thousands are meant to be here, not millions.
    """

    def __init__(self, store: UnitStore) -> None:
        self._store = store

    def get(self, namespace: Namespace, key: str) -> StoredItem | None:
        """The item, or None."""
        with self._store.reading() as db:
            row = db.execute(f"{_ROW} WHERE namespace = ? AND key = ?", (_joined(namespace), key)).fetchone()
        return _item(row) if row else None

    def put(self, namespace: Namespace, key: str, value: Mapping[str, object], texts: Sequence[str]) -> None:
        """Store a value under a key, in place of the one that is there; it is found by the meaning of `texts`."""
        body, now = json.dumps(value, ensure_ascii=False), datetime.now(UTC).isoformat()
        vectors = self._store.embedder.encode(texts) if texts else np.zeros((0, self._store.embedder.dim))
        with self._store.writing() as db:
            number = db.execute(
                "INSERT INTO items (namespace, key, value, texts, created, updated) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET value = excluded.value, texts = excluded.texts, updated = excluded.updated "
                "RETURNING seq",
                (_joined(namespace), key, body, json.dumps(list(texts), ensure_ascii=False), now, now),
            ).fetchone()[0]
            db.execute("DELETE FROM item_vectors WHERE item = ?", (number,))
            rows = [(number, self._store.embedder.fingerprint, row.astype("<f4").tobytes()) for row in vectors]
            db.executemany("INSERT INTO item_vectors VALUES (?, ?, ?)", rows)

    def delete(self, namespace: Namespace, key: str) -> None:
        """Delete the item if it is there."""
        with self._store.writing() as db:
            row = db.execute(
                "DELETE FROM items WHERE namespace = ? AND key = ? RETURNING seq", (_joined(namespace), key)
            ).fetchone()
            if row:
                db.execute("DELETE FROM item_vectors WHERE item = ?", row)

    def under(self, prefix: Namespace) -> list[StoredItem]:
        """Items whose namespace begins so, those that were changed last first."""
        low = _joined(prefix)
        asked, values = (f"{_ROW} WHERE namespace >= ? AND namespace < ?", [low, low[:-1] + "/"]) if low else (_ROW, [])
        with self._store.reading() as db:
            rows = db.execute(f"{asked} ORDER BY updated DESC, seq DESC", values).fetchall()
        return [_item(row) for row in rows]

    def namespaces(self) -> list[Namespace]:
        """All namespaces that hold an item."""
        with self._store.reading() as db:
            return [_split(row[0]) for row in db.execute("SELECT DISTINCT namespace FROM items ORDER BY namespace")]

    def cosines(self, items: Sequence[StoredItem], vector: FloatArray) -> dict[int, float]:
        """Number to cosine with `vector`, of an item's best text; items without texts are left out."""
        self._embed_missing()
        wanted, best = {item.number for item in items}, dict[int, float]()
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT item, vector FROM item_vectors WHERE embedder = ?", (self._store.embedder.fingerprint,)
            )
            for number, blob in rows:
                if number in wanted:
                    cosine = float(np.frombuffer(blob, dtype="<f4") @ vector)
                    best[number] = max(cosine, best.get(number, -1.0))
        return best

    def _embed_missing(self) -> None:
        """Embed items that another embedder's process wrote."""
        name = self._store.embedder.fingerprint
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT seq, texts FROM items WHERE texts <> '[]' "
                "AND seq NOT IN (SELECT item FROM item_vectors WHERE embedder = ?)",
                (name,),
            ).fetchall()
        for number, texts in rows:
            vectors = self._store.embedder.encode(json.loads(texts))
            with self._store.writing() as db:
                db.executemany(
                    "INSERT INTO item_vectors SELECT seq, ?, ? FROM items WHERE seq = ? AND texts = ?",
                    [(name, row.astype("<f4").tobytes(), number, texts) for row in vectors],
                )


def _joined(namespace: Namespace) -> str:
    return "".join(f"{label}{_END}" for label in namespace)


def _split(joined: str) -> Namespace:
    return tuple(joined.split(_END)[:-1])


def _item(row: tuple[int, str, str, str, str, str]) -> StoredItem:
    number, namespace, key, value, created, updated = row
    times = datetime.fromisoformat(created), datetime.fromisoformat(updated)
    return StoredItem(number, _split(namespace), key, json.loads(value), *times)
