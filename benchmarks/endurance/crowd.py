"""What processes of a crowd do in one home, as data: each its own things, and some that all do at once."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endurance.fault_sites import ROOT

# All ingest these; each ingests two files of its own besides.
SHARED = (
    "official/press-release-2016-06-09.txt",
    "official/uba-faq-2021-11-24.html",
    "reference/glossary.md",
    "tables/main_contracts.csv",
)
TOPIC = "The failure of the Ulver Barrage: causes and ignored warnings"
QUESTION = "Who designed the Ulver Barrage?"
SHARED_NOTE = "The keys of the gauge house are in the red cabinet."
_OBJECTS = ("lantern", "ledger", "winch", "barometer", "ferry", "siren", "culvert", "beacon")


@dataclass(frozen=True)
class Deed:
    """One call of the program: its kind, and what it is given; `{n}` is the member's number, `{own}` its object."""

    kind: str
    argv: tuple[str, ...]
    typed: str = ""


@dataclass(frozen=True)
class Member:
    """One of the crowd: calls one after another, while the others do the same."""

    number: int
    files: Path

    @property
    def own(self) -> str:
        """What only this member's documents and notes are about."""
        return f"{_OBJECTS[self.number % len(_OBJECTS)]} {self.number}"

    def calls(self, deeds: Sequence[Deed]) -> Iterator[tuple[Deed, list[str], bytes]]:
        """Deeds in order, ready to be made."""
        for deed in deeds:
            yield deed, [self._filled(argument) for argument in deed.argv], self._filled(deed.typed).encode()

    def _filled(self, text: str) -> str:
        known = {"{n}": str(self.number), "{own}": self.own, "{files}": str(self.files)}
        for name, value in known.items():
            text = text.replace(name, value)
        return text


# 1 ingest of own and shared files, 4 runs (two that all do alike), 3 notes (one alike), 1 turn of a chat.
DEEDS: tuple[Deed, ...] = (
    Deed("ingest", ("ingest", "{files}/shared", "{files}/own-{n}")),
    Deed("run", ("ask", QUESTION)),
    Deed("memory", ("memory", "add", "The {own} stands behind the pump house and belongs to crew {n}.")),
    Deed("run", ("write", TOPIC, "--words", "100", "--format", "md")),
    Deed("memory", ("memory", "add", SHARED_NOTE)),
    Deed("run", ("ask", "What does the log of the {own} say of the gate?")),
    Deed("chat", ("chat",), "What is known of the {own} and the gate?\n"),
    Deed("run", ("write", "The log of the {own} and the gate", "--words", "100", "--format", "md")),
    Deed("memory", ("memory", "add", "Crew {n} greases the {own} on the first Monday of each month.")),
)


def lay_out(files: Path, n_members: int) -> None:
    """The documents that the crowd ingests."""
    (files / "shared").mkdir(parents=True)
    for name in SHARED:
        shutil.copyfile(ROOT / "examples" / "corpus" / name, files / "shared" / Path(name).name)
    for number in range(n_members):
        member = Member(number, files)
        folder = files / f"own-{number}"
        folder.mkdir()
        (folder / f"log-{number}.md").write_text(_log(member.own, number), encoding="utf-8")
        (folder / f"memo-{number}.txt").write_text(_memo(member.own, number), encoding="utf-8")


def _log(own: str, number: int) -> str:
    days = "\n\n".join(
        f"On day {day} crew {number} checked the {own} beside the gate of the barrage. The gate stood open by "
        f"{number * 7 + day} centimetres, and the {own} showed {number * 100 + day * 3} units."
        for day in range(1, 7)
    )
    return f"# Log of the {own}\n\n{days}\n"


def _memo(own: str, number: int) -> str:
    return (
        f"The {own} was bought in {1990 + number} for {number * 1000 + 500} crowns. The commission asked why the {own} "
        f"was not repaired before the gate of the barrage failed. Crew {number} answered that nobody had ordered it.\n"
    )


def expected(n_members: int, deeds: Sequence[Deed]) -> dict[str, int]:
    """How many of everything there must be once all have done these."""

    def times(kind: str) -> int:
        return n_members * sum(deed.kind == kind for deed in deeds)

    return {
        "documents": len(SHARED) + 2 * n_members,
        "runs": times("run"),
        "reports": times("run"),
        "notes": times("memory"),
        "the note of all": n_members * sum(SHARED_NOTE in deed.argv for deed in deeds),
        "chat sessions": times("chat"),
        "answered turns": times("chat"),
    }
