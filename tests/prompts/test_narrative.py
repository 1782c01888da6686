import hashlib
import itertools
from pathlib import Path

import pytest

from prompts.narrative import (
    OrderRule,
    SchemaBroken,
    load_schema,
    load_schemas,
    read_schema,
    schema_digests,
    schema_faults,
    schema_names,
)

GOOD = """
code = "TEST"
name = "A test"
when = "Something is to be tried, and nobody minds how it ends."
tension = "doubt"
resolution = "proof"
order = ["claim first", "doubt before proof", "claim next to doubt", "proof last"]

[signals]
examples = ["Try this"]

[opening]
move = "Begin with the claim."
question = "What is claimed"

[ending]
move = "End with the proof."
question = "What is proven"

[[slots]]
key = "claim"
title = "The claim"
purpose = "Says what is claimed."
questions = ["What is claimed of {topic}?"]
evidence = "claims"
share = 0.4
required = true

[[slots]]
key = "doubt"
title = "The doubt"
purpose = "Says what speaks against it."
questions = ["Who doubts {topic}?"]
evidence = "doubts"
share = 0.2

[[slots]]
key = "proof"
title = "The proof"
purpose = "Says what was proven."
questions = ["What is proven of {topic}?"]
evidence = "proofs"
share = 0.4
"""
WANTED = {
    "event-reconstruction", "company-deep-dive", "comparison", "technology-explainer", "policy-brief", "post-mortem",
    "trend", "profile", "literature-review", "decision-memo",
}  # fmt: skip


def test_the_schemas_that_come_with_the_program_are_sound():
    schemas = load_schemas()
    assert set(schemas) >= WANTED
    assert {name: schema_faults(schema) for name, schema in schemas.items() if schema_faults(schema)} == {}
    assert len({schema.code for schema in schemas.values()}) == len(schemas)
    forms = [form for schema in schemas.values() for form in schema.signals.forms]
    assert len(forms) == len(set(forms))


@pytest.mark.parametrize("name", schema_names())
def test_no_rule_is_broken_by_leaving_slots_out(name):
    schema = load_schema(name)
    keys = [slot.key for slot in schema.slots]
    for n in range(1, len(keys) + 1):
        for kept in itertools.combinations(keys, n):
            assert [str(rule) for rule in schema.order if not rule.holds(kept)] == []


@pytest.mark.parametrize("name", schema_names())
def test_each_schema_has_rules_a_middle_and_questions_of_its_own(name):
    schema = load_schema(name)
    questions = [question for slot in schema.slots for question in slot.questions]
    assert len(schema.slots) >= 5
    assert len(schema.order) >= 3
    assert len(questions) == len(set(questions))
    assert all(not {"{", "}"} & set(question) for slot in schema.slots for question in slot.asked_of("the rope"))


def test_a_good_file_is_read():
    schema = read_schema(GOOD, "test.toml")
    assert [str(rule) for rule in schema.order] == [
        "claim first", "doubt before proof", "claim next to doubt", "proof last"
    ]  # fmt: skip
    assert schema.slot("doubt").asked_of("the rope") == ("Who doubts the rope?",)
    with pytest.raises(KeyError):
        schema.slot("nothing")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("share = 0.2", "share = 0.3", "the shares of the slots sum to 1.1 and not to 1"),
        ('"claim first"', '"claim second"', "'claim second' is no rule of order"),
        ('"claim first"', '"clam first"', "the rule “clam first” names clam, which is no slot; slots are claim, doubt"),
        ('"claim first"', '"doubt first"', "the order of the slots breaks the rule “doubt first”"),
        ('"claim next to doubt"', '"claim next to proof"', "breaks the rule “claim next to proof”"),
        ('"doubt before proof"', '"doubt before doubt"', "names one slot twice"),
        ('tension = "doubt"', 'tension = "dout"', "tension names the slot dout, which is not there"),
        ('tension = "doubt"', 'tension = "proof"', "the tension proof must come before the resolution proof"),
        ('key = "doubt"', 'key = "claim"', "two slots have the key claim"),
        ('title = "The doubt"', 'title = "The claim"', "two slots have the title 'the claim'"),
        ("required = true", "required = false", "no slot is required"),
        ("Who doubts {topic}?", "Who doubts it?", "must hold {topic} once"),
        ("share = 0.2", "share = 0.2\nweight = 3", "slots.1.weight: Extra inputs are not permitted"),
        ('evidence = "doubts"', "", "slots.1.evidence: Field required"),
        ('evidence = "claims"', 'evidence = "claims"\nholds = ["smells"]', "slots.0.holds.0"),
        ('code = "TEST"', "code = TEST", "test.toml is not valid TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_name(old, new, fault):
    with pytest.raises(SchemaBroken, match=r"^test\.toml") as broken:
        read_schema(GOOD.replace(old, new, 1), "test.toml")
    assert fault in str(broken.value)


@pytest.mark.parametrize(
    ("rule", "order", "is_kept"),
    [
        ("a first", "abc", True), ("b first", "abc", False), ("c last", "abc", True), ("a last", "abc", False),
        ("a before c", "abc", True), ("c before a", "abc", False), ("b next to a", "abc", True),
        ("a next to c", "abc", False), ("a next to c", "ac", True), ("d first", "abc", True),
        ("a before d", "abc", True),
    ],
)  # fmt: skip
def test_rules_hold_among_the_slots_that_are_there(rule, order, is_kept):
    assert OrderRule.read(rule).holds(order) is is_kept


def test_a_name_that_is_none_has_no_schema():
    with pytest.raises(KeyError):
        load_schema("epic")


def test_digests_are_of_each_schemas_file():
    folder = Path(__file__).parents[2] / "prompts" / "schemas"
    expected = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.toml")}
    assert schema_digests() == expected
