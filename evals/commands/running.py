"""`wellread eval run` and `resume`: conduct, watch, show, and say by the exit code how it went."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from agent.commands.invocation import Invocation
from agent.errors import UsageProblem
from agent.exit_codes import BUDGET, DONE, PARTLY
from agent.home import Home
from agent.settings import Settings
from evals.commands.comparing import comparison_text
from evals.compare import DEFAULT_SEED, Comparison, compare_runs
from evals.conduct import Conducted, Conductor
from evals.gate import Gate
from evals.items import Result
from evals.registry import find_suite
from evals.run_record import Options, find_eval_run
from evals.suite import Suite

_PROGRESS_EVERY_S = 1.0
_REASONS_SHOWN = 3


def run_command(
    call: Invocation,
    suite_name: str,
    data: Path | None,
    programs: Sequence[str],
    baselines: Sequence[str],
    model: str | None,
    gates: Sequence[str],
    options: Mapping[str, object],
) -> int:
    """Run programs and baselines of a suite; returns the exit code."""
    suite = find_suite(suite_name)
    parsed = [Gate.parse(gate) for gate in gates]
    wanted = list(dict.fromkeys([*(programs or [suite.main]), *_baselines(baselines, suite)]))
    settings = call.settings({"roles.writer.model": model})
    conductor = Conductor(suite, _data(data, suite), settings, _Stages(call), lambda program: _Items(call, program))
    done = []
    for conducted in conductor.start(wanted, _options(options)):
        done.append(conducted)
        call.note(f"kept in {conducted.run.path}")
        if conducted.stopped_by:
            break
    compared = [compare_runs(other.run, done[0].run, suite, seed=DEFAULT_SEED) for other in done[1:]]
    _show(call, done, compared)
    return _exit_code(call, done, parsed)


def resume_command(call: Invocation, name: str) -> int:
    """Go on with a run; returns the exit code."""
    run = find_eval_run(name, Home(call.settings().home).root)
    manifest = run.manifest()
    suite = find_suite(manifest.suite)
    # As it began, but in this home and with the models of this machine.
    here = call.settings()
    kept = {name: value for name, value in manifest.config.items() if name not in ("home", "models_dir", "offline")}
    own = {"home": here.home, "models_dir": here.models_dir, "offline": here.offline}
    settings = Settings.model_validate({**kept, **own})
    conductor = Conductor(suite, Path(manifest.data_path), settings, _Stages(call), lambda name: _Items(call, name))
    done = [conductor.resume(run)]
    _show(call, done, [])
    return _exit_code(call, done, [])


def _options(given: Mapping[str, object]) -> Options:
    try:
        return Options.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageProblem(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}", hint="see --help") from error


def _baselines(names: Sequence[str], suite: Suite) -> Sequence[str]:
    return suite.baselines if "all" in names else names


def _data(data: Path | None, suite: Suite) -> Path:
    if data is not None:
        if not data.exists():
            raise UsageProblem(f"there is no {data}", hint=f"--data wants {suite.wants}")
        return data
    if not suite.needs_data:
        return Path(suite.name)
    if suite.default_data is None or not suite.default_data.exists():
        raise UsageProblem(f"suite {suite.name} needs --data", hint=f"it wants {suite.wants}")
    return suite.default_data


def _show(call: Invocation, done: Sequence[Conducted], compared: Sequence[Comparison]) -> None:
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
        "by_kind": summary.model_dump(mode="json")["by_kind"],
        "stopped_by": conducted.stopped_by,
    }


def _text(conducted: Conducted) -> str:
    summary = conducted.summary
    counts = ", ".join(f"{n} {status}" for status, n in sorted(summary.n_by_status.items()))
    lines = [
        f"{summary.suite} on {summary.data}: {summary.program}, model {summary.model}",
        f"  items              {summary.n_results} of {summary.n_items}: {counts}",
    ]
    for name, estimate in summary.estimates.items():
        interval = "" if estimate.low is None else f"  95% {estimate.low:.3f} to {estimate.high:.3f}"
        lines.append(f"  {name:<18} {estimate.value:.3f}{interval}  (n={estimate.n})")
    lines.append(f"  tokens             {summary.tokens:,}, ${summary.usd:.4f}")
    if summary.seconds_p50 is not None:
        lines.append(f"  seconds an item    p50 {summary.seconds_p50:.2f}, p95 {summary.seconds_p95:.2f}")
    return "\n".join(lines)


def _exit_code(call: Invocation, done: Sequence[Conducted], gates: Sequence[Gate]) -> int:
    code = DONE
    for conducted in done:
        troubled = [result for result in conducted.run.results() if result.status in ("failed", "unparsed")]
        for status, why, n in _reasons(troubled):
            call.note(f"{conducted.summary.program}: {n} {status}: {why}")
        if any(result.status == "failed" for result in troubled):
            code = PARTLY
    # Gates are about the first program: the one under test.
    faults = [fault for gate in gates if (fault := gate.fault(done[0].summary.estimates))]
    for fault in faults:
        call.note(fault)
    if stopped := next((conducted for conducted in done if conducted.stopped_by), None):
        call.note(f"stopped by {stopped.stopped_by}; go on with: wellread eval resume {stopped.run.path.name}")
        return BUDGET
    return PARTLY if faults else code


def _reasons(results: Sequence[Result]) -> list[tuple[str, str, int]]:
    """The commonest reasons with their counts; the rest is in the file."""
    counts = Counter((result.status, result.why[:200]) for result in results)
    return [(status, why, n) for (status, why), n in counts.most_common(_REASONS_SHOWN)]


class _Stages:
    """A line when a stage is done; for a person who watches also one about every second."""

    def __init__(self, call: Invocation) -> None:
        self._call = call
        self._is_watched = call.console().is_terminal
        self._last = 0.0
        self._told: set[str] = set()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        is_due = self._is_watched and now - self._last >= _PROGRESS_EVERY_S
        if is_due or (done >= total and stage not in self._told):
            self._last = now
            self._call.note(f"{stage} {done}/{total}")
        if done >= total:
            self._told.add(stage)


class _Items:
    """How far a program is: a line at each tenth of the way, for a person who watches about every second."""

    def __init__(self, call: Invocation, program: str) -> None:
        self._call, self._program = call, program
        self._is_watched = call.console().is_terminal
        self._began = self._last = time.monotonic()
        self._counts: Counter[str] = Counter()
        self._tokens = 0

    def __call__(self, result: Result, done: int, total: int) -> None:
        self._counts[result.status] += 1
        self._tokens += result.tokens
        now = time.monotonic()
        tenths = {round(total * tenth / 10) for tenth in range(1, 11)}
        if done in tenths or (self._is_watched and now - self._last >= _PROGRESS_EVERY_S):
            self._last = now
            counts = ", ".join(f"{n} {status}" for status, n in sorted(self._counts.items()))
            spent = f"{self._tokens:,} tokens, {now - self._began:.0f} s"
            self._call.note(f"{self._program} {done}/{total}: {counts}; {spent}")
