"""Notes of several processes, and of processes that were killed."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from agent.relations.note_store import notes_in
from lm.scripted import ScriptedLM
from tests.agent.relations.helpers import faithful, open_desk

_ROOT = Path(__file__).resolve().parents[3]


def begun(affair, root, *, budget, dies_at=0):
    root.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "tests.agent.relations.writer_process", affair.corpus.path, root, budget, dies_at]
    return subprocess.Popen(list(map(str, argv)), cwd=_ROOT)


def n_paid(root):
    return len((root / "paid.log").read_text(encoding="utf-8").splitlines())


def test_the_allowance_holds_over_a_kill_in_the_middle_of_a_call(affair, tmp_path):
    assert begun(affair, tmp_path, budget=4, dies_at=2).wait() == 9
    assert begun(affair, tmp_path, budget=4).wait() == 0
    # The call that was cut off may have been paid, so it counts, and the last pair has no note.
    assert n_paid(tmp_path) == 4
    assert len(notes_in(tmp_path / "memory.sqlite")) == 3
    with open_desk(affair.corpus, tmp_path, ScriptedLM(faithful)) as desk:
        pairs = desk.pairs(4)
        assert desk.synthesizer.synthesize(pairs, 4).calls == 0
        assert desk.synthesizer.synthesize(pairs, 5).calls == 1
        assert len(desk.store.notes()) == 4


def test_processes_at_once_share_one_allowance_and_others_read_meanwhile(affair, tmp_path):
    started = [begun(affair, tmp_path, budget=5) for _ in range(2)]
    for process in started:
        while process.poll() is None:
            assert len(notes_in(tmp_path / "memory.sqlite")) <= 5
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
    assert [process.returncode for process in started] == [0, 0]
    assert n_paid(tmp_path) == len(notes_in(tmp_path / "memory.sqlite")) == 5
