"""Replies are read and never run, whatever stands in them."""

import sys
import time

import pytest

from agent.facts.parse import parse
from agent.facts.registry import Registry, call_of
from agent.facts.types import Entity, Event, Person, Quantity, Relation

REGISTRY = Registry()
GOOD = 'Entity(name="Orme")'


def codes(parsed):
    return [one.code for one in parsed.rejected]


def test_a_list_of_calls_becomes_facts():
    parsed = parse(
        """results = [
        Quantity(subject="Orland", measure="birth rate", value=39.20, unit="births", as_of=2024),
        Relation(head_entity=Person(name="Petra Fenn"), tail_entity=Person(name="Aldo Fenn"), trigger="sister of"),
        Event(trigger="vote", args={"who": [Person(name="Aldo Fenn")]}, time=None),
        ]""",
        REGISTRY,
    )
    petra, aldo = Person(name="Petra Fenn"), Person(name="Aldo Fenn")
    assert parsed.stated == (
        Quantity(subject="Orland", measure="birth rate", value="39.20", unit="births", as_of="2024"),
        Relation(head_entity=petra, tail_entity=aldo, trigger="sister of"),
        Event(trigger="vote", args={"who": [aldo]}),
    )
    assert (parsed.rejected, parsed.is_readable, parsed.is_cut_off) == ((), True, False)


@pytest.mark.parametrize(
    "reply",
    [
        f"[{GOOD}]",
        f"results = [{GOOD},]",
        f"```python\nresults = [{GOOD}]\n```\nThat is all there is.",
        f"Here are the facts:\n\nresults = [{GOOD}]\n\nI hope that this helps.",
        f"Answer: below\n[{GOOD}]",
        f"results = [\n    # the plateau, [not] the town\n    {GOOD}\n]",
    ],
)
def test_fences_prose_and_comments_around_a_list_do_no_harm(reply):
    parsed = parse(reply, REGISTRY)
    assert [call_of(one) for one in parsed.stated] == ["Entity(name='Orme')"]
    assert not parsed.rejected


@pytest.mark.parametrize(
    "cut", ['Entity(name="Hal', "Person(name='Aldo Fenn', ", "Person(", "Event(trigger='x', args={'a': ["]
)
def test_a_reply_that_was_cut_off_keeps_its_whole_calls_and_says_so(cut):
    parsed = parse(f"```python\nresults = [{GOOD}, {cut}", REGISTRY)
    assert parsed.stated == (Entity(name="Orme"),)
    assert parsed.is_cut_off
    assert not parsed.rejected


def hostile(sentinel):
    """What a model could write to have something run, each beside one good call."""
    touch = f"open({str(sentinel)!r}, 'w')"
    return {
        "import": f"__import__('os').system({f'touch {sentinel}'!r})",
        "builtin": touch,
        "attribute": f"Entity.__class__.__base__.__subclasses__()[0]({touch})",
        "argument": f"Entity(name={touch})",
        "method": f"Entity(name='x').model_copy(update={touch})",
        "comprehension": f"Entity(name='x') for _ in [{touch}]",
        "inner comprehension": f"Event(trigger='x', args={{'a': [{touch} for _ in 'x']}})",
        "lambda": f"Entity(name=(lambda: {touch})())",
        "walrus": f"Entity(name=(x := {touch}))",
        "f-string": f"Entity(name=f'{{{touch}}}')",
        "star": f"*[{touch}]",
        "star argument": f"Entity(*[{touch}])",
        "star keywords": f"Entity(**{{'name': {touch}}})",
        "dictionary star": f"Event(trigger='x', args={{**{touch}}})",
        "conditional": f"Entity(name='a' if {touch} else 'b')",
        "operator": f"Entity(name='a' % {touch})",
        "bytes": "Entity(name=b'x')",
        "subscript": f"Entity(name={touch}[0])",
        "await": f"await {touch}",
        "eval": f"eval({touch!r})",
        "string alone": f"{touch!r}",
    }


@pytest.mark.parametrize("kind", hostile("unused"))
def test_nothing_hostile_runs_and_the_calls_beside_it_stand(tmp_path, kind):
    sentinel = tmp_path / "sentinel"
    parsed = parse(f"results = [{GOOD}, {hostile(sentinel)[kind]}]", REGISTRY)
    assert not sentinel.exists()
    assert parsed.stated == (Entity(name="Orme"),)
    assert len(parsed.rejected) == 1
    assert set(codes(parsed)) <= {"not_a_call", "unknown_type", "bad_argument", "not_literal", "syntax"}
    assert parsed.rejected[0].reason


@pytest.mark.parametrize(
    "reply",
    [
        "import os\nresults = [{good}]",
        "results = [{good}]\nopen({path!r}, 'w')",
        "def f():\n    open({path!r}, 'w')\nf()\nresults = [{good}]",
        "```python\nfrom os import system\nresults = [{good}, {good}",
        "class Entity:\n    pass\nresults = [{good}]",
    ],
)
def test_statements_beside_the_list_refuse_the_whole_reply(tmp_path, reply):
    path = tmp_path / "sentinel"
    parsed = parse(reply.format(good=GOOD, path=str(path)), REGISTRY)
    assert (parsed.stated, codes(parsed), parsed.is_readable) == ((), ["foreign_code"], False)
    assert not path.exists()


@pytest.mark.parametrize(
    "reply", ["", "I found nothing.", "results = None", "results = Entity(name='x')", "{'a': 1}", "\0"]
)
def test_a_reply_without_a_list_is_unreadable(reply):
    parsed = parse(reply, REGISTRY)
    assert (codes(parsed), parsed.is_readable) == (["no_list"], False)


def test_a_date_that_is_left_blank_is_none():
    parsed = parse("[Quantity(subject='a', measure='b', value=1, as_of=''), Event(trigger='c', time=' ')]", REGISTRY)
    assert (parsed.stated[0].as_of, parsed.stated[1].time, parsed.rejected) == (None, None, ())


def test_an_empty_list_is_an_answer():
    parsed = parse("results = []", REGISTRY)
    assert (parsed.stated, parsed.rejected, parsed.is_readable, parsed.is_cut_off) == ((), (), True, False)


BOMBS = {
    "brackets": "[" * 5_000 + "]" * 5_000,
    "calls": "Event(trigger='x', args={'a': [" * 60 + "]})" * 60,
    "signs": f"Quantity(subject='a', measure='b', value={'-' * 3_000}1)",
    "nots": f"Entity(name={'not ' * 900}1)",
    "sum": f"Entity(name={'1+' * 1_900}1)",
    "attributes": f"a{'.b' * 1_900}()",
    "digits": f"Quantity(subject='a', measure='b', value={'9' * 3_900})",
    "power": "Quantity(subject='a', measure='b', value=9**9**9**9)",
    "exponent": "Quantity(subject='a', measure='b', value=1e999999999)",
    "large exponent": "Quantity(subject='a', measure='b', value=1e300)",
    "not a number": "Quantity(subject='a', measure='b', value='nan')",
    "name": f"Entity(name='{'x' * 3_000}')",
    "long": f"Entity(name='{'x' * 30_000}')",
    "quotes": "Entity(name=" + '"""' * 1_001 + ")",
    "surrogate": "Entity(name='a', \ud800)",
    "null": "Entity(name='a\0')",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_neither_hangs_nor_breaks_the_reader(kind):
    began = time.process_time()
    limit = sys.getrecursionlimit()
    parsed = parse(f"results = [{GOOD}, {BOMBS[kind]}]", REGISTRY)
    assert parsed.stated == (Entity(name="Orme"),)
    assert parsed.rejected or parsed.is_cut_off
    assert sys.getrecursionlimit() == limit
    assert time.process_time() - began < 2.0


def test_a_reply_without_end_is_refused_whole():
    parsed = parse("results = [" + f"{GOOD}, " * 10_000, REGISTRY)
    assert (parsed.stated, codes(parsed)) == ((), ["too_large"])


def test_calls_behind_the_limit_are_counted_in_one_refusal():
    parsed = parse(f"[{f'{GOOD}, ' * 205}]", REGISTRY)
    assert len(parsed.stated) == 200
    assert [(one.code, one.reason) for one in parsed.rejected] == [("too_many", "5 calls behind the first 200")]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("Relation(head_entity=Quantity(subject='a', measure='b', value=1), tail_entity=Place(name='x'), trigger='y')",
         "wrong_type"),
        ("Relation(head_entity=Event(trigger='a'), tail_entity=Entity(name='x'), trigger='of')", "wrong_type"),
        ("Relation(head_entity='Aldo Fenn', tail_entity=Entity(name='x'), trigger='of')", "wrong_type"),
        ("Event(trigger='a', args={'who': [Relation()]})", "wrong_type"),
        ("Event(trigger='a', args={'who': [{'type': 'Person', 'name': 'x'}]})", "bad_argument"),
        ("Quantity(subject='a', measure='b', value='many')", "wrong_type"),
        ("Quantity(subject='a', measure='b', value='5 to 6')", "wrong_type"),
        ("Quantity(subject='a', measure='b', value=True)", "wrong_type"),
        ("Quantity(subject='a', measure='b', value=0x10)", "not_literal"),
        ("Quantity(subject='a', measure='b')", "wrong_type"),
        ("Entity('Orme')", "bad_argument"),
        ("Entity(name='a', name='b')", "bad_argument"),
        ("Entity(name='a', span=1)", "bad_argument"),
        ("Entity(name='')", "wrong_type"),
        ("Ship(name='a')", "unknown_type"),
        ("FactType()", "unknown_type"),
    ],
)  # fmt: skip
def test_what_the_hints_do_not_allow_is_refused_with_its_reason(call, code):
    parsed = parse(f"[{call}, {GOOD}]", REGISTRY)
    assert codes(parsed) == [code]
    assert parsed.rejected[0].reason
    assert parsed.stated == (Entity(name="Orme"),)


@pytest.mark.parametrize(
    ("written", "value"),
    [("1_765", "1765"), ("'1,765'", "1765"), ("'1.6 million'", "1600000"), ("-19", "-19"), ("3.10", "3.10")],
)
def test_numbers_keep_what_was_written(written, value):
    (quantity,) = parse(f"[Quantity(subject='a', measure='b', value={written})]", REGISTRY).stated
    assert str(quantity.value) == value
