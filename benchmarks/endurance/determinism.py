"""Part `determinism`: the same question, seed, cache and version give the same bytes, again and again.

By a clock that stands still every file of a run must be the same, byte for byte. By the real one the run's name and its
times are in some of them; the others must be the same all the same.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.endurance.commands import TOPIC, Entry, Step
from benchmarks.endurance.homes import Bench, Desk
from benchmarks.endurance.outcomes import Outcome, differences, run
from benchmarks.endurance.part import Options, PartResult, Row

_SURVIVES = (
    "every file of the run's folder (report.md, .html, .docx and .pdf, evidence, claims, plan, blocks, figures, events "
    "and spending) has the bytes of the first run, but for the home's path and the endpoint's port; of events, what "
    "happened to which block. By the real clock, report.md, evidence.jsonl, claims.jsonl, plan.json, blocks.json and "
    "ledger.json have; the others hold the run's name, its start or its seconds."
)
# Blocks are drafted side by side in a report of several sections, so their order is put to the test, too.
WRITE = Step(("write", TOPIC, "--words", "450", "--format", "md,html,docx,pdf"))
_AGAIN = Step(("runs", "rm", "last"))
TIMELESS = frozenset({"report.md", "evidence.jsonl", "claims.jsonl", "plan.json", "blocks.json", "ledger.json"})
# They tell of the sitting, too: its seconds, its process, which thread came first. What happened must be the same.
_EVENTS = "events.jsonl"
_ENTRY = Entry("write", "ingested", WRITE, run)


@dataclass(frozen=True)
class Kind:
    """Runs that must be alike.

    Attributes:
        name: Of the row.
        n: How many are compared with the first.
        is_same_home: One home, its caches warm; else a fresh one for each.
        jitter_s: The endpoint takes up to so much longer, by chance: blocks end in another order each time.
        hash_seed: Of Python's hashes, on which the order of sets hangs.
        is_still: Whether the clock stands.
    """

    name: str
    n: int
    is_same_home: bool = False
    jitter_s: float = 0.0
    hash_seed: str = "0"
    is_still: bool = True


KINDS: tuple[Kind, ...] = (
    Kind("fresh homes", 20),
    Kind("same home, calls replayed", 20, is_same_home=True),
    Kind("fresh homes, answers in another order", 10, jitter_s=0.15),
    Kind("fresh homes, another hash seed", 5, hash_seed="1"),
    Kind("fresh homes, real clock", 5, is_still=False),
)


def campaign(options: Options, kinds: Sequence[Kind] = KINDS, write: Step = WRITE) -> PartResult:
    """Run each kind as often as it says, and compare all with the very first run."""
    began = time.monotonic()
    rows: list[Row] = []
    failures: list[str] = []
    with ExitStack() as stack:
        benches: dict[str, Bench] = {}
        first: Outcome = {}
        for kind in kinds:
            if kind.hash_seed not in benches:
                own = Options(
                    place=options.place / f"seed-{kind.hash_seed}",
                    models_dir=options.models_dir,
                    seed=options.seed,
                    scale=options.scale,
                    tell=options.tell,
                )
                benches[kind.hash_seed] = stack.enter_context(Bench(own, hash_seed=kind.hash_seed))
            # A replayed run took no tokens and says so: it is measured by the first that was replayed.
            n_measures = int(kind.is_same_home or not first)
            found = list(_outcomes(benches[kind.hash_seed], kind, options.scaled(kind.n) + n_measures, write))
            first = first or found[0]
            wanted = found[0] if kind.is_same_home else first
            bad = [differences(_of_kind(wanted, kind), _of_kind(one, kind)) for one in found[n_measures:]]
            told = f"{kind.name}, run {{}} of seed {options.seed}: {{}} differ"
            failures += [told.format(number, ", ".join(names)) for number, names in enumerate(bad, 1) if names]
            rows.append(Row(what=kind.name, tried=len(bad), survived=sum(not names for names in bad)))
            options.tell(f"{kind.name}: {rows[-1].survived} of {rows[-1].tried}")
    return PartResult(
        part="determinism",
        survives=_SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=tuple(rows),
        failures=tuple(failures[:20]),
    )


def _of_kind(found: Outcome, kind: Kind) -> Outcome:
    return found if kind.is_still else {name: value for name, value in found.items() if name in TIMELESS}


def _outcomes(bench: Bench, kind: Kind, n: int, write: Step) -> Iterator[Outcome]:
    """What `n` runs leave."""
    options: Mapping[str, Any] = {"is_still": kind.is_still}
    with bench.desk(jitter_s=kind.jitter_s) as desk:
        home = desk.copy(_ENTRY, "same") if kind.is_same_home else None
        if home is not None:  # the run that pays
            desk.call(home, write, **options).require()
        for number in range(n):
            here = home or desk.copy(_ENTRY, f"{kind.name.replace(' ', '-').replace(',', '')}-{number}")
            if home is not None:
                desk.call(home, _AGAIN).require()
            yield _written(desk, here, write, options)
            if home is None:
                shutil.rmtree(here.parent)


def _written(desk: Desk, home: Path, write: Step, options: Mapping[str, Any]) -> Outcome:
    desk.call(home, write, **options).require()
    (folder,) = (home / "runs").iterdir()
    return {path.name: _hash(path, home, desk) for path in sorted(folder.iterdir())}


def _hash(path: Path, home: Path, desk: Desk) -> str:
    content = path.read_bytes().replace(str(home).encode(), b"").replace(desk.echo.place.encode(), b"")
    if path.name == _EVENTS:
        content = "\n".join(sorted(_told(line) for line in content.splitlines())).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def _told(line: bytes) -> str:
    event = json.loads(line)
    return f"{event['name']} {event.get('block', '')} {event.get('message', '')}"
