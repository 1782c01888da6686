import json

import pytest

from agent.errors import UsageProblem
from agent.frame import body_words
from agent.narrative.user_plan import outline_of_plan, parse_plan, plan_of, plan_toml, read_plan
from agent.types import AtomicBlock, Outline, SectionPlan
from tests.agent.narrative.scripted import brief, outline_by

PLAIN = """
[[sections]]
title = "Causes"
questions = ["Why did the grip slip?", "Who replaced the springs?"]

[[sections]]
title = "Money"
questions = ["Where did the money go?"]
"""


def parsed(text):
    return parse_plan(text, "plan.toml")


def same(left, right):
    """Whether two outlines lead to the same report: all but who made them and why."""
    changes = {"origin": "user", "reason": ""}
    return left.model_copy(update=changes) == right.model_copy(update=changes)


def test_a_mark_of_byte_order_before_a_plan_is_no_part_of_it(tmp_path):
    for name, text in (("p.json", '{"sections": [{"title": "One", "questions": ["Why?"]}]}'),
                       ("p.toml", '[[sections]]\ntitle = "One"\nquestions = ["Why?"]')):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        assert [section.title for section in read_plan(tmp_path / name).sections] == ["One"]


def test_a_plan_as_it_was_printed_gives_the_same_outline(affair):
    outline, asked = outline_by(affair, words=1_500), brief(1_500)
    plan = plan_of(outline, asked)
    for text in (json.dumps(plan.model_dump(mode="json")), plan_toml(plan)):
        again = outline_of_plan(parsed(text), asked)
        assert same(again, outline)
        assert (again.origin, again.reason) == ("user", "the user's plan")


def test_whatever_a_block_holds_survives_the_way_through_a_file():
    block = AtomicBlock(
        id="s01b01", question='"Why" did\tit\nstop?\x7f\\', needs=("a",), queries=("b", "c d"), target_words=90,
        facets=("Area", "Coastline"), subject_ids=("night.md",),
    )  # fmt: skip
    section = SectionPlan(id="s01", title='The "rope"', blocks=(block,))
    outline = Outline(title="T = #1", sections=(section,), origin="model", reason="two\nlines \x1b[1m", missing=("x",))
    for text in (plan_toml(plan_of(outline, brief(90))), plan_of(outline, brief(90)).model_dump_json()):
        assert same(outline_of_plan(parsed(text), brief(90)), outline)


def test_bare_questions_share_the_body():
    outline = outline_of_plan(parsed(PLAIN), brief(600))
    body = body_words(600)
    assert [[block.target_words for block in section.blocks] for section in outline.sections] == [
        [round(body / 3)] * 2, [round(body / 3)],
    ]  # fmt: skip
    first = outline.sections[0].blocks[0]
    assert first.queries == ("Why did the grip slip?", "Causes The failure of the Brenholt cableway")
    assert [block.id for section in outline.sections for block in section.blocks] == ["s01b01", "s01b02", "s02b01"]


def test_a_sections_length_is_shared_by_its_questions_and_makes_the_reports():
    text = PLAIN.replace('title = "Causes"', 'title = "Causes"\nwords = 151').replace('"Money"', '"Money"\nwords = 100')
    plan = parsed(text)
    assert plan.report_words == 251
    lengths = [[b.target_words for b in s.blocks] for s in outline_of_plan(plan, brief(251)).sections]
    assert lengths == [[76, 75], [100]]
    assert parsed(text.replace("151", "700")).report_words == round(800 / 0.86)
    assert parsed("words = 300\n" + text).report_words == 300
    assert parsed(PLAIN).report_words is None


def test_a_schema_that_the_plan_breaks_is_told_of_and_the_plan_is_followed():
    text = 'narrative = "event-reconstruction"\n' + PLAIN.replace('"Money"', '"Money"\nslot = "aftermath"')
    outline = outline_of_plan(parsed(text), brief())
    assert len(outline.sections) == 2
    assert outline.reason.startswith(
        "the user's plan; not met of the schema event-reconstruction: “Causes” fills no slot"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "plan.toml: it has no sections"),
        ("sections = []", "plan.toml: it has no sections"),
        ('{"sections": [}', "plan.toml is neither JSON nor TOML"),
        ("sections", "plan.toml is neither JSON nor TOML"),
        ("tpic = 'x'" + PLAIN, "tpic: unknown key; did you mean topic? allowed are topic, words, title"),
        (PLAIN.replace('title = "Money"', 'titel = "Money"'), "sections 2, titel: unknown key; did you mean title?"),
        (PLAIN.replace('title = "Money"', ""), "sections 2, title: Field required"),
        (PLAIN.replace('["Where did the money go?"]', "[]"), "sections 2, questions: a section must ask at"),
        (PLAIN.replace('["Where did the money go?"]', '["?"]'), "sections 2, questions 1, question: String"),
        (PLAIN.replace('["Where did the money go?"]', '[{question = "Where?", word = 9}]'),
         "sections 2, questions 1, word: unknown key; did you mean words? allowed are question, words"),
        (PLAIN.replace("Money", "causes"), "the title “causes” stands there twice"),
        (PLAIN.replace("Where did the money go?", "Why  did the grip slip?"), "the question “Why  did the grip slip?”"),
        ("words = 20" + PLAIN, "words: Input should be greater than or equal to 50"),
        (PLAIN.replace('"Money"', '"Money"\nwords = 90'), "“Causes” has no length while others have"),
        (PLAIN.replace('["Where did the money go?"]', '[{question = "Where?", words = 90}, "To whom?"]'),
         "section 2 (“Money”): give words to each of its questions, or to none"),
        (PLAIN.replace('["Where did the money go?"]', '[{question = "Where?", words = 90}]\nwords = 80'),
         "section 2 (“Money”) has 80 words and its questions have 90; leave one of them out"),
        ("words = 100" + PLAIN.replace("title", "words = 100\ntitle"),
         "its sections have 200 words, and a report of 100 words has 100 for them"),
        (PLAIN.replace("title", "words = 6000\ntitle"), "it makes a report of 13,953 words, which is not between"),
        (PLAIN.replace("title", "words = 21\ntitle"), "it makes a report of 42 words, which is not between"),
        ('narrative = "epic"' + PLAIN, "narrative: there is no schema 'epic'; allowed are company-deep-dive"),
        ('narrative = "trends"' + PLAIN, "did you mean trend?"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_followed_says_what_is_wrong_and_where(text, fault):
    with pytest.raises(UsageProblem) as problem:
        parsed(text)
    assert str(problem.value).startswith("plan.toml")
    assert fault in str(problem.value)
    assert "--plan-only --json" in problem.value.hint


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UsageProblem, match=r"nowhere\.toml cannot be read: No such file"):
        read_plan(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes("title = 'é'".encode("latin-1"))
    with pytest.raises(UsageProblem, match="it is no UTF-8"):
        read_plan(tmp_path / "latin.toml")
