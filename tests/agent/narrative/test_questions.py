import numpy as np
import pytest

from agent.brief import preview
from agent.frame import body_words
from agent.narrative.evidence import FilledSlot, Lookup
from agent.narrative.fit import named_fit, topic_phrase
from agent.narrative.plan import schema_outline
from agent.narrative.questions import section_questions
from agent.plan import MAX_TITLE_LIKENESS
from tests.agent.narrative.scripted import outline_by

TOPIC = "Ostrava Vale lighthouse"
FLAT = " ".join(
    [
        "The Ostrava Vale lighthouse was built in 1907 by Karel Dvorsky on the rock of Tern Head.",
        "Its lamp came from the works of Brandt and Lowe, and was lit by Agnes Moll in May 1908.",
        "In 1923 the Harbour Board raised the tower by 9 metres, at a cost of 41,000 crowns.",
        "The keeper Emil Rask lived in the house of Skerry Point until 1951 with his daughter Tove Rask.",
        "Storms of 1932 broke the wall at Gull Steps, and the Coast Office had it mended by Nils Aker.",
        "Since 1974 the lighthouse has been run by machines, which the firm Sundberg Optics delivered.",
        "The council of Marl Bay bought the house in 1988 and opened a museum there under Ida Ferrant.",
        "In 2004 the museum had 18,000 visitors, and the Lantern Society gave it the first lamp.",
        "What it is known for is the red light that ships of the Northern Line see from 22 miles.",
        "Today the Vale Trust plans to open the gallery, for which the bank of Hale lends 2 million crowns.",
    ]
)


@pytest.fixture
def lighthouse(make_affair):
    sentences = FLAT.split(". ")
    return make_affair({f"part{i}.md": "# The lighthouse\n\n" + f"{text}. " * 4 for i, text in enumerate(sentences)})


def blocks_of(outline):
    return [block for section in outline.sections for block in section.blocks]


def outline(place, words, name="profile"):
    brief = preview(TOPIC, words=words, default_words=800, documents=[])
    return schema_outline(brief, named_fit(name, TOPIC), Lookup(place.searcher, place.embedder))


@pytest.mark.parametrize("name", ["profile", "trend", "event-reconstruction"])
def test_further_blocks_of_a_flat_text_ask_no_question_twice(lighthouse, name):
    found = outline(lighthouse, 1_600, name)
    asked = [block.question for block in blocks_of(found)]
    assert len(set(asked)) == len(asked)
    for section in found.sections:
        vectors = lighthouse.embedder.encode([block.question for block in section.blocks])
        alike = np.tril(vectors @ vectors.T, k=-1)
        assert float(alike.max(initial=0.0)) <= MAX_TITLE_LIKENESS


@pytest.mark.parametrize("words", [400, 1_600, 4_000])
def test_the_lengths_add_up_whatever_is_left_to_ask(lighthouse, words):
    found = outline(lighthouse, words)
    assert sum(block.target_words for block in blocks_of(found)) == pytest.approx(body_words(words), rel=0.02)


def test_a_text_of_few_parts_has_fewer_longer_blocks(lighthouse):
    blocks = blocks_of(outline(lighthouse, 6_000))
    assert len(outline(lighthouse, 6_000).sections) < len(blocks) < 6_000 / 105
    assert max(block.target_words for block in blocks) > 200


def test_every_search_of_a_block_names_the_topic(lighthouse):
    for block in blocks_of(outline(lighthouse, 2_000)):
        assert all(TOPIC in query for query in block.queries)
        assert block.question in block.queries[0]


def test_each_kind_of_evidence_is_needed_by_one_block_of_its_section(affair):
    found = outline_by(affair, words=2_500)
    for section in found.sections:
        needs = [need for block in section.blocks for need in block.needs]
        assert len(needs) == len(set(needs))
    (signs,) = [section for section in found.sections if section.slot == "signs"]
    assert {"warnings", "inspections", "letters"} <= {need for block in signs.blocks for need in block.needs}


def test_a_section_with_room_for_one_block_asks_its_slots_question(affair):
    fit = named_fit("event-reconstruction", TOPIC)
    lookup = Lookup(affair.searcher, affair.embedder)
    topic = topic_phrase(
        preview("The failure of the Brenholt cableway", words=800, default_words=800, documents=[]), ""
    )
    slot = fit.schema.slot("course")
    entry = FilledSlot(slot, slot.title, lookup.evidence(slot, slot.asked_of(topic)))
    ((only,),) = section_questions([entry], [1], topic, affair.embedder)
    assert only.question == entry.evidence.questions[0]
    assert only.needs == entry.slot.needs
