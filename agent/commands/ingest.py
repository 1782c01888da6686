"""`wellread ingest`: files and folders into the corpus, then the index brought up to date."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from agent.commands.invocation import Invocation, harmless, on_one_line, pass_invocation, rows_text
from agent.exit_codes import PARTLY
from agent.home import Home
from agent.settings import Settings

if TYPE_CHECKING:
    from retrieval.ingest_types import IngestOptions, IngestProgress, IngestReport

_LINE_EVERY = 100
_LINE_EVERY_CHARS = 100_000  # one to ten minutes of scoring


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--jobs", type=int, help="Files parsed at once.")
@click.option("--timeout-per-file", type=float, metavar="SECONDS", help="Longest silence of a parser.")
@click.option("--max-file-mb", type=float, help="Larger files go to quarantine.")
@click.option("--prune", is_flag=True, help="Let a folder or file that is empty or missing now lose its documents.")
@pass_invocation
def ingest_command(
    call: Invocation,
    paths: tuple[Path, ...],
    jobs: int | None,
    timeout_per_file: float | None,
    max_file_mb: float | None,
    prune: bool,
) -> None:
    """Read files and folders into the corpus, doing only what changed; then bring the index up to date.

    A file that cannot be read goes to quarantine with its reason, and is tried again next time. The home folder is
    never read, so that no report becomes a source. A folder that held documents and is empty now, as a share that is
    not mounted, is an error and loses nothing, unless --prune says that it is meant; so is a file that held some. A
    subfolder that cannot be listed, or a file that cannot be opened, is an error too and keeps its documents. Exit
    code 1 if some of it is so.

    Where passages are to have like information (`retrieval.chunking`), each new text is scored by a model, which takes
    a quarter of an hour and more for each megabyte, once.
    """
    from agent.chunking import open_chunker
    from agent.embedders import open_embedders
    from agent.searching import refresh_index
    from retrieval.corpus import Corpus
    from retrieval.ingest import ingest

    settings = call.settings(
        {"ingest.jobs": jobs, "ingest.timeout_s": timeout_per_file, "ingest.max_file_mb": max_file_mb}
    )
    home = Home(settings.home).make()
    # Before the first file: who lacks the model should hear of it now, not after an hour of parsing.
    open_embedders(settings.models_dir, with_dense=False)

    def on_wait(holder: str) -> None:
        call.note(f"waiting for {holder}, which changes this corpus; Ctrl-C stops")

    with home.corpus_lock(on_wait), Corpus.open(home.corpus) as corpus:
        with open_chunker(settings) as chunker, _shown(call) as progress:
            report = ingest(
                paths,
                corpus,
                options=options_of(settings),
                recutter=chunker,
                progress=progress,
                skip=[home.root],
                prune=prune,
            )
        index = refresh_index(settings, corpus, tell=call.note)
        stats = corpus.stats()
    total = f"corpus: {stats.documents} documents, {stats.passages} passages; index: {index}"
    call.emit(
        {**report.model_dump(mode="json"), "index": index, "corpus": stats.model_dump(mode="json")},
        f"{_summary(report)}\n{total}",
    )
    for failure in report.failures:
        call.note(f"error: {on_one_line(failure)}")
    if report.failures:
        click.get_current_context().exit(PARTLY)


def options_of(settings: Settings) -> "IngestOptions":
    """The limits of parsing, from the settings."""
    from retrieval.ingest_types import IngestOptions
    from retrieval.parsing.wire import ParseLimits

    limits = ParseLimits(
        timeout_s=settings.ingest.timeout_s,
        max_memory_bytes=settings.ingest.max_memory_mb << 20,
        max_file_bytes=int(settings.ingest.max_file_mb * (1 << 20)),
        target_chars=settings.retrieval.target_chars,
        max_chars=settings.retrieval.max_chars,
    )
    return IngestOptions(limits=limits, n_workers=settings.ingest.jobs)


def _summary(report: "IngestReport") -> str:
    changes = (
        f"added {report.added}, changed {report.changed}, removed {report.removed}, "
        f"unchanged {report.unchanged} documents"
    )
    lines = [f"{changes}; {report.passages} passages, {report.characters:,} characters, {report.seconds:.1f} s"]
    if report.quarantined:
        rows = [(f"{bad.path}:{bad.line}" if bad.line else bad.path, bad.reason) for bad in report.quarantined]
        lines += [f"quarantined {len(rows)}:", rows_text(rows, ("file", "reason"))]
    lines += [f"note: {on_one_line(note)}" for note in report.notes]
    return "\n".join(lines)


@contextmanager
def _shown(call: Invocation) -> Iterator[Callable[["IngestProgress"], None]]:
    """Progress on stderr: one moving line on a terminal, else a line for every hundred files and 100,000 characters."""
    console = call.console()
    if console.is_terminal:
        with console.status("reading") as status:
            # As plain words: a name may hold square brackets, which Rich takes for markup, or drive the terminal.
            yield lambda step: status.update(Text(harmless(_line(step))))
        return
    told = {(0, 0)}

    def tell(step: "IngestProgress") -> None:
        reached = (step.files_done // _LINE_EVERY, step.measured_chars // _LINE_EVERY_CHARS)
        if reached not in told:
            told.add(reached)
            call.note(_line(step))

    yield tell


def _line(step: "IngestProgress") -> str:
    done = f"{step.files_done}/{step.files_total} files, {step.documents} documents, {step.passages} passages"
    measured = f", {step.measured_chars:,} characters scored" if step.measured_chars else ""
    return f"{done}{measured}, {on_one_line(step.name)}"
