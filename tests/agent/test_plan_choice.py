import json

import pytest

from agent.align import align
from agent.brief import preview
from agent.plan_choice import make_plan
from agent.settings import WriteSettings
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC
from tests.agent.test_plan import GOOD

PLAIN_TOPIC = "The failure of the Brenholt cableway"


def planned(affair, topic, planner, writer, *, early_alignment="on"):
    brief = preview(topic, words=400, default_words=1200, documents=[])
    found = align(topic, affair.searcher, affair.embedder, k=20)
    return make_plan(
        brief,
        found.hits,
        settings=WriteSettings(planner=planner, seed=1, early_alignment=early_alignment),
        writer=writer,
        corpus=affair.corpus,
        searcher=affair.searcher,
        embedder=affair.embedder,
    )


def test_a_topic_that_lists_its_parts_costs_no_call(affair):
    writer = ScriptedLM([])
    outline, stops = planned(affair, TOPIC, "auto", writer)
    assert (outline.origin, stops, writer.requests) == ("rules", [], ())


def test_the_model_plans_such_a_topic_when_it_is_told_to(affair):
    outline, _ = planned(affair, TOPIC, "model", ScriptedLM([json.dumps(GOOD)]))
    assert outline.origin == "model"


def test_a_topic_without_parts_is_planned_by_the_model(affair):
    outline, _ = planned(affair, PLAIN_TOPIC, "auto", ScriptedLM([json.dumps(GOOD)]))
    assert outline.origin == "model"


def test_the_model_sees_the_first_retrieval_or_by_a_switch_does_not(affair):
    shown = {}
    for switch in ("on", "off"):
        writer = ScriptedLM([json.dumps(GOOD)])
        planned(affair, PLAIN_TOPIC, "auto", writer, early_alignment=switch)
        shown[switch] = writer.requests[0].messages[-1].content
    assert "springs" in shown["on"]
    assert "springs" not in shown["off"]


@pytest.mark.parametrize(("planner", "reason"), [("auto", "the model gave no plan"), ("rules", "")])
def test_clusters_plan_where_the_model_does_not(affair, planner, reason):
    outline, _ = planned(affair, PLAIN_TOPIC, planner, ScriptedLM(lambda request: "No."))
    assert outline.origin == "rules"
    assert "clusters" in outline.reason
    assert reason in outline.reason
