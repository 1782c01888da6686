"""Documents wait here to be stored together: one transaction for many small files."""

from collections.abc import Callable, Iterator, Sequence

from retrieval.errors import CorpusFull
from retrieval.sources import FilePart, Sources

_BUFFERED_DOCUMENTS = 2_000
_BUFFERED_CHARS = 16_000_000


class PartBuffer:
    """Parts of files that wait to be stored, and who claimed which id meanwhile."""

    def __init__(self, sources: Sources, *, parser: str, clock: Callable[[], float]) -> None:
        self._sources = sources
        self._parser = parser
        self._clock = clock
        self._parts: list[FilePart] = []
        self._n_documents = self._n_chars = 0
        self._claims: dict[str, str] = {}
        self.n_stored = 0

    def add(self, part: FilePart) -> None:
        """Take a part in; the buffer is stored when it is full."""
        self._parts.append(part)
        self._n_documents += len(part.entries)
        self._n_chars += sum(len(entry.text) for entry in part.entries)
        is_full = self._n_documents >= _BUFFERED_DOCUMENTS or self._n_chars >= _BUFFERED_CHARS
        if is_full or len(self._parts) >= _BUFFERED_DOCUMENTS:
            self.flush()

    def claim(self, doc_id: str, file: str) -> None:
        """Remember, until it is stored, which file holds a document."""
        self._claims[doc_id] = file

    def claimant(self, doc_id: str) -> str | None:
        """The file that claimed this id since the last flush."""
        return self._claims.get(doc_id)

    def flush(self) -> None:
        """Store what waits.

        Raises:
            CorpusFull: there is no room for all of it; what came before the first document without room is stored.
        """
        try:
            self._store(self._parts)
        except CorpusFull:
            for part in self._parts:
                for small in _split(part):
                    self._store([small])
        self._parts, self._claims = [], {}
        self._n_documents = self._n_chars = 0

    def _store(self, parts: Sequence[FilePart]) -> None:
        if parts:
            self._sources.store(parts, parser=self._parser, tried_at=self._clock())
            self.n_stored += sum(len(part.entries) for part in parts)


def _split(part: FilePart) -> Iterator[FilePart]:
    """The same part, document by document; what ends it comes last."""
    for number, entry in enumerate(part.entries):
        yield FilePart(part.root, part.file, [entry], is_first=part.is_first and number == 0)
    yield FilePart(
        part.root,
        part.file,
        stale_ids=part.stale_ids,
        refusals=part.refusals,
        notes=part.notes,
        is_first=part.is_first and not part.entries,
        sha256=part.sha256,
    )
