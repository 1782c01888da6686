import pytest

from agent.brief import preview
from agent.plan import PlanSize, plan_size
from agent.plan_aspects import aspect_outline, aspects_of
from tests.agent.affair import TOPIC


def outlined(place, topic, size=None, words=400):
    brief = preview(topic, words=words, default_words=1200, documents=[])
    return aspect_outline(brief, place.searcher, embedder=place.embedder, size=size or plan_size(words))


@pytest.mark.parametrize(
    ("topic", "head", "aspects"),
    [
        ("The barrage: causes, warnings and money", "The barrage", ["causes", "warnings", "money"]),
        ("The barrage: its causes; the warnings; money", "The barrage", ["causes", "warnings", "money"]),
        ("Write a report on the barrage including causes, money, and law", "the barrage", ["causes", "money", "law"]),
        ("The barrage: causes and money", "The barrage: causes and money", []),
        ("How the barrage failed", "How the barrage failed", []),
        (
            "A: b, c and a very long aspect of six or more words",
            "A: b, c and a very long aspect of six or more words",
            [],
        ),
    ],
)
def test_three_aspects_or_more_make_a_list(topic, head, aspects):
    assert aspects_of(topic) == (head, aspects)


def test_each_aspect_becomes_a_section_in_the_order_of_the_topic(affair):
    outline = outlined(affair, TOPIC, PlanSize(4, 1, 86))
    titles = [section.title for section in outline.sections]
    assert titles == ["Technical causes", "Ignored warnings", "Money", "Reforms"]
    assert {block.target_words for section in outline.sections for block in section.blocks} == {86}
    assert "4 aspects, and the corpus has evidence on 4" in outline.reason


def test_more_room_than_aspects_adds_the_background(affair):
    outline = outlined(affair, TOPIC, PlanSize(6, 1, 86))
    assert outline.sections[0].title == "Background: the failure of the Brenholt cableway"
    assert "evidence on 4" in outline.reason


def test_a_topic_without_aspects_has_no_such_outline(affair):
    assert outlined(affair, "The failure of the Brenholt cableway") is None


def test_aspects_that_the_corpus_lacks_make_no_outline(affair):
    assert outlined(affair, "Glaciology: moraines, permafrost and firn") is None


def test_a_question_asks_for_its_aspect_of_the_head(affair):
    outline = outlined(affair, TOPIC, PlanSize(4, 1, 86))
    assert outline.sections[2].blocks[0].question == "Money of the failure of the Brenholt cableway"
