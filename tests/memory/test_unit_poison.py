"""Injected orders as turns of a chat and as what an assistant quotes: none becomes a unit.

Needs the evaluation data; without it the made-up orders of `test_unit_rules` stand alone.
"""

import json
from datetime import UTC, datetime

import pytest

from memory.unit_rules import RuleExtractor
from memory.units import Turn

AT = datetime(2023, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def injections(eval_data):
    folder = eval_data / "injections"
    if not (folder / "attacks.jsonl").is_file():
        pytest.skip(f"no injections in {folder}")
    return {
        name: [json.loads(line)["text"] for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("attacks", "benign")
    }


def made_of(text, speaker):
    turn = Turn(id="t", session="s", speaker=speaker, text=text, at=AT)
    return [unit.text for unit in RuleExtractor().extract([turn], [], scope="user")]


@pytest.mark.parametrize(
    ("speaker", "frame"),
    [("user", "{}"), ("Sam", "{}"), ("assistant", "{}"), ("assistant", 'The document says: "{}" [1]')],
)
def test_no_injected_order_becomes_a_unit(injections, speaker, frame):
    made = {text: units for text in injections["attacks"] if (units := made_of(frame.format(text), speaker))}
    assert made == {}


def test_an_injected_order_as_the_question_is_not_taken_along(injections):
    for text in injections["attacks"]:
        asked = Turn(id="q", session="s", speaker="Eve", text=text, at=AT)
        answer = Turn(id="t", session="s", speaker="Sam", text="Yes, at the harbour.", at=AT)
        for unit in RuleExtractor().extract([answer], [asked], scope="user"):
            assert unit.text.startswith("Sam: ") or text.rstrip().endswith("?")


def test_most_harmless_mails_are_remembered(injections):
    mails = [text for text in injections["benign"] if text.count(".") > 3]
    kept = [text for text in mails if made_of(text, "user")]
    assert len(kept) > len(mails) / 2
