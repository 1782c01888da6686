import pytest

from agent.dependencies import one_after_another, require_told_in_order, told_before, with_dependencies
from agent.errors import PlanBroken
from agent.types import AtomicBlock, Outline, SectionPlan


def section(i, title, *, n=1, slot="", kind="section", depends_on=()):
    blocks = tuple(
        AtomicBlock(id=f"s{i:02d}b{j:02d}", question=f"{title} {j}?", target_words=80, depends_on=depends_on)
        for j in range(1, n + 1)
    )
    return SectionPlan(id=f"s{i:02d}", title=title, blocks=blocks, slot=slot, kind=kind)


def outline(*sections, narrative=""):
    return Outline(title="The cableway", sections=sections, origin="rules", reason="", narrative=narrative)


def dependencies(found):
    return {block.id: block.depends_on for part in found.sections for block in part.blocks}


def test_a_slot_waits_for_those_that_its_schema_tells_before_it():
    # prompts/schemas/event-reconstruction.toml: moment first, signs before course, course before toll and aftermath.
    found = with_dependencies(
        outline(
            section(1, "The moment", slot="moment"),
            section(2, "Signs", slot="signs", n=2),
            section(3, "Course", slot="course"),
            section(4, "Aftermath", slot="aftermath"),
            narrative="event-reconstruction",
        )
    )
    told = dependencies(found)
    assert told["s01b01"] == ()
    assert told["s02b01"] == told["s02b02"] == ("s01b01",)
    assert told["s03b01"] == ("s02b01", "s02b02")
    assert told["s04b01"][-1:] == ("s03b01",)
    require_told_in_order(found)


def test_what_follows_from_other_dependencies_is_not_said_again():
    found = with_dependencies(
        outline(
            section(1, "The moment", slot="moment"),
            section(2, "Signs", slot="signs"),
            section(3, "Course", slot="course"),
            narrative="event-reconstruction",
        )
    )
    assert dependencies(found)["s03b01"] == ("s02b01",)


def test_an_order_that_breaks_a_rule_makes_no_dependency_on_what_comes_later():
    found = with_dependencies(
        outline(
            section(1, "Course", slot="course"), section(2, "Signs", slot="signs"), narrative="event-reconstruction"
        )
    )
    assert dependencies(found) == {"s01b01": (), "s02b01": ()}


@pytest.mark.parametrize("title", ["Reforms", "The verdict", "Lessons learned", "Recommendations", "Aftermath"])
def test_what_judges_waits_for_what_it_judges(title):
    found = with_dependencies(outline(section(1, "Causes"), section(2, "Money"), section(3, title)))
    assert dependencies(found)["s03b01"] == ("s01b01", "s02b01")


def test_other_sections_wait_for_none():
    found = with_dependencies(outline(section(1, "Causes"), section(2, "Land reforms of the north in the 1920s: why")))
    assert set(dependencies(found).values()) == {()}


def test_a_conclusion_waits_for_all_that_no_section_builds_on():
    found = with_dependencies(
        outline(
            section(0, "Introduction", kind="introduction"),
            section(1, "Causes"),
            section(2, "Money"),
            section(3, "Reforms"),
            section(4, "Climate"),
            section(99, "Conclusion", kind="conclusion"),
        )
    )
    told = dependencies(found)
    assert told["s99b01"] == ("s03b01", "s04b01")
    assert told["s00b01"] == ()


def test_what_a_plan_says_of_its_blocks_is_not_added_to():
    found = with_dependencies(
        outline(section(1, "Causes"), section(2, "Money", depends_on=("s01b01",)), section(3, "Reforms"))
    )
    assert dependencies(found) == {"s01b01": (), "s02b01": ("s01b01",), "s03b01": ()}


def test_what_is_told_in_time_depends_on_what_is_told_before_it():
    told = one_after_another(outline(section(1, "First"), section(2, "Second"), section(3, "Third")))
    assert dependencies(told) == {"s01b01": (), "s02b01": ("s01b01",), "s03b01": ("s02b01",)}


@pytest.mark.parametrize("depends_on", [("s02b01",), ("s09b01",), ("s01b01",)])
def test_a_block_that_comes_before_what_it_builds_on_is_a_bug(depends_on):
    with pytest.raises(PlanBroken) as broken:
        require_told_in_order(outline(section(1, "Causes", depends_on=depends_on), section(2, "Money")))
    assert broken.value.exit_code == 6
    assert "block s01b01 depends on" in str(broken.value)


def test_a_writer_hears_headings_and_questions_of_the_last_told():
    parts = [section(i, f"Part {i}") for i in range(1, 7)]
    last = section(7, "Reforms", depends_on=tuple(f"s{i:02d}b01" for i in range(1, 7)))
    told = told_before(outline(*parts, last), "s07b01")
    assert told == tuple(f"“Part {i}”: Part {i} 1?" for i in range(3, 7))
    assert told_before(outline(*parts, last), "s01b01") == ()
