"""Several drafts of a block, of which the best supported is kept."""

from pathlib import Path

import pytest

from agent.commands.sitting import figures_text
from agent.graph import run_unkept
from agent.render_html import render_html
from agent.types import Report
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM
from tests.agent import scripted_writers as writers
from tests.agent.affair import TOPIC
from tests.agent.scripted_writers import kind_of


def lies_at_first(request):
    """Its likeliest paragraph is wrong, those of other seeds are right."""
    return writers.lying(request) if request.seed == 66 else writers.faithful(request)


def report_of(context):
    return context.store.get_model(run_unkept(TOPIC, "report", context)["report_id"], Report)


def assert_is_the_writers_own(report):
    """A lying writer's report is all quotations."""
    actions = [claim.action for claim in report.claims]
    assert actions.count("kept") > actions.count("quoted")


def test_the_best_supported_of_several_drafts_is_kept(make_context, events):
    writer = ScriptedLM(lies_at_first)
    report = report_of(make_context(writer, drafting="paragraph", candidates=2, planner="rules"))
    assert_is_the_writers_own(report)
    chosen = [event.numbers for event in events if event.name == "draft_chosen"]
    assert chosen
    assert {(numbers["drafts"], numbers["chosen"]) for numbers in chosen} == {(2, 1)}
    asked = [request for request in writer.requests if kind_of(request) == "paragraph"]
    assert {(request.seed, request.temperature) for request in asked} == {(66, 0.0), (67, 0.7)}
    figures, n = report.figures, len(chosen)
    assert (figures.candidates, figures.drafts_preferred) == (2, n)
    # A block of which only one draft took the form was not weighed, and is counted once.
    n_blocks = len([event for event in events if event.name == "drafted"])
    assert figures.drafts == n_blocks + n
    assert figures.drafts_told == f"{figures.drafts} in all; {n} blocks kept another than the first"
    shown = [figures_text(report, Path("run"), ()), render_html(report)]
    assert all(figures.drafts_told in text for text in shown)


def test_of_equal_drafts_the_first_is_kept_and_one_candidate_is_not_weighed(make_context, events):
    report = report_of(make_context(ScriptedLM(writers.faithful), drafting="paragraph", candidates=2, planner="rules"))
    assert report.figures.drafts_told.endswith("; 0 blocks kept another than the first")
    assert {event.numbers["chosen"] for event in events if event.name == "draft_chosen"} == {0}
    events.clear()
    report = report_of(make_context(ScriptedLM(writers.faithful), drafting="paragraph", planner="rules"))
    assert report.figures.drafts_told == ""
    assert not [event for event in events if event.name == "draft_chosen"]


def test_a_writer_that_restates_sentences_has_no_drafts_and_the_figures_say_so(make_context):
    report = report_of(make_context(ScriptedLM(writers.faithful), drafting="sentence", candidates=3, planner="rules"))
    assert (report.figures.candidates, report.figures.drafts) == (3, 0)
    assert "none to choose among: nothing was written as a whole paragraph" in figures_text(report, Path("run"), ())


@pytest.mark.parametrize("bad", ["garbage", "budget"])
def test_a_draft_that_fails_leaves_the_others(make_context, events, bad):
    def reply(request):
        if request.seed == 67 and kind_of(request) == "paragraph":
            if bad == "budget":
                raise BudgetExceeded("max_tokens=9 would be broken", limit="max_tokens")
            return writers.garbage(request)
        return writers.faithful(request)

    report = report_of(make_context(ScriptedLM(reply), drafting="paragraph", candidates=2, planner="rules"))
    assert_is_the_writers_own(report)
    assert not [event for event in events if event.name == "draft_failed"]
    assert bool([event for event in events if event.name == "budget"]) == (bad == "budget")
