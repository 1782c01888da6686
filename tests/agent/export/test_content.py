"""What a report on paper consists of."""

from itertools import pairwise

import pytest

from agent.errors import ReportBroken
from agent.export.paper import Heading, Paragraph, Picture, Table, writable
from lm.spending import RoleSpend, Spend
from tests.agent.export.papers import HOSTILE, paper, sample_paper
from tests.agent.sample_report import one_sentence_report, sample_report, with_text_everywhere


def text_of(part):
    return "".join(run.text for run in part.runs)


def paragraphs(found, kind):
    return [part for part in found.parts if isinstance(part, Paragraph) and part.kind == kind]


def test_the_chapters_are_the_sections_and_what_stands_behind_them():
    titles = [section.title for section in sample_report().sections]
    behind = ["Figures of the run", "References", "Sentence by sentence"]
    assert [chapter.text for chapter in sample_paper().chapters] == [*titles, *behind]


def test_what_the_corpus_does_not_say_is_a_chapter_of_its_own_where_there_is_something():
    found = sample_paper(unsaid=("No sentence was found for “x”.",))
    assert "What the corpus does not say" in [chapter.text for chapter in found.chapters]
    assert [text_of(part) for part in paragraphs(found, "item")] == ["No sentence was found for “x”."]


def test_contradictions_are_a_list():
    report = sample_report()
    section = report.sections[1].model_copy(update={"kind": "disagreements"})
    found = paper(report.model_copy(update={"sections": (report.sections[0], section, *report.sections[2:])}))
    assert len(paragraphs(found, "item")) == len(section.paragraphs)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_link_leads_to_one_anchor(text):
    found = paper(with_text_everywhere(text.replace("\ud800", "")))
    anchors = found.anchors()
    assert len(set(anchors)) == len(anchors)
    runs = [run for part in found.parts if isinstance(part, Paragraph) for run in part.runs]
    assert {run.to for run in runs if run.to} <= set(anchors)


def test_each_sentence_stands_in_the_appendix_with_support_fate_and_its_quotations():
    report, found = sample_report(), sample_paper()
    entries = paragraphs(found, "entry")
    assert len(entries) == 17
    assert text_of(entries[2]) == f"2.1  {report.claims[2].sentence} (Support 0.98; kept)"
    revised = next(text_of(entry) for entry in entries if "revised" in text_of(entry))
    assert "The first wording named a cause that its source does not state." in revised
    quotations = [text_of(part) for part in paragraphs(found, "quotation")]
    assert len(quotations) == sum(len(claim.citations) for claim in report.claims if claim.action != "dropped")
    assert quotations[0].startswith("[1] “Between November 2018 and March 2023")


def test_a_sentence_of_the_frame_has_no_support():
    (entry,) = paragraphs(paper(one_sentence_report("Words only.", "quote", citations=())), "entry")
    assert text_of(entry) == "1.1  Words only. (No source: it speaks of the report; kept)"


def test_a_reference_has_its_place_its_whole_quotation_and_who_cites_it():
    first = paragraphs(sample_paper(), "reference")[0]
    assert text_of(first).startswith("[1] Halvorsund Heat Network: Five-Year Operating Review, 3 Operation")
    assert "p. 14 (harbour/heat-network-2023.pdf, characters 1,237–1,476)" in text_of(first)
    assert sample_report().evidence[0].quote in text_of(first)
    assert text_of(first).endswith("Cited by sentence 1.1, 2.1, 2.2, 5.1.")


def test_figures_are_tables_and_the_support_of_sentences_is_a_picture_that_is_told_in_words():
    spend = Spend(by_role={"writer": RoleSpend(calls=2, prompt_tokens=900, completion_tokens=100)})
    found = sample_paper(figures=sample_report().figures.model_copy(update={"spend": spend}))
    figures, by_role = [part for part in found.parts if isinstance(part, Table)]
    assert ("Words", "338") in figures.rows and ("Mean support", "0.84") in figures.rows
    assert by_role.header[0] == "ROLE" and by_role.rows[0][0] == "writer"
    (picture,) = [part for part in found.parts if isinstance(part, Picture)]
    assert picture.caption.startswith("Support of the 17 cited sentences in reading order")
    assert "least 0.38 (sentence 4.5)" in picture.caption


def test_a_report_without_citations_has_no_picture():
    found = paper(one_sentence_report("Words only.", "quote", citations=()))
    assert not [part for part in found.parts if isinstance(part, Picture)]


def test_headings_never_skip_a_level():
    levels = [part.level for part in sample_paper().parts if isinstance(part, Heading)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_report_that_contradicts_itself_is_not_put_on_paper():
    with pytest.raises(ReportBroken):
        paper(one_sentence_report("The rope held for years.", "The rope held.", citations=(2,)))


def test_what_no_file_can_hold_becomes_visible():
    assert writable("a\x00b\ud800c\ufffed") == "a b\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d"
