"""An evaluation on disk: what was asked, a line for each item as it finishes, and the time each took.

`results.jsonl` holds what a run with the same seed and call cache gives again, byte for byte, and no time; lines come
as items finish and are put into the order of the items at the end. `timings.jsonl` holds the seconds.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import Field, JsonValue, ValidationError

from agent.errors import UsageProblem
from evals.items import Result
from lm.files import write_atomically
from lm.types import Frozen

Row = TypeVar("Row", bound=Frozen)

MANIFEST, RESULTS, TIMINGS, SUMMARY = "eval.json", "results.jsonl", "timings.jsonl", "summary.json"


class Options(Frozen):
    """Which items are done, how often, and with how much evidence."""

    half: str = Field(default="all", pattern="^(all|tuning|reporting)$")
    limit: int | None = Field(default=None, ge=1, description="The first so many items.")
    sample: int | None = Field(default=None, ge=1, description="So many items drawn by the seed.")
    per_kind: int | None = Field(default=None, ge=1, description="So many items of each kind drawn by the seed.")
    seed: int = Field(default=66, ge=0, lt=2**32)
    epochs: int = Field(default=1, ge=1, le=100)
    jobs: int = Field(default=1, ge=1, le=64)
    evidence_tokens: int = Field(default=512, ge=16)
    max_tokens: int | None = Field(default=None, ge=1)


class Manifest(Frozen):
    """Everything that a run's figures depend on."""

    run: str
    suite: str
    program: str
    data: str = Field(description="Name of the data folder or file.")
    data_path: str = Field(description="Empty for a suite that makes its own.")
    data_sha256: str
    started_at: str
    version: str
    python: str
    packages: dict[str, str]
    prompts: dict[str, str]
    schemas: dict[str, str] = Field(default_factory=dict, description="Of narrative schemas; empty: was not kept then.")
    models: dict[str, str]
    config: dict[str, JsonValue]
    model: str
    options: Options
    n_items: int
    gates: tuple[str, ...] = ()
    left_out: dict[str, int] = Field(default_factory=dict, description="What the data hold that is no item.")


class Timing(Frozen):
    """One item's seconds, wall clock, in one sitting."""

    item: str
    epoch: int
    seconds: float


class EvalRun:
    """The folder of one evaluation."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, manifest: Manifest) -> "EvalRun":
        """Make the folder with its manifest."""
        path.mkdir(parents=True)
        write_atomically(path / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
        return cls(path)

    def manifest(self) -> Manifest:
        """What the run was started with.

        Raises:
            UsageProblem: the folder holds no evaluation, or one of another version.
        """
        path = self.path / MANIFEST
        try:
            return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageProblem(f"cannot read {path}: {error}", hint="`wellread eval ls` names the runs") from error
        except ValidationError as error:
            problem = f"{path} is damaged, or of another version: {error.errors()[0]['msg']}"
            raise UsageProblem(problem, hint="run the suite again") from error

    def results(self) -> list[Result]:
        """The finished items in the order in which they stand in the file; a line torn by a kill is left out, and of an
        item that was done again only the last stands."""
        return list({result.key: result for result in _read(self.path / RESULTS, Result)}.values())

    def seconds(self) -> dict[tuple[str, int], float]:
        """Seconds of each finished item."""
        return {(timing.item, timing.epoch): timing.seconds for timing in _read(self.path / TIMINGS, Timing)}

    def append(self, result: Result, seconds: float) -> None:
        """Keep a finished item; on the disk when this returns. Its time goes first: a result may not lack it."""
        timing = Timing(item=result.item, epoch=result.epoch, seconds=round(seconds, 3))
        _append(self.path / TIMINGS, timing.model_dump_json())
        _append(self.path / RESULTS, result.model_dump_json())

    def finish(self, order: Sequence[tuple[str, int]], summary: dict[str, JsonValue]) -> None:
        """Put the lines into the order of the items, and write the summary."""
        by_key = {result.key: result for result in self.results()}
        _rewrite(self.path / RESULTS, (by_key[key].model_dump_json() for key in order if key in by_key))
        write_atomically(self.path / SUMMARY, json.dumps(summary, indent=2, ensure_ascii=False) + "\n")

    def drop_torn_line(self) -> None:
        """Cut off what a kill left of a half-written line, so that the next one stands alone."""
        for name in (RESULTS, TIMINGS):
            path = self.path / name
            if path.is_file() and (content := path.read_bytes()) and not content.endswith(b"\n"):
                _rewrite(path, whole_lines(path))


def whole_lines(path: Path) -> list[str]:
    """The lines of a file that end with a line end; none where there is no file."""
    if not path.is_file():
        return []
    *lines, _torn = path.read_bytes().split(b"\n")
    return [line.decode("utf-8") for line in lines if line.strip()]


def _read(path: Path, row: type[Row]) -> Iterator[Row]:
    for number, line in enumerate(whole_lines(path), start=1):
        try:
            yield row.model_validate_json(line)
        except ValidationError as error:
            hint = "take the line out and `wellread eval resume` does its item again"
            raise UsageProblem(f"{path}, line {number} is damaged: {error.errors()[0]['msg']}", hint=hint) from error


_NAMED = 5  # of runs that share a part of their names


def runs_folder(home: Path) -> Path:
    """Where a home keeps its evaluations."""
    return home / "evals" / "runs"


def eval_runs(home: Path) -> list[EvalRun]:
    """The evaluations of a home, oldest first."""
    return [EvalRun(path.parent) for path in sorted(runs_folder(home).glob(f"*/{MANIFEST}"))]


def find_eval_run(name: str, home: Path) -> EvalRun:
    """A run by path, by name or an unambiguous part of it, or "last".

    Raises:
        UsageProblem: there is none, or more than one.
    """
    if (Path(name) / MANIFEST).is_file():
        return EvalRun(Path(name))
    folders = [run.path for run in eval_runs(home)]
    if name == "last" and folders:
        return EvalRun(folders[-1])
    found = [path for path in folders if path.name == name] or [path for path in folders if name in path.name]
    if len(found) == 1:
        return EvalRun(found[0])
    if found:
        which = ", the last of them " if len(found) > _NAMED else ": "
        named = which + ", ".join(path.name for path in found[-_NAMED:])
        problem = f"{len(found)} evaluations are called {name!r}{named}"
        raise UsageProblem(problem, hint="give more of the name; `wellread eval ls --runs` lists them all")
    hint = "`wellread eval ls --runs` lists those of a home; a path works too"
    raise UsageProblem(f"there is no evaluation {name!r}", hint=hint)


def run_name(suite: str, data: str, program: str, now: datetime, nonce: str) -> str:
    """A folder name that sorts by time."""
    return f"{now:%Y-%m-%dT%H%M%S}-{suite}-{data}-{program}-{nonce}"


def _append(path: Path, line: str) -> None:
    with path.open("ab") as file:
        file.write(line.encode("utf-8") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _rewrite(path: Path, lines: Iterable[str]) -> None:
    write_atomically(path, "".join(f"{line}\n" for line in lines))
