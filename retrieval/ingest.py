"""From folders of files to documents and passages in the corpus, doing only what changed since the last time.

A document is either searchable or absent: it is stored with its passages in one transaction, and a file
counts as read only when its last document is stored, so running again after a crash finishes the job.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.corpus import Corpus
from retrieval.corpus_rows import CorpusEntry, entry_digest
from retrieval.entries import entry_of
from retrieval.errors import CorpusEmpty, SourceUnreadable
from retrieval.ingest_types import IngestOptions, IngestProgress, IngestReport
from retrieval.parsing.parsed import BadLine
from retrieval.sandbox import Batch, Finished, Job, Part, read_in_order
from retrieval.scan import FoundFile, Refusal, Scan, scan
from retrieval.sources import FilePart, KnownFile, PartBuffer, Sources

logger = logging.getLogger(__name__)

_MAX_BAD_LINES = 100
_WORTH_A_PROCESS_BYTES = 1 << 20  # less is parsed before a second process has started
_MAX_NOTES = 100
_MAX_DUPLICATES = 20
_BAD_LINE_HINT = "Mend this one; the other documents of the file are stored."
_TAKEN_NAME_HINT = "Rename it, or ingest the folder above both files instead, so that their paths differ."


def ingest(
    paths: Sequence[Path],
    corpus: Corpus,
    *,
    options: IngestOptions | None = None,
    progress: Callable[[IngestProgress], None] | None = None,
    clock: Callable[[], float] = time.time,
    skip: Sequence[Path] = (),
    prune: bool = False,
) -> IngestReport:
    """Bring the corpus up to date with folders and single files.

    Files that are gone from a folder are removed from the corpus, if they came from this folder. Bad files go
    to the quarantine list and are tried again each time.

    Args:
        paths: folders and files.
        corpus: to write to.
        options: None for the defaults.
        progress: called after each file, and on the way through a long one.
        clock: Unix time in seconds.
        skip: files and whole folders that are never read, beside the corpus file: what the program itself writes
            is no source. What was read of them before is removed.
        prune: let a folder that is empty now lose all its documents. Without it that is refused: a share that is not
            mounted looks just like this.

    Raises:
        RetrievalError: a path does not exist or lies in `skip`, or the disk is full; what was stored until then holds.
        CorpusEmpty: none of the paths holds a readable file; or one that held documents holds no file any more, and
            then nothing is changed.
    """
    started = clock()
    own = [corpus.path.resolve().with_name(corpus.path.name + end) for end in ("", "-wal", "-shm")]
    skipped = frozenset([*own, *(path.resolve() for path in skip)])
    scans = _without_repeats(scan(path, skipped=skipped) for path in paths)
    run = _Run(corpus, options or IngestOptions(), progress, clock, sum(len(found.files) for found in scans))
    if not prune:
        _check_not_emptied(run.sources, scans)
    for found in scans:
        run.forget_missing(found)
    for found in scans:
        run.read(found)
    report = run.report(scans, started)
    if not (prune and report.removed):
        _check_not_empty(run.sources, scans, report)
    logger.info(
        "ingested added=%d changed=%d removed=%d unchanged=%d quarantined=%d seconds=%.1f",
        report.added,
        report.changed,
        report.removed,
        report.unchanged,
        len(report.quarantined),
        report.seconds,
    )
    return report


@dataclass(slots=True)
class _Counts:
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    passages: int = 0
    characters: int = 0


@dataclass(slots=True)
class _OpenFile:
    """A file that is being read: what was stored of it before, and which ids have come so far (id → line)."""

    root: str
    file: FoundFile
    row: int | None
    digests: dict[str, str]
    lines: dict[str, int] = field(default_factory=dict)
    n_bad: int = 0
    n_parts: int = 0


class _Run:
    """One ingest: the buffer of parts to be stored together, and the counts."""

    def __init__(
        self,
        corpus: Corpus,
        options: IngestOptions,
        progress: Callable[[IngestProgress], None] | None,
        clock: Callable[[], float],
        n_files: int,
    ) -> None:
        self.corpus = corpus
        self.sources = Sources(corpus)
        self._options = options
        self._progress = progress
        self._clock = clock
        self._n_files = n_files
        self._n_done = 0
        self._counts = _Counts()
        self._buffer = PartBuffer(self.sources, parser=options.parser(), clock=clock)

    def forget_missing(self, found: Scan) -> None:
        """Remove what came from files that are gone, first of all: another file may have their ids now."""
        names = {file.name for file in found.files}
        if found.is_folder:
            gone = [known.row for known in self.sources.known_files(found.root).values() if known.name not in names]
            self._counts.removed += self.sources.forget(gone)
            self.sources.pardon(found.root, except_names=names)
        self.sources.refuse(found.root, found.refusals, tried_at=self._clock())

    def read(self, found: Scan) -> None:
        """Read the files of one root in order."""
        known = self.sources.known_files(found.root)
        files = {file.path + "\0" + file.name: file for file in found.files}
        jobs = [self._job(file, known.get(file.name)) for file in found.files]
        is_small = sum(file.size for file in found.files) < _WORTH_A_PROCESS_BYTES
        n_workers = 1 if is_small else self._options.n_workers
        with closing(read_in_order(jobs, self._options.limits(), n_workers=n_workers)) as readings:
            for job, parts in readings:
                file = files[job.path + "\0" + job.name]
                self._read_file(found.root, file, known.get(file.name), parts)
                self._n_done += 1
                self._tell(file.name)
        self._buffer.flush()

    def report(self, scans: Sequence[Scan], started: float) -> IngestReport:
        """Counts, refusals and remarks."""
        roots = sorted({found.root for found in scans})
        notes = [note for root in roots for note in self._notes(root)]
        counts = self._counts
        return IngestReport(
            added=counts.added,
            changed=counts.changed,
            removed=counts.removed,
            unchanged=counts.unchanged,
            quarantined=tuple(bad for bad in self.corpus.quarantine() if bad.root in roots),
            notes=tuple(notes),
            passages=counts.passages,
            characters=counts.characters,
            seconds=self._clock() - started,
        )

    def _notes(self, root: str) -> list[str]:
        notes = [f"{name}: {note}" for name, note in self.sources.notes(root)][:_MAX_NOTES]
        duplicates = self.sources.duplicates(root)
        notes += [f"{id_}: the same text as {first}" for id_, first in duplicates[:_MAX_DUPLICATES]]
        if len(duplicates) > _MAX_DUPLICATES:
            notes.append(f"and {len(duplicates) - _MAX_DUPLICATES} more documents that repeat another one's text")
        return notes

    def _job(self, file: FoundFile, known: KnownFile | None) -> Job:
        is_current = known is not None and known.parser == self._options.parser()
        return Job(file.path, file.name, known.sha256 if known is not None and is_current else "")

    def _read_file(self, root: str, file: FoundFile, known: KnownFile | None, parts: Iterator[Part]) -> None:
        row = known.row if known else None
        open_file: _OpenFile | None = None
        for part in parts:
            if isinstance(part, Finished) and part.is_unchanged and row is not None:
                self._counts.unchanged += self.sources.count_documents(row)
                continue
            if open_file is None:
                open_file = _OpenFile(root, file, row, self.sources.digests(row) if row is not None else {})
            self._take(open_file, part)
            self._tell(file.name)

    def _take(self, open_file: _OpenFile, part: Part) -> None:
        """Turn what came from the parser into a part to store."""
        out = FilePart(open_file.root, open_file.file, is_first=open_file.n_parts == 0)
        open_file.n_parts += 1
        if isinstance(part, Batch):
            self._take_documents(open_file, part, out)
        else:
            out.stale_ids = [id_ for id_ in open_file.digests if id_ not in open_file.lines]
            self._counts.removed += len(out.stale_ids)
            if isinstance(part, SourceUnreadable):
                out.refusals = [_refusal(open_file.file, part.reason, part.hint)]
            elif not open_file.n_bad:
                out.sha256 = part.sha256
        self._buffer.add(out)

    def _take_documents(self, open_file: _OpenFile, batch: Batch, out: FilePart) -> None:
        name = open_file.file.name
        if any(not document.id for document, _ in batch.documents):
            id_of_file, note = self._id_of_file(open_file)
            out.notes += [note] if note else []
        else:
            id_of_file = name
        ids = [document.id or id_of_file for document, _ in batch.documents]
        taken = self._taken_ids(ids, open_file)
        bad_lines = list(batch.bad_lines)
        for id_, chunked in zip(ids, batch.documents, strict=True):
            if id_ in open_file.lines:
                reason = f"the id {id_!r} stands on line {open_file.lines[id_]} already"
                bad_lines.append(BadLine(chunked.document.line, reason))
            elif id_ in taken:
                bad_lines.append(BadLine(chunked.document.line, f"the id {id_!r} belongs to {taken[id_]}"))
            else:
                open_file.lines[id_] = chunked.document.line
                self._buffer.claim(id_, f"{open_file.root}/{name}")
                self._count(open_file, entry_of(id_, name, chunked), out)
            out.notes += chunked.document.notes
        self._refuse_lines(open_file, bad_lines, out)

    def _count(self, open_file: _OpenFile, entry: CorpusEntry, out: FilePart) -> None:
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

    def _id_of_file(self, open_file: _OpenFile) -> tuple[str, str]:
        """The id of a document that brings none, and a remark on it: the file's path in its root.

        Where another root's file has that id, the root's name stands before the path; and once it does, it stays
        there, so that citations keep their document.
        """
        root, name = open_file.root, open_file.file.name
        longer = f"{Path(root).name}/{name}"
        owner = self.sources.owners([name], except_row=open_file.row).get(name)
        is_taken = owner is not None and owner.row is not None and owner.root != root and not owner.is_gone()
        if is_taken:
            return longer, f"its id is {longer!r}, because {name!r} belongs to {owner}"
        if longer in open_file.digests:
            return longer, f"its id is {longer!r}, as before"
        return name, ""

    def _taken_ids(self, ids: Sequence[str], open_file: _OpenFile) -> dict[str, str]:
        """Ids that another file holds → that file. Files that are gone, after a move say, lose theirs."""
        claims = [(id_, self._buffer.claimant(id_)) for id_ in ids if id_ not in open_file.lines]
        taken = {id_: file for id_, file in claims if file is not None}
        owners = self.sources.owners(ids, except_row=open_file.row)
        if gone := {owner.row for owner in owners.values() if owner.row is not None and owner.is_gone()}:
            self._counts.removed += self.sources.forget(gone)
        taken |= {id_: str(owner) for id_, owner in owners.items() if owner.row not in gone}
        return taken

    def _refuse_lines(self, open_file: _OpenFile, bad_lines: Sequence[BadLine], out: FilePart) -> None:
        for bad in bad_lines:
            open_file.n_bad += 1
            if open_file.n_bad <= _MAX_BAD_LINES:
                is_last = open_file.n_bad == _MAX_BAD_LINES
                reason = f"{bad.reason}; further lines are not listed" if is_last else bad.reason
                hint = _BAD_LINE_HINT if bad.line else _TAKEN_NAME_HINT
                out.refusals.append(_refusal(open_file.file, reason, hint, bad.line))

    def _tell(self, name: str) -> None:
        if self._progress is not None:
            counts = self._counts
            self._progress(
                IngestProgress(
                    files_done=self._n_done,
                    files_total=self._n_files,
                    documents=counts.added + counts.changed + counts.unchanged,
                    passages=counts.passages,
                    name=name,
                )
            )


def _refusal(file: FoundFile, reason: str, hint: str, line: int = 0) -> Refusal:
    return Refusal(file.name, reason, hint, file.size, file.mtime_ns, line)


def _without_repeats(scans: Iterable[Scan]) -> list[Scan]:
    """The same folder or file named twice is read once."""
    kept: dict[tuple[str, bool, tuple[FoundFile, ...]], Scan] = {}
    for found in scans:
        kept.setdefault((found.root, found.is_folder, () if found.is_folder else tuple(found.files)), found)
    return list(kept.values())


def _check_not_emptied(sources: Sources, scans: Sequence[Scan]) -> None:
    """Refuse to take an empty folder for the wish to remove all that it held."""
    for found in scans:
        if found.files or not found.is_folder:
            continue
        n_held = sum(sources.count_documents(file.row) for file in sources.known_files(found.root).values())
        if n_held:
            held = f"{n_held} document{'' if n_held == 1 else 's'}"
            raise CorpusEmpty(
                f"{found.root} held {held} and is empty now; nothing was removed",
                hint="mount or restore the folder; if they are to go: `wellread ingest --prune PATH`, "
                "or `wellread corpus rm ID...` for some of them",
            )


def _check_not_empty(sources: Sources, scans: Sequence[Scan], report: IngestReport) -> None:
    for found in scans:
        names = {file.name for file in found.files}
        known = sources.known_files(found.root).values()
        if any(sources.count_documents(file.row) for file in known if file.name in names):
            return
    reasons = [f"{bad.path}: {bad.reason}" for bad in report.quarantined[:5]]
    where = ", ".join(os.fspath(Path(found.root)) for found in scans) or "no path"
    raise CorpusEmpty(
        f"no readable file in {where}" + (f" ({'; '.join(reasons)})" if reasons else ""),
        hint="Put text, Markdown, HTML, PDF, Word, CSV or JSON files there; hidden files are passed over.",
    )
