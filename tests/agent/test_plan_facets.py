import pytest

from agent.brief import preview
from agent.plan import plan_size
from agent.plan_facets import chosen_facets, facet_outline, shared_facets, theme_of
from agent.types import Brief

HEADINGS = ["Population", "Birth rate", "Unemployment rate", "Coastline", "Railways", "Airports"]
ALL = ("orland.md", "vesk.md", "tamir.md")
TOPIC = "Compare Orland and Vesk with regard to birth rate and railways"


def brief(place, topic=TOPIC, words=300):
    return preview(topic, words=words, default_words=1200, documents=place.corpus.documents())


def outlined(place, topic=TOPIC, words=300):
    return facet_outline(brief(place, topic, words), place.corpus, embedder=place.embedder, size=plan_size(words))


def test_shared_headings_are_leaves_in_document_order(profiles):
    facets = shared_facets(profiles.corpus, ALL)
    assert [facet.leaf for facet in facets] == HEADINGS
    assert facets[0].path == ("People and Society", "Population")
    assert facets[1].snippet == "39.2 births/1,000 population (2024 est.)"


def test_stating_a_facet_takes_the_words_of_its_statements_for_each_document(profiles):
    coastline = next(f for f in shared_facets(profiles.corpus, ALL) if f.leaf == "Coastline")
    assert coastline.words == 3 * 5  # "Orland’s coastline is 310 km.", three times


def test_a_heading_under_which_nothing_can_be_quoted_is_no_facet(make_affair):
    sheet = "# {}\n\n## Area\n\n{} sq km\n\n## Goods\n\nsteel, wool of 3 kinds, ropes\n"
    place = make_affair({f"{name}.md": sheet.format(name, n) for n, name in ((310, "Orland"), (420, "Vesk"))})
    assert [facet.leaf for facet in shared_facets(place.corpus, ("Orland.md", "Vesk.md"))] == ["Area"]


def test_a_heading_of_one_document_alone_is_no_facet(profiles):
    assert not any("Remarks" in facet.leaf for facet in shared_facets(profiles.corpus, ALL))


def test_the_theme_is_the_topic_without_names_and_comparing_words(profiles):
    assert theme_of(brief(profiles), ["Orland", "Vesk"]) == "birth rate railways"


def test_a_topic_of_names_alone_has_no_theme_and_short_titles_are_names():
    titles = ["PEP 526 – Syntax for Variable Annotations", "PEP 484 – Type Hints"]
    assert theme_of(Brief(topic="Compare PEP 526 and PEP 484", words=200), titles) == ""
    assert theme_of(Brief(topic="PEP 5260 and PEP 484", words=200), titles) == "PEP 5260"


def test_the_facets_nearest_to_the_theme_are_chosen_in_document_order(profiles):
    facets = shared_facets(profiles.corpus, ALL)
    chosen, vectors = chosen_facets(facets, "railways birth rate", words=40, embedder=profiles.embedder)
    assert [facet.leaf for facet in chosen] == ["Birth rate", "Railways"]
    assert len(vectors) == 2


def test_a_topic_that_names_profiles_is_planned_by_their_headings(profiles):
    outline = outlined(profiles)
    facets = [facet for section in outline.sections for block in section.blocks for facet in block.facets]
    assert {"Birth rate", "Railways"} <= set(facets)
    assert len(facets) == len(set(facets))
    assert {block.subject_ids for section in outline.sections for block in section.blocks} == {("orland.md", "vesk.md")}
    assert outline.reason == "the topic names 2 documents that share 6 headings"


def test_the_words_of_the_body_are_shared_out(profiles):
    outline = outlined(profiles, words=800)
    total = sum(block.target_words for section in outline.sections for block in section.blocks)
    assert total == pytest.approx(0.86 * 800, rel=0.15)


def test_a_topic_that_names_no_document_is_not_planned_so(profiles):
    assert outlined(profiles, "Birth rates and railways of the world") is None


def test_documents_that_share_too_few_headings_are_not_compared(affair):
    assert outlined(affair, "Compare Sourdough and Payments with regard to marks") is None
