"""What a run tells of itself: stages, calls and sittings, whole and when something fails."""

import json

import pytest

from agent.run import resume, start
from agent.stages import call_event, stage, stops_of
from lm.errors import EndpointUnreachable
from lm.scripted import ScriptedLM
from lm.types import Usage
from lm.watching import CallStep
from tests.agent.affair import TOPIC
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful


class Kept:
    """Keeps events."""

    def __init__(self):
        self.events = []

    def tell(self, event):
        self.events.append(event)


def test_a_stage_tells_when_it_began_and_after_how_long_it_ended():
    kept, times = Kept(), iter([10.0, 12.5])
    with stage("draft", kept, block="b1", clock=lambda: next(times)):
        pass
    began, ended = kept.events
    assert (began.name, began.block, began.words) == ("stage_began", "b1", {"stage": "draft"})
    assert (ended.name, ended.block, ended.words) == ("stage_ended", "b1", {"stage": "draft"})
    assert ended.numbers == {"seconds": 2.5}


def test_a_stage_that_fails_says_so_and_goes_on_failing():
    kept = Kept()
    with pytest.raises(KeyError), stage("plan", kept):
        raise KeyError("x")
    assert kept.events[-1].words == {"stage": "plan", "error": "KeyError"}


def test_a_stage_names_each_budget_that_it_met_once():
    kept = Kept()
    with stage("draft", kept) as stops:
        stops.names = stops_of({"draft_id": "x", "stops": ["max_tokens", "batch max_seconds", "max_tokens"]})
    assert kept.events[-1].words["stops"] == "max_tokens, batch max_seconds"


def test_a_call_knows_the_stage_in_which_it_is_made():
    step = CallStep(
        step="ended",
        number=3,
        role="writer",
        model="scripted",
        attempt=2,
        seconds=1.00004,
        in_model_s=0.5,
        usage=Usage(prompt_tokens=7, completion_tokens=2),
        finish_reason="stop",
        is_replayed=True,
    )
    with stage("draft", Kept(), block="b1"):
        event = call_event(step)
    assert (event.name, event.block) == ("called", "b1")
    assert event.words == {"stage": "draft", "role": "writer", "model": "scripted", "finish": "stop"}
    assert event.numbers == {
        "call": 3,
        "attempt": 2,
        "seconds": 1.0,
        "in_model_s": 0.5,
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "replayed": 1,
    }
    assert call_event(step).words["stage"] == ""


@pytest.fixture
def run(affair, tmp_path):
    """Runs a report; its settings, its listeners' events."""

    def go(writer, *, name="", listeners=(), **kwargs):
        settings = settings_for(tmp_path)
        with open_services(affair, settings, writer, **kwargs) as services:
            if name:
                return resume(name, services=services, listeners=listeners)
            return start(TOPIC, mode="report", words=400, services=services, listeners=listeners)

    return go


def events_of(tmp_path):
    (path,) = tmp_path.glob("runs/*/events.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_stage_of_a_run_begins_and_ends_and_every_call_is_told(run, tmp_path):
    writer = ScriptedLM(faithful)
    run(writer)
    events = events_of(tmp_path)
    began = [(one["words"]["stage"], one.get("block", "")) for one in events if one["name"] == "stage_began"]
    ended = [(one["words"]["stage"], one.get("block", "")) for one in events if one["name"] == "stage_ended"]
    assert sorted(began) == sorted(ended)
    assert {"preview", "align", "plan", "forage", "allot", "select", "draft", "verify", "file", "write_out"} <= {
        stage for stage, _ in began
    }
    called = [one for one in events if one["name"] == "called"]
    sent = [one for one in events if one["name"] == "call_sent"]
    assert len(called) == len(sent) == len(writer.requests)
    assert {one["words"]["stage"] for one in called} <= {stage for stage, _ in began}
    assert all(one["words"]["stage"] != "draft" or one["block"] for one in called)


def test_a_sitting_says_how_it_ended_and_the_next_one_begins_anew(run, tmp_path):
    with pytest.raises(EndpointUnreachable):
        run(ScriptedLM(faithful, errors={2: EndpointUnreachable("gone", hint="start it")}))
    run(ScriptedLM(faithful), name="last")
    sittings = [one for one in events_of(tmp_path) if one["name"].startswith("sitting_")]
    assert [one["name"] for one in sittings] == ["sitting_began", "sitting_ended"] * 2
    assert [one["words"]["status"] for one in sittings[1::2]] == ["failed", "finished"]
    assert [one["numbers"]["exit_code"] for one in sittings[1::2]] == [4, 0]


def test_a_budget_that_stops_a_run_is_told_by_the_stage_and_the_call_that_met_it(run, tmp_path):
    run(ScriptedLM(faithful), max_tokens=2500)
    events = events_of(tmp_path)
    assert any("max_tokens" in one.get("words", {}).get("stops", "") for one in events)
    assert any(one["name"] == "called" and one["words"].get("error") == "BudgetExceeded" for one in events)
    assert events[-1]["words"]["status"] == "stopped"


def test_what_is_told_of_calls_and_stages_has_no_word_of_prompts_or_replies(run, tmp_path):
    writer = ScriptedLM(faithful)
    run(writer)
    own = [one for one in events_of(tmp_path) if one["name"].startswith(("stage_", "call", "sitting_"))]
    words = {word for one in own for word in one.get("words", {})}
    assert words <= {"stage", "error", "stops", "role", "model", "finish", "version", "status"}
    assert all("message" not in one for one in own)
    assert max(len(json.dumps(one)) for one in own) < 400
