"""The store in this process's memory, for tests and for what need not outlive a call."""

import threading
import time
from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from memory.records import M, Record, check_parents, check_record, make_record, unknown
from memory.store import Clock


class MemoryStore:
    """A store in a dictionary, for tests and for work that need not outlive the process."""

    def __init__(self, *, clock: Clock = time.time) -> None:
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._parents: dict[str, dict[str, None]] = {}
        self._lock = threading.Lock()

    def put(self, kind: str, content: BaseModel | str | bytes, *, parents: Sequence[str] = ()) -> str:
        """See `RecordStore.put`."""
        record = make_record(kind, content, created_at=self._clock())
        new = check_parents(record.id, parents)
        with self._lock:
            self._records.setdefault(record.id, record)
            self._parents.setdefault(record.id, {}).update(dict.fromkeys(new))
        return record.id

    def get(self, record_id: str) -> Record:
        """See `RecordStore.get`."""
        with self._lock:
            record = self._records.get(record_id)
        if record is None:
            raise unknown(record_id, "memory")
        return check_record(record)

    def get_model(self, record_id: str, model: type[M]) -> M:
        """See `RecordStore.get_model`."""
        return self.get(record_id).as_model(model)

    def has(self, record_id: str) -> bool:
        """See `RecordStore.has`."""
        with self._lock:
            return record_id in self._records

    def parents(self, record_id: str) -> list[str]:
        """See `RecordStore.parents`."""
        with self._lock:
            if record_id not in self._parents:
                raise unknown(record_id, "memory")
            return list(self._parents[record_id])

    def iter_ids(self, kind: str) -> Iterator[str]:
        """See `RecordStore.iter_ids`."""
        with self._lock:
            return iter([record.id for record in self._records.values() if record.kind == kind])

    def delete(self, record_ids: Sequence[str]) -> int:
        """See `RecordStore.delete`."""
        with self._lock:
            for record_id in record_ids:
                self._parents.pop(record_id, None)
            return sum(self._records.pop(record_id, None) is not None for record_id in record_ids)
