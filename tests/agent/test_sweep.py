from agent.sweep import specific_passages, specificity, sweep

TABLE = "| Year | Marks |\n|---|---|\n| 2016 | 400,000 |\n| 2017 | 310,000 |\n| 2018 | 95,000 |\n"
TALK = "The council spoke of the upkeep of the line at length, and of the view from the summit. " * 7
DOCUMENTS = {
    "upkeep.md": f"# Upkeep\n\n## Money for upkeep of the line\n\n{TALK}\n\n{TALK}\n\n{TABLE}\n\n## Weather\n\n"
    + "It rained in the valley and snowed above the tree line, and the birds were silent for days on end. " * 9,
    "birds.md": "# Birds\n\n## Song\n\nThe thrush sings at dawn and the wren at noon in the hedges.\n",
}


def test_specific_is_what_holds_figures_dates_and_quotations():
    assert specificity("The council talked about many things and left, as councils do, in good spirits.") == 0.0
    quoted = "The council talked, and the clerk said “we never saw the bill for the springs” before it left."
    assert 0 < specificity(quoted) < specificity(TABLE) == 1.0


def test_the_sweep_puts_the_section_that_is_asked_for_first(make_affair):
    place = make_affair(DOCUMENTS)
    sections = sweep("upkeep of the line", place.searcher, doc_ids=None)
    assert sections[0].doc_id == "upkeep.md"
    assert sections[0].heading_path[-1] == "Money for upkeep of the line"
    assert [section.score for section in sections] == sorted((section.score for section in sections), reverse=True)


def test_within_a_section_the_table_is_read_before_the_talk(make_affair):
    place = make_affair(DOCUMENTS)
    ranked = [
        (passage, relevance)
        for passage, relevance in specific_passages(
            "upkeep of the line", place.searcher, place.corpus, doc_ids=["upkeep.md"]
        )
        if passage.heading_path[-1] == "Money for upkeep of the line"
    ]
    assert all(0.0 <= relevance <= 1.0 for _, relevance in ranked)
    assert "400,000" in ranked[0][0].text
