"""`wellread measure`: how much a file says, and how much of its sources is left in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from agent.commands.ingest import options_of
from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.errors import NotEnoughEvidence, UsageProblem
from agent.settings import Settings

if TYPE_CHECKING:
    from agent.measuring.density import FileDensity, WindowDensity
    from agent.measuring.reading import MeasuredText
    from agent.measuring.records import KeptBits, PartBits, SourcesFound
    from agent.searching import Searching
    from lm.scoring import LogProbScorer

_MOST_ROWS = 12


@click.command("measure")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--against", type=click.Path(path_type=Path), metavar="PATH", help="A file or folder it was made from.")
@click.option("--corpus", "with_corpus", is_flag=True, help="The home's corpus in place of --against.")
@click.option("--parts", type=click.IntRange(2, 200), default=8, show_default=True, help="Parts of FILE to score.")
@click.option(
    "--contexts", type=click.IntRange(2, 64), default=16, show_default=True, help="Passages to tell each part from."
)
@click.option(
    "--chars", type=click.IntRange(1), default=40_000, show_default=True, help="Characters of FILE the model reads."
)
@pass_invocation
def measure(
    called: Invocation, file: Path, against: Path | None, with_corpus: bool, parts: int, contexts: int, chars: int
) -> None:
    """Measure how much FILE says, how smoothly, and how much it keeps of the documents it was made from.

    Density answers "where is it thick and where is it padding": bits that a small model needs for each byte, in all and
    passage by passage, and what general packers make of it. Style answers "how smooth is it to that model, and how
    even": a figure to compare drafts by, no verdict on who wrote it. With --against or --corpus: which documents are
    near, and for each part of FILE, how many bits it says of the passage it is nearest to, among others that are near.
    A part with bits close to the ceiling could only be of that passage; one with none could be of any of them, or of
    nothing.
    """
    if against is not None and with_corpus:
        raise UsageProblem("--against and --corpus are two corpora", hint="leave one of them out")
    from agent.commands.style_text import style_text
    from agent.measuring.density import file_density
    from agent.measuring.reading import read_measured
    from agent.measuring.style import file_style
    from lm.scoring import Unavailable
    from lm.smoothing import read_whole

    settings = called.settings()
    read = read_measured(file, options_of(settings))
    needs_model = against is not None or with_corpus
    with _opened(called, settings, against, with_corpus=with_corpus) as searching:
        scorer = _scorer(called, settings, is_needed=needs_model)
        if scorer is not None:
            called.note(f"reading {min(chars, len(read.text)):,} characters of {len(read.text):,}")
        seen = Unavailable("no model is here") if scorer is None else read_whole(read.text[:chars], scorer)
        density = file_density(read, None if isinstance(seen, Unavailable) else seen.scored)
        sources = None
        if searching is not None and scorer is not None:
            sources = _sources(called, read, searching, scorer, parts, contexts)
        near = [searching.corpus.text(one.document) for one in sources.near] if searching and sources else None
        style = file_style(read, seen, most_chars=chars, sources=near)
    called.emit(
        {
            "file": str(file),
            "density": density.model_dump(mode="json"),
            "style": style.model_dump(mode="json"),
            "sources": None if sources is None else sources.model_dump(mode="json"),
        },
        "\n\n".join([_density_text(file, density), style_text(style), *([_sources_text(sources)] if sources else [])]),
    )


@contextmanager
def _opened(
    called: Invocation, settings: Settings, against: Path | None, *, with_corpus: bool
) -> "Iterator[Searching | None]":
    """The corpus to hold the file against: the home's, or one made of a path for this call alone."""
    from agent.searching import open_searching

    if with_corpus:
        with open_searching(settings, with_dense=False, tell=called.note) as searching:
            yield searching
    elif against is not None:
        from agent.home import Home
        from retrieval.corpus import Corpus
        from retrieval.ingest import ingest

        with TemporaryDirectory(prefix="wellread-measure-") as folder:
            own = settings.model_copy(update={"home": Path(folder)})
            with Corpus.open(Home(own.home).make().corpus) as corpus:
                report = ingest([against], corpus, options=options_of(settings))
            called.note(f"read {report.added} documents, {report.passages} passages from {against}")
            for bad in report.quarantined:
                called.note(f"left out {bad.path}: {bad.reason}")
            with open_searching(own, with_dense=False, tell=called.note) as searching:
                yield searching
    else:
        yield None


def _scorer(called: Invocation, settings: Settings, *, is_needed: bool) -> "LogProbScorer | None":
    """The white-box scorer; where it is only wanted and missing, a remark says what is done instead."""
    from agent.scorers import open_scorer
    from lm.catalog import SMOLLM2_SCORER
    from lm.pull import is_present

    if is_needed or is_present(SMOLLM2_SCORER, settings.models_dir):
        return open_scorer(settings)
    name = SMOLLM2_SCORER.name
    called.note(f"measuring by packers alone: {name} is not here (`wellread models pull {name}`)")
    return None


def _sources(
    called: Invocation, read: "MeasuredText", searching: "Searching", scorer: "LogProbScorer", parts: int, contexts: int
) -> "SourcesFound":
    from agent.measuring.sources import measure_sources
    from lm.scoring import Unavailable

    def tell(done: int, total: int) -> None:
        called.note(f"scored {done} of {total}")

    found = measure_sources(read, searching, scorer, n_parts=parts, n_contexts=contexts, progress=tell)
    if isinstance(found, Unavailable):
        raise NotEnoughEvidence(
            f"what is kept cannot be measured: {found.reason}", hint="give the documents that the file was made from"
        )
    return found


def _density_text(file: Path, found: "FileDensity") -> str:
    lines = [
        f"{file}: {found.words:,} words, {found.characters:,} characters",
        f"  packed to {found.lzma_bytes / found.bytes:.2f} of its bytes by lzma, {found.zlib_bytes / found.bytes:.2f} "
        f"by zlib; {found.repeated_share:.0%} of its runs of five words stood in it before",
    ]
    if found.surprisal is not None:
        said = found.surprisal
        cut = "" if said.read == found.characters else f" (its first {said.read:,} characters)"
        lines += [
            f"  {said.bits_per_byte:.2f} bits a byte to a small model{cut}: {said.bits:,.0f} bits, "
            f"{said.bits_per_token:.2f} a token, variance {said.variance:.1f}",
            "",
            rows_text([_window_row(window) for window in _ends(found.windows)], ("at", "bits/byte", "under")),
        ]
        if len(found.windows) > _MOST_ROWS:
            lines.append(
                f"  the {_MOST_ROWS // 2} thinnest and {_MOST_ROWS // 2} densest of {len(found.windows)} passages"
            )
    return "\n".join(lines)


def _ends(windows: "Sequence[WindowDensity]") -> "list[WindowDensity]":
    """All passages, or the thinnest and the thickest of many, in the order of the file."""
    if len(windows) <= _MOST_ROWS:
        return list(windows)
    ranked = sorted(windows, key=lambda window: window.bits_per_byte)
    half = _MOST_ROWS // 2
    return sorted([*ranked[:half], *ranked[-half:]], key=lambda window: window.start)


def _window_row(window: "WindowDensity") -> tuple[str, str, str]:
    return f"{window.start}-{window.end}", f"{window.bits_per_byte:.2f}", " > ".join(window.heading_path)


def _sources_text(found: "SourcesFound") -> str:
    near = rows_text(
        [(f"{one.distance:.2f}", one.document, one.title) for one in found.near], ("distance", "document", "title")
    )
    parts = rows_text([_part_row(one) for one in found.parts], ("at", "bits", "of", "likelier after"))
    return "\n\n".join([near, _kept_text(found.kept), parts, _embedding_text(found)])


def _kept_text(kept: "KeptBits") -> str:
    between = "" if kept.interval_bits is None else " [{:.2f}, {:.2f}]".format(*kept.interval_bits)
    heat = "no temperature fitted" if kept.temperatures is None else "T = {:.2g} and {:.2g}".format(*kept.temperatures)
    lines = [
        f"kept of its sources: at least {kept.bits:.2f} bits of {kept.ceiling_bits:.2f}{between}, {heat}; "
        f"at T = 1 {kept.raw_bits:.2f}",
        f"  {kept.top1:.0%} of {kept.parts} parts are likeliest after their own passage, of {kept.passages}",
    ]
    if kept.bits_per_token is not None:
        lines.append(f"  {kept.bits_per_token:.3f} bits for each of {kept.mean_tokens:.0f} tokens a part")
    if kept.is_saturated:
        lines.append("  saturated: more --contexts might show more bits")
    if kept.cut_passages:
        lines.append(f"  {kept.cut_passages} passages were cut to {kept.context_tokens} tokens")
    return "\n".join(lines)


def _part_row(part: "PartBits") -> tuple[str, str, str, str]:
    other = "" if part.likeliest == part.passage else part.likeliest
    return f"{part.start}-{part.end}", f"{part.bits:.2f}", f"{part.document} ({part.passage})", other


def _embedding_text(found: "SourcesFound") -> str:
    cheap = found.embeddings
    if cheap.bits is None:
        return f"by static vectors: refused: {cheap.refused}"
    low, high = cheap.interval_bits or (cheap.bits, cheap.bits)
    return (
        f"by static vectors of {cheap.pairs} pairs: {cheap.bits:.2f} bits [{low:.2f}, {high:.2f}]; "
        f"shuffled {cheap.control_bits:.2f}"
    )
