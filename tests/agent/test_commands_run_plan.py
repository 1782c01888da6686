"""`wellread runs show --plan` from the outside."""

import json

import pytest

from agent.block_plans import BlockPlan, BlockPlans, EvidencePiece
from agent.commands.run_plan import blocks_text
from agent.home import Home
from agent.ledger import Ledger
from agent.main import run
from agent.run_folder import RunFolder
from tests.agent.test_commands_runs import ROW


def piece(start, *, number=None):
    return EvidencePiece(
        id=f"a.md:{start}-{start + 9}", document="a.md", title="A", start=start, end=start + 9, number=number
    )


PLANS = BlockPlans(
    title="The cableway",
    origin="schema",
    blocks=(
        BlockPlan(id="s01b01", section="Causes", goal="Why did the grip slip?", words=90, needs=("causes", "steps")),
        BlockPlan(
            id="s02b01",
            section="Reforms",
            goal="What was changed?",
            words=60,
            depends_on=("s01b01",),
            evidence=(piece(3, number=7), piece(40)),
        ),
    ),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:
        ledger.begin(ROW)
    folder = Home(tmp_path / "home").runs / "r1"
    folder.mkdir(parents=True)
    return folder


def test_a_reader_sees_goal_needs_length_dependencies_and_evidence():
    text = blocks_text(PLANS)
    for part in (
        "Causes\n\ns01b01  Why did the grip slip? (90 words)\n  needs     causes, steps\n  evidence  0 pieces, 0 cited",
        "s02b01  What was changed? (60 words)\n  behind    s01b01\n  evidence  2 pieces, 1 cited",
        "    a.md: 3-12 [7], 40-49",
    ):
        assert part in text


def test_the_blocks_are_printed_whole_as_json(folder, capsys):
    RunFolder(folder).write_blocks(PLANS)
    assert run(["runs", "show", "last", "--plan", "--json"]) == 0
    assert BlockPlans.model_validate(json.loads(capsys.readouterr().out)) == PLANS


def test_a_run_without_blocks_and_a_damaged_file_say_what_to_do(folder, capsys):
    assert run(["runs", "show", "last", "--plan"]) == 2
    assert f"wellread runs resume {folder.name}" in capsys.readouterr().err
    (folder / "blocks.json").write_text("{")
    assert run(["runs", "show", "last", "--plan"]) == 2
    assert "blocks.json cannot be read" in capsys.readouterr().err


def test_two_views_at_once_are_refused(folder):
    assert run(["runs", "show", "last", "--plan", "--forage"]) == 2
