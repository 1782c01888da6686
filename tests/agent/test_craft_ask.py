"""Questions that are gauged and pursued, through the whole graph over the affair."""

import json
from dataclasses import replace

import pytest

from agent.calibration import Calibration
from agent.difficulty import Cutoffs
from agent.graph import run_unkept
from agent.pursuit.conformal import Thresholds
from agent.pursuit.pursue import Pursuit
from agent.records import AlignmentRecord, Routed
from agent.settings import AskSettings
from agent.types import Outline, Report
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM

QUESTION = "Who owned the firm that was paid for advice?"
SUB_QUESTION = "To whom did Harrow Consult belong?"
CALIBRATION = Calibration(
    model="scripted",
    evidence_tokens=900,
    data="made up",
    n=60,
    thresholds=Thresholds(alpha=0.1, n=60, pooled=0.65),
    cutoffs=Cutoffs(easy_agreement=1.0, easy_entropy=0.0, hard_agreement=0.5, hard_coverage=0.9, n=60, loss=0.2),
)


def in_two_minds(request):
    """Unsure until Harrow Consult was looked up."""
    content = request.messages[-1].content
    if "Write 3 short questions" in content:
        return json.dumps({"questions": [SUB_QUESTION, "When did the cableway open?"]})
    if "The shortest phrase" not in content:
        return ""
    asked = content.rpartition("Question: ")[2].partition("\n")[0]
    if asked == SUB_QUESTION or f"({SUB_QUESTION}) Petra Fenn" in content:
        return "Petra Fenn"
    return ("Aldo Fenn", "Petra Fenn")[(request.seed or 0) % 2] if asked == QUESTION else "2009"


def asking(make_context, writer, **ask):
    return replace(
        make_context(writer, drafting="sentence"), ask=AskSettings(**ask), read_calibration=lambda: CALIBRATION
    )


def test_a_pursued_question_reads_the_passages_of_its_sub_questions(make_context, events):
    context = asking(make_context, ScriptedLM(in_two_minds), pursue="on")
    state = run_unkept(QUESTION, "answer", context)
    pursuit = context.store.get_model(state["pursuit_id"], Pursuit)
    assert [found.query for found in pursuit.found] == [SUB_QUESTION]
    assert pursuit.stop_reason == "one answer is left: petra fenn"
    alignment = context.store.get_model(state["alignment_id"], AlignmentRecord)
    assert set(pursuit.found[0].passages) <= set(alignment.passages)
    outline = context.store.get_model(state["outline_id"], Outline)
    assert outline.sections[0].blocks[0].queries == (QUESTION, SUB_QUESTION)
    report = context.store.get_model(state["report_id"], Report)
    assert any("Petra Fenn" in claim.sentence for claim in report.claims)
    told = [event for event in events if event.name == "pursue_step"]
    assert [event.numbers["open"] for event in told] == [2, 1]
    assert "Petra Fenn" in told[0].message and "leaves 1.0" in told[0].message
    assert [event.message for event in events if event.name == "pursued"] == [pursuit.stop_reason]


def test_a_question_of_which_the_model_is_sure_is_easy_and_not_pursued(make_context, events):
    writer = ScriptedLM(lambda request: "Petra Fenn")
    context = asking(make_context, writer, pursue="on", route="on")
    state = run_unkept(SUB_QUESTION, "answer", context)
    assert context.store.get_model(state["route_id"], Routed).route.label == "easy"
    assert "pursuit_id" not in state
    assert len(writer.requests) == 3
    block = context.store.get_model(state["outline_id"], Outline).sections[0].blocks[0]
    assert (block.target_words, block.temperature) == (28, 0.5)
    assert [event.message for event in events if event.name == "gauged"] == ["easy"]


def test_a_hard_question_reads_deeper_for_a_shorter_answer(make_context, events):
    def guess(request):
        return f"Guess {request.seed}" if "The shortest phrase" in request.messages[-1].content else ""

    plain = asking(make_context, ScriptedLM(guess))
    run_unkept(QUESTION, "answer", plain)
    hard = asking(make_context, ScriptedLM(guess), route="on")
    state = run_unkept(QUESTION, "answer", hard)
    assert hard.store.get_model(state["route_id"], Routed).route.label == "hard"
    targets = [event.numbers["target"] for event in events if event.name == "foraged"]
    assert targets[1] == pytest.approx(8 * targets[0], rel=0.01)
    assert hard.store.get_model(state["outline_id"], Outline).sections[0].blocks[0].target_words == 35


def test_a_budget_that_ends_while_gauging_leaves_a_plain_answer(make_context):
    spent = BudgetExceeded("max_tokens=9 would be broken", limit="max_tokens")
    context = asking(make_context, ScriptedLM(in_two_minds, errors={0: spent}), route="on")
    state = run_unkept(SUB_QUESTION, "answer", context)
    assert state["stops"] == ["max_tokens"]
    assert "route_id" not in state
    assert context.store.get_model(state["report_id"], Report).claims


def test_without_either_setting_nothing_is_asked_before_the_plan(make_context):
    writer = ScriptedLM(in_two_minds)
    state = run_unkept(SUB_QUESTION, "answer", asking(make_context, writer))
    assert writer.requests == ()
    assert not {"route_id", "pursuit_id"} & set(state)
