"""Homes for trials: made once by the program itself, copied for each trial; and calls of the program in them."""

import shutil
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.endurance.commands import BASES, Entry, Step, lay_out
from benchmarks.endurance.echo import Echo
from benchmarks.endurance.part import Options
from benchmarks.endurance.warm import Ended, Started, WarmProgram, environment

LIMIT_S = 120.0
_PREPARE = "benchmarks.endurance.still:prepare"
# Imported before the clock is stopped: what a command imports late would have the real one.
_PRELOADED = (
    "benchmarks.endurance.still",
    "evals.cli",
    "evals.conduct",
    "agent.long_term",
    "agent.chat.sessions",
    "agent.commands.memory_changes",
    "agent.batch.conduct",
)
_DELAY_S = 0.02  # of the endpoint: some kills must meet a call under way


@dataclass
class Bench:
    """The program, its files and the homes to begin in; for several threads."""

    options: Options
    hash_seed: str = "0"
    program: WarmProgram = field(init=False)
    program_env: dict[str, str] = field(init=False)
    place: Path = field(init=False)
    _stack: ExitStack = field(default_factory=ExitStack)
    _making: threading.RLock = field(default_factory=threading.RLock)

    def __enter__(self) -> Self:
        self.program_env = environment(self.options.models_dir, PYTHONHASHSEED=self.hash_seed)
        self.program = self._stack.enter_context(
            WarmProgram(self.program_env, preload=_PRELOADED, embedder_of=self.options.models_dir)
        )
        self.place = self.options.place / "files"
        lay_out(self.place)
        with self.desk() as desk:
            units = desk.call(self.base("noted"), Step(("memory", "export")))
        (self.place / "units.jsonl").write_text(units.stdout, encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def desk(self, *, jitter_s: float = 0.0) -> "Desk":
        """For one thread: an endpoint of its own, which takes up to `jitter_s` longer by chance."""
        return Desk(self, jitter_s)

    def base(self, name: str) -> Path:
        """The home of a name, made at its first use."""
        path = self.options.place / "bases" / name / "home"
        with self._making:
            if not path.exists():
                before, steps = BASES[name]
                path.parent.mkdir(parents=True)
                shutil.copytree(self.base(before), path) if before else path.mkdir()
                with self.desk() as desk:
                    for number, step in enumerate(steps, start=1):
                        desk.call(path, step, identity=number).require()
                _forget_calls(path)
        return path


def _forget_calls(home: Path) -> None:
    for path in home.glob("calls.sqlite*"):
        path.unlink()


@dataclass(frozen=True)
class Called(Ended):
    """How a call ended."""

    def require(self) -> None:
        """Raises RuntimeError unless it did what it was asked."""
        if self.code:
            raise RuntimeError(f"a call that nothing disturbed ended with {self.code}: {self.stderr[-2000:]}")


class Desk:
    """Calls the program; its endpoint is nobody else's, so what was asked there was asked by these calls."""

    def __init__(self, bench: Bench, jitter_s: float = 0.0) -> None:
        self.bench = bench
        self.echo = Echo(_DELAY_S, jitter_s=jitter_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.echo.close()

    def copy(self, entry: Entry, name: str) -> Path:
        """A home for one trial."""
        home = self.bench.options.place / "trials" / name / "home"
        shutil.copytree(self.bench.base(entry.base), home)
        return home

    def start(
        self,
        home: Path,
        step: Step,
        *,
        identity: int = 7,
        settings: Mapping[str, str] | None = None,
        **prepared: Any,
    ) -> Started:
        """Begin a call in a home, with a clock that stands still; `prepared` as of `still.prepare`."""
        place = str(self.bench.place)
        argv = [argument.replace("{home}", str(home)).replace("{}", place) for argument in step.argv]
        stdin = step.stdin.replace(b"{home}", str(home).encode())
        env = self.bench.program_env | {
            "WELLREAD_ROLES__WRITER__MODEL": "openai:echo",
            "WELLREAD_ROLES__WRITER__BASE_URL": self.echo.url,
            **(settings or {}),
        }
        keywords = {"identity": identity, **prepared}
        return self.bench.program.start(
            [*argv, "--home", str(home)], env=env, stdin=stdin, prepare=(_PREPARE, keywords)
        )

    def call(self, home: Path, step: Step, **options: Any) -> Called:
        """Make a call and wait for it."""
        ended = self.start(home, step, **options).wait(LIMIT_S)
        return Called(**vars(ended))

    def verify(self, home: Path) -> list[str]:
        """What `wellread doctor --verify` says is wrong."""
        ended = self.call(home, Step(("doctor", "--verify")))
        if ended.code == 0:
            return []
        return [line for line in ended.stdout.splitlines() if line.startswith("fail")] or [ended.last_line]


def calls_stored(home: Path) -> int:
    """Replies in the home's call caches."""
    n_stored = 0
    for path in home.rglob("calls.sqlite"):
        with closing(sqlite3.connect(path, timeout=10.0)) as db, suppress(sqlite3.OperationalError):  # no table yet
            n_stored += int(db.execute("SELECT count(*) FROM calls").fetchone()[0])
    return n_stored
