"""The three ways of one report, over the affair with scripted models, and the table."""

import pytest

from agent.render_markdown import render_markdown
from benchmarks.pair_report import ARMS, Arm, Asked, Counting, facts_of, table
from evals.items import Item
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, JsonSchema, Message
from tests.agent.sample_report import sample_report


def asked(kind, text="Say it."):
    schema = JsonSchema(name=kind, schema_text="{}") if kind else None
    return ChatRequest(messages=(Message(role="user", content=text),), max_tokens=20, json_schema=schema)


def test_calls_are_counted_by_what_they_ask_for():
    model = Counting(ScriptedLM(lambda request: "yes"))
    for kind in ("paragraph", "paragraph", None):
        model.chat(asked(kind))
    assert {kind: one.calls for kind, one in model.by_kind.items()} == {"paragraph": 2, "text": 1}
    one = model.chat(asked("plan")).usage
    assert model.by_kind["plan"].prompt_tokens == one.prompt_tokens
    assert model.by_kind["plan"].completion_tokens == one.completion_tokens


def arm(way, **asked_of):
    return Arm(
        way=way,
        run="r",
        asked=asked_of,
        wall_seconds=12.3,
        claims={"kept": 3, "quoted": 1},
        words=300,
        citations=4,
        condensed={},
        failed_notes=0,
        facts={"n": 8.0, "coverage": 0.25} if way == "pair" else {},
    )


def test_the_table_tells_drafts_from_all_calls_and_the_writer_from_the_helper():
    writer = {"paragraph": Asked(2, 1000, 200, 5.0), "plan": Asked(1, 500, 50, 2.0)}
    rows = table(
        [arm("without", writer=writer), arm("pair", writer=writer, helper={"pair_read": Asked(9, 4000, 300, 9.0)})]
    )
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows.splitlines()]
    assert cells[2] == ["without", "1,000", "1,500 + 250", "0 + 0", "7", "12", "3 kept, 1 quoted", "300", "–"]
    assert cells[3][3:5] == ["4,000 + 300", "16"]
    assert cells[3][-1] == "0.25 of 8"


def test_a_topic_without_gold_facts_has_none_looked_up():
    assert facts_of(Item(id="a", text="A topic"), sample_report()) == {}
    assert render_markdown(sample_report())


@pytest.mark.parametrize("way", ARMS)
def test_every_way_is_a_setting_of_compress(way):
    assert all(key.startswith("compress.") for key in ARMS[way])
