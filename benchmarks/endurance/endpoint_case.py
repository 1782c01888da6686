"""One case of the endpoint part: a real command whose writer, helper or judge is served by a faulty endpoint."""

import hashlib
import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from agent.render_markdown import check_references
from benchmarks.endurance.endpoint_echo import healthy
from benchmarks.endurance.endpoint_faults import ROLES, Fault
from benchmarks.endurance.fault_server import Answer, Body, FaultServer
from benchmarks.endurance.warm import Ended, WarmProgram

TOPIC = "The failure of the Ulver Barrage: causes and oversight"
_SPEED = 50.0  # waits between tries are so much shorter than a user's
TIMEOUT_S = 2.0
LIMIT_S = 60.0
_WRITE = ("write", TOPIC, "--words", "100", "--format", "md")


@dataclass(frozen=True)
class Seat:
    """A command in which a role is asked, and so can be failed by its endpoint."""

    role: str
    argv: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()


_ASK = ("ask", "Who paid for the Ulver Barrage?", "--format", "md")
_PAIR = (("WELLREAD_COMPRESS__PAIR", "on"), ("WELLREAD_WRITE__FACTS", "model"))
_CASCADE = (
    ("WELLREAD_VERIFY__CASCADE", "on"),
    ("WELLREAD_VERIFY__WINDOW", "1"),
    ("WELLREAD_VERIFY__BUDGET", "1"),
)
SEATS = {
    "writer": (Seat("writer", _WRITE), Seat("writer", _ASK)),
    "helper": (Seat("helper", (*_ASK, "--notes")), Seat("helper", _WRITE, _PAIR)),
    "judge": (Seat("judge", _WRITE, _CASCADE),),
}


@dataclass(frozen=True)
class Case:
    """A fault at a seat, for ever or once."""

    fault: Fault
    seat: Seat
    is_once: bool

    @property
    def name(self) -> str:
        """For people; unique."""
        how = "once" if self.is_once else "always"
        return f"{self.fault.name} / {self.seat.role} of {self.seat.argv[0]} / {how}"

    @property
    def codes(self) -> tuple[int, ...]:
        """Exit codes that are right: a report can do without whoever is not its writer."""
        codes = self.fault.once if self.is_once else self.fault.always
        return codes if self.seat.role == "writer" else (0, *codes)


@dataclass(frozen=True)
class Found:
    """What a case came to. `problems` is empty where it was survived."""

    case: Case
    problems: tuple[str, ...]
    exit_code: int
    n_requests: int
    seconds: float
    max_rss_mb: float


@dataclass(frozen=True)
class Stage:
    """What the cases share."""

    program: WarmProgram
    env: Mapping[str, str]
    base: Path  # a home with a corpus
    documents: str  # the text of all of its documents
    place: Path


def run_case(case: Case, stage: Stage, number: int) -> Found:
    """Run the command, and the way on from where it stopped once the endpoint is healthy again."""
    home = stage.place / f"case{number:04d}"
    shutil.copytree(stage.base, home)
    spoilt = Spoilt(case)
    with ExitStack() as stack:
        faulty = stack.enter_context(closing(FaultServer(spoilt.answer)))
        sound = stack.enter_context(closing(FaultServer(healthy)))
        env = _environment(stage.env, case, faulty.base_url, sound.base_url)
        ended = _call(stage, [*case.seat.argv], home, env)
        problems = [*problems_of_end(ended, case.codes, home), *problems_of_reports(home, stage.documents)]
        problems += spoilt.problems_of(faulty.bodies)
        n_requests = len(faulty.bodies)
        spoilt.heal()
        if ended.code == 4 and not problems:
            has_run = any(home.glob("runs/*"))
            resumed = _call(stage, ["runs", "resume", "last"] if has_run else case.seat.argv, home, env)
            problems += [f"resumed: {one}" for one in problems_of_end(resumed, (0,), home)]
            problems += [f"resumed: {one}" for one in problems_of_reports(home, stage.documents)]
    if not problems:
        shutil.rmtree(home)
    return Found(case, tuple(problems), ended.code, n_requests, ended.seconds, ended.max_rss_mb)


def _call(stage: Stage, argv: Sequence[str], home: Path, env: Mapping[str, str]) -> Ended:
    prepare = ("benchmarks.endurance.endpoint_child:hasten", {"factor": _SPEED})
    return stage.program.run([*argv, "--home", str(home), "-q"], env=env, limit_s=LIMIT_S, prepare=prepare)


def _environment(env: Mapping[str, str], case: Case, faulty: str, sound: str) -> dict[str, str]:
    roles = {}
    for role in ROLES:
        name = f"WELLREAD_ROLES__{role.upper()}__"
        roles[f"{name}MODEL"] = f"openai:{role}"
        roles[f"{name}BASE_URL"] = faulty if role == case.seat.role else sound
        roles[f"{name}TIMEOUT_S"] = str(TIMEOUT_S)
    return {**env, **roles, **dict(case.seat.settings)}


class Spoilt:
    """Answers by the fault: always, or to the first request alone; and healthily once it is healed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._n_left = 1 if case.is_once else None
        self._is_healed = False
        self._is_done = False
        self._lock = threading.Lock()

    def heal(self) -> None:
        """From now on all is well."""
        self._is_healed = True

    def answer(self, body: Body) -> Answer:
        """To one request."""
        is_asked = "path" not in body or self._case.fault.at_models
        whole = healthy(body)
        spoilt = self._case.fault.answer(body) if is_asked else whole
        # A request to which the fault does nothing, as one without the parameter that is refused, leaves it to be done.
        return spoilt if spoilt != whole and self._is_due() else whole

    def _is_due(self) -> bool:
        with self._lock:
            if self._is_healed or self._n_left == 0:
                return False
            if self._n_left is not None:
                self._n_left -= 1
            self._is_done = True
            return True

    def problems_of(self, bodies: Sequence[Body]) -> list[str]:
        """Whether the role was asked at all, the fault was done, and nothing was asked too often."""
        if not bodies and not self._case.fault.at_models:
            return [f"the {self._case.seat.role} was never asked"]
        if not self._is_done:
            return ["the fault was not done: the answers were healthy ones"]
        times = Counter(_content_of(body) for body in bodies)
        most = max(times.values(), default=0)
        allowed = self._case.fault.calls
        return [f"the same request was sent {most} times, {allowed} are allowed"] if most > allowed else []


def _content_of(body: Body) -> str:
    """A digest of what was asked; dropping a parameter does not make it another request."""
    return hashlib.sha256(json.dumps([body["messages"][-1], len(body["messages"])]).encode()).hexdigest()


def problems_of_end(ended: Ended, codes: Sequence[int], home: Path) -> list[str]:
    """A hang, another exit code than these, a crash, or no word about what failed."""
    problems = []
    if ended.is_late:
        problems.append(f"hangs: not over after {LIMIT_S:.0f} s; {ended.stderr[-1500:]}")
    elif ended.code not in codes:
        problems.append(f"exit code {ended.code}, not {' or '.join(map(str, codes))}: {ended.last_line}")
    if "Traceback" in ended.stderr or list(home.glob("crashes/*")):
        problems.append(f"crashed: {ended.last_line}")
    if ended.code and "error: " not in ended.stderr and not ended.is_late:
        problems.append(f"exit code {ended.code} without a message")
    return problems


def problems_of_reports(home: Path, documents: str) -> list[str]:
    """Citations that lead nowhere, and quotations that no document holds."""
    problems = []
    for report in home.glob("runs/*/report.md"):
        problems += [f"report: {problem}" for problem in check_references(report.read_text(encoding="utf-8"))]
        lines = (report.parent / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
        quotes = [json.loads(line)["quote"] for line in lines]
        problems += [f"no document says {quote[:60]!r}" for quote in quotes if plain(quote) not in documents]
    return problems


def plain(text: str) -> str:
    """Letters and digits alone: what remains of a text in any of its forms."""
    return re.sub(r"\W+", "", text)
