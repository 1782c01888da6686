"""Markup off, words kept: a quotation as a reader wants to see it in running text.

Knows Markdown, reStructuredText and HTML-entity notation. The quotation itself is never changed: what is shown beside a
citation is the source's own characters, what stands in a sentence is this.
"""

import html
import re
from functools import lru_cache

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r":pep:`(?:[^`<]*<)?(\d+)[^`]*`"), r"PEP \1"),
    (re.compile(r":rfc:`(?:[^`<]*<)?(\d+)[^`]*`"), r"RFC \1"),
    (re.compile(r"(?::[\w+.-]+){1,3}:`[~!.]?([^`<]+?)\s*(?:<[^>`]*>)?`"), r"\1"),
    (re.compile(r"!\[(?:[^\[\]]|\[[^\]]*\])*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\((?:[^()]|\([^)]*\))*\)"), r"\1"),
    (re.compile(r"`([^`<]+?)\s*<[^>`]*>`__?"), r"\1"),
    (re.compile(r"\s*\[(?:#[\w-]*|\d+|\*|[A-Za-z][\w-]*)\]_"), ""),
    (re.compile(r"``([^`]+)``"), r"\1"),
    (re.compile(r"`([^`]+)`__?"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"(?<![\w*])\*{1,3}(?=\S)([^*]+?)(?<=\S)\*{1,3}(?![\w*])"), r"\1"),
    (re.compile(r"(?<=[^\W_])_(?=[\s,.;:)]|$)"), ""),
    (re.compile(r"(?:\s+|(?<=[.,;:!?”\"]))\[\d+(?:,\s*\d+)*\]"), ""),
    (re.compile(r"\\([_*`\\|])"), r"\1"),
    (re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+"), ""),
    # Between digits a no-break or a thin space parts the groups of one number; a plain one would make two of it.
    (re.compile(r"(?!(?<=\d)[\u00a0\u2007\u2009\u202f]\d{3})\s+"), " "),
)


@lru_cache(maxsize=16_384)  # the same sentences are looked at by many rules
def plain(text: str) -> str:
    """`text` without inline markup, footnote marks and bullets, on one line."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return html.unescape(text).strip()
