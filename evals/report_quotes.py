"""Does a quotation stand where it says: in the stored text, in the original file, in the report's own reference line?

Knows the stored corpus and the files that it came from. Must not import what chose or checked the quotations.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from agent.types import Evidence
from evals.report_text import Reference
from lm.copying import folded
from retrieval.corpus import Corpus
from retrieval.errors import UnknownDocument

TEXT_SUFFIXES = frozenset({".md", ".markdown", ".rst", ".txt", ".csv", ".tsv", ".jsonl"})

_ROLE = re.compile(r":[\w+.:-]*\w:(?=`)")
_RST_TARGET = re.compile(r"\s*<[^<>`]*>(?=`)")
_MD_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_RST_FOOTNOTE = re.compile(r"\s*\[[#*\w]+\]_")
_MARKUP = re.compile(r"[`*|_\\~]+|^\s*(?:[-+#>.]+|\d+[.)])\s", re.MULTILINE)


def stored_problem(evidence: Evidence, corpus: Corpus) -> str:
    """What is wrong with a quotation's place in the stored text; empty when it stands there."""
    try:
        text = corpus.text(evidence.document)
    except UnknownDocument:
        return f"document {evidence.document} is not in the corpus"
    quote = folded(evidence.quote)
    if not quote:
        return "the quote is empty"
    if folded(text[evidence.start : evidence.end]) == quote:
        return ""
    place = "elsewhere in" if quote in folded(text) else "nowhere in"
    return f"not at {evidence.start}:{evidence.end} but {place} the stored text: {evidence.quote!r}"


class OriginalFiles:
    """The files below a folder, read once each: whole as bytes say, and without markup."""

    def __init__(self, root: Path, corpus: Corpus) -> None:
        self._root = root
        self._corpus = corpus
        self._texts: dict[Path, tuple[str, str]] = {}

    def look_up(self, evidence: Evidence) -> tuple[bool, str] | None:
        """Whether the quote stands in the file's bytes, and what is wrong if not even without markup; None: no text."""
        try:
            path = self._root / self._corpus.document(evidence.document).source
        except UnknownDocument:
            return None
        if path.suffix.lower() not in TEXT_SUFFIXES:
            return None
        if not path.is_file():
            return False, f"there is no file {path}"
        if path not in self._texts:
            raw = path.read_bytes().decode("utf-8-sig", errors="replace")
            read = "\n".join(_strings(raw)) if path.suffix.lower() == ".jsonl" else raw
            self._texts[path] = folded(raw), without_markup(read)
        as_bytes, bare = self._texts[path]
        is_there = folded(evidence.quote) in as_bytes
        is_bare_there = without_markup(evidence.quote) in bare
        return is_there, "" if is_there or is_bare_there else f"not in {path.name}: {evidence.quote!r}"


def without_markup(text: str) -> str:
    """Folded text without the signs of Markdown and reStructuredText, and without any space between words."""
    for pattern, by in ((_ROLE, ""), (_RST_TARGET, ""), (_MD_LINK, r"\1"), (_RST_FOOTNOTE, ""), (_MARKUP, "")):
        text = pattern.sub(by, text)
    return folded(text).replace(" ", "")


def reference_problem(reference: Reference, evidence: Evidence) -> str:
    """What is wrong with a reference line: another document, or words that the quotation does not begin with."""
    line = folded(reference.text)
    name = folded(f"({evidence.document}): “")
    if not line.startswith(folded(evidence.title)) or name not in line:
        return f"names another document than {evidence.document}"
    shown = line.rpartition(name)[2].removesuffix('"').removesuffix("...").rstrip()
    return "" if folded(evidence.quote).startswith(shown) else f"quotes {shown!r}, not {evidence.quote!r}"


def _strings(raw: str) -> Iterator[str]:
    for line in raw.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            yield line
            continue
        values = record.values() if isinstance(record, dict) else [record]
        yield from (value if isinstance(value, str) else str(value) for value in values)
