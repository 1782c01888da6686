"""A report's own files: one for each format, with one stem, written so that a failure of one costs no other.

Knows formats and paths. Must not know runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from agent.diary import Diary
from agent.render_html import render_html
from agent.render_markdown import render_markdown
from agent.settings import Format
from agent.types import Report
from lm.files import write_bytes_atomically

STEM = "report"


@dataclass(frozen=True)
class Written:
    """The files, and remarks on what one of them could not show."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def write_files(
    report: Report,
    formats: Sequence[Format],
    folder: Path,
    *,
    created: datetime,
    stem: str = STEM,
    diary: Diary | None = None,
) -> Written:
    """Write the report in each format, the plainest first.

    Args:
        report: What they show.
        formats: Which; their order does not matter.
        folder: Where; it must be there.
        created: When the run began, which is the time that files carry: the same run gives the same bytes.
        stem: Of their names.
        diary: How was read, for the page.

    Raises:
        OSError: a file cannot be written, the first one's; every other format was tried first, and older files are
            untouched.
        ReportBroken: the report contradicts itself; nothing is written.
    """
    files: list[Path] = []
    remarks: list[str] = []
    failures: list[OSError] = []
    for name in (name for name in get_args(Format) if name in formats):
        path = folder / f"{stem}.{name}"
        content, remark = _rendered(report, name, created, diary)
        remarks += [remark] if remark else []
        try:
            write_bytes_atomically(path, content)
            files.append(path)
        except OSError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return Written(tuple(files), tuple(remarks))


def _rendered(report: Report, name: Format, created: datetime, diary: Diary | None) -> tuple[bytes, str]:
    """The file's content, and what must be said of it."""
    if name == "md":
        return render_markdown(report).encode(), ""
    if name == "html":
        return render_html(report, diary=diary).encode(), ""
    # Only who writes on paper waits for these libraries.
    from agent.export.content import paper_of

    paper = paper_of(report, created=created)
    if name == "docx":
        from agent.export.docx_file import docx_of

        return docx_of(paper), ""
    from agent.export.pdf_file import pdf_of

    made = pdf_of(paper)
    return made.content, made.remark
