"""Papers as PDF, opened again with pypdf."""

import io
import re
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from agent.export.pdf_file import pdf_of
from tests.agent.export.papers import BEGAN, HOSTILE, paper, sample_paper
from tests.agent.sample_report import one_sentence_report, sample_report, with_text_everywhere


def opened(found):
    return PdfReader(io.BytesIO(pdf_of(found).content))


@pytest.fixture(scope="module")
def sample():
    return opened(sample_paper())


def text_of(reader):
    return squeezed(" ".join(page.extract_text() for page in reader.pages))


def squeezed(text):
    """Without white space: where a line breaks is no part of a text."""
    return re.sub(r"\s+", "", text)


def links_of(reader):
    """For each link its page, and the page and the height that it leads to."""
    numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages)}
    found = []
    for at, page in enumerate(reader.pages):
        for annotation in page.get("/Annots", []):
            target = annotation.get_object()["/Dest"]
            found.append((at, numbers[target[0].idnum], float(target[3])))
    return found


def left_ends(page):
    """Where each piece of text of a page begins."""
    found = []
    page.extract_text(visitor_text=lambda text, cm, tm, font, size: found.append(tm[4]))
    return found


def outline_of(items, level=1):
    for item in items:
        if isinstance(item, list):
            yield from outline_of(item, level + 1)
        else:
            yield level, item.title


def test_every_sentence_and_every_quotation_can_be_read(sample):
    report = sample_report()
    text = text_of(sample)
    shown = [claim for claim in report.claims if claim.action != "dropped"]
    for claim in shown:
        assert text.count(squeezed(claim.sentence)) >= 2, claim.sentence  # in the text, and in the appendix
        assert squeezed(f"(Support {claim.support:.2f}; {claim.action}") in text
    for evidence in report.evidence:
        assert squeezed(evidence.quote) in text


def test_the_outline_has_every_chapter_and_the_contents_name_their_pages(sample):
    reader = sample
    chapters = [chapter.text for chapter in sample_paper().chapters]
    assert [title for level, title in outline_of(reader.outline) if level == 1] == chapters
    front = reader.pages[0].extract_text()
    chapters_of = [item for item in reader.outline if not isinstance(item, list)]
    numbers = {item.title: reader.get_destination_page_number(item) + 1 for item in chapters_of}
    for chapter in chapters:
        assert re.search(rf"{re.escape(chapter)}\s*{numbers[chapter]}\b", front), chapter


def test_a_heading_of_two_lines_keeps_the_space_between_them_in_the_outline():
    title = "What the inspectors of the Orme cableway were told, and what they wrote, " * 2
    first, *others = sample_report().sections
    reader = opened(sample_paper(sections=(first.model_copy(update={"title": title.strip()}), *others)))
    assert title.strip() in [item for _, item in outline_of(reader.outline)]


def test_every_citation_links_to_its_source_and_every_source_back(sample):
    found, reader = sample_paper(), sample
    links = links_of(reader)
    n_runs = sum(bool(run.to) for part in found.parts if hasattr(part, "runs") for run in part.runs)
    assert len(links) >= n_runs + len(found.chapters)
    # The top of the first page is where links led that nothing was found for.
    top = float(reader.pages[0].mediabox.height)
    assert not [link for link in links if link[1] == 0 and link[2] >= top - 1]


def test_the_file_says_what_it_is(sample):
    reader = sample
    assert reader.metadata.title == "Five winters of seawater heat in Halvorsund"
    assert reader.metadata.creation_date == BEGAN
    assert reader.root_object["/Lang"] == "en"
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"]
    n = len(reader.pages)
    assert all(f"{number} / {n}" in page.extract_text() for number, page in enumerate(reader.pages, start=1))
    assert sum(len(page.images) for page in reader.pages) == 1


def test_the_same_run_gives_the_same_bytes_whatever_the_clock_says():
    first = pdf_of(sample_paper()).content
    time.sleep(1.1)
    assert pdf_of(sample_paper()).content == first
    other = replace(sample_paper(), created=datetime(2027, 1, 1, tzinfo=UTC))
    assert pdf_of(other).content != first


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_neither_breaks_the_file_nor_leaves_the_page(text):
    reader = opened(paper(with_text_everywhere(text.replace("\ud800", ""))))
    for page in reader.pages:
        right = float(page.mediabox.width)
        assert all(0 <= x <= right for x in left_ends(page))
    assert "Fivewinters" not in text_of(reader)


def test_greek_cyrillic_and_accents_need_no_stand_in():
    made = pdf_of(paper(one_sentence_report("Żółć, Ωμέγα ἀρχή, Привет, Ðð Łł ĀāĘę ş.", "Ёжик в тумане.")))
    assert made.remark == ""
    assert "Żółć,Ωμέγαἀρχή,Привет,ÐðŁłĀāĘęş." in text_of(PdfReader(io.BytesIO(made.content)))


def test_a_character_that_the_typeface_lacks_is_seen_as_a_box_and_told():
    made = pdf_of(paper(one_sentence_report("The sign 漢字 stood there.", "漢")))
    text = text_of(PdfReader(io.BytesIO(made.content)))
    assert "Thesign□□stoodthere." in text
    # The sentence twice, the quotation in the references and in the appendix.
    assert made.remark.startswith("In the PDF 6 characters that its typeface lacks stand as □ (U+6F22, U+5B57)")
    assert squeezed(made.remark) in text


def test_right_to_left_text_is_shown_from_right_to_left():
    reader = opened(paper(one_sentence_report("She wrote שלום there.", "q")))
    # pypdf turns such words round: so they were drawn in the order of seeing.
    assert "שלום" in text_of(reader)


def test_text_that_looks_like_a_page_count_stays_text():
    assert "{nb}" in text_of(opened(paper(one_sentence_report("A {nb} b.", "q"))))
