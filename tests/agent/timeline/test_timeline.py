"""A run drawn from its events alone equals what the run did; cut off, damaged and older events are drawn as far as they
tell."""

import json
import re
import shutil
import time
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from threading import Lock

import pytest

from agent.errors import UsageProblem
from agent.progress import Event
from agent.run import resume, start
from agent.timeline.page import timeline_page
from agent.timeline.reading import read_timeline, timeline_of
from agent.timeline.records import union
from agent.timeline.text import most_at_once, round_step, timeline_text
from lm.errors import EndpointUnreachable, ServerFailed
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful

AT = "2026-11-22T10:00:{:06.3f}+00:00"


def line(second, name, block="", words=None, **numbers):
    event = Event(name=name, block=block, words=words or {}, numbers=numbers)
    return json.dumps({"at": AT.format(second)} | event.model_dump(exclude_defaults=True)).encode()


def stage(second, ended, name, block=""):
    words = {"stage": name}
    return [
        line(second, "stage_began", block, words),
        line(ended, "stage_ended", block, words, seconds=ended - second),
    ]


ASKED = {"stage": "draft", "role": "writer", "model": "scripted"}


@pytest.fixture
def made():
    """A sitting of ten seconds: a plan; a block whose call fails, waits and is answered; a replayed call."""
    plan, plan_ended = stage(0, 2, "plan")
    draft, draft_ended = stage(2, 9, "draft", "b1")
    return [
        line(0, "sitting_began", words={"version": "1.2"}, spent_s=0, tokens=0),
        plan,
        plan_ended,
        draft,
        line(3, "call_sent", "b1", ASKED, call=1, attempt=1),
        line(4, "call_failed", "b1", {**ASKED, "error": "ServerFailed"}, call=1, attempt=1, seconds=1),
        line(6, "call_sent", "b1", ASKED, call=1, attempt=2),
        line(
            8, "called", "b1", {**ASKED, "finish": "stop"},
            call=1, attempt=2, seconds=5, in_model_s=3, prompt_tokens=70, completion_tokens=20,
        ),
        line(
            8.5, "called", "b1", ASKED,
            call=2, attempt=0, seconds=0, in_model_s=0, prompt_tokens=9, completion_tokens=9, replayed=1,
        ),
        draft_ended,
        line(10, "sitting_ended", words={"status": "finished"}, exit_code=0, spent_s=10, tokens=90),
    ]  # fmt: skip


def test_times_in_models_waiting_and_of_the_program_itself_add_up(made):
    figures = timeline_of("r", made).figures
    assert (figures.wall_s, figures.in_models_s, figures.waiting_s, figures.own_s) == (10.0, 3.0, 2.0, 5.0)
    assert figures.overhead == 0.5
    assert (figures.calls, figures.replayed, figures.retried, figures.failed) == (2, 1, 1, 0)
    assert (figures.prompt_tokens, figures.completion_tokens) == (70, 20)


def test_each_try_lies_where_it_was_made(made):
    first, replayed = timeline_of("r", made).sittings[0].calls
    assert [one.span for one in first.tries] == [(3.0, 4.0), (6.0, 8.0)]
    assert [one.error for one in first.tries] == ["ServerFailed", ""]
    assert (first.span, first.block, first.stage, first.finish) == ((3.0, 8.0), "b1", "draft", "stop")
    assert (replayed.is_replayed, replayed.tries) == (True, ())


def test_stages_are_in_the_order_in_which_they_began(made):
    stages = timeline_of("r", made).sittings[0].stages
    assert [(one.name, one.block, one.span) for one in stages] == [("plan", "", (0, 2)), ("draft", "b1", (2, 9))]


def test_a_killed_sitting_is_drawn_up_to_its_last_event_and_the_next_beside_it(made):
    killed = made[:7]  # within the second try
    first, second = timeline_of("r", [*killed, *made]).sittings
    assert (first.status, first.exit_code, first.seconds) == ("cut off", None, 6.0)
    (draft,) = (one for one in first.stages if one.name == "draft")
    (call,) = first.calls
    assert (draft.is_cut, draft.span) == (True, (2.0, 6.0))
    assert (call.is_cut, call.span) == (True, (3.0, 6.0))
    assert second.status == "finished"


def test_the_last_sitting_of_a_run_at_work_is_running(made):
    drawn = timeline_of("r", [*made, *made[:4]], is_alive=True)
    assert [one.status for one in drawn.sittings] == ["finished", "running"]
    assert drawn.remarks == ()


def test_damaged_lines_are_left_out_and_counted(made):
    torn = [*made[:3], b'{"at": "2026', b"[]", b'{"name": "called"}', *made[3:]]
    drawn = timeline_of("r", torn)
    assert drawn.sittings == timeline_of("r", made).sittings
    assert drawn.remarks == ("3 of the lines of events.jsonl cannot be read and are left out",)


def test_events_of_an_older_release_have_no_timeline_and_it_is_said(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(line(1, "preview") + b"\n")
    with pytest.raises(UsageProblem, match="tell of no stages"):
        read_timeline(tmp_path)


def test_the_union_of_spans_counts_no_second_twice():
    assert union([(5, 6), (0, 2), (1, 3), (3, 4)]) == [(0, 4), (5, 6)]


def test_calls_at_once_are_counted_at_the_fullest_moment():
    spans = [(0, 2), (1, 3), (2, 4)]
    assert most_at_once(spans, 0, 4) == 2
    assert most_at_once(spans, 3.5, 4) == 1
    assert most_at_once(spans, 5, 6) == 0


@pytest.fixture
def seen():
    """What a run really did: each call of its writer as (begin, end), by the clock of the wall."""
    return []


@pytest.fixture
def writer_of(seen):
    lock = Lock()

    def build(**options):
        def slow(request):
            began = time.time()
            time.sleep(0.02)
            with lock:
                seen.append((began, time.time()))
            return faithful(request)

        return ScriptedLM(slow, **options)

    return build


@pytest.fixture
def run(affair, tmp_path):
    def go(writer, name=""):
        with open_services(affair, settings_for(tmp_path / "home"), writer, clock=time.monotonic) as services:
            if name:
                return resume(name, services=services)
            return start(TOPIC, mode="report", words=400, services=services)

    return go


def test_a_run_drawn_from_a_copy_of_its_events_equals_what_the_run_did(run, writer_of, seen, tmp_path):
    writer = writer_of()
    result = run(writer)
    copied = tmp_path / "elsewhere" / result.run_id
    copied.mkdir(parents=True)
    shutil.copy(f"{result.folder}/events.jsonl", copied)
    (sitting,) = read_timeline(copied).sittings

    plan = json.loads(Path(result.folder, "plan.json").read_text())
    blocks = {block["id"] for section in plan["sections"] for block in section["blocks"]}
    assert {one.block for one in sitting.stages if one.name == "file"} == blocks
    asked = [call for call in sitting.calls if not call.is_replayed]
    assert len(asked) == len(writer.requests) == len(seen)
    assert sum(call.prompt_tokens + call.completion_tokens for call in asked) == result.report.figures.tokens
    zero = datetime.fromisoformat(sitting.began_at).timestamp()
    # A call is told of before it is made and measured around it, so these hold on a machine of any speed.
    for drawn, begin in zip(sorted(zero + one.tries[0].began_s for one in asked), sorted(seen), strict=True):
        assert drawn <= begin[0] + 0.002
    lasted = sorted(end - begin for begin, end in seen)
    for drawn, seconds in zip(sorted(one.tries[0].seconds for one in asked), lasted, strict=True):
        assert drawn >= seconds - 0.002
    for call in asked:
        own = [one for one in sitting.stages if (one.name, one.block) == (call.stage, call.block)]
        assert any(one.span[0] <= call.span[0] + 0.01 and call.span[1] <= one.span[1] + 0.01 for one in own), call


def test_a_resumed_run_has_its_sittings_one_after_another(run, writer_of):
    with pytest.raises(EndpointUnreachable):
        run(writer_of(errors={2: EndpointUnreachable("gone", hint="start it")}))
    result = run(writer_of(), "last")
    timeline = timeline_of(result.run_id, Path(result.folder, "events.jsonl").read_bytes().splitlines())
    assert [(one.status, one.exit_code) for one in timeline.sittings] == [("failed", 4), ("finished", 0)]
    assert [call.error for call in timeline.sittings[0].calls if call.error] == ["EndpointUnreachable"]
    assert timeline.figures.failed == 1


def test_the_picture_of_letters_is_as_wide_as_it_may_be_and_shows_every_lane(made):
    text = timeline_text(timeline_of("run-1", made), width=100)
    assert max(len(one) for one in text.splitlines()) <= 100
    plan, block = (next(one for one in text.splitlines() if one.startswith(name)) for name in ("plan", "b1"))
    assert re.fullmatch(r"plan +\|-+ +\| +2\.00 s +0", plan)
    assert re.fullmatch(r"b1 +\| +d+#+x?\.+#+d+ +\| +7\.00 s +2", block), block
    assert "overhead 50.0%" in text


def test_the_page_escapes_names_and_loads_nothing(made):
    nasty = [one.replace(b"scripted", b"<script>alert(1)</script>").replace(b'"b1"', b'"b<1>"') for one in made]
    page = timeline_page(timeline_of('r"><img src=x>', nasty))
    tags = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            tags.append(tag)
            assert not {"src", "href", "onload", "onclick"} & {name for name, _ in attributes}

    Tags().feed(page)
    assert not {"script", "img", "link", "iframe"} & set(tags)
    assert tags.count("svg") == 1
    assert "&lt;script&gt;" in page


def test_tries_that_failed_are_marked_in_both_pictures(made):
    timeline = timeline_of("r", made)
    assert 'class="bad"' in timeline_page(timeline)
    assert "x" in next(one for one in timeline_text(timeline, width=100).splitlines() if one.startswith("b1"))


def test_a_failed_server_error_is_told_by_its_class_alone(run, writer_of, tmp_path):
    with pytest.raises(ServerFailed):
        run(writer_of(errors=dict.fromkeys(range(100), ServerFailed("secret of the server"))))
    (events,) = (tmp_path / "home").glob("runs/*/events.jsonl")
    assert "secret of the server" not in events.read_text()


@pytest.mark.parametrize(("seconds", "step"), [(9.05, 1.0), (43.0, 5.0), (0.4, 0.05), (7200.0, 1000.0), (0.0, 0.0)])
def test_times_below_a_timeline_are_round(seconds, step):
    assert round_step(seconds, 10) == pytest.approx(step)
