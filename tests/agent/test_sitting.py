"""What a sitting leaves behind when it is cut off."""

import shutil
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from agent.ledger import Ledger, RunRow
from agent.run_folder import RunFolder
from agent.sitting import Sitting
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.scripted import ScriptedLM
from lm.spending import RoleSpend, Spend
from lm.types import ChatRequest, Message

ROW = RunRow(
    id="r1", topic="T", mode="report", words=None, status="running", exit_code=None, started_at="t", updated_at="t"
)
ASK = ChatRequest(messages=(Message(role="user", content="Hi?"),), max_tokens=10)
BEFORE = Spend(by_role={"writer": RoleSpend(calls=2, prompt_tokens=100)}, seconds=50.0)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "r1").mkdir()
    return RunFolder(tmp_path / "r1")


@contextmanager
def sitting(folder, meter, *, heartbeat_s=1e6):
    with Ledger(folder.path.parent / "ledger.sqlite") as ledger:
        ledger.begin(ROW)
        with Sitting(ROW, folder, ledger, meter, lambda: datetime.now(UTC), heartbeat_s=heartbeat_s) as begun:
            yield begun


def await_usage(folder, is_there):
    deadline = time.monotonic() + 30.0
    while (found := folder.read_usage()) is None or not is_there(found):
        assert time.monotonic() < deadline
    return found


def test_a_paid_call_is_on_the_disk_before_its_reply_is_handed_on(folder):
    meter = Meter(Budget(), PriceTable(), lambda: 0.0, already=BEFORE)
    with sitting(folder, meter):
        Metered(ScriptedLM(["abc"]), "writer", meter).chat(ASK)
        assert folder.read_usage() == meter.spent()
        assert folder.read_usage().total.calls == 3


def test_the_seconds_of_all_sittings_go_on_the_disk_with_no_call_made(folder):
    now = [1_000.0]
    meter = Meter(Budget(), PriceTable(), lambda: now[0], already=BEFORE)
    with sitting(folder, meter, heartbeat_s=1e-3) as begun:
        now[0] += 7.0
        found = await_usage(folder, lambda usage: usage.seconds == 57.0)
        assert found.total.calls == 2
        assert begun.outcome("finished", 0).seconds == 57.0


def test_what_is_spared_is_on_the_disk_at_once_and_the_next_sitting_adds_to_it(folder):
    for n_told in (1, 2):
        meter = Meter(Budget(), PriceTable(), lambda: 0.0, already=folder.read_usage() or BEFORE)
        with sitting(folder, meter):
            meter.count_spared("writer", 250, 50)
            found = folder.read_usage()
        (folder.path.parent / "ledger.sqlite").unlink()
        assert found == meter.spent()
        assert (found.spared["writer"].tokens, found.spared["writer"].calls) == (300 * n_told, n_told)
        assert (found.total.calls, found.frontier.tokens.alone) == (2, 100 + 300 * n_told)


def test_a_moment_without_room_for_the_account_does_not_end_it(folder, caplog):
    meter = Meter(Budget(), PriceTable(), lambda: 0.0, already=BEFORE)
    with sitting(folder, meter, heartbeat_s=1e-3):
        await_usage(folder, bool)
        while "usage not written" not in caplog.text:
            shutil.rmtree(folder.path, ignore_errors=True)
        folder.path.mkdir(exist_ok=True)
        assert await_usage(folder, bool) == BEFORE
