"""What an ingest may take, how far it is, and what it did."""

from collections.abc import Callable
from typing import Protocol

from lm.types import Frozen
from retrieval.corpus import QuarantinedFile
from retrieval.parsing.wire import ChunkedDocument, ParseLimits

PARSER_VERSION = "4"  # raise it when a parser or the chunker changes what it makes of a file


class IngestOptions(Frozen):
    """Limits on one file, the size of passages among them, and how many files are parsed at once."""

    limits: ParseLimits = ParseLimits()
    n_workers: int = 2

    def parser(self, recutter: "Recutter | None" = None) -> str:
        """Everything besides a file's bytes that decides about its passages."""
        cut = f"{PARSER_VERSION}:{self.limits.target_chars}:{self.limits.max_chars}"
        return cut if recutter is None else f"{cut}:{recutter.name}"


class Recutter(Protocol):
    """Cuts parsed documents otherwise than by length, in this process: a model is loaded once, not in every parser."""

    @property
    def name(self) -> str:
        """Of the way of cutting, with all its sizes: a corpus that was cut under another one is cut anew."""
        ...

    def recut(self, chunked: ChunkedDocument, *, tell: Callable[[int], None]) -> ChunkedDocument:
        """The same document with other passages; `tell` hears how many characters of it are measured."""
        ...


class IngestProgress(Frozen):
    """How far an ingest is; `name` is the file that was last looked at, `measured_chars` what a model has scored."""

    files_done: int
    files_total: int
    documents: int
    passages: int
    name: str
    measured_chars: int = 0


class IngestReport(Frozen):
    """What an ingest did. The first four count documents; `passages` and `characters` are those it stored.

    `failures` names what could not be looked at, and files that were emptied: their documents stay as they were.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    quarantined: tuple[QuarantinedFile, ...]
    notes: tuple[str, ...]
    failures: tuple[str, ...]
    passages: int
    characters: int
    seconds: float
