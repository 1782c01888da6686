"""Endpoints that fail: each fault done to the writer, the helper and the judge of real commands, for ever and once.

Commands do not stream; the streams of the client alone are in `endpoint_streams`.
"""

import random
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

from benchmarks.endurance.endpoint_case import SEATS, Case, Found, Stage, plain, run_case
from benchmarks.endurance.endpoint_faults import TRANSPORT
from benchmarks.endurance.endpoint_replies import REPLIES
from benchmarks.endurance.endpoint_streams import STREAMS, StreamFault, stream_problem
from benchmarks.endurance.part import Options, PartResult, Row
from benchmarks.endurance.warm import ROOT, WarmProgram, environment

_T = TypeVar("_T")
_N_SHOWN = 20
# Cases wait more than they work: several at once fill two cores.
_N_AT_ONCE = 5
_DOCUMENTS = (
    "dossiers/01-the-barrage-and-how-it-was-built.md",
    "dossiers/03-the-money-trail.md",
    "dossiers/06-oversight-and-politics.md",
    "dossiers/05-human-consequences.txt",
)
GROUPS = TRANSPORT | REPLIES
SURVIVES = (
    "the command ends within 60 s, where waits between tries take a fiftieth of a user's, with a report whose citations"
    " all resolve and whose quotations are in the documents, or with the exit code that the fault is documented to"
    " have, in words and without a traceback; the same request is sent no oftener than allowed; where the endpoint was"
    " given up, `runs resume` ends well once it is healthy. A fault that was not done counts as not survived. A stream"
    " that is no whole answer must not be taken for one."
)


def campaign(options: Options) -> PartResult:
    """Every fault, at every seat whose role makes such a call, for ever and once; a share of them, drawn, where
    `scale` is below 1."""
    began = time.monotonic()
    cases = chosen(all_cases(), options.scale, options.seed)
    env = environment(options.models_dir)
    with WarmProgram(env, embedder_of=options.models_dir) as program:
        stage = _prepared(program, env, options.place)
        found = _run_all(cases, stage, options)
    streams = [(fault, is_once) for fault in STREAMS for is_once in (False, True)]
    broken = _broken_streams(chosen(streams, options.scale, options.seed))
    return PartResult(
        part="endpoint",
        survives=SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=(
            *_rows(found),
            Row(
                what="streams, of the client alone",
                tried=len(broken),
                survived=broken.count(""),
                note=f"of {2 * len(STREAMS)}: {len(STREAMS)} faults, for ever and once",
            ),
        ),
        failures=(*(_words_of(one) for one in found if one.problems), *filter(None, broken))[:_N_SHOWN],
    )


def all_cases() -> list[Case]:
    """Declared faults, times roles, times two."""
    faults = [fault for group in GROUPS.values() for fault in group]
    return [
        # The seats of a role take turns: each fault is done at one of them.
        Case(fault, SEATS[role][number % len(SEATS[role])], is_once)
        for number, fault in enumerate(faults)
        for role in fault.roles
        for is_once in (False, True)
    ]


def chosen(cases: Sequence[_T], scale: float, seed: int) -> list[_T]:
    """So large a share of the cases, drawn; in their order."""
    n = max(1, round(len(cases) * min(scale, 1.0)))
    # Not every n-th: cases alternate, and one kind of them would be left out.
    return [cases[i] for i in sorted(random.Random(seed).sample(range(len(cases)), n))]


def _prepared(program: WarmProgram, env: dict[str, str], place: Path) -> Stage:
    """A home with a small corpus, as every case begins."""
    documents = place / "documents"
    documents.mkdir()
    for name in _DOCUMENTS:
        shutil.copy(ROOT / "examples" / "corpus" / name, documents)
    base = place / "base"
    ended = program.run(["ingest", str(documents), "--home", str(base), "-q"], env=env)
    if ended.code:
        raise RuntimeError(f"ingest ended with exit code {ended.code}: {ended.last_line}")
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(documents.iterdir()))
    return Stage(program, env, base, plain(text), place)


def _run_all(cases: Sequence[Case], stage: Stage, options: Options) -> list[Found]:
    found = []
    with ThreadPoolExecutor(_N_AT_ONCE) as pool:
        running = [pool.submit(run_case, case, stage, number) for number, case in enumerate(cases)]
        for n_done, one in enumerate(as_completed(running), start=1):
            found.append(one.result())
            if found[-1].problems:
                options.tell(f"not survived: {_words_of(found[-1])}")
            if n_done % 50 == 0:
                options.tell(f"{n_done} of {len(cases)} cases")
    order = {case.name: number for number, case in enumerate(cases)}
    return sorted(found, key=lambda one: order[one.case.name])


def _broken_streams(chosen: Sequence[tuple[StreamFault, bool]]) -> list[str]:
    """For each stream what went wrong, or nothing; they wait more than they work, too."""
    with ThreadPoolExecutor(_N_AT_ONCE) as pool:
        problems = pool.map(lambda one: stream_problem(one[0], is_once=one[1]), chosen)
        return [
            problem and f"stream: {fault.name} / {'once' if is_once else 'always'}: {problem}"
            for (fault, is_once), problem in zip(chosen, problems, strict=True)
        ]


def _rows(found: Sequence[Found]) -> list[Row]:
    rows = []
    for group, faults in GROUPS.items():
        for is_once in (False, True):
            ours = [one for one in found if one.case.fault in faults and one.case.is_once == is_once]
            if not ours:
                continue
            rows.append(
                Row(
                    what=f"{group}, {'once' if is_once else 'for ever'}",
                    tried=len(ours),
                    survived=sum(not one.problems for one in ours),
                    note=_note(ours),
                )
            )
    return rows


def _note(found: Sequence[Found]) -> str:
    codes = sorted({one.exit_code for one in found})
    counts = ", ".join(f"exit {code}: {sum(one.exit_code == code for one in found)}" for code in codes)
    n_faults = len({one.case.fault.name for one in found})
    slowest = max(one.seconds for one in found)
    most_mb = max(one.max_rss_mb for one in found)
    return f"{n_faults} faults; {counts}; longest {slowest:.1f} s, largest {most_mb:.0f} MB"


def _words_of(found: Found) -> str:
    return f"{found.case.name}: {'; '.join(found.problems)}"[:600]
