"""Part `files`: thousands of hostile files, each through the parser process under watch, then through ingest.

What the parser costs is measured file by file; what the program makes of it is judged folder by folder: its exit code,
its corpus, its quarantine and its words on the terminal.
"""

import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.endurance.file_cases import Case, Group, groups
from benchmarks.endurance.file_judging import faults_of_call, faults_of_store, stored_in
from benchmarks.endurance.file_traps import names_and_places, swapped_files
from benchmarks.endurance.parser_watch import MAX_BYTES, MAX_SECONDS, Watched, watched_parser
from benchmarks.endurance.part import Options, PartResult, Row
from benchmarks.endurance.warm import WarmProgram, environment
from retrieval.parsing.wire import ParseLimits

_THREADS = 2
_MAX_FAILURES = 40
# Ingest would index a giant that is read for minutes, and what is to be seen of it is how the parser takes it.
_MAX_INGESTED_BYTES = 4 << 20
_LIMIT_S = 1800.0
_SURVIVES = (
    "the ingest of the folder ends with exit code 0, 1 or 5, without a traceback; each file is in the corpus or in "
    "quarantine with a reason that is no error of the parser's own; its parser took at most "
    f"{MAX_SECONDS:.0f} s (and a second to be ended) and {MAX_BYTES >> 20} MiB; no text from outside the folder was "
    "read; `corpus verify` finds nothing; no control or override sign of a name reached the terminal raw."
)


@dataclass
class Tried:
    """How a group went: faults by the name of the file, and the figures of those that were watched."""

    what: str
    n_cases: int
    faults: dict[str, str] = field(default_factory=dict)
    watched: list[Watched] = field(default_factory=list)
    note: str = ""

    @property
    def row(self) -> Row:
        """As the campaign lists it."""
        survived = self.n_cases - len(self.faults)
        return Row(what=self.what, tried=self.n_cases, survived=survived, note=self.note or self._figures)

    @property
    def _figures(self) -> str:
        n_read = sum(not one.reason for one in self.watched)
        slowest = max((one.seconds for one in self.watched), default=0.0)
        largest = max((one.peak_bytes for one in self.watched), default=0)
        refused = len(self.watched) - n_read
        return f"{n_read} read, {refused} refused; at most {slowest:.1f} s and {largest >> 20} MiB a file"


def campaign(options: Options) -> PartResult:
    """Run all groups, two at once; a group that is done is told of."""
    began = time.monotonic()
    env = environment(options.models_dir)
    with WarmProgram(env, embedder_of=options.models_dir) as program, ThreadPoolExecutor(_THREADS) as pool:
        futures = [
            *(pool.submit(_tried, group, options, program, f"g{at}") for at, group in enumerate(groups(options))),
            pool.submit(_places, options, program),
        ]
        tried = []
        for future in futures:
            tried.append(future.result())
            row = tried[-1].row
            options.tell(f"{row.what}: {row.survived} of {row.tried}; {row.note}")
        tried.append(_swaps(options, program))
    failures = [failure for one in tried for failure in _told(one)]
    return PartResult(
        part="files",
        survives=_SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=tuple(one.row for one in tried),
        failures=tuple(failures[:_MAX_FAILURES]),
    )


def _told(one: Tried) -> Iterator[str]:
    for name, fault in one.faults.items():
        yield f"{one.what}: {name or 'the ingest'}: {fault[:300]}"


def _tried(group: Group, options: Options, program: WarmProgram, place: str) -> Tried:
    """Write a group's files, read each under watch, and then ingest them together."""
    folder, home = options.place / place / "files", options.place / place / "home"
    folder.mkdir(parents=True)
    watched = _watch(group, folder)
    # The ingest is a case of its own: what is wrong with it is no one file's fault.
    tried = Tried(group.what, len(group.cases) + 1, watched=list(watched.values()))
    told = {case.name: case.told for case in group.cases}
    for name, seen in watched.items():
        if seen.faults:
            tried.faults[told[name]] = "; ".join(seen.faults)
    ended = program.run(["ingest", str(folder), "--home", str(home), "--quiet"], limit_s=_LIMIT_S)
    if wrong := faults_of_call(ended, home):
        tried.faults[""] = "; ".join(wrong)
    tried.faults |= _faults_of_what_is_stored(group, folder, home, told)
    shutil.rmtree(options.place / place)
    return tried


def _watch(group: Group, folder: Path) -> Mapping[str, Watched]:
    """Read each file by itself. Giants that were read go again, those that were refused stay for the ingest."""
    found: dict[str, Watched] = {}
    with watched_parser(ParseLimits()) as parser:
        for case in group.cases:
            path = folder / case.name
            case.write(path)
            found[case.name] = parser.read(path)
            if path.stat().st_size > _MAX_INGESTED_BYTES and not found[case.name].reason:
                path.unlink()
    return found


def _faults_of_what_is_stored(group: Group, folder: Path, home: Path, told: Mapping[str, str]) -> dict[str, str]:
    stored = stored_in(home / "corpus.sqlite")
    names = [path.name for path in folder.iterdir()]
    found = {told.get(name, name): fault for name, fault in faults_of_store(stored, names).items()}
    for case in group.cases:
        if case.must_say and not _says(stored.texts.get(case.name, ""), case):
            found[case.told] = "its text is not what was written"
    return found


def _says(text: str, case: Case) -> bool:
    return " ".join(case.must_say.split()) in " ".join(text.split())


def _places(options: Options, program: WarmProgram) -> Tried:
    n_cases, faults = names_and_places(options.place / "places", program, options.models_dir)
    return Tried("names, links and things that are no files", n_cases, faults, note="by ingest, on a terminal too")


def _swaps(options: Options, program: WarmProgram) -> Tried:
    n_cases, n_swaps, faults = swapped_files(options.place / "swaps", program, options.scaled(5))
    return Tried("files that become links while they are read", n_cases, faults, note=f"{n_swaps:,} swaps")
