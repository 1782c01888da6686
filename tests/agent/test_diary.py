"""The foraging diary, from events made by hand and from real runs, both ways."""

import pytest

from agent.diary import HowForaged, find_diary, read_diary
from agent.errors import UsageProblem
from agent.progress import Event
from agent.run import start
from agent.run_folder import RunFolder
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC
from tests.agent.made_diary import account, step, told
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful


@pytest.fixture
def write(tmp_path):
    """Writes events into a run folder, which it returns."""

    def written(*events):
        folder = RunFolder(tmp_path)
        for event in events:
            folder.append_event("t", event)
        return tmp_path

    return written


def test_visits_add_up_block_by_block(write):
    first = told("s01b01", step(gain=300, read=400), step(gain=100, read=400))
    second = told("s02b01", step(gain=50, read=100))
    diary = find_diary(write(*first[:1], *second, *first[1:], account()))

    assert [block.id for block in diary.blocks] == ["s01b01", "s02b01"]
    assert [(v.number, v.gain, v.unique) for v in diary.blocks[0].visits] == [(1, 300, 300), (2, 100, 400)]
    assert [(block.unique, block.target, block.stop_reason) for block in diary.blocks] == [
        (400, 1000, "saturated"),
        (50, 1000, "saturated"),
    ]
    assert (diary.account.unique, diary.account.target, diary.remarks) == (500, 2000, ())


def test_in_rounds_the_rates_are_new_characters_for_each_character_read(write):
    diary = find_diary(write(*told("b", step(gain=300, read=400), step(gain=100, read=400), step(gain=0, read=0))))
    assert not diary.by_margin
    assert [visit.rate for visit in diary.visits] == [0.75, 0.25, None]
    assert [visit.environment_rate for visit in diary.visits] == [0.75, 0.5, 0.5]


def test_by_the_margin_the_rates_are_the_controllers(write):
    steps = [step(why="poorer", rate=0.2, environment=0.3), step(why="full", rate=0.25, environment=0.28)]
    diary = find_diary(write(*told("b", *steps, way="margin")))
    assert diary.by_margin
    assert [(v.why, v.rate, v.environment_rate) for v in diary.visits] == [("poorer", 0.2, 0.3), ("full", 0.25, 0.28)]


def test_the_diary_says_how_was_foraged_and_what_was_new_in_direction(write):
    goal = {"way": "margin", "granularity": "dual", "sign": "directions"}
    diary = find_diary(write(*told("b", step(directions=0.75), step(directions=0.0), is_whole=False, **goal)))
    assert diary.how == HowForaged(foraging="margin", granularity="dual", saturation_sign="directions")
    assert diary.by_margin  # though no rate was told
    assert [visit.directions for visit in diary.visits] == [0.75, 0.0]
    assert find_diary(write(*told("b", step()))).has_directions is False


def test_a_query_with_a_colon_stays_whole_and_apart_from_the_reason(write):
    (visit,) = find_diary(write(*told("b", step("Money: who paid: when", reason="its best 10 are read")))).visits
    assert (visit.query, visit.reason) == ("Money: who paid: when", "its best 10 are read")


def test_a_block_foraged_anew_after_a_kill_counts_once(write):
    cut = told("b", step(gain=300), step(gain=200), is_whole=False)
    again = told("b", step(gain=300), step(gain=200), step(gain=100))
    diary = find_diary(write(*cut, *again, account()))
    assert [visit.gain for visit in diary.visits] == [300, 200, 100]
    assert (diary.blocks[0].unique, diary.remarks) == (600, ())


def test_a_run_that_begins_anew_forgets_the_plan_before(write):
    diary = find_diary(write(*told("old", step()), Event(name="preview"), *told("new", step()), account()))
    assert [block.id for block in diary.blocks] == ["new"]


def test_an_interrupted_run_says_what_was_cut_off(write):
    diary = find_diary(write(*told("a", step()), *told("b", step(gain=30), is_whole=False)))
    assert [(block.unique, block.target, block.passages) for block in diary.blocks] == [
        (100, 1000, 1),
        (30, 1000, None),
    ]
    assert diary.account is None
    assert diary.remarks == (
        "b: its foraging was cut off, or still goes on",
        "the run did not come to the end of its reading",
    )


@pytest.mark.parametrize("damage", [b'{"at": "t", "na', b"\xff\xfe", b"[1]", b'{"name": "forage_step", "numbers": {}}'])
def test_damaged_lines_are_left_out_and_named(write, damage):
    folder = write(*told("b", step()), account())
    path = folder / "events.jsonl"
    path.write_bytes(damage + b"\n" + path.read_bytes())
    diary = find_diary(folder)
    assert len(diary.visits) == 1
    assert diary.remarks == ("1 of the lines of events.jsonl cannot be read and are left out: 1",)


def test_visits_that_do_not_add_up_are_remarked_on(write):
    diary = find_diary(write(*told("b", step(gain=100), unique=900), account()))
    assert diary.remarks == ("b: its visits gained 100 characters, its account says 900",)


def test_events_of_older_releases_give_what_they_told(write):
    old = Event(name="forage_step", block="b", message="why", numbers={"depth": 10, "new_passages": 2, "gain": 70})
    end = Event(name="foraged", block="b", message="saturated", numbers={"unique": 70, "target": 60, "passages": 2})
    diary = find_diary(write(old, end, account()))
    (visit,) = diary.visits
    assert diary.how is None
    assert (visit.query, visit.gain, visit.read, visit.rate, visit.why) == ("why", 70, None, None, "unsaid")


@pytest.mark.parametrize("events", [[], [Event(name="preview"), Event(name="plan")]])
def test_a_run_without_foraging_has_no_diary(write, events):
    folder = write(*events)
    assert find_diary(folder) is None
    with pytest.raises(UsageProblem, match="tell of no foraging"):
        read_diary(folder)


@pytest.mark.parametrize("way", ["rounds", "margin"])
def test_totals_are_those_of_the_runs_own_account(affair, tmp_path, way):
    with open_services(affair, settings_for(tmp_path, foraging=way), ScriptedLM(faithful)) as services:
        heard = []
        result = start(TOPIC, mode="report", words=None, services=services, listeners=[heard.append])
    diary = read_diary(tmp_path / "runs" / result.run_id)

    assert diary.by_margin == (way == "margin")
    assert diary.remarks == ()
    assert diary.account.unique == result.report.figures.characters_unique
    assert diary.account.raw == result.report.figures.characters_read
    foraged = {event.block: event for event in heard if event.name == "foraged"}
    assert {block.id: block.unique for block in diary.blocks} == {
        name: event.numbers["unique"] for name, event in foraged.items()
    }
    for block in diary.blocks:
        assert block.title
        assert sum(visit.gain for visit in block.visits) == block.visits[-1].unique == block.unique
        assert all(visit.why != "unsaid" and visit.reason for visit in block.visits)
        assert all(visit.gain <= visit.read for visit in block.visits)
