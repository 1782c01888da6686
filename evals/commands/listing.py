"""`wellread eval ls`: what there is to run, and what was run."""

from agent.commands.invocation import Invocation, rows_text
from agent.errors import UsageProblem
from agent.home import Home
from evals.registry import find_suite, suite_names
from evals.run_record import eval_runs


def list_known_suites(call: Invocation) -> None:
    """Every suite with its programs and metrics."""
    suites = [find_suite(name) for name in suite_names()]
    body = {
        suite.name: {
            "about": suite.about,
            "data": suite.wants,
            "programs": list(suite.programs),
            "metrics": list(suite.metric_names),
        }
        for suite in suites
    }
    lines: list[str] = []
    for suite in suites:
        lines += [
            f"{suite.name}: {suite.about}",
            f"  data      {suite.wants}",
            f"  programs  {', '.join(suite.programs)}",
            f"  metrics   {', '.join(suite.metric_names)}",
        ]
    call.emit({"suites": body}, "\n".join(lines))


def list_evaluations(call: Invocation) -> None:
    """The evaluations of a home, oldest first."""
    found = []
    for run in eval_runs(Home(call.settings().home).root):
        try:
            manifest, results = run.manifest(), run.results()
        except UsageProblem as problem:
            call.note(f"left out: {problem}")
            continue
        found.append(
            {
                "run": manifest.run,
                "suite": manifest.suite,
                "data": manifest.data,
                "program": manifest.program,
                "model": manifest.model,
                "done": sum(result.status != "failed" for result in results),
                "failed": sum(result.status == "failed" for result in results),
                "of": manifest.n_items * manifest.options.epochs,
            }
        )
    header = ("run", "suite", "data", "program", "model", "done", "failed", "of")
    text = rows_text([tuple(row[name] for name in header) for row in found], header) if found else "no evaluation yet"
    call.emit({"runs": found}, text)
