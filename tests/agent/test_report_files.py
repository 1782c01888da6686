"""A report's own files: one stem, the plainest first, and no failure that costs another file."""

import errno
from datetime import UTC, datetime

import pytest

from agent import report_files
from agent.errors import ReportBroken
from agent.report_files import write_files
from tests.agent.sample_report import one_sentence_report, sample_report

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ALL = ("pdf", "docx", "html", "md")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_every_format_has_the_same_stem(tmp_path):
    written = write_files(sample_report(), ALL, tmp_path, created=BEGAN, stem="r1")
    assert [path.name for path in written.files] == ["r1.md", "r1.html", "r1.docx", "r1.pdf"]
    assert names(tmp_path) == ["r1.docx", "r1.html", "r1.md", "r1.pdf"]
    assert written.remarks == ()
    assert (tmp_path / "r1.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "r1.docx").read_bytes().startswith(b"PK")


def test_what_the_pdf_cannot_show_is_a_remark(tmp_path):
    written = write_files(one_sentence_report("漢字 stands here.", "q"), ("pdf",), tmp_path, created=BEGAN)
    assert "U+6F22" in written.remarks[0]


def test_a_file_that_cannot_be_written_costs_no_other(tmp_path):
    (tmp_path / "report.docx").mkdir()
    with pytest.raises(OSError) as caught:
        write_files(sample_report(), ALL, tmp_path, created=BEGAN)
    assert caught.value.errno == errno.EISDIR
    assert names(tmp_path) == ["report.docx", "report.html", "report.md", "report.pdf"]


def test_on_a_full_disk_the_older_files_stay(tmp_path, monkeypatch):
    write_files(sample_report(), ("md", "docx"), tmp_path, created=BEGAN)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(report_files, "write_bytes_atomically", full)
    with pytest.raises(OSError) as caught:
        write_files(one_sentence_report("Other.", "q"), ("md", "docx"), tmp_path, created=BEGAN)
    assert caught.value.filename.endswith("report.md")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_report_that_contradicts_itself_leaves_nothing(tmp_path):
    broken = one_sentence_report("The rope held for years.", "The rope held.", citations=(2,))
    with pytest.raises(ReportBroken):
        write_files(broken, ALL, tmp_path, created=BEGAN)
    assert names(tmp_path) == []
