import io
import zipfile

import docx as python_docx
import pytest
from pypdf import PdfReader, PdfWriter

from retrieval.errors import SourceUnreadable
from retrieval.parsing import docx, pdf
from tests.retrieval.parsing.samples import make_pdf


def saved(word):
    stream = io.BytesIO()
    word.save(stream)
    return stream.getvalue()


def test_a_pdf_keeps_its_pages_apart():
    parsed = pdf.parse(make_pdf(["First page here.", "Second page here."]), "a.pdf")
    assert parsed.text == "First page here.\n\nSecond page here."
    assert parsed.page_starts == (0, 18)
    assert parsed.title == "A"  # a first line that ends in a full stop is no title


def test_a_sentence_over_a_page_break_runs_on_and_broken_words_are_mended():
    parsed = pdf.parse(make_pdf(["The infor-\nmation was well-\nknown and the well-known", "tide rose."]), "a.pdf")
    assert parsed.text == "The information was well-known and the well-known\ntide rose."


def test_the_title_in_the_metadata_wins_unless_it_is_junk():
    for title, expected in [
        ("A Study of Gates", "A Study of Gates"),
        ("Microsoft Word - x.doc", "Heading Line"),
    ]:
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(["Heading Line\nThe text."]))))
        writer.add_metadata({"/Title": title})
        stream = io.BytesIO()
        writer.write(stream)
        assert pdf.parse(stream.getvalue(), "a.pdf").title == expected


def test_an_encrypted_pdf_says_so():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(["secret"]))))
    writer.encrypt("password", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    with pytest.raises(SourceUnreadable, match="encrypted") as caught:
        pdf.parse(stream.getvalue(), "a.pdf")
    assert "password" in caught.value.hint


def test_a_pdf_that_opens_without_a_password_is_read():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(["open"]))))
    writer.encrypt("", owner_password="owner", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    assert pdf.parse(stream.getvalue(), "a.pdf").text == "open"


def test_a_page_that_cannot_be_read_is_left_out_and_noted():
    whole = make_pdf(["First page.", "BREAKHERE", "Third page."])
    broken = whole.replace(b"(BREAKHERE) Tj", b"(BREAKHERE Tj T")
    parsed = pdf.parse(broken, "a.pdf")
    assert "First page." in parsed.text
    assert "Third page." in parsed.text
    assert len(parsed.page_starts) == 3
    assert parsed.notes == ("1 of 3 pages could not be read: [2]",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"%PDF-1.4\n" + b"garbage " * 100, "damaged PDF"),
        (b"hello, I am no PDF", "not a PDF"),
        (make_pdf(["text"])[:200], "damaged PDF"),
        (make_pdf([""]), "no text layer"),
    ],
)
def test_pdfs_that_cannot_be_read_say_why(raw, reason):
    with pytest.raises(SourceUnreadable, match=reason):
        pdf.parse(raw, "a.pdf")


def test_word_headings_lists_and_tables_come_in_reading_order():
    word = python_docx.Document()
    word.core_properties.title = "Core Title"
    word.add_heading("The Title", 0)
    word.add_heading("One", 1)
    word.add_paragraph("A paragraph.")
    word.add_paragraph("first", style="List Bullet")
    word.add_paragraph("second", style="List Bullet")
    table = word.add_table(2, 2)
    for i, cell in enumerate(table._cells):
        cell.text = f"c{i}"
    word.add_heading("Two", 2)
    word.add_paragraph("The end.")
    parsed = docx.parse(saved(word), "a.docx")
    assert parsed.title == "Core Title"
    assert parsed.text == "The Title\n\nOne\n\nA paragraph.\n\n- first\n- second\n\nc0 | c1\nc2 | c3\n\nTwo\n\nThe end."
    assert [(section.heading_path, parsed.text[section.start :][:5]) for section in parsed.sections] == [
        ((), "The T"),
        (("One",), "One\n\n"),
        (("One", "Two"), "Two\n\n"),
    ]


def test_tracked_insertions_are_read_and_deletions_are_not():
    word = python_docx.Document()
    paragraph = word.add_paragraph("Kept")
    xml = paragraph._p
    for tag, text_tag, text in [("w:ins", "w:t", " inserted"), ("w:del", "w:delText", " deleted")]:
        change = xml.makeelement(python_docx.oxml.ns.qn(tag), {})
        run = xml.makeelement(python_docx.oxml.ns.qn("w:r"), {})
        words = xml.makeelement(python_docx.oxml.ns.qn(text_tag), {})
        words.text = text
        run.append(words)
        change.append(run)
        xml.append(change)
    assert docx.parse(saved(word), "a.docx").text == "Kept inserted"


def test_a_word_document_without_a_title_takes_the_first_heading():
    word = python_docx.Document()
    word.core_properties.title = ""
    word.add_heading("Only Heading", 1)
    assert docx.parse(saved(word), "a.docx").title == "Only Heading"


def test_a_decompression_bomb_is_refused_before_it_is_unpacked():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\x00" * (50 << 20))
    with pytest.raises(SourceUnreadable, match="decompression bomb"):
        docx.parse(stream.getvalue(), "a.docx")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"PK\x03\x04 truncated", "damaged Word document"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, r"old \.doc"),
    ],
)
def test_word_documents_that_cannot_be_read_say_why(raw, reason):
    with pytest.raises(SourceUnreadable, match=reason):
        docx.parse(raw, "a.docx")


def test_an_archive_that_is_no_word_document_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(SourceUnreadable, match="damaged Word document"):
        docx.parse(stream.getvalue(), "a.docx")


def test_a_word_document_without_text_is_refused():
    with pytest.raises(SourceUnreadable, match="no text"):
        docx.parse(saved(python_docx.Document()), "a.docx")
