"""The commands that are killed and starved: how each begins, how it is gone on with, and what it must come to.

Data: a new command of the program is one more entry of `ENTRIES`.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.endurance import outcomes
from benchmarks.endurance.fault_sites import ROOT

TOPIC = "The failure of the Ulver Barrage: causes and ignored warnings"
QUESTION = "Who designed the Ulver Barrage?"
# One of each kind of file, the smallest that say something.
_DOCUMENTS = (
    "official/press-release-2016-06-09.txt",
    "official/court-statement-2024-10-17.pdf",
    "official/solle-memorandum-2018-09-07.docx",
    "official/uba-faq-2021-11-24.html",
    "reference/glossary.md",
    "tables/main_contracts.csv",
    "reference/witness-statements.jsonl",
)


@dataclass(frozen=True)
class Step:
    """One call of the program; `{}` in an argument is the place of the campaign's files, `{home}` the home."""

    argv: tuple[str, ...]
    stdin: bytes = b""


@dataclass(frozen=True, eq=False)
class Entry:
    """A command under test.

    Attributes:
        name: Of the row.
        base: Of the home that it begins in, see `BASES`.
        begin: The command.
        kept: What must be there in the end, by name: equal to that of a run which nothing disturbed.
        go_on: What a person types after it was cut short; None: the same command again.
        is_begun: Whether there is something to go on with; where not, the command begins again.
        settings: Variables of its environment.
        kills: Of the campaign's.
        until_first_call: Kills only before the first paid call: the time of foraging.
    """

    name: str
    base: str
    begin: Step
    kept: Callable[[Path], outcomes.Outcome]
    go_on: Step | None = None
    is_begun: Callable[[Path], bool] = field(default=lambda _: True)
    settings: Mapping[str, str] = field(default_factory=dict)
    kills: int = 30
    until_first_call: bool = False


_INGEST = Step(("ingest", "{}/corpus"))
_WRITE = Step(("write", TOPIC, "--words", "100", "--format", "md,html,docx,pdf"))
_REPORT = Step(("write", TOPIC, "--words", "100", "--format", "md"))
_PLAIN = {"WELLREAD_WRITE__FORMATS": "md"}
_RESUME = Step(("runs", "resume", "last"))
_ANSWER = Step(("chat", "--continue"), b"/again\n")
_SAVE = b"/save {home}/../talk.md\n"
_NOTES = (
    "The keys of the gauge house are kept in the red cabinet.",
    "The keys of the gauge house are in the red cabinet.",
    "The gauge house keys are kept in the red cabinet by the door.",
    "Hanne prefers reports of two pages.",
)

# Homes to begin in, each made from the one that it names.
BASES: Mapping[str, tuple[str, tuple[Step, ...]]] = {
    "empty": ("", ()),
    "ingested": ("empty", (_INGEST, Step(("search", QUESTION)))),
    "written": ("ingested", (_REPORT,)),
    "noted": ("empty", tuple(Step(("memory", "add", note)) for note in _NOTES)),
    "evaluated": ("empty", (Step(("eval", "run", "retrieval", "--sample", "2")),)),
}

ENTRIES: tuple[Entry, ...] = (
    Entry("ingest", "empty", _INGEST, outcomes.corpus, kills=40),
    Entry("ingest, a file changed", "ingested", Step(("ingest", "{}/changed")), outcomes.corpus, kills=25),
    Entry(
        "forage",
        "ingested",
        _REPORT,
        outcomes.run,
        _RESUME,
        outcomes.has_run,
        settings={"WELLREAD_WRITE__FORAGING": "margin"},
        kills=30,
        until_first_call=True,
    ),
    Entry("write", "ingested", _WRITE, outcomes.run, _RESUME, outcomes.has_run, kills=80),
    Entry("ask", "ingested", Step(("ask", QUESTION)), outcomes.run, _RESUME, outcomes.has_run, _PLAIN, kills=30),
    Entry("chat", "ingested", Step(("chat",), f"{QUESTION}\n".encode()), outcomes.chat, _ANSWER, outcomes.has_question),
    Entry(
        "batch",
        "ingested",
        Step(("batch", "{}/briefs.jsonl", "--jobs", "2")),
        outcomes.batch,
        settings=_PLAIN,
        kills=40,
    ),
    Entry("memory import", "ingested", Step(("memory", "import", "{}/units.jsonl")), outcomes.memory, kills=20),
    Entry("memory consolidate", "noted", Step(("memory", "consolidate")), outcomes.memory, kills=20),
    Entry(
        "eval",
        "evaluated",
        Step(("eval", "run", "qa", "--sample", "2")),
        outcomes.evaluation,
        Step(("eval", "resume", "last")),
        outcomes.has_evaluation,
        kills=30,
    ),
    Entry(
        "export",
        "written",
        Step(("runs", "export", "last", "--format", "html,docx,pdf", "--out", "{home}/../out")),
        outcomes.exported,
        kills=15,
    ),
    # A batch tells of items that failed by exit code 1: the same command again is how it is gone on with.
    # Small ones, which write where nothing above does.
    Entry(
        "chat, saved",
        "ingested",
        Step(("chat",), f"{QUESTION}\n".encode() + _SAVE),
        outcomes.saved,
        Step(_ANSWER.argv, _ANSWER.stdin + _SAVE),
        outcomes.has_question,
        kills=4,
    ),
    Entry("memory add", "noted", Step(("memory", "add", "The boat house is painted green.")), outcomes.memory, kills=4),
    Entry(
        "memory forget",
        "noted",
        Step(("memory", "forget", "--query", "red cabinet", "--yes")),
        outcomes.memory,
        Step(("memory", "verify")),
        outcomes.has_forgotten,
        kills=6,
    ),
    Entry(
        "corpus rm",
        "ingested",
        Step(("corpus", "rm", "glossary.md")),
        outcomes.searchable,
        Step(("search", QUESTION)),
        outcomes.has_no_glossary,
        kills=6,
    ),
    Entry(
        "runs rm",
        "written",
        Step(("runs", "rm", "00000001")),
        outcomes.nothing_of_runs,
        Step(("runs", "ls")),
        lambda home: not any((home / "runs").iterdir()),
        kills=6,
    ),
    Entry(
        "init",
        "empty",
        Step(("init", "--config", "{home}/../wellread.toml")),
        outcomes.configured,
        Step(("config", "show")),
        lambda home: (home.parent / "wellread.toml").is_file(),
        kills=4,
    ),
    Entry("eval report", "evaluated", Step(("eval", "report", "--out", "{home}/../page.html")), outcomes.page, kills=4),
    Entry("diary", "written", Step(("runs", "show", "last", "--forage")), outcomes.run, kills=4),
)


def lay_out(place: Path) -> None:
    """Copy the documents that the commands read into a folder, and once more with one of them changed."""
    for folder in ("corpus", "changed"):
        (place / folder).mkdir(parents=True)
        for name in _DOCUMENTS:
            shutil.copyfile(ROOT / "examples" / "corpus" / name, place / folder / Path(name).name)
    briefs = (
        {"topic": TOPIC, "words": 100},
        {"question": QUESTION},
        {"topic": "The flood and the towns", "words": 100},
    )
    lines = (json.dumps(brief) + "\n" for brief in briefs)
    (place / "briefs.jsonl").write_text("".join(lines), encoding="utf-8")
    with (place / "changed" / "glossary.md").open("a", encoding="utf-8") as glossary:
        glossary.write("\n## Sill plate\n\nThe steel plate on which a gate of the barrage comes to rest.\n")
