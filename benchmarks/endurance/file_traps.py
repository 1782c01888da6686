"""Folders with traps, ingested and looked at by the commands that show names; files that become links meanwhile."""

import os
import pty
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.endurance.file_judging import faults_of_call, faults_of_screen, faults_of_store, stored_in
from benchmarks.endurance.file_places import CANARY, MARK, TEXT, TRAPS, Place, lay_traps, remove_deep
from benchmarks.endurance.warm import ROOT, WarmProgram, environment

_LIMIT_S = 300.0
# Of what is in the folder of every Linux, and not to be in a corpus.
_SECRETS = (CANARY, "root:x:0:0", "WELLREAD_MODELS")
_N_SWAPPED = 60


def names_and_places(folder: Path, program: WarmProgram, models_dir: Path) -> tuple[int, dict[str, str]]:
    """Ingest a folder of traps through pipes and on a terminal, and look at it: the cases, and the faults by trap."""
    place, home = Place(folder / "inside", folder / "outside"), folder / "home"
    lay_traps(place)
    ingest = ["ingest", str(place.inside), "--home", str(home)]
    faults: dict[str, str] = {}
    looks = (ingest, *_looks(home))
    for argv in looks:
        if wrong := faults_of_call(program.run(argv, limit_s=_LIMIT_S), home):
            faults[" ".join(argv[:2])] = "; ".join(wrong)
    again = [*ingest[:-1], str(folder / "home of the terminal")]
    if wrong := faults_of_screen(_on_a_terminal(again, models_dir)):
        faults["ingest on a terminal"] = "; ".join(wrong)
    faults |= faults_of_traps(home / "corpus.sqlite")
    remove_deep(place)
    shutil.rmtree(folder)
    return len(TRAPS) + len(looks) + 1, faults


def faults_of_traps(corpus: Path) -> dict[str, str]:
    """What is wrong with the corpus of a folder of traps, by trap."""
    stored = stored_in(corpus)
    faults = faults_of_store(stored, [trap.name for trap in TRAPS if trap.is_read], _SECRETS)
    for trap in TRAPS:
        if trap.is_read and trap.name not in stored.texts:
            faults[trap.name] = f"not read: {stored.quarantined.get(trap.name, 'not even refused')}"
    if not any(TEXT.format("deep") in text for text in stored.texts.values()):
        faults["deep"] = "the file seven hundred folders deep was not read"
    return faults


def _looks(home: Path) -> Iterator[Sequence[str]]:
    """Commands that show names and texts."""
    for argv in (["corpus", "ls"], ["corpus", "quarantine"], ["corpus", "stats"], ["search", f"odd name {MARK}"]):
        yield [*argv, "--home", str(home)]
        yield [*argv, "--home", str(home), "--json"]
    yield ["search", "plain words", "--documents", "--home", str(home)]
    yield ["search", "plain words", "--explain", "-k", "200", "--home", str(home)]


def _on_a_terminal(argv: Sequence[str], models_dir: Path) -> str:
    """All that a command shows on a terminal, progress too."""
    above, below = pty.openpty()
    env = environment(models_dir, TERM="xterm", COLUMNS="200", PYTHONPATH=os.pathsep.join([str(ROOT), *sys.path[1:]]))
    with subprocess.Popen([sys.executable, "-m", "agent.main", *argv], stdout=below, stderr=below, env=env) as process:
        os.close(below)
        shown = b""
        with suppress(OSError):  # the other end was closed: it has ended
            while piece := os.read(above, 65_536):
                shown += piece
    os.close(above)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"ingest on a terminal ended with {process.returncode}: {shown[-300:]!r}")
    return shown.decode("utf-8", "backslashreplace")


def swapped_files(folder: Path, program: WarmProgram, rounds: int) -> tuple[int, int, dict[str, str]]:
    """Ingest a folder whose files are exchanged for links to a canary and back all the while.

    Returns:
        Rounds, exchanges in all, and faults by round.
    """
    outside = folder / "outside"
    outside.mkdir(parents=True)
    (outside / "canary.txt").write_text(CANARY, encoding="utf-8")
    faults: dict[str, str] = {}
    n_swaps = 0
    for number in range(rounds):
        inside, home = folder / f"inside{number}", folder / f"home{number}"
        inside.mkdir()
        for name in range(_N_SWAPPED):
            (inside / f"{name}.txt").write_text(TEXT.format(name), encoding="utf-8")
        with _swapping(inside, outside / "canary.txt") as counted:
            ended = program.run(["ingest", str(inside), "--home", str(home), "--quiet"], limit_s=_LIMIT_S)
        n_swaps += counted[0]
        wrong = [*faults_of_call(ended, home), *faults_of_store(stored_in(home / "corpus.sqlite"), []).values()]
        if wrong:
            faults[f"round {number}"] = "; ".join(wrong)
    shutil.rmtree(folder)
    return rounds, n_swaps, faults


@contextmanager
def _swapping(inside: Path, target: Path) -> Iterator[list[int]]:
    """Exchange files for links and back, as fast as can be, until the block ends; counts the exchanges."""
    is_over = threading.Event()
    counted = [0]

    def swap() -> None:
        aside, link = inside.parent / "aside", inside.parent / "link"
        while not is_over.is_set():
            for name in range(_N_SWAPPED):
                path = inside / f"{name}.txt"
                os.rename(path, aside)
                os.symlink(target, link)
                os.rename(link, path)
                os.rename(aside, path)
                counted[0] += 1

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield counted
    finally:
        is_over.set()
        thread.join()
