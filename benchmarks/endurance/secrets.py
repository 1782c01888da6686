"""Keys where they do not belong, endpoints that repeat them, bugs that tell them: none may be found afterwards.

Every call runs with -vv, in a home and a temporary folder of its own; then everything that it said and wrote is looked
through. What has no shape of a key and is in no variable (a toy key in wellread.toml) cannot be known for one, so what
is put into files and on the command line has the shape of a key.
"""

import json
import random
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.endurance.part import Options, PartResult, Row
from benchmarks.endurance.secret_endpoint import RepeatingEndpoints
from benchmarks.endurance.secret_places import CANARIES, COMMANDS, ECHOES, KEY_NAME, MISPLACED, Call
from benchmarks.endurance.secret_scan import open_to_others, places_with
from benchmarks.endurance.warm import Ended, WarmProgram, environment
from tests.agent.affair import DOCUMENTS

SURVIVES = (
    "no part of the key is in what was said on stdout and stderr (with -vv), nor in any file of the home, the working "
    "folder and the temporary folder, nor in their names; every file is its owner's alone; and no traceback is shown"
)
_LIMIT_S = 60.0
_SHOWN_FAILURES = 40
_N_THREADS = 2  # a call waits for its endpoint now and then


@dataclass(frozen=True)
class Case:
    """One call with one key in one wrong place."""

    kind: str
    name: str
    call: Call
    key: str
    env: Mapping[str, str] = field(default_factory=dict)
    toml: str = ""
    flags: Sequence[str] = ()
    prepare: tuple[str, Mapping[str, Any]] | None = None
    may_crash: bool = False
    asks: str = ""  # the address that repeats the key; one that was not asked has shown nothing

    @property
    def told(self) -> str:
        """The case, for a list of failures."""
        return f"{self.kind}: {self.name}, {self.call.name}, key {CANARIES.index(self.key)}"


def campaign(options: Options) -> PartResult:
    """Make the home, do the cases, count."""
    began = time.monotonic()
    env = environment(options.models_dir, **_COMMON)
    with RepeatingEndpoints(ECHOES) as endpoints, WarmProgram(env, preload=_PRELOADED) as program:
        base = made_home(program, options.place / "base", env, endpoints.url(None))
        every = [*echoed_cases(endpoints), *misplaced_cases(), *bug_cases(endpoints)]
        chosen = every if options.scale >= 1 else random.Random(options.seed).sample(every, options.scaled(len(every)))
        options.tell(f"{len(chosen)} calls")
        with ThreadPoolExecutor(_N_THREADS) as pool:
            problems = list(pool.map(lambda case: problem_of(case, program, env, base, options.place), chosen))
        done = list(zip(chosen, problems, strict=True))
        met = [(case, problem) for case, problem in done if problem or not case.asks or endpoints.was_asked(case.asks)]
    rows = []
    for kind in dict.fromkeys(case.kind for case in chosen):
        own = [problem for case, problem in met if case.kind == kind]
        n_void = sum(case.kind == kind for case in chosen) - len(own)
        note = f"{n_void} more never asked the endpoint" if n_void else ""
        rows.append(Row(what=kind, tried=len(own), survived=own.count(""), note=note))
    failures = [f"{case.told}: {problem}" for case, problem in met if problem]
    return PartResult(
        part="secrets",
        survives=SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=tuple(rows),
        failures=tuple(failures[:_SHOWN_FAILURES]),
    )


_PRELOADED = ("benchmarks.endurance.secret_bugs",)
_COMMON = {
    "WELLREAD_WRITE__SATURATION_RATIO": "2",
    "WELLREAD_WRITE__SATURATION_TARGET": "0",
    "WELLREAD_BUDGET__MAX_SECONDS": "8",  # an endpoint that fails for ever is waited for no longer
}


def _of_endpoint(url: str) -> dict[str, str]:
    return {
        "WELLREAD_ROLES__WRITER__MODEL": "openai:x",
        "WELLREAD_ROLES__WRITER__BASE_URL": url,
        "WELLREAD_ROLES__WRITER__API_KEY_ENV": KEY_NAME,
    }


def echoed_cases(endpoints: RepeatingEndpoints) -> Iterator[Case]:
    """Every endpoint that echoes for every command that asks one; the forms of keys take turns."""
    asking = [call for call in COMMANDS if call.asks]
    for number, way in enumerate(ECHOES):
        for turn, call in enumerate(asking):
            key = CANARIES[(number + turn) % len(CANARIES)]
            url = endpoints.url(number, turn)
            env = _of_endpoint(url) | {KEY_NAME: key}
            yield Case("an endpoint repeats the key", way.name, call, key, env, asks=url)


def misplaced_cases() -> Iterator[Case]:
    """Every wrong place for every command that it concerns."""
    key = CANARIES[0]
    for place in MISPLACED:
        for call in COMMANDS:
            if call.name not in place.commands:
                continue
            kind = f"the key in the {place.name.partition(':')[0]}"
            env = {name: value.replace("KEY", key) for name, value in place.env.items()}
            flags = [flag.replace("KEY", key) for flag in place.flags]
            yield Case(kind, place.name, call, key, env, place.toml.replace("KEY", key), flags)


def bug_cases(endpoints: RepeatingEndpoints) -> Iterator[Case]:
    """Crashes and a provider's package that tell the key; and a key of odd form in what the user types."""
    for key in CANARIES:
        env = _of_endpoint(endpoints.url(None)) | {KEY_NAME: key}
        for call in COMMANDS:
            if call.asks:
                crash = ("benchmarks.endurance.secret_bugs:crash_with_key", {"variable": KEY_NAME})
                yield Case("a bug tells the key", "a crash", call, key, env, prepare=crash, may_crash=True)
                of_langchain = env | {"WELLREAD_ROLES__WRITER__MODEL": "langchain:openai:x"}
                del of_langchain["WELLREAD_ROLES__WRITER__BASE_URL"]
                leak = ("benchmarks.endurance.secret_bugs:leaky_langchain", {"variable": KEY_NAME})
                yield Case("a library tells the key", "LangChain", call, key, of_langchain, prepare=leak)
        for call in COMMANDS:
            if call.name in ("ask", "write", "memory add", "search"):
                yield Case("the key in the prompt", "as an argument", call, key, env, flags=[f"and the key {key}"])
        batch = Call("batch", ("batch", "BATCH"))
        yield Case("the key in the prompt", "in a batch", batch, key, env, flags=[f"and the key {key}"])
        typed = Call("chat", ("chat",), stdin=f"Who owns the cableway? My key is {key}\nThanks, {key}\n")
        yield Case("the key in the prompt", "in a chat", typed, key, env)


def made_home(program: WarmProgram, place: Path, env: Mapping[str, str], url: str) -> Path:
    """A home with documents, a report, an answer, a run that failed, a chat and memory."""
    papers, home = place / "papers", place / "home"
    papers.mkdir(parents=True)
    for name, text in DOCUMENTS.items():
        (papers / name).write_text(text, encoding="utf-8")
    env = {**env, **_of_endpoint(url), KEY_NAME: "none-of-the-canaries"}
    calls: list[tuple[Sequence[str], str]] = [
        (("ingest", str(papers)), ""),
        (("write", "The Brenholt cableway", "--words", "120", "--format", "md,html,docx,pdf"), ""),
        (("ask", "Who built the Brenholt cableway?"), ""),
        (("chat",), "Who owns the Brenholt cableway? I live in Hallin.\n"),
        (("memory", "add", "I prefer short answers."), ""),
    ]
    for argv, stdin in calls:
        ended = program.run([*argv, "--home", str(home)], env=env, stdin=stdin.encode(), limit_s=_LIMIT_S)
        if ended.code not in (0, 3):
            raise RuntimeError(f"the home was not made: {argv[0]} ended with {ended.code}: {ended.stderr[-500:]}")
    dead = {**env, "WELLREAD_ROLES__WRITER__BASE_URL": "http://127.0.0.1:9/v1"}
    program.run(["ask", "A run that fails", "--home", str(home)], env=dead, limit_s=_LIMIT_S)
    return home


def problem_of(case: Case, program: WarmProgram, env: Mapping[str, str], base: Path, place: Path) -> str:
    """Do a case in folders of its own; says what was found, "" where nothing was."""
    folder = place / f"{case.kind} {case.name} {case.call.name} {CANARIES.index(case.key)}".replace("/", "_")[:200]
    home, work, temporary = (folder / name for name in ("home", "work", "tmp"))
    for made in (work, temporary):
        made.mkdir(parents=True)
        made.chmod(0o700)
    shutil.copytree(base, home)
    paper = work / "paper.md"
    paper.write_text("# Paper\n\nThe Brenholt cableway was closed in 2021.\n", encoding="utf-8")
    asked = [{"topic": f"The cableway {' '.join(case.flags)}", "words": 120}, {"question": "Who owns the cableway?"}]
    if case.name != "in a batch":
        asked[0]["topic"] = "The cableway"
    batch = work / "batch.jsonl"
    batch.write_text("".join(json.dumps(item) + "\n" for item in asked), encoding="utf-8")
    settings = work / "wellread.toml"
    settings.write_text(case.toml, encoding="utf-8")
    for path in (paper, settings, batch):
        path.chmod(0o600)
    argv = _argv(case, home, paper)
    own = {**env, "TMPDIR": str(temporary), **case.call.env, **case.env}
    ended = program.run(argv, env=own, cwd=work, stdin=case.call.stdin.encode(), limit_s=_LIMIT_S, prepare=case.prepare)
    problem = _problem(case, ended, folder, [settings, batch])
    shutil.rmtree(folder, ignore_errors=True)
    return problem


def _argv(case: Case, home: Path, paper: Path) -> list[str]:
    places = {"PAPER": str(paper), "BATCH": str(paper.with_name("batch.jsonl"))}
    words = [places.get(word, word) for word in case.call.argv]
    if case.name == "in a batch":
        return [*words, "--home", str(home), "-vv"]
    if case.name == "as an argument" or case.name.startswith("prompt:"):
        n_names = 2 if case.call.name == "memory add" else 1
        words[n_names] += f" {' '.join(case.flags)}"
        return [*words, "--home", str(home), "-vv"]
    return [*words, *case.flags, "--home", str(home), "-vv"]


def _problem(case: Case, ended: Ended, folder: Path, spared: Sequence[Path]) -> str:
    found = places_with(case.key, folder, {"stdout": ended.stdout, "stderr": ended.stderr}, spared=spared)
    if found:
        return f"the key is in {', '.join(found[:6])}"
    if ended.is_late:
        return f"did not end within {_LIMIT_S:g} s: {ended.last_line}"
    if loose := open_to_others(folder):
        return f"others may read {', '.join(loose[:4])}"
    if not case.may_crash and "Traceback (most recent call last)" in ended.stderr:
        return f"a traceback: {ended.last_line}"
    if not case.may_crash and ended.code == 6:
        return f"exit code 6: {ended.last_line}"
    return ""
