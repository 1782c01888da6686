"""`wellread eval`: run a suite over data on this machine. Results go to stdout, progress to stderr."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from agent.commands.invocation import Invocation, pass_invocation
from retrieval.types import SearchMode

if TYPE_CHECKING:
    from evals.report_audit import Audit
    from evals.retrieval_suite import RetrievalScores

_SUITES = {"retrieval": "Recall of the supporting documents of questions: passages.jsonl, questions.jsonl."}
_PROGRESS_EVERY_S = 1.0


@click.group("eval")
def eval_group() -> None:
    """Measure retrieval, support and writing."""


@eval_group.command("ls")
@pass_invocation
def list_suites(call: Invocation) -> None:
    """List the suites."""
    call.emit({"suites": _SUITES}, "\n".join(f"{name:<12}{line}" for name, line in _SUITES.items()))


@eval_group.group("run")
def run_group() -> None:
    """Run one suite."""


@run_group.command("retrieval")
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--mode", type=click.Choice(get_args(SearchMode)), default="hybrid", show_default=True)
@click.option(
    "--half",
    type=click.Choice(["all", "tuning", "reporting"]),
    default="all",
    show_default=True,
    help="Questions by a hash of their id: parameters are chosen on `tuning` only.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask only the first so many questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the intervals' resampling.")
@pass_invocation
def run_retrieval(
    call: Invocation,
    data: Path,
    mode: SearchMode,
    half: Literal["all", "tuning", "reporting"],
    limit: int | None,
    seed: int,
) -> None:
    """Ask the questions of a set and count the supporting documents found.

    Corpus and index go below --home/evals, to be used again, or into a folder that is removed at the end.
    """
    # Here, not at the top: these load faiss and the models' libraries.
    from agent.embedders import open_embedders
    from evals.retrieval_suite import RetrievalOptions, run_retrieval_suite

    embedders = open_embedders(call.settings().models_dir)
    with _home(call.home, data) as home:
        scores = run_retrieval_suite(
            data,
            home,
            static=embedders.static,
            dense=embedders.dense if embedders.has_dense else None,
            clock=time.perf_counter,
            options=RetrievalOptions(mode=mode, half=half, limit=limit, seed=seed),
            progress=_Progress(call.note, is_watched=call.console().is_terminal),
        )
    call.emit(scores.flat(), _table(scores))


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
    call.emit(found.model_dump(mode="json"), _audit_table(found))
    return 1 if found.faults else 0


class _Progress:
    """A line when a stage is done; for a person who watches also one about every second."""

    def __init__(self, note: Callable[[str], None], *, is_watched: bool) -> None:
        self._note = note
        self._is_watched = is_watched
        self._last = 0.0
        self._told: set[str] = set()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        is_due = self._is_watched and now - self._last >= _PROGRESS_EVERY_S
        if is_due or (done >= total and stage not in self._told):
            self._last = now
            self._note(f"{stage} {done}/{total}")
        if done >= total:
            self._told.add(stage)


@contextmanager
def _home(home: Path | None, data: Path) -> Iterator[Path]:
    """A folder for the suite's corpus, apart from the user's own."""
    if home is not None:
        yield home / "evals" / f"retrieval-{data.resolve().name}"
        return
    with tempfile.TemporaryDirectory(prefix="wellread-eval-") as folder:
        yield Path(folder)


def _table(scores: "RetrievalScores") -> str:
    lines = [f"retrieval on {scores.data}, {scores.mode}: {scores.n} questions, {scores.n_documents} documents"]
    for name, mean in scores.means.items():
        low, high = scores.ci95[name]
        lines.append(f"  {name:<10}{mean:6.3f}  95% {low:.3f} to {high:.3f}")
    lines.append(f"  seconds   p50 {scores.seconds_p50:.3f}, p95 {scores.seconds_p95:.3f}")
    return "\n".join(lines)


def _audit_table(found: "Audit") -> str:
    counts = found.model_dump(exclude={"run", "faults", "remarks"})
    lines = [f"audit of {found.run}"]
    lines += [f"  {name:<22}{'-' if value is None else value}" for name, value in counts.items()]
    lines += [f"{fault.kind}: {fault.where}\n  {fault.why}" for fault in found.faults]
    lines += [f"({remark.kind}) {remark.where}\n  {remark.why}" for remark in found.remarks]
    return "\n".join([*lines, f"{len(found.faults)} faults" if found.faults else "no fault"])
