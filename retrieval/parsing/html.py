"""HTML: what a reader sees, block by block; tables as rows ``cell | cell``."""

import re
from collections import Counter
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from retrieval.errors import SourceUnreadable
from retrieval.parsing.outline import Heading, plain_heading, sections_of, title_of
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.text import decode, storable

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
# By an element's own style; what a style sheet hides, or paints in the colour of its ground, is not seen here.
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|"
    r"(?:opacity|font-size)\s*:\s*0*(?:\.0+)?(?:[a-z]{1,3}|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\n\r\f]+")
# Parsing takes time that grows with the square of the depth: three seconds at 40,000. Pages nest a few hundred deep.
_MAX_DEPTH = 5_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s<>/]*)[^<>]*")


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_UNREAD = _tags("""
    script style noscript template nav svg iframe object embed canvas audio video head select button datalist
    dialog input textarea -comment !doctype
""")
_PARAGRAPHS = _tags("""
    p div section article main aside header footer blockquote figure figcaption table ul ol dl pre form
    fieldset details address hr h1 h2 h3 h4 h5 h6 body html
""")
_LINES = _tags("br li tr dt dd caption summary option legend thead tbody tfoot")
_HEADINGS = _tags("h1 h2 h3 h4 h5 h6")
# Their end is left out without more depth, or they have no content.
_UNNESTED = _tags("""
    p li dt dd tr td th thead tbody tfoot caption option optgroup colgroup rt rp html head body
    area base br col embed hr img input link meta param source track wbr
""")


def parse(raw: bytes, path: str) -> ParsedDocument:
    """An HTML file as one document; ``<title>`` wins over the first heading.

    Raises:
        SourceUnreadable: no text that a reader would see, or nested too deeply.
    """
    markup, notes = decode(raw, _declared_encoding(raw))
    _check_depth(markup)
    tree = _tree(markup)
    page = _read(tree)
    text = "".join(page.parts)
    if not text.strip():
        raise SourceUnreadable("the page holds no text", hint="Save the page as its reader sees it, scripts run.")
    title_node = tree.css_first("title")
    title = plain_heading(storable(title_node.text())) if title_node is not None else ""
    return ParsedDocument(
        title=title or title_of(page.headings, text, path),
        text=text,
        media_type="text/html",
        sections=sections_of(page.headings, len(text)),
        notes=notes,
    )


def _tree(markup: str) -> LexborHTMLParser:
    try:
        return LexborHTMLParser(markup)
    except SelectolaxError as error:  # it takes any bytes for HTML, so nothing but memory can be wanting
        raise MemoryError from error


def _check_depth(markup: str) -> None:
    """Refuse what would take the parser minutes, by counting tags that are opened and not closed."""
    if markup.count("<") <= _MAX_DEPTH:
        return
    depth = 0
    open_tags: Counter[str] = Counter()
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        # `<path/>` closes itself in a drawing; `<div/>` does not, whatever its author meant.
        if name in _UNNESTED or (match[0].endswith("/") and name not in _PARAGRAPHS):
            continue
        if not match[1]:
            open_tags[name] += 1
            depth += 1
        elif open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
        if depth > _MAX_DEPTH:
            reason = f"elements are nested more than {_MAX_DEPTH:,} deep: {name!r} is opened and not closed"
            raise SourceUnreadable(reason, hint="Repair the page, or save its text.")


def _declared_encoding(raw: bytes) -> str:
    found = _CHARSET.search(raw[:4096])
    name = found.group(1).decode("ascii").lower() if found else ""
    # As browsers read it: pages that claim Latin-1 or ASCII are in Windows' superset of them.
    return "cp1252" if name in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii") else name


@dataclass(slots=True)
class _Page:
    """The text written so far. A break waits until the next text is written, so breaks do not pile up."""

    parts: list[str] = field(default_factory=list)
    n_chars: int = 0
    headings: list[Heading] = field(default_factory=list)
    heading_start: int | None = None
    newlines: int = 0
    has_space: bool = True
    cells: list[str] | None = None
    cell: list[str] | None = None
    pre_depth: int = 0

    def break_line(self, newlines: int) -> None:
        if self.cell is not None:
            self.cell.append(" ")
        elif self.parts:
            self.newlines = max(self.newlines, newlines)

    def write(self, text: str) -> None:
        if self.cell is not None:
            self.cell.append(text)
            return
        if not self.pre_depth:
            text = _SPACES.sub(" ", text)
            if (self.has_space or self.newlines) and text[:1] == " ":
                text = text[1:]
        if not text:
            return
        if self.newlines:
            self._append("\n" * self.newlines)
            self.newlines = 0
        self._append(text)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.n_chars += len(text)
        self.has_space = text[-1] in " \n"

    def close_row(self) -> None:
        cells, self.cells = self.cells or [], None
        if any(cells):
            self.write(" | ".join(cells))
        self.break_line(1)

    def open_heading(self) -> None:
        if self.cell is None:
            if self.newlines:
                self._append("\n" * self.newlines)
                self.newlines = 0
            self.heading_start = self.n_chars

    def close_heading(self, level: int) -> None:
        start, self.heading_start = self.heading_start, None
        if start is not None and self.n_chars > start:
            self.headings.append(Heading(level, plain_heading(self._since(start)), start))

    def _since(self, start: int) -> str:
        pieces: list[str] = []
        end = self.n_chars
        for part in reversed(self.parts):
            if end <= start:
                break
            pieces.append(part)
            end -= len(part)
        return "".join(reversed(pieces))


def _read(tree: LexborHTMLParser) -> _Page:
    page = _Page()
    layout_tables = _layout_tables(tree)
    stack: list[tuple[LexborNode, bool]] = [(tree.root, False)] if tree.root is not None else []
    while stack:  # no recursion: pages nest deeper than Python's stack
        node, is_left = stack.pop()
        if is_left:
            _leave(node, page, layout_tables)
        elif node.tag == "-text":
            page.write(storable(node.text_content or ""))  # here, since headings are found again by their place
        elif not _is_unseen(node):
            _enter(node, page, layout_tables)
            stack.append((node, True))
            children = []
            child = node.child
            while child is not None:
                children.append((child, False))
                child = child.next
            stack.extend(reversed(children))
    return page


def _layout_tables(tree: LexborHTMLParser) -> set[int]:
    """Tables that hold tables or headings are scaffolding: their cells are blocks, not columns."""
    found: set[int] = set()
    for node in tree.css("table table, table h1, table h2, table h3, table h4, table ul, table pre"):
        above = node.parent
        while above is not None and above.mem_id not in found:
            if above.tag == "table":
                found.add(above.mem_id)
            above = above.parent
    return found


def _is_unseen(node: LexborNode) -> bool:
    tag = node.tag or ""
    if tag in _UNREAD:
        return True
    attributes = node.attributes
    if not attributes:
        return False
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") == "navigation"
        or bool(_HIDING_STYLE.search(attributes.get("style") or ""))
    )


def _enter(node: LexborNode, page: _Page, layout_tables: set[int]) -> None:
    tag = node.tag or ""
    if tag in _PARAGRAPHS:
        page.break_line(2)
    elif tag in _LINES:
        page.break_line(1)
    if tag in _HEADINGS:
        page.open_heading()
    elif tag == "pre":
        page.pre_depth += 1
    elif tag == "li":
        page.write("- ")
    elif tag == "tr" and page.cell is None and not _in_layout_table(node, layout_tables):
        page.cells = []
    elif tag in ("td", "th"):
        if page.cells is None:
            page.break_line(2)
        elif page.cell is None:
            page.cell = []


def _leave(node: LexborNode, page: _Page, layout_tables: set[int]) -> None:
    tag = node.tag or ""
    if tag in _HEADINGS:
        page.close_heading(int(tag[1]))
    elif tag == "pre":
        page.pre_depth -= 1
    elif tag in ("td", "th") and page.cells is not None and page.cell is not None:
        page.cells.append(_SPACES.sub(" ", "".join(page.cell)).strip())
        page.cell = None
    elif tag == "tr" and page.cells is not None:
        page.close_row()
    if tag in _PARAGRAPHS:
        page.break_line(2)
    elif tag in _LINES and tag != "tr":
        page.break_line(1)


def _in_layout_table(row: LexborNode, layout_tables: set[int]) -> bool:
    above = row.parent
    while above is not None and above.tag != "table":
        above = above.parent
    return above is None or above.mem_id in layout_tables
