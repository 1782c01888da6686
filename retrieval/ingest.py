"""From folders of files to documents and passages in the corpus, doing only what changed since the last time.

A document is either searchable or absent: it is stored with its passages in one transaction, and a file
counts as read only when its last document is stored, so running again after a crash finishes the job.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from retrieval.corpus import Corpus
from retrieval.errors import CorpusEmpty, CorpusFull
from retrieval.file_reading import Counts, FileReader, OpenFile, failure
from retrieval.ingest_types import IngestOptions, IngestProgress, IngestReport, Recutter
from retrieval.part_buffer import PartBuffer
from retrieval.sandbox import Batch, Finished, Job, Part, read_in_order
from retrieval.scan import FoundFile, Scan, scan
from retrieval.sources import KnownFile, Sources

logger = logging.getLogger(__name__)

_WORTH_A_PROCESS_BYTES = 1 << 20  # less is parsed before a second process has started
_MAX_NOTES = 100
_MAX_DUPLICATES = 20


def ingest(
    paths: Sequence[Path],
    corpus: Corpus,
    *,
    options: IngestOptions | None = None,
    recutter: Recutter | None = None,
    progress: Callable[[IngestProgress], None] | None = None,
    clock: Callable[[], float] = time.time,
    skip: Sequence[Path] = (),
    prune: bool = False,
) -> IngestReport:
    """Bring the corpus up to date with folders and single files.

    Files that are gone from a folder are removed from the corpus, if they came from this folder. Bad files go
    to the quarantine list and are tried again each time. What cannot be looked at keeps its documents.

    Args:
        paths: folders and files.
        corpus: to write to.
        options: None for the defaults.
        recutter: cuts documents into passages once they are parsed; None leaves them cut by length.
        progress: called after each file, and on the way through a long one.
        clock: Unix time in seconds.
        skip: files and whole folders that are never read, beside the corpus file: what the program itself writes
            is no source. What was read of them before is removed.
        prune: let a folder or file that is empty now lose its documents, and one that is missing its ids. Without it
            that is refused: a share that is not mounted looks just like this.

    Raises:
        RetrievalError: a path does not exist or lies in `skip`.
        CorpusFull: the disk is full; how many documents were stored until then, and hold, is in the message.
        CorpusEmpty: none of the paths holds a readable file; or one that held documents holds no file any more, and
            then nothing is changed.
    """
    started = clock()
    own = [corpus.path.resolve().with_name(corpus.path.name + end) for end in ("", "-wal", "-shm")]
    skipped = frozenset([*own, *(path.resolve() for path in skip)])
    scans = _without_repeats(scan(path, skipped=skipped) for path in paths)
    run = _Run(
        corpus,
        options or IngestOptions(),
        recutter,
        progress,
        clock,
        n_files=sum(len(found.files) for found in scans),
        prune=prune,
    )
    if not prune:
        _check_not_emptied(run.sources, scans)
    try:
        for found in scans:
            run.forget_missing(found)
        for found in scans:
            run.read(found)
    except CorpusFull as error:
        n_stored = run.buffer.n_stored
        raise CorpusFull(
            f"{error}; {n_stored or 'no'} document{'' if n_stored == 1 else 's'} of this ingest could be stored",
            hint="free some disk space and run the same command again: it keeps what is stored and reads the rest",
        ) from error
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


class _Run:
    """One ingest: the buffer of parts to be stored together, and the counts."""

    def __init__(
        self,
        corpus: Corpus,
        options: IngestOptions,
        recutter: Recutter | None,
        progress: Callable[[IngestProgress], None] | None,
        clock: Callable[[], float],
        *,
        n_files: int,
        prune: bool,
    ) -> None:
        self.corpus = corpus
        self.sources = Sources(corpus)
        self._options = options
        self._recutter = recutter
        self._parser = options.parser(recutter)
        self._progress = progress
        self._clock = clock
        self._n_files = n_files
        self._n_done = 0
        self._n_measured = 0
        self._counts = Counts()
        self._failures: list[str] = []
        self.buffer = PartBuffer(self.sources, parser=self._parser, clock=clock)
        self._reader = FileReader(self.sources, self.buffer, self._counts, prune=prune)

    def forget_missing(self, found: Scan) -> None:
        """Remove what came from files that are gone, first of all: another file may have their ids now."""
        known = self.sources.known_files(found.root).values()
        if found.is_folder:
            self._counts.removed += self.sources.forget([file.row for file in known if found.is_gone(file.name)])
            self.sources.pardon(found.root, except_names=found.names)
        for refusal in found.out_of_sight:
            n_kept = sum(self.sources.count_documents(file.row) for file in known if refusal.covers(file.name))
            place = os.path.normpath(Path(found.root, refusal.name))
            self._failures.append(failure(place, refusal.reason, n_kept, can_prune=False))
        self.sources.refuse(found.root, found.refusals, tried_at=self._clock())

    def read(self, found: Scan) -> None:
        """Read the files of one root in order."""
        known = self.sources.known_files(found.root)
        files = {file.path + "\0" + file.name: file for file in found.files}
        jobs = [self._job(file, known.get(file.name)) for file in found.files]
        is_small = sum(file.size for file in found.files) < _WORTH_A_PROCESS_BYTES
        n_workers = 1 if is_small else self._options.n_workers
        with closing(read_in_order(jobs, self._options.limits, n_workers=n_workers)) as readings:
            for job, parts in readings:
                file = files[job.path + "\0" + job.name]
                self._read_file(found.root, file, known.get(file.name), parts)
                self._n_done += 1
                self._tell(file.name)
        self.buffer.flush()

    def report(self, scans: Sequence[Scan], started: float) -> IngestReport:
        """Counts, refusals and remarks."""
        roots = sorted({found.root for found in scans})
        notes = [note for root in roots for note in self._notes(root)]
        counts = self._counts
        return IngestReport(
            added=counts.added,
            changed=counts.changed,
            removed=counts.removed + self._reader.ids.n_removed,
            unchanged=counts.unchanged,
            quarantined=tuple(bad for bad in self.corpus.quarantine() if bad.root in roots),
            notes=tuple(notes),
            failures=(*self._failures, *self._reader.failures),
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
        is_current = known is not None and known.parser == self._parser
        return Job(file.path, file.name, known.sha256 if known is not None and is_current else "")

    def _read_file(self, root: str, file: FoundFile, known: KnownFile | None, parts: Iterator[Part]) -> None:
        open_file: OpenFile | None = None
        for part in parts:
            if isinstance(part, Finished) and part.is_unchanged and known is not None:
                self._counts.unchanged += self.sources.count_documents(known.row)
                continue
            if open_file is None:
                open_file = self._reader.open(root, file, known)
            self._reader.take(open_file, self._recut(part, file.name))
            self._tell(file.name)

    def _recut(self, part: Part, name: str) -> Part:
        if self._recutter is None or not isinstance(part, Batch):
            return part
        documents = []
        for chunked in part.documents:
            before = self._n_measured

            def tell(n_chars: int, before: int = before) -> None:
                self._n_measured = before + n_chars
                self._tell(name)

            documents.append(self._recutter.recut(chunked, tell=tell))
        return Batch(documents, part.bad_lines)

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
                    measured_chars=self._n_measured,
                )
            )


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
        known = sources.known_files(found.root).values()
        n_held = sum(sources.count_documents(file.row) for file in known if found.is_gone(file.name))
        if n_held:
            held = f"{n_held} document{'' if n_held == 1 else 's'}"
            raise CorpusEmpty(
                f"{found.root} held {held} and is empty now; nothing was removed",
                hint="mount or restore the folder; if they are to go: `wellread ingest --prune PATH`, "
                "or `wellread corpus rm ID...` for some of them",
            )


def _check_not_empty(sources: Sources, scans: Sequence[Scan], report: IngestReport) -> None:
    for found in scans:
        known = sources.known_files(found.root).values()
        if any(sources.count_documents(file.row) for file in known if file.name in found.names):
            return
    reasons = [f"{bad.path}: {bad.reason}" for bad in report.quarantined[:5]]
    where = ", ".join(os.fspath(Path(found.root)) for found in scans) or "no path"
    raise CorpusEmpty(
        f"no readable file in {where}" + (f" ({'; '.join(reasons)})" if reasons else ""),
        hint="Put text, Markdown, HTML, PDF, Word, CSV or JSON files there; hidden files are passed over.",
    )
