"""Papers as DOCX, opened again with python-docx."""

import io
import time
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from agent.export.docx_file import docx_of
from agent.export.paper import writable
from tests.agent.export.papers import BEGAN, HOSTILE, paper, sample_paper
from tests.agent.sample_report import one_sentence_report, sample_report, with_text_everywhere


def opened(found):
    return Document(io.BytesIO(docx_of(found)))


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs]


def headings(document, level):
    return [p.text for p in document.paragraphs if p.style.name == f"Heading {level}"]


def test_every_sentence_stands_in_the_text_and_in_the_appendix_with_its_support():
    lines = texts(opened(sample_paper()))
    for claim in sample_report().claims:
        if claim.action != "dropped":
            assert sum(claim.sentence in line for line in lines) >= 2, claim.sentence
            assert any(f"{claim.sentence} (Support {claim.support:.2f}; {claim.action}" in line for line in lines)
    for evidence in sample_report().evidence:
        assert any(line.startswith(f"[{evidence.number}] ") and evidence.quote in line for line in lines)


def test_headings_are_real_ones():
    document = opened(sample_paper())
    assert headings(document, 1) == [chapter.text for chapter in sample_paper().chapters]
    assert headings(document, 2)[:2] == ["1  Introduction", "2  What the heat pumps deliver"]
    assert document.paragraphs[0].style.name == "Title"


@pytest.mark.parametrize("text", ["plain", *HOSTILE])
def test_every_link_leads_to_one_bookmark(text):
    body = opened(paper(with_text_everywhere(text.replace("\ud800", "")))).element.body
    names = [mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))]
    ids = [mark.get(qn("w:id")) for mark in body.iter(qn("w:bookmarkStart"))]
    assert len(set(names)) == len(names) and len(set(ids)) == len(ids)
    assert ids == [mark.get(qn("w:id")) for mark in body.iter(qn("w:bookmarkEnd"))]
    links = [link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))]
    assert links and set(links) <= set(names)
    assert all(len(name) <= 40 and name.replace("_", "").isalnum() for name in names)


def test_every_citation_is_a_link_to_its_source():
    (cited,) = [
        p for p in opened(sample_paper()).paragraphs if p.text.startswith("The network supplies three quarters")
    ]
    assert [(link.text, link.fragment) for link in cited.hyperlinks] == [
        (f"[{n}]", f"reference_{n}") for n in (1, 2, 7, 8)
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    spoiled = with_text_everywhere(text.replace("\ud800", ""))
    document = opened(paper(spoiled))
    shown = writable(spoiled.title)
    assert document.paragraphs[0].text == shown
    assert document.core_properties.title == shown[:255]


def test_the_file_says_what_it_is():
    properties = opened(sample_paper()).core_properties
    assert properties.title == "Five winters of seawater heat in Halvorsund"
    assert properties.created.replace(tzinfo=None) == BEGAN.replace(tzinfo=None)
    assert (properties.author, properties.language, properties.comments) == ("Wellread", "en", "")
    assert properties.identifier == sample_report().run_id


def test_pages_are_numbered_and_the_picture_is_told_in_words():
    document = opened(sample_paper())
    fields = document.sections[0].footer.paragraphs[0]._p.iter(qn("w:fldSimple"))
    assert [field.get(qn("w:instr")) for field in fields] == ["PAGE", "NUMPAGES"]
    (shape,) = document.inline_shapes
    assert shape._inline.docPr.get("descr").startswith("Support of the 17 cited sentences")


def test_figures_are_a_table():
    (table,) = opened(sample_paper()).tables
    assert [cell.text for cell in table.rows[0].cells] == ["Words", "338"]


def test_the_same_run_gives_the_same_bytes_whatever_the_clock_says():
    first = docx_of(sample_paper())
    time.sleep(2.1)  # the zip format counts in steps of two seconds
    assert docx_of(sample_paper()) == first


def test_every_part_of_the_archive_is_well_formed():
    with zipfile.ZipFile(io.BytesIO(docx_of(sample_paper()))) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))


def test_characters_of_every_script_are_kept():
    lines = texts(opened(paper(one_sentence_report("漢字 שלום \U0001f600 Ωμέγα.", "مرحبا"))))
    assert any("漢字 שלום \U0001f600 Ωμέγα." in line for line in lines)
    assert any("“مرحبا”" in line for line in lines)
