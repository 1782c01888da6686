"""What `wellread eval run` and `resume` say on stdout: figures with their intervals, for a program and for a person."""

from collections.abc import Sequence

from agent.commands.invocation import Invocation
from evals.commands.comparing import comparison_text
from evals.compare import Comparison
from evals.conduct import Conducted


def show(call: Invocation, done: Sequence[Conducted], compared: Sequence[Comparison]) -> None:
    """One run flat; several with their comparisons."""
    bodies = [_body(conducted) for conducted in done]
    texts = [_text(conducted) for conducted in done] + [comparison_text(comparison) for comparison in compared]
    if len(bodies) == 1:
        call.emit(bodies[0], texts[0])
    else:
        comparisons = [comparison.model_dump(mode="json") for comparison in compared]
        call.emit({"runs": bodies, "comparisons": comparisons}, "\n\n".join(texts))


def _body(conducted: Conducted) -> dict[str, object]:
    """One JSON object: each figure is a key of its own, its interval is under ``ci95``, its count under ``n_of``; ``n``
    counts the items that were scored."""
    summary = conducted.summary
    return {
        "run": str(conducted.run.path),
        "n": len({result.item for result in conducted.run.results() if result.scores}),
        **summary.model_dump(mode="json", exclude={"estimates", "by_kind"}),
        **{name: estimate.value for name, estimate in summary.estimates.items()},
        "ci95": {name: [estimate.low, estimate.high] for name, estimate in summary.estimates.items()},
        "n_of": {name: estimate.n for name, estimate in summary.estimates.items()},
        "clusters_of": {name: estimate.n_clusters for name, estimate in summary.estimates.items()},
        "by_kind": summary.model_dump(mode="json")["by_kind"],
        "left_out": conducted.run.manifest().left_out,
        "stopped_by": conducted.stopped_by,
    }


def _text(conducted: Conducted) -> str:
    summary = conducted.summary
    counts = ", ".join(f"{n} {status}" for status, n in sorted(summary.n_by_status.items()))
    lines = [
        f"{summary.suite} on {summary.data}: {summary.program}, model {summary.model}",
        f"  items              {summary.n_results} of {summary.n_expected}: {counts}",
    ]
    lines += [f"  left out           {n} {what}" for what, n in conducted.run.manifest().left_out.items()]
    width = max([18, *map(len, summary.estimates)])
    for name, estimate in summary.estimates.items():
        interval = "" if estimate.low is None else f"  95% {estimate.low:.3f} to {estimate.high:.3f}"
        clusters = f" in {estimate.n_clusters} clusters" if 1 < estimate.n_clusters < estimate.n else ""
        clusters = " in one cluster" if estimate.n_clusters == 1 < estimate.n else clusters
        lines.append(f"  {name:<{width}} {estimate.value:.3f}{interval}  (n={estimate.n}{clusters})")
    is_priced = summary.usd or summary.model.partition(":")[0] in ("none", "embedded", "scripted")
    money = f"${summary.usd:.4f}" if is_priced else "price not known"
    lines.append(f"  tokens             {summary.tokens:,} in {summary.calls:,} calls, {money}")
    if summary.seconds_p50 is not None:
        lines.append(f"  seconds an item    p50 {summary.seconds_p50:.2f}, p95 {summary.seconds_p95:.2f}")
    return "\n".join(lines)
