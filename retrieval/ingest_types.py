"""What an ingest may take, how far it is, and what it did."""

from lm.types import Frozen
from retrieval.corpus import QuarantinedFile
from retrieval.parsing.wire import ParseLimits

PARSER_VERSION = "2"  # raise it when a parser or the chunker changes what it makes of a file


class IngestOptions(Frozen):
    """Limits on one file, the size of passages, and how many files are parsed at once."""

    timeout_s: float = 20.0
    max_memory_bytes: int = 1 << 30
    max_file_bytes: int = 64 << 20
    max_stream_bytes: int = 1 << 30
    target_chars: int = 900
    max_chars: int = 1400
    n_workers: int = 2

    def limits(self) -> ParseLimits:
        """As the parser process wants them."""
        return ParseLimits(**self.model_dump(exclude={"n_workers"}))

    def parser(self) -> str:
        """Everything besides a file's bytes that decides about its passages."""
        return f"{PARSER_VERSION}:{self.target_chars}:{self.max_chars}"


class IngestProgress(Frozen):
    """How far an ingest is; `name` is the file that was last looked at."""

    files_done: int
    files_total: int
    documents: int
    passages: int
    name: str


class IngestReport(Frozen):
    """What an ingest did. The first four count documents; `passages` and `characters` are those it stored."""

    added: int
    changed: int
    removed: int
    unchanged: int
    quarantined: tuple[QuarantinedFile, ...]
    notes: tuple[str, ...]
    passages: int
    characters: int
    seconds: float
