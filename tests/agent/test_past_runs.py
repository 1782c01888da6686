import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from langgraph.checkpoint.base import empty_checkpoint

from agent.errors import FileBroken, RunBusy
from agent.ledger import Ledger, RunRow
from agent.main import run
from agent.past_runs import checkpointer, has_checkpoint, is_alive, locked, remove, runs_folder
from agent.run_folder import RunFolder
from lm.spending import RoleSpend, Spend
from tests.holder_process import holding

ROOT = Path(__file__).resolve().parents[2]
AT = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def home(tmp_path):
    """A home whose ledger calls three runs running and one finished."""
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for name in ("killed", "alive", "bare", "done"):
            status = "finished" if name == "done" else "running"
            ledger.begin(
                RunRow(
                    id=name,
                    topic="T",
                    mode="report",
                    words=9,
                    status=status,
                    exit_code=None,
                    started_at=AT,
                    updated_at=AT,
                )
            )
    (tmp_path / "runs" / "killed").mkdir(parents=True)
    (tmp_path / "runs" / "killed" / "run.lock").touch()
    return tmp_path


def status_of(capsys, *argv):
    assert run(["runs", *argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_run_that_nobody_works_on_is_shown_as_interrupted(home, capsys):
    folder = runs_folder(home) / "alive"
    with holding("agent.past_runs:locked(RunFolder(path))", folder) as holder:
        shown = {row["id"]: row["status"] for row in status_of(capsys, "ls", "--home", str(home))["runs"]}
        assert shown == {"killed": "interrupted", "alive": "running", "bare": "interrupted", "done": "finished"}
        assert status_of(capsys, "show", "killed", "--home", str(home))["status"] == "interrupted"
        found = status_of(capsys, "ls", "--status", "running", "--home", str(home))["runs"]
        assert [row["id"] for row in found] == ["alive"]
        assert is_alive("alive", home)
        with pytest.raises(RunBusy), locked(RunFolder(folder)):
            pass
        holder.kill()
    assert not is_alive("alive", home)
    assert not (runs_folder(home) / "bare").exists()


def test_a_run_without_an_end_is_shown_with_what_it_has_spent(home, capsys):
    folder = RunFolder(runs_folder(home) / "killed")
    folder.write_usage(
        Spend(by_role={"writer": RoleSpend(prompt_tokens=90, completion_tokens=9, usd=0.5)}, seconds=7.5)
    )
    shown = status_of(capsys, "show", "killed", "--home", str(home))
    assert [shown[name] for name in ("status", "tokens", "usd", "seconds")] == ["interrupted", 99, 0.5, 7.5]
    (folder.path / "usage.json").write_text("{")
    assert status_of(capsys, "show", "killed", "--home", str(home))["tokens"] == 0


def test_a_removed_run_leaves_neither_folder_nor_row(home):
    (runs_folder(home) / "killed" / "report.md").write_text("text")
    (runs_folder(home) / "killed" / "more").mkdir()
    assert remove("killed", home) == "killed"
    assert not (runs_folder(home) / "killed").exists()
    with Ledger(home / "ledger.sqlite") as ledger:
        assert "killed" not in [row.id for row in ledger.rows()]


def test_a_run_that_is_worked_on_is_not_removed(home):
    folder = RunFolder(runs_folder(home) / "killed")
    with locked(folder), pytest.raises(RunBusy):
        remove("killed", home)
    assert folder.path.is_dir()


def test_listing_runs_loads_no_graph(home):
    code = (
        "import sys; from agent.main import run; run(['runs', 'ls', '--home', sys.argv[1]])\n"
        "sys.exit('langgraph' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(home)], cwd=ROOT, check=True, capture_output=True)


def test_checkpoints_with_flipped_bits_are_read_or_refused_with_a_way_out(tmp_path):
    path = tmp_path / "checkpoints.sqlite"
    with checkpointer(tmp_path) as saver:
        for n in range(4):
            config = {"configurable": {"thread_id": "run", "checkpoint_ns": ""}}
            checkpoint = empty_checkpoint() | {"channel_values": {"topic": f"tides {n} " * 40}}
            saver.put(config, checkpoint, {"source": "loop", "step": n, "parents": {}}, {})
    sound = path.read_bytes()
    refused = []
    for seed in range(150):
        rng = random.Random(seed)
        content = bytearray(sound)
        for _ in range(rng.choice([3, 20, 60])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            with checkpointer(tmp_path) as saver:
                has_checkpoint(saver, "run", tmp_path)
        except FileBroken as error:
            refused.append(str(error))
            assert str(path) in str(error)
            assert "move it away" in error.hint
        for leftover in tmp_path.glob("checkpoints.sqlite-*"):
            leftover.unlink()
    assert len(refused) > 10
