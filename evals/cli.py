"""`wellread eval`: suites that decide. Results go to stdout, progress to stderr."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.commands.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from evals.report_audit import Audit


@click.group("eval")
def eval_group() -> None:
    """Measure answers, retrieval, citations and reports."""


@eval_group.command("ls")
@click.option("--runs", "with_runs", is_flag=True, help="The evaluations of this home instead.")
@pass_invocation
def list_suites(call: Invocation, with_runs: bool) -> None:
    """List the suites, their programs and their metrics; with --runs what was run."""
    from evals.commands.listing import list_evaluations, list_known_suites

    list_evaluations(call) if with_runs else list_known_suites(call)


@eval_group.command("run")
@click.argument("suite")
@click.option("--data", type=click.Path(path_type=Path), help="Folder or file; none: the data that ship.")
@click.option("--program", "programs", multiple=True, help="Who is asked; none: Wellread itself. May be repeated.")
@click.option("--baseline", "baselines", multiple=True, help="Whom to compare with; may be repeated. `all`: every one.")
@click.option("--model", help="The model of all programs, e.g. embedded:qwen2.5-coder-1.5b or openai:NAME.")
@click.option(
    "--half",
    type=click.Choice(["all", "tuning", "reporting"]),
    default="all",
    show_default=True,
    help="Items by a hash of what they share: parameters are chosen on `tuning` only.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Do only the first so many items.")
@click.option("--sample", type=click.IntRange(min=1), help="Do only so many items, drawn by the seed.")
@click.option("--per-kind", type=click.IntRange(min=1), help="Do only so many items of each kind, drawn by the seed.")
@click.option("--seed", type=click.IntRange(min=0), default=66, show_default=True, help="Of draws and intervals.")
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True, help="How often each item is done.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Items done at once.")
@click.option(
    "--evidence-tokens",
    type=click.IntRange(min=16),
    default=512,
    show_default=True,
    help="Evidence that each program may show the model, by the model's own count.",
)
@click.option("--max-tokens", type=click.IntRange(min=1), help="Stop before the call that would take more.")
@click.option(
    "--entailer",
    type=click.Choice(["lexical", "probability"]),
    default="lexical",
    show_default=True,
    help="Who judges citations: words, or the fitted probability of support (suite citations).",
)
@click.option("--gate", "gates", multiple=True, help='Exit 1 unless it holds, e.g. "f1>=.40"; may be repeated.')
@pass_invocation
def run_suite(call: Invocation, /, suite: str, **asked: Any) -> int:
    """Run SUITE (see `eval ls`): each program over the same items, and what they come to."""
    from evals.commands.running import Wanted, run_command

    own = {name: asked.pop(name) for name in ("data", "programs", "baselines", "model", "gates", "entailer")}
    return run_command(call, Wanted(suite=suite, options=asked, **own))


@eval_group.command("resume")
@click.argument("run", default="last")
@pass_invocation
def resume(call: Invocation, run: str) -> int:
    """Go on with an evaluation that was stopped or killed: what is done is kept, items that failed are tried again.

    RUN is a folder, a name or a part of it, or "last".
    """
    from evals.commands.running import resume_command

    return resume_command(call, run)


@eval_group.command("compare")
@click.argument("a")
@click.argument("b")
@click.option("--metric", "metrics", multiple=True, help="Compare only this; may be repeated.")
@click.option("--seed", type=click.IntRange(min=0), default=66, show_default=True, help="Of the resampling.")
@pass_invocation
def compare(call: Invocation, a: str, b: str, metrics: tuple[str, ...], seed: int) -> None:
    """Is run B better than run A? Paired over the items that both did."""
    from evals.commands.comparing import compare_command

    compare_command(call, a, b, metrics, seed)


@eval_group.command("report")
@click.argument("runs", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="The page's file; none: eval.html beside the first run.")
@click.option("--all", "with_all", is_flag=True, help="All evaluations of this home.")
@pass_invocation
def report(call: Invocation, runs: tuple[str, ...], out: Path | None, with_all: bool) -> None:
    """Write one page about one or several RUNS: tables, plots, and every item; none: the last one.

    The first run of a suite is compared with its others.
    """
    from evals.commands.paging import page_command

    page_command(call, runs or ("last",), out, with_all=with_all)


@eval_group.command("calibrate")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--model", help="Whose answers; none: the writer's (roles.writer.model).")
@click.option("--alpha", type=float, default=0.15, show_default=True, help="Share of truths that sets may miss.")
@click.option("--length", type=click.IntRange(0, 3), default=1, show_default=True, help="Sub-questions before a set.")
@click.option("--sample", type=click.IntRange(min=1), help="Only so many questions of the half, drawn by the seed.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Stop before the call that would take more.")
@pass_invocation
def calibrate(call: Invocation, /, **asked: Any) -> None:
    """Fit what `ask` needs to pursue and to route: DATA are questions with answers, of which the tuning half is used.

    What was fitted stands in the home, for one model at a time.
    """
    from evals.commands.calibrating import Wanted, calibrate_command

    calibrate_command(call, Wanted(**asked))


@eval_group.command("audit")
@click.argument("run")
@click.option(
    "--corpus-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The ingested folder: look the quotes up in its text files too.",
)
@click.option("--subjects", is_flag=True, help="Documents are profiles: does each figure belong to the title named?")
@pass_invocation
def audit(call: Invocation, run: str, corpus_dir: Path | None, subjects: bool) -> int:
    """Audit a finished report by code that neither wrote nor checked it.

    RUN is a run's folder, its id, a part of it, or "last" for the newest with a report.
    """
    from agent.errors import UsageProblem
    from agent.home import Home
    from evals.report_audit import audit_run, find_run, read_run
    from retrieval.corpus import Corpus

    home = Home(call.settings().home)
    files = read_run(find_run(run, home.root))
    if not home.corpus.is_file():
        raise UsageProblem(f"there is no corpus in {home.root}", hint="--home wants the home that the run was made in")
    with Corpus.open(home.corpus) as corpus:
        found = audit_run(files, corpus, corpus_dir=corpus_dir, with_subjects=subjects)
    call.emit(found.model_dump(mode="json"), _audit_text(found))
    return 1 if found.faults else 0


def _audit_text(found: "Audit") -> str:
    counts = found.model_dump(exclude={"run", "faults", "remarks"})
    lines = [f"audit of {found.run}"]
    lines += [f"  {name:<22}{'-' if value is None else value}" for name, value in counts.items()]
    lines += [f"{fault.kind}: {fault.where}\n  {fault.why}" for fault in found.faults]
    lines += [f"({remark.kind}) {remark.where}\n  {remark.why}" for remark in found.remarks]
    return "\n".join([*lines, f"{len(found.faults)} faults" if found.faults else "no fault"])
