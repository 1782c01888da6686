"""Long-term memory as a LangGraph store, so that other LangGraph programs can keep and find things in it.

Knows LangGraph's operations. Must not know tables, or what a chat makes of memory.

    graph = builder.compile(store=WellreadStore(UnitStore(path, embedder)))
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    get_text_at_path,
)

from lm.embedding import FloatArray
from memory.item_filter import meets
from memory.item_table import ItemTable, Namespace, StoredItem
from memory.orders import speaks_to_machine
from memory.passages import is_log_scope
from memory.unit_records import StoredUnit
from memory.unit_store import UnitStore
from memory.units import MemoryUnit

UNITS = "units"
_PARENT = "langgraph:"
_SHOWN = {"text", "kind", "at", "parents", "times", "persons", "entities", "members", "reason"}


class WellreadStore(BaseStore):
    """Items of any program in a table of their own, and memory's units under ``("units", SCOPE)``.

    There, an item is an active unit: its value holds `text`, `kind`, `at`, `parents`, and so on; its key is the unit's
    id, or the key under which a program put it. What is put there becomes a note (of the value's ``text`` or
    ``content``; other fields are not kept), deleting forgets it (see `UnitStore.forget`). Both are searched by meaning,
    with cosines as scores. Operations of a batch are done in their order.
    """

    def __init__(self, store: UnitStore, *, fields: Sequence[str] = ("$",)) -> None:
        """Open over a store, which its owner closes.

        Args:
            store: whose file holds the items.
            fields: what of an item's value is searched, as paths; "$" is all of it.
        """
        self._store, self._items, self._fields = store, ItemTable(store), list(fields)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do operations one after the other; a result for each."""
        return [self._do(op) for op in ops]

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """As `batch`, in another thread."""
        return await asyncio.to_thread(self.batch, list(ops))

    def _do(self, op: Op) -> Result:
        if isinstance(op, GetOp):
            return self._get(op.namespace, op.key)
        if isinstance(op, PutOp):
            self._put(op)
            return None
        if isinstance(op, SearchOp):
            return self._search(op)
        if isinstance(op, ListNamespacesOp):
            return self._list(op)
        raise ValueError(f"unknown operation {type(op).__name__}")

    def _get(self, namespace: Namespace, key: str) -> Item | None:
        if not _is_units(namespace):
            found = self._items.get(namespace, key)
            return _shown_item(found) if found else None
        units = self._units_of(namespace, key)
        return _shown_unit(units[-1]) if units else None

    def _put(self, op: PutOp) -> None:
        if _is_units(op.namespace):
            self._put_unit(op)
        elif op.value is None:
            self._items.delete(op.namespace, op.key)
        else:
            self._items.put(op.namespace, op.key, op.value, self._texts(op))

    def _texts(self, op: PutOp) -> list[str]:
        if op.index is False:
            return []
        paths = self._fields if op.index is None else op.index
        return list(dict.fromkeys(text for path in paths for text in get_text_at_path(op.value, path) if text))

    def _put_unit(self, op: PutOp) -> None:
        old = [stored.id for stored in self._units_of(op.namespace, op.key)]
        if op.value is None:
            self._store.forget(old)
            return
        text = next((op.value[name] for name in ("text", "content") if op.value.get(name)), None)
        if not isinstance(text, str):
            raise ValueError(f"a unit needs words under text or content; {op.key} has {sorted(op.value)}")
        if speaks_to_machine(text):
            raise ValueError(f"{op.key} speaks to a program: an order is no memory, it would be obeyed or argued with")
        scope, parents = op.namespace[1], (_PARENT + op.key,)
        if [stored.unit.text for stored in self._store.get(old)][-1:] == [text]:
            return
        # First the new one: killed in between, there are two, and the next put ends that.
        self._store.add([MemoryUnit(scope=scope, kind="note", text=text, at=datetime.now(UTC), parents=parents)])
        self._store.forget(old)

    def _units_of(self, namespace: Namespace, key: str) -> list[StoredUnit]:
        """What a program put under the key, else the unit with this id."""
        put = self._store.get(self._store.children(namespace[1], _PARENT + key))
        own = [stored for stored in put if stored.unit.kind == "note"]
        return own or [stored for stored in self._store.get([key]) if stored.unit.scope == namespace[1]]

    def _search(self, op: SearchOp) -> list[SearchItem]:
        vector = self._store.embedder.encode([op.query])[0] if op.query else None
        found = list(self._search_items(op, vector)) + list(self._search_units(op, vector))
        if vector is not None:
            # Items without a score come last.
            found.sort(key=lambda item: (item.score is None, -(item.score or 0.0)))
        return found[op.offset : op.offset + op.limit]

    def _search_items(self, op: SearchOp, vector: FloatArray | None) -> Iterator[SearchItem]:
        items = [item for item in self._items.under(op.namespace_prefix) if meets(item.value, op.filter)]
        scores = {} if vector is None else self._items.cosines(items, vector)
        for item in items:
            yield _found(_shown_item(item), scores.get(item.number))

    def _search_units(self, op: SearchOp, vector: FloatArray | None) -> Iterator[SearchItem]:
        prefix = op.namespace_prefix
        if (prefix and prefix[0] != UNITS) or len(prefix) > 2:
            return
        scopes = [scope for scope in self._store.scopes() if len(prefix) < 2 or scope == prefix[1]]
        wanted, met = op.offset + op.limit, 0
        for stored, score in self._ranked(scopes, vector, wanted, is_filtered=bool(op.filter)):
            item = _shown_unit(stored)
            if met < wanted and meets(item.value, op.filter):
                met += 1
                yield _found(item, score)

    def _ranked(
        self, scopes: list[str], vector: FloatArray | None, n: int, *, is_filtered: bool
    ) -> Iterator[tuple[StoredUnit, float | None]]:
        """Units, best first: no more than are asked for, unless a filter may leave some out."""
        if not scopes:
            return
        if vector is None:
            yield from ((stored, None) for stored in self._store.units(scopes, limit=None if is_filtered else n))
            return
        k = self._store.stats(scopes).active if is_filtered else n
        scores = dict(self._store.search_vectors(scopes, vector, k))
        yield from ((stored, scores[stored.id]) for stored in self._store.get(list(scores)))

    def _list(self, op: ListNamespacesOp) -> list[Namespace]:
        known = {*self._items.namespaces(), *((UNITS, scope) for scope in self._store.scopes())}
        conditions = op.match_conditions or ()
        kept = {spaces[: op.max_depth] for spaces in known if all(_matches(spaces, one) for one in conditions)}
        return sorted(kept)[op.offset : op.offset + op.limit]


def _is_units(namespace: Namespace) -> bool:
    # What is kept of the log is nobody's to write: there such a namespace is one like any other.
    return len(namespace) == 2 and namespace[0] == UNITS and not is_log_scope(namespace[1])


def _matches(namespace: Namespace, condition: MatchCondition) -> bool:
    if len(condition.path) > len(namespace):
        return False
    n = len(condition.path)
    labels = namespace[:n] if condition.match_type == "prefix" else namespace[len(namespace) - n :]
    return all(wanted in ("*", label) for wanted, label in zip(condition.path, labels, strict=True))


def _shown_item(item: StoredItem) -> Item:
    return Item(
        value=item.value, key=item.key, namespace=item.namespace, created_at=item.created, updated_at=item.updated
    )


def _shown_unit(stored: StoredUnit) -> Item:
    value = stored.unit.model_dump(mode="json", include=_SHOWN)
    standing: Mapping[str, object] = {"archived_by": stored.archived_by, "superseded_by": stored.superseded_by}
    keys = [parent.removeprefix(_PARENT) for parent in stored.unit.parents if parent.startswith(_PARENT)]
    key = keys[0] if keys and stored.unit.kind == "note" else stored.id
    at = stored.unit.at
    return Item(
        value={**value, **standing, "id": stored.id},
        key=key,
        namespace=(UNITS, stored.unit.scope),
        created_at=at,
        updated_at=at,
    )


def _found(item: Item, score: float | None) -> SearchItem:
    return SearchItem(item.namespace, item.key, item.value, item.created_at, item.updated_at, score)
