"""From what the parser says of one file to what the corpus is to store of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from retrieval.corpus_rows import CorpusEntry, entry_digest
from retrieval.document_ids import DocumentIds
from retrieval.entries import entry_of
from retrieval.errors import SourceUnreadable
from retrieval.parsing.parsed import BadLine
from retrieval.part_buffer import PartBuffer
from retrieval.sandbox import Batch, Part
from retrieval.scan import FoundFile, Refusal
from retrieval.sources import FilePart, KnownFile, Sources

_MAX_BAD_LINES = 100
_BAD_LINE_HINT = "Mend this one; the other documents of the file are stored."
_TAKEN_NAME_HINT = (
    "Rename it, or ingest the folder above both files instead, so that their paths differ. "
    "If the other folder is gone for good: `wellread ingest --prune PATH`."
)


@dataclass(slots=True)
class Counts:
    """What an ingest did so far, in documents; `passages` and `characters` are those to be stored."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    passages: int = 0
    characters: int = 0


@dataclass(slots=True)
class OpenFile:
    """A file that is being read: what was stored of it before, and which ids have come so far (id → line)."""

    root: str
    file: FoundFile
    row: int | None
    digests: dict[str, str]
    lines: dict[str, int] = field(default_factory=dict)
    n_bad: int = 0
    n_parts: int = 0


class FileReader:
    """Puts the documents of file after file into the buffer, and counts them.

    `failures` are files whose content is out of sight, and how many documents they keep.
    """

    def __init__(self, sources: Sources, buffer: PartBuffer, counts: Counts, *, prune: bool) -> None:
        self.failures: list[str] = []
        self.ids = DocumentIds(sources, buffer, prune=prune)
        self._sources = sources
        self._buffer = buffer
        self._counts = counts
        self._prune = prune

    def open(self, root: str, file: FoundFile, known: KnownFile | None) -> OpenFile:
        """Begin with a file, whose parts are then taken one after another."""
        digests = self._sources.digests(known.row) if known is not None else {}
        return OpenFile(root, file, known.row if known is not None else None, digests)

    def take(self, open_file: OpenFile, part: Part) -> None:
        """Turn what came from the parser into a part to store."""
        out = FilePart(open_file.root, open_file.file, is_first=open_file.n_parts == 0)
        open_file.n_parts += 1
        if isinstance(part, Batch):
            self._take_documents(open_file, part, out)
        else:
            unseen = [id_ for id_ in open_file.digests if id_ not in open_file.lines]
            if isinstance(part, SourceUnreadable):
                out.refusals = [_refusal(open_file.file, part.reason, part.hint)]
                unseen = self._lost(open_file, part, unseen)
            elif not open_file.n_bad:
                out.sha256 = part.sha256
            out.stale_ids = unseen
            self._counts.removed += len(unseen)
        self._buffer.add(out)

    def _lost(self, open_file: OpenFile, error: SourceUnreadable, unseen: list[str]) -> list[str]:
        """Which documents are to be removed with a file that cannot be read."""
        is_emptied = not open_file.file.size
        if not error.keeps_documents or (is_emptied and self._prune):
            return unseen
        if unseen or not is_emptied:
            place = f"{open_file.root}/{open_file.file.name}"
            self.failures.append(failure(place, error.reason, len(unseen), can_prune=is_emptied))
        return []

    def _take_documents(self, open_file: OpenFile, batch: Batch, out: FilePart) -> None:
        root, name, row = open_file.root, open_file.file.name, open_file.row
        ids = [document.id for document, _ in batch.documents]
        for at, (document, _) in enumerate(batch.documents):
            if not document.id:
                ids[at], note = self.ids.of_file(root, name, document.text, row=row)
                out.notes += [note] if note else []
        named = [(id_ or name, chunked) for id_, chunked in zip(ids, batch.documents, strict=True)]
        fresh = {id_: chunked.document.text for id_, chunked in named if id_ not in open_file.lines}
        taken = self.ids.taken(fresh, row=row)
        bad_lines = list(batch.bad_lines)
        for id_, chunked in named:
            if id_ in open_file.lines:
                reason = f"the id {id_!r} stands on line {open_file.lines[id_]} already"
                bad_lines.append(BadLine(chunked.document.line, reason))
            elif id_ in taken:
                bad_lines.append(BadLine(chunked.document.line, f"the id {id_!r} belongs to {taken[id_]}"))
            else:
                open_file.lines[id_] = chunked.document.line
                self._buffer.claim(id_, f"{root}/{name}")
                self._count(open_file, entry_of(id_, name, chunked), out)
            out.notes += chunked.document.notes
        self._refuse_lines(open_file, bad_lines, out)

    def _count(self, open_file: OpenFile, entry: CorpusEntry, out: FilePart) -> None:
        """Add the document to the part, unless it is stored already just as it is."""
        before = open_file.digests.get(entry.document.id)
        if before is not None and before == entry_digest(entry):
            self._counts.unchanged += 1
            return
        out.entries.append(entry)
        self._counts.added += before is None
        self._counts.changed += before is not None
        self._counts.passages += len(entry.passages)
        self._counts.characters += len(entry.text)

    def _refuse_lines(self, open_file: OpenFile, bad_lines: Sequence[BadLine], out: FilePart) -> None:
        for bad in bad_lines:
            open_file.n_bad += 1
            if open_file.n_bad <= _MAX_BAD_LINES:
                is_last = open_file.n_bad == _MAX_BAD_LINES
                reason = f"{bad.reason}; further lines are not listed" if is_last else bad.reason
                hint = _BAD_LINE_HINT if bad.line else _TAKEN_NAME_HINT
                out.refusals.append(_refusal(open_file.file, reason, hint, bad.line))


def failure(place: str, reason: str, n_kept: int, *, can_prune: bool) -> str:
    """A file or folder that could not be looked at, in words for a person."""
    held = f"{n_kept} document{'' if n_kept == 1 else 's'}"
    kept = f"; the {held} that it held {'is' if n_kept == 1 else 'are'} kept" if n_kept else ""
    return f"{place}: {reason}{kept}" + (", unless --prune says that it is meant" if kept and can_prune else "")


def _refusal(file: FoundFile, reason: str, hint: str, line: int = 0) -> Refusal:
    return Refusal(file.name, reason, hint, file.size, file.mtime_ns, line)
