"""`wellread eval compare`: two runs side by side."""

from collections.abc import Sequence

from agent.commands.invocation import Invocation, rows_text
from agent.home import Home
from evals.compare import Comparison, compare_runs
from evals.registry import find_suite
from evals.run_record import find_eval_run
from evals.statistics import MIN_DIFFERING


def compare_command(call: Invocation, a: str, b: str, metrics: Sequence[str], seed: int) -> None:
    """Compare run B with run A, and show it."""
    home = Home(call.settings().home).root
    run_a, run_b = find_eval_run(a, home), find_eval_run(b, home)
    comparison = compare_runs(run_a, run_b, find_suite(run_b.manifest().suite), seed=seed, names=metrics)
    call.emit(comparison.model_dump(mode="json"), comparison_text(comparison))


def comparison_text(comparison: Comparison) -> str:
    """A line for each metric: both means, the difference with its interval, and the verdict on B."""
    rows = [
        (
            found.metric,
            f"{found.a:.3f}",
            f"{found.b:.3f}",
            f"{found.difference:+.3f}",
            "–" if found.low is None else f"{found.low:+.3f} to {found.high:+.3f}",
            f"{found.p_holm:.3f}",
            "" if found.p_mcnemar is None else f"{found.p_mcnemar:.3f}",
            found.n,
            found.verdict + (f" ({found.n_differing} differ)" if found.n_differing < MIN_DIFFERING else ""),
        )
        for found in comparison.metrics
    ]
    header = ("metric", "A", "B", "B - A", "95%", "p (Holm)", "McNemar", "n", "B is")
    lines = [f"A  {comparison.a}", f"B  {comparison.b}", rows_text(rows, header)]
    if comparison.n_only_a or comparison.n_only_b:
        lines.append(f"left out: {comparison.n_only_a} items that only A scored, {comparison.n_only_b} that only B did")
    return "\n".join([*lines, *(f"note: {remark}" for remark in comparison.remarks)])
