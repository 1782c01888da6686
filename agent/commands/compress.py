"""`wellread compress`: which compressor is best for this corpus."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.compression.names import COMPRESSORS, WANTING, MeasuredName
from agent.errors import NotEnoughEvidence, UsageProblem
from agent.model_settings import ChatRole

if TYPE_CHECKING:
    from agent.compression.choice import Choice, Measured
    from agent.compression.so_far import SoFar
    from agent.compression.tuning import Probe
    from agent.services import Services

# At low rates, too: of a passage in which little is left out everything is told.
_DEFAULT_RATES = (0.25, 0.1, 0.05)
_USUAL = tuple(name for name in COMPRESSORS if name not in WANTING)
_NAMES = click.Choice(COMPRESSORS)


@click.group()
def compress() -> None:
    """Measure the compressors on this corpus, and show which is best."""


@compress.command("tune")
@click.option("--questions", type=click.IntRange(1, 1000), default=4, show_default=True, help="Passages to ask about.")
@click.option("--rivals", type=click.IntRange(2, 64), default=6, show_default=True, help="Passages for each question.")
@click.option("--rate", "rates", type=click.FloatRange(0.01, 0.99), multiple=True, help="Rate to measure; repeatable.")
@click.option("--compressor", "names", type=_NAMES, multiple=True, help="Only these; may be repeated.")
@click.option("--max-seconds", type=click.FloatRange(min=0), help="None slower than this for 1,000 tokens is taken.")
@click.option("--max-usd", type=click.FloatRange(min=0), help="None dearer than this for 1,000 tokens is taken.")
@pass_invocation
def tune(
    called: Invocation,
    questions: int,
    rivals: int,
    rates: tuple[float, ...],
    names: tuple[MeasuredName, ...],
    max_seconds: float | None,
    max_usd: float | None,
) -> None:
    """Measure which compressor keeps most bits of this corpus's passages for each token, and keep the choice.

    `compress.compressor = "auto"` follows it. The bits are the small scorer's word: a lower bound, good to compare.
    What it has measured is kept for the next call over the same passages, stopped or not. More bits are no promise of
    better answers: they say how well a passage is known again by what is left of it.
    """
    from agent.compression.choice import best_of, write_choice
    from agent.compression.picture import png
    from agent.compression.so_far import SoFar
    from agent.draft import drafting_of
    from agent.services import open_services

    settings = called.settings()
    if names and set(names) <= {"random"}:
        raise UsageProblem(
            "random is never chosen: it shows what the others are worth", hint="name another one as well"
        )
    need: tuple[ChatRole, ...] = ("writer", "helper") if "helper" in names else ("writer",)
    with open_services(settings, need=need, tell=called.note) as services:
        probes = _probes(services, questions, rivals)
        if len(probes) < questions:
            called.note(f"the corpus has passages for {len(probes)} of {questions} questions")
        so_far = SoFar(services.home.compression_so_far, _measured_on(services, probes))
        table, left_out = _measured(called, services, probes, names or _USUAL, rates, so_far)
        # By lot nothing is chosen: it is measured to show what the others are worth.
        rows = tuple(row for row in table if row.compressor != "random")
        if not rows:
            raise UsageProblem(
                f"there is nothing to choose from: {'; '.join(left_out)}",
                hint="name others with --compressor",
            )
        best = best_of(rows, settings.compress.rate, max_seconds=max_seconds, max_usd=max_usd)
        if best is None:
            called.emit({"chosen": None, "table": [row.model_dump() for row in table]}, _table_text(table))
            raise UsageProblem(
                "no compressor is within the limits",
                hint="raise --max-seconds or --max-usd, or leave them out; nothing is measured again",
            )
        choice = _choice(services, probes, table, best, settings.compress.rate)
        restates = drafting_of(settings.write.drafting, services.writer) == "sentence"
    path = services.home.compression
    write_choice(path, choice)
    picture = path.with_suffix(".png")
    picture.write_bytes(png(choice))
    called.emit(
        {**choice.model_dump(mode="json"), "file": str(path), "picture": str(picture)},
        f"{_choice_text(choice)}\nkept in {path}, drawn in {picture}; reports and answers follow it, unless "
        "compress.pair is off",
    )
    if restates:
        called.note(
            f"note: {choice.target_model} restates one statement at a time, and is handed nothing condensed; a writer "
            "of paragraphs is (write.drafting)"
        )


@compress.command("show")
@pass_invocation
def show(called: Invocation) -> None:
    """What was measured and chosen, and why."""
    from agent.compression.choice import read_choice
    from agent.home import Home

    path = Home(called.settings().home).compression
    choice = read_choice(path)
    if choice is None:
        raise UsageProblem(f"nothing was measured: there is no {path}", hint="wellread compress tune")
    called.emit({**choice.model_dump(mode="json"), "file": str(path)}, _choice_text(choice))


def _probes(services: "Services", n: int, rivals: int) -> "list[Probe]":
    from agent.compression.tuning import draw_probes

    seed = services.settings.write.seed
    probes = draw_probes(services.corpus, services.searcher, n=n, rivals=rivals, seed=seed)
    if not probes:
        raise NotEnoughEvidence(
            f"no question of this corpus has {rivals} passages that are long enough to be made shorter",
            hint="ingest more documents, or ask for fewer --rivals",
        )
    return probes


def _measured_on(services: "Services", probes: "Sequence[Probe]") -> str:
    from agent.compression.so_far import name_of
    from agent.version import program_version

    settings = services.settings
    return name_of(
        [(probe.query, [chunk.text for chunk in probe.chunks]) for probe in probes],
        services.writer.name,
        settings.roles.scorer.model,
        str(settings.compress.classifier_dir),
        settings.write.seed,
        program_version(),
    )


def _measured(
    called: Invocation,
    services: "Services",
    probes: "Sequence[Probe]",
    names: Sequence[MeasuredName],
    rates: Sequence[float],
    so_far: "SoFar",
) -> "tuple[list[Measured], list[str]]":
    """All measurements, and why compressors were left out."""
    from agent.compression.choice import Measured
    from agent.compression.opening import Compressors
    from agent.compression.tuning import Bench, measure_all
    from agent.scorers import open_scorer

    opened = Compressors(services.settings, services.writer.count_tokens, helper=services.models.get("helper"))
    scorer = open_scorer(services.settings)
    bench = Bench(probes, scorer, called.note, lambda: services.meter.spent().total.known_usd)
    table, left_out = [], []
    for row in measure_all(bench, names, opened.open, rates or _DEFAULT_RATES, so_far):
        if isinstance(row, Measured):
            table.append(row)
        else:
            left_out.append(row)
            called.note(f"left out: {row}")
    return table, left_out


def _choice(
    services: "Services",
    probes: "Sequence[Probe]",
    table: "Sequence[Measured]",
    best: "tuple[Measured, str]",
    rate: float,
) -> "Choice":
    import math
    from datetime import UTC, datetime

    from agent.compression.choice import Choice

    row, why = best
    return Choice(
        chosen=row.compressor,
        rate=rate,
        why=why,
        target_model=services.writer.name,
        scorer=services.settings.roles.scorer.model,
        questions=len(probes),
        passages=sum(len(probe.chunks) for probe in probes),
        ceiling_bits=math.log2(len(probes[0].chunks)),
        corpus=services.corpus.identity,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        table=tuple(table),
    )


def _choice_text(choice: "Choice") -> str:
    about = (
        f"{choice.chosen}: {choice.why}\n{choice.questions} × {choice.passages // max(1, choice.questions)} passages, "
        f"at most {choice.ceiling_bits:.2f} bits each; scorer {choice.scorer}, tokens of {choice.target_model}; "
        f"{choice.made_at}"
    )
    return f"{_table_text(choice.table)}\n{about}"


def _table_text(table: "Sequence[Measured]") -> str:
    header = ("compressor", "rate", "bits", "95%", "bits/token", "95%", "known again", "s/1000 tokens", "$/1000 tokens")
    rows = [
        (
            row.compressor,
            f"{row.actual_rate:.2f}",
            f"{row.bits:.2f}" + " (all)" * row.is_saturated,
            f"{row.bits_low:.2f} to {row.bits_high:.2f}",
            f"{row.bits_per_token:.3f}",
            f"{row.bits_per_token_low:.3f} to {row.bits_per_token_high:.3f}",
            f"{row.top1:.2f}",
            f"{row.seconds_per_1000_tokens:.2f}",
            "unknown" if row.usd_per_1000_tokens is None else f"{row.usd_per_1000_tokens:.4f}",
        )
        for row in table
    ]
    return rows_text(rows, header)
