import pytest

from agent.frame import closing_sentences, framed, listed, opening_sentences
from agent.types import AtomicBlock, Brief, Outline, SectionPlan


@pytest.mark.parametrize(("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed(names, text):
    assert listed(names) == text


def test_the_opening_names_topic_leading_sources_and_course():
    sources = ["Minutes", "Audit: the whole truth", "Minutes", "Memo"]
    assert opening_sentences("Write a report on the rope", ["Causes", "Costs", "Reforms"], sources) == [
        "The subject of this report is “The rope”.",
        "The sources it leans on most are “Minutes”, “Audit” and “Memo”.",
        "It begins with “Causes” and ends with “Reforms”.",
    ]


def planned(words, topic="The rope"):
    sections = tuple(
        SectionPlan(id=f"s0{n}", title=title, blocks=(AtomicBlock(id=f"s0{n}b01", question="?", target_words=100),))
        for n, title in enumerate(("Causes", "Reforms"), start=1)
    )
    outline = Outline(title="The rope", sections=sections, origin="rules", reason="")
    return framed(outline, Brief(topic=topic, words=words))


def test_what_the_introduction_says_of_the_report_is_part_of_its_length():
    frame = sum(len(s.split()) for s in opening_sentences("The rope", ["Causes", "Reforms"], ()))
    (block,) = planned(1_000).sections[0].blocks
    assert block.target_words + frame == 80  # 8 % of the report


def test_an_introduction_without_room_for_a_sentence_of_evidence_has_its_frame_alone():
    introduction, *_, conclusion = planned(300).sections
    assert (introduction.kind, introduction.blocks) == ("introduction", ())
    assert [block.target_words for block in conclusion.blocks] == [18]
    assert planned(400).sections[0].blocks
    assert not planned(400, topic="The rope of the cableway and all that came of it").sections[0].blocks


def test_the_opening_carries_no_figure_but_those_of_the_topic():
    opening = opening_sentences("The rope in 2019", ["Costs of 2018", "Reforms"], ["Minutes of 2018", "Memo"])
    assert opening == ["The subject of this report is “The rope in 2019”."]


def test_a_single_section_and_a_single_source_need_no_words():
    assert opening_sentences("The rope", ["Causes"], ["Memo"]) == ["The subject of this report is “The rope”."]


def test_the_close_names_the_sections_that_found_little():
    (thin,) = closing_sentences(["Costs", "Reforms"])
    assert thin.startswith("Least was found on “Costs” and “Reforms”")
    assert closing_sentences([]) == []
