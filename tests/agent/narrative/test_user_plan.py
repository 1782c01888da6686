import json

from agent.dependencies import one_after_another, with_dependencies
from agent.frame import body_words
from agent.narrative.plan_file import parse_plan, plan_toml
from agent.narrative.user_plan import outline_of_plan, plan_of
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
    behind = AtomicBlock(id="s01b02", question="Who knew?", queries=("e",), target_words=90, depends_on=("s01b01",))
    section = SectionPlan(id="s01", title='The "rope"', blocks=(block, behind))
    outline = Outline(title="T = #1", sections=(section,), origin="model", reason="two\nlines \x1b[1m", missing=("x",))
    for text in (plan_toml(plan_of(outline, brief(180))), plan_of(outline, brief(180)).model_dump_json()):
        assert same(outline_of_plan(parsed(text), brief(180)), outline)


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


def test_dependencies_follow_a_question_to_its_place_by_its_own_id_or_by_place():
    text = """
    [[sections]]
    title = "Causes"
    questions = [{id = "springs", question = "Who replaced the springs?"}, "Why did the grip slip?"]

    [[sections]]
    title = "Money"
    questions = [{question = "What did it cost?", depends_on = ["springs"]}]
    """
    outline = outline_of_plan(parsed(text), brief(600))
    assert outline.sections[1].blocks[0].depends_on == ("s01b01",)
    assert [asked.id for part in plan_of(outline, brief(600)).sections for asked in part.questions] == [
        "s01b01", "s01b02", "s02b01",
    ]  # fmt: skip


def chained():
    """As a planner by rule leaves clusters that are told in the order of time."""
    sections = [
        SectionPlan(
            id=f"s{i:02d}",
            title=f"The year {1990 + i}",
            blocks=(
                AtomicBlock(id=f"s{i:02d}b01", question=f"What was in {1990 + i}?", queries=("q",), target_words=90),
            ),
        )
        for i in (1, 2, 3)
    ]
    return one_after_another(Outline(title="T", sections=tuple(sections), origin="rules", reason=""))


def test_a_printed_plan_in_the_order_of_time_can_have_sections_taken_out_and_put_in():
    text = plan_toml(plan_of(chained(), brief(300)))
    assert 'order = "time"' in text
    assert "depends_on" not in text
    assert same(outline_of_plan(parsed(text), brief(300)), chained())
    parts = text.split("[[sections]]\n")
    without = outline_of_plan(parsed("[[sections]]\n".join([parts[0], parts[1], parts[3]])), brief(300))
    assert [block.depends_on for one in without.sections for block in one.blocks] == [(), ("s01b01",)]
    extra = 'title = "Before"\nquestions = [{question = "What was before?", words = 90}]\n\n'
    more = outline_of_plan(parsed("[[sections]]\n".join([parts[0], extra, *parts[1:]])), brief(390))
    assert [section.title for section in more.sections][:2] == ["Before", "The year 1991"]
    assert more.sections[3].blocks[0].depends_on == ("s03b01",)


def test_what_rules_find_again_stands_in_no_printed_plan():
    sections = tuple(
        SectionPlan(
            id=f"s0{i}", title=title, blocks=(AtomicBlock(id=f"s0{i}b01", question=f"{title}?", target_words=90),)
        )
        for i, title in enumerate(("Causes", "Reforms"), 1)
    )
    outline = with_dependencies(Outline(title="T", sections=sections, origin="rules", reason=""))
    assert outline.sections[1].blocks[0].depends_on == ("s01b01",)
    text = plan_toml(plan_of(outline, brief(300)))
    assert "depends_on" not in text
    assert "id =" not in text


def test_a_question_without_an_id_is_called_by_its_place_unless_another_is_called_so():
    text = """
    [[sections]]
    title = "Causes"
    questions = [
        "Why did it tear?", {id = "s01b01", question = "Who knew?"}, {question = "What then?", depends_on = ["s01b01"]}
    ]
    """
    outline = outline_of_plan(parsed(text), brief(600))
    assert [block.depends_on for block in outline.sections[0].blocks] == [(), (), ("s01b02",)]
