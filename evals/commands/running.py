"""`wellread eval run` and `resume`: conduct, watch, and say by the exit code how it went."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agent.commands.invocation import Invocation
from agent.errors import UsageProblem
from agent.exit_codes import BUDGET, DONE, PARTLY
from agent.home import Home
from agent.settings import Settings
from evals.commands.showing import show
from evals.compare import DEFAULT_SEED, compare_all
from evals.conduct import Conducted, Conductor
from evals.gate import Gate
from evals.items import Result
from evals.registry import find_suite
from evals.run_record import Options, find_eval_run
from evals.suite import Suite
from evals.summary import commonest_reasons

_PROGRESS_EVERY_S = 1.0
_REASONS_SHOWN = 3


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    suite: str
    data: Path | None
    programs: Sequence[str]
    baselines: Sequence[str]
    model: str | None
    gates: Sequence[str]
    options: Mapping[str, object]
    entailer: str = "lexical"


def run_command(call: Invocation, wanted: Wanted) -> int:
    """Run programs and baselines of a suite; returns the exit code.

    What ends a later program does not take the figures of the earlier ones away: they are shown, then the error is.
    """
    suite = _judged_by(wanted.suite, wanted.entailer)
    gates = [Gate.parse(gate) for gate in wanted.gates]
    for gate in gates:
        gate.check_known(suite.metric_names)
    programs = list(dict.fromkeys([*(wanted.programs or [suite.main]), *_baselines(wanted.baselines, suite)]))
    settings = call.settings({"roles.writer.model": wanted.model})
    conductor = Conductor(suite, _data(wanted.data, suite), settings, _Stages(call), lambda name: _Items(call, name))
    done: list[Conducted] = []
    try:
        for conducted in conductor.start(programs, _options(wanted.options), wanted.gates):
            done.append(conducted)
            call.note(f"kept in {conducted.run.path}")
            if conducted.stopped_by:
                break
    finally:
        if done:
            others = [other.run for other in done[1:]]
            show(call, done, compare_all(done[0].run, others, suite, seed=DEFAULT_SEED, refused=_say(call)))
    return _exit_code(call, done, gates)


def _say(call: Invocation) -> Callable[[UsageProblem], None]:
    return lambda problem: call.note(f"not compared: {problem}")


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
    conductor = Conductor(
        suite,
        Path(manifest.data_path) if manifest.data_path else None,
        settings,
        _Stages(call),
        lambda name: _Items(call, name),
    )
    done = [conductor.shown(run) if conductor.is_finished(run) else conductor.resume(run)]
    show(call, done, [])
    return _exit_code(call, done, [Gate.parse(gate) for gate in manifest.gates])


def _judged_by(name: str, entailer: str) -> Suite:
    """The suite, or the one like it that another entailer judges; it is resumed and compared under its own name."""
    suite = find_suite(name)
    if entailer == "lexical":
        return suite
    if name != "citations":
        raise UsageProblem(f"--entailer {entailer} is for the suite citations, not {name}", hint="leave it out")
    return find_suite(f"{name}-{entailer}")


def _options(given: Mapping[str, object]) -> Options:
    try:
        return Options.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageProblem(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}", hint="see --help") from error


def _baselines(names: Sequence[str], suite: Suite) -> Sequence[str]:
    return suite.baselines if "all" in names else names


def _data(data: Path | None, suite: Suite) -> Path | None:
    if data is not None:
        if not data.exists() or (data.is_dir() and not suite.needs_data):
            what = f"{data} is a folder" if data.exists() else f"there is no {data}"
            raise UsageProblem(what, hint=f"--data wants {suite.wants}")
        return data
    if not suite.needs_data:
        return None
    # Beside the code in a checkout; an installed program finds it where its user stands in one.
    places = [suite.default_data, Path(suite.default_data.name)] if suite.default_data else []
    if found := next((place for place in places if (place / "questions.jsonl").is_file()), None):
        return found
    raise UsageProblem(f"suite {suite.name} needs --data", hint=f"it wants {suite.wants}")


def _exit_code(call: Invocation, done: Sequence[Conducted], gates: Sequence[Gate]) -> int:
    code = DONE
    for conducted in done:
        for status, why, n in commonest_reasons(conducted.run.results(), _REASONS_SHOWN):
            call.note(f"{conducted.summary.program}: {n} {status}: {why}")
        if conducted.summary.n_by_status.get("failed"):
            code = PARTLY
    # Gates are about the first program: the one under test.
    faults = [fault for gate in gates if (fault := gate.fault(done[0].summary.estimates, done[0].summary.counts))]
    for fault in faults:
        call.note(fault)
    if stopped := next((conducted for conducted in done if conducted.stopped_by), None):
        call.note(f"stopped by {stopped.stopped_by}; go on with: wellread eval resume {stopped.run.path.name}")
        return BUDGET
    return PARTLY if faults else code


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
            counts += f" and {before} before" if (before := done - self._counts.total()) > 0 else ""
            spent = f"{self._tokens:,} tokens, {now - self._began:.0f} s"
            self._call.note(f"{self._program} {done}/{total}: {counts}; {spent}")
