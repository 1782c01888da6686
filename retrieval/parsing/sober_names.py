"""Titles and headings that would steer a reader are no names: a document keeps its text, and loses them.

A title stands where nobody expects text of a document: in lists of sources, beside quotations, in prompts and in
memory. So one that gives an order, or brings an address or code, makes room for the file's name.
"""

from dataclasses import replace

from prompts.instructions import steers
from retrieval.parsing.outline import name_as_title
from retrieval.parsing.parsed import ParsedDocument
from retrieval.types import Section

_NAMELESS = "Untitled"


def with_sober_names(document: ParsedDocument, path: str) -> ParsedDocument:
    """The document with a title and headings that only name; what was left out is noted."""
    title = _sober_title(document.title, path)
    sections = tuple(_sober(section) for section in document.sections)
    if title == document.title and sections == document.sections:
        return document
    said = "a title or heading that reads as an order, an address or code is not used as a name"
    return replace(document, title=title, sections=sections, notes=(*document.notes, said))


def _sober_title(title: str, path: str) -> str:
    if not steers(title):
        return title
    name = name_as_title(path)
    return _NAMELESS if steers(name) else name


def _sober(section: Section) -> Section:
    path = tuple(heading for heading in section.heading_path if not steers(heading))
    return section if path == section.heading_path else section.model_copy(update={"heading_path": path})
