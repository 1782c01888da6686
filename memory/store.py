"""The content-addressed store: whatever a run or a user's memory holds, under the hash of what it says.

Knows kinds, bytes, ids and provenance. Must not know what a note, a fact or a claim means.

Same content, same id: putting twice stores once, so a step that is repeated after a crash is safe to repeat.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from pydantic import BaseModel

from memory.records import M, Record

Clock = Callable[[], float]


class RecordStore(Protocol):
    """A set of records in one scope, with what each was made from."""

    def put(self, kind: str, content: BaseModel | str | bytes, *, parents: Sequence[str] = ()) -> str:
        """Store content and return its id. Again with other parents: the parents are joined.

        Parents may live elsewhere (a passage, another scope), so they are not looked up. A record is never
        its own parent.

        Raises:
            RecordRejected: kind, content or parents cannot be stored.
            StoreFull: there is no room; nothing changed.
            StoreBusy: other writers held the file for too long; nothing changed.
        """
        ...

    def get(self, record_id: str) -> Record:
        """Read a record and verify its hash.

        Raises:
            UnknownRecord: there is none.
            CorruptRecord: its content is damaged.
        """
        ...

    def get_model(self, record_id: str, model: type[M]) -> M:
        """Read a record as `model`. Also raises WrongModel."""
        ...

    def has(self, record_id: str) -> bool:
        """Whether the record is here. Does not verify it."""
        ...

    def parents(self, record_id: str) -> list[str]:
        """Ids that the record was made from, in the order they were given. Raises UnknownRecord."""
        ...

    def iter_ids(self, kind: str) -> Iterator[str]:
        """Ids of one kind, first stored first; a snapshot of the moment of the call."""
        ...

    def delete(self, record_ids: Sequence[str]) -> int:
        """Remove records, skipping ids that are not here. Returns how many went. Children keep the id."""
        ...
