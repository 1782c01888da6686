"""The files of a support archive: how the program stands, how the last run went, what crashed.

Each part is made by itself; one that cannot be is there with the reason. Must not know how archives are written.
"""

import json
import platform
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent.bundle.hushing import ERROR, EVENT, MANIFEST, PLAN, WISHES, Rule, length_of, said, shape, without
from agent.bundle.stores import folder_sizes, store_sizes
from agent.config import Loaded
from agent.doctor import Finding, examine, package_versions
from agent.errors import AgentError
from agent.home import Home
from agent.ledger import Ledger, RunRow
from agent.past_runs import runs_folder
from agent.redacting import Redactor, private_redactor
from agent.settings import Settings
from agent.verifying import verify_home
from agent.version import program_version
from lm.errors import LMError
from memory.errors import MemoryFloorError
from retrieval.errors import RetrievalError

_FORESEEN = (AgentError, LMError, MemoryFloorError, RetrievalError, OSError, sqlite3.Error, ValueError)
_MOST_CRASHES = 5
_MOST_BYTES = 4_000_000  # of one file of a run: its end is what tells of a failure
_MOST_ROWS = 200
# Of which the names of commands are made; they are not asked for them, because that would load them all.
COMMAND_WORDS = frozenset((
    "add", "ask", "audit", "batch", "calibrate", "chat", "compare", "compress", "config", "consolidate", "corpus",
    "doctor", "eval", "explain", "export", "facts", "forget", "import", "ingest", "init", "ls", "measure", "memory",
    "models", "path", "pull", "quarantine", "relate", "relations", "report", "resume", "rm", "run", "runs",
    "schemas", "search", "show", "stats", "tune", "verify", "write",
))  # fmt: skip
_SHAPES = ("plan.json", "blocks.json")
_TEXTS = (
    "report.md",
    "evidence.jsonl",
    "claims.jsonl",
    "metrics.json",
    "note.json",
    "facts.json",
    "conversations.json",
)


@dataclass(frozen=True)
class Part:
    """A file of the archive."""

    name: str
    text: str


class Bundle:
    """What is sent of one home. `with_texts`: also what was asked, read and written."""

    def __init__(self, loaded: Loaded, *, with_texts: bool) -> None:
        self._loaded, self._settings, self._with_texts = loaded, loaded.settings, with_texts
        self._redactor: Redactor = private_redactor(loaded.settings)
        self._rows, self._why_no_rows = _rows(self._settings)
        self._topics = frozenset(spelling for row in self._rows for spelling in _spellings(row) if len(spelling) > 3)

    def parts(self) -> Iterator[Part]:
        """Every part, as it is made."""
        yield from self._made("versions.json", lambda: self._json(_versions()))
        yield from self._made("settings.json", lambda: self._json(self._sources()))
        yield from self._made("findings.json", lambda: self._findings(examine(self._settings)))
        yield from self._made("verify.json", lambda: self._findings(verify_home(self._settings)))
        yield from self._made("stores.json", lambda: self._json(_stores(self._settings.home)))
        yield from self._made("ledger.json", self._ledger)
        if self._rows:
            yield from self._run(runs_folder(self._settings.home) / self._rows[0].id)
        crashes = sorted((self._settings.home / "crashes").glob("crash-*.json"))
        for path in crashes[-_MOST_CRASHES:]:
            yield from self._made(f"crashes/{path.name}", partial(self._crash, path))

    def _made(self, name: str, make: Callable[[], str]) -> Iterator[Part]:
        try:
            text = make()
        except _FORESEEN as error:
            text = f"this part could not be made: {type(error).__name__}: {said(str(error))}\n"
        yield Part(name, self._hushed(text))

    def _hushed(self, text: str) -> str:
        """The border that everything passes: no key, no name of the user, no topic unless texts were asked for."""
        text = self._redactor.text(text)
        return text if self._with_texts else without(text, self._topics, "<topic>")

    def _json(self, value: object) -> str:
        return json.dumps(self._redactor.value(value), ensure_ascii=False, indent=1, default=str) + "\n"

    def _sources(self) -> dict[str, object]:
        return {
            key: {"value": self._value(key, offers[0].value), "source": offers[0].source, "layer": offers[0].layer}
            for key, offers in self._loaded.offers.items()
        }

    def _value(self, key: str, value: object) -> object:
        is_wish = key.rpartition(".")[2] in WISHES
        return shape(value, Rule()) if is_wish and not self._with_texts else _plain(value)

    def _findings(self, findings: Iterable[Finding]) -> str:
        return self._json([finding.model_dump() for finding in findings])

    def _ledger(self) -> str:
        if self._why_no_rows:
            return f"the ledger cannot be read: {self._why_no_rows}\n"
        rows = [row.model_dump() for row in self._rows[:_MOST_ROWS]]
        if not self._with_texts:
            rows = [row | {"topic": length_of(row["topic"]), "message": said(row["message"])} for row in rows]
        return self._json(rows)

    def _run(self, folder: Path) -> Iterator[Part]:
        """The newest run, in a folder that is named for no topic."""
        kept: dict[str, Callable[[Path], str]] = {
            "run.json": partial(self._shaped, MANIFEST),
            "events.jsonl": partial(self._lines, EVENT),
            "errors.jsonl": partial(self._lines, ERROR),
            "usage.json": self._whole,
            **{name: partial(self._shaped, PLAN) for name in _SHAPES},
            **({name: self._whole for name in _TEXTS} if self._with_texts else {}),
        }
        for name, make in kept.items():
            path = folder / name
            if path.is_file():
                yield from self._made(f"last-run/{name}", partial(make, path))

    def _whole(self, path: Path) -> str:
        return _end_of(path)

    def _shaped(self, rule: Rule, path: Path) -> str:
        told = json.loads(path.read_text(encoding="utf-8"))
        return self._json(told if self._with_texts else shape(told, rule))

    def _lines(self, rule: Rule, path: Path) -> str:
        return "".join(f"{self._line(rule, line)}\n" for line in _end_of(path).split("\n") if line)

    def _line(self, rule: Rule, line: str) -> str:
        try:
            told = json.loads(line)
        except ValueError:  # torn by a kill
            told = length_of(line)
        kept = told if self._with_texts else shape(told, rule)
        return json.dumps(self._redactor.value(kept), ensure_ascii=False)

    def _crash(self, path: Path) -> str:
        told = json.loads(path.read_text(encoding="utf-8"))
        if not self._with_texts:
            told["argv"] = [_argument(str(argument)) for argument in told.get("argv", [])]
            told["traceback"] = [said(str(line)) for line in told.get("traceback", [])]
        return self._json(told)


def _rows(settings: Settings) -> tuple[list[RunRow], str]:
    """Rows of the ledger, newest first; and why there are none where it cannot be read."""
    path = Home(settings.home).ledger
    if not path.is_file():
        return [], ""
    try:
        with Ledger(path) as ledger:
            return ledger.rows(), ""
    except _FORESEEN as error:
        return [], f"{type(error).__name__}: {error}"


def _spellings(row: RunRow) -> tuple[str, ...]:
    """How a run's topic is written: as it is, in JSON, and in the run's name."""
    return row.topic, json.dumps(row.topic, ensure_ascii=False)[1:-1], "-".join(row.id.split("-")[3:-1])


def _versions() -> dict[str, object]:
    return {
        "wellread": program_version(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "sqlite": sqlite3.sqlite_version,
        "packages": package_versions(),
    }


def _stores(home: Path) -> dict[str, object]:
    return {"stores": [one.model_dump() for one in store_sizes(home)], "folders": folder_sizes(home)}


def _plain(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump else value


def _end_of(path: Path) -> str:
    with path.open("rb") as stream:
        size = path.stat().st_size
        stream.seek(max(0, size - _MOST_BYTES))
        content = stream.read()
    if size > _MOST_BYTES:
        content = content.partition(b"\n")[2]  # the first line is cut
    return content.decode("utf-8", errors="replace")


def _argument(argument: str) -> str:
    """An option's name, a command's; of all else the length: a topic may be a short word, too."""
    if argument.startswith("-"):
        name, equals, value = argument.partition("=")
        return name + (f"={length_of(value)}" if equals else "")
    return argument if argument in COMMAND_WORDS else length_of(argument)
