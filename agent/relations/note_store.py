"""Where derived notes are kept: a scope of their own in the memory file, so that they survive kills, and several
processes may read while one writes.

Knows records and passage ids. Must not know models, prompts or search.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from agent.relations.records import Begun, Refusal, key_of
from lm.types import Frozen
from memory.errors import CorruptRecord, UnknownRecord, WrongModel
from memory.sqlite_store import SqliteStore
from memory.store import RecordStore
from retrieval.corpus import Corpus
from retrieval.derived_notes import DerivedNote

logger = logging.getLogger(__name__)

SCOPE = "relations"
_NOTE, _REFUSAL, _CALL = "relation.note", "relation.refusal", "relation.call"

F = TypeVar("F", bound=Frozen)


class NoteStore:
    """Notes, refusals and calls that were begun. One process at a time may write (`agent.home.Home.relations_lock`)."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """The store in the memory file at `path`, which is made if missing. Errors as of `SqliteStore`."""
        with SqliteStore(path, scope=SCOPE) as store:
            yield cls(store)

    def notes(self) -> list[DerivedNote]:
        """All notes, first written first, stale ones among them; of two on the same names from the same passages, by
        another model or prompt, the later one."""
        return list({(note.entities, note.parents): note for note in self._all_notes()}.values())

    def refusals(self) -> list[Refusal]:
        """All notes that were refused."""
        return [refusal for _, refusal in self._read(_REFUSAL, Refusal)]

    def settled(self) -> set[str]:
        """Keys of the tasks that need no call any more."""
        return {key_of(note) for note in (*self._all_notes(), *(refusal.note for refusal in self.refusals()))}

    def begun(self) -> dict[str, int]:
        """How many calls were ever begun for each task."""
        counts: dict[str, int] = {}
        for _, call in self._read(_CALL, Begun):
            counts[call.task] = max(counts.get(call.task, 0), call.number)
        return counts

    def add_note(self, note: DerivedNote) -> None:
        """Keep a note."""
        self._store.put(_NOTE, note, parents=note.parents)

    def add_refusal(self, refusal: Refusal) -> None:
        """Keep a refusal."""
        self._store.put(_REFUSAL, refusal, parents=refusal.note.parents)

    def begin(self, call: Begun) -> str:
        """Write down that a call is begun; returns what `withdraw` takes."""
        return self._store.put(_CALL, call)

    def withdraw(self, begun: str) -> None:
        """The call came to nothing and cost nothing."""
        self._store.delete([begun])

    def remove_stale(self, corpus: Corpus) -> int:
        """Remove notes, refusals and their calls where a parent is gone; returns how many notes that were."""
        notes = dict(self._read(_NOTE, DerivedNote))
        settled = notes | {id_: refusal.note for id_, refusal in self._read(_REFUSAL, Refusal)}
        known = corpus.known_passages(list({id_ for note in settled.values() for id_ in note.parents}))
        stale = [id_ for id_, note in settled.items() if not known.issuperset(note.parents)]
        tasks = {key_of(settled[id_]) for id_ in stale}
        calls = [id_ for id_, call in self._read(_CALL, Begun) if call.task in tasks]
        self._store.delete([*stale, *calls])
        return len(notes.keys() & set(stale))

    def _all_notes(self) -> list[DerivedNote]:
        return [note for _, note in self._read(_NOTE, DerivedNote)]

    def _read(self, kind: str, model: type[F]) -> Iterator[tuple[str, F]]:
        for id_ in self._store.iter_ids(kind):
            try:
                yield id_, self._store.get_model(id_, model)
            except UnknownRecord:  # another process has removed it since
                continue
            except (CorruptRecord, WrongModel) as error:
                # What is derived can be derived again: one damaged note is no reason to refuse every search.
                logger.warning("passed over: %s", error)


def notes_in(path: Path) -> list[DerivedNote]:
    """The notes in the memory file at `path`; none where there is no file, and none is made."""
    if not path.is_file():
        return []
    with NoteStore.open(path) as store:
        return store.notes()
