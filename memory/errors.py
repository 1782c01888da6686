"""The error tree of the memory floor.

MemoryFloorError          (the name MemoryError belongs to Python)
├── UnknownRecord         this scope holds no record with this id
├── CorruptRecord         a stored record no longer hashes to its id
├── WrongModel            the record is not of the type that was asked for
├── RecordRejected        the content cannot be stored
├── StoreBusy             other writers held the file for too long       retryable
├── StoreFull             no room to write
├── StoreBroken           the file cannot be opened, or is no store
└── SchemaTooNew          a newer version of the program made the file
"""


class MemoryFloorError(Exception):
    """A store could not do what was asked. `hint` tells a person how to mend it."""

    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UnknownRecord(MemoryFloorError):
    """No record of the store's scope has this id."""


class CorruptRecord(MemoryFloorError):
    """The stored bytes do not hash to the id that they stand under. Putting the content again mends it."""


class WrongModel(MemoryFloorError):
    """The record holds something else than what the caller wants to read it as."""


class RecordRejected(MemoryFloorError):
    """The content, kind, scope or parents cannot be stored faithfully, so nothing was stored."""


class StoreBusy(MemoryFloorError):
    """The file stayed locked by other writers until the time limit."""

    retryable = True


class StoreFull(MemoryFloorError):
    """The disk, a quota or a file-size limit left no room; the store is as it was before the call."""


class StoreBroken(MemoryFloorError):
    """The store cannot be opened, read or written: damaged, not a store, closed, or not permitted."""


class SchemaTooNew(MemoryFloorError):
    """The file was written by a newer version of the program."""
