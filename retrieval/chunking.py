"""From a document's text to passages: exact character spans, cut where a reader would pause.

Sections come first, then paragraphs, sentences, words. What a passage's size is counted in is a `Measure`: here it is
characters. Knows plain text and sections; must not know file formats.
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from prompts.sentences import sentence_spans, unit_spans
from retrieval.types import Section

_PARAGRAPH_GAP = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE_STOP = re.compile(r"[.!?…。！？:][)\]\"'”’»]*\s*$")
_PAGE_SLACK_CHARS = 600  # a sentence that runs over a page break ends within this many characters

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage stands: ``[start, end)`` in characters, and the page (from 1) on which it begins."""

    start: int
    end: int
    heading_path: tuple[str, ...]
    page: int | None


class Measure(Protocol):
    """What the size of a passage is counted in, and how a run of text is cut into passages of that size."""

    @property
    def target(self) -> float:
        """The usual size of a passage."""
        ...

    @property
    def limit(self) -> float:
        """The size up to which a text is left whole."""
        ...

    def size(self, start: int, end: int) -> float:
        """Of the characters ``[start, end)``."""
        ...

    def pack(self, start: int, end: int) -> Iterable[Span]:
        """Cut the characters ``[start, end)``, which stand under one heading path and on one page."""
        ...


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring sections that are packed together, and the heading path that they share."""

    start: int
    end: int
    path: tuple[str, ...]


def chunk(
    text: str,
    sections: Sequence[Section],
    page_starts: Sequence[int] | None,
    *,
    target_chars: int = 900,
    max_chars: int = 1400,
    unit_starts: Sequence[int] | None = None,
) -> list[PassageSpan]:
    """Cut a text into passages.

    Args:
        sections: in reading order, not overlapping, each with its heading line; empty for a text without headings.
        page_starts: character at which each page begins, or None for a text without pages.
        target_chars: size that passages are filled up to.
        max_chars: size that no passage exceeds.
        unit_starts: where each record begins, for tables: a record is not cut unless it is longer than `max_chars`.

    Returns:
        Spans in reading order without leading or trailing white space. They do not overlap and hold every
        character that is no white space. Neighbouring sections share a passage only if both are short and
        have the same parent.

    Raises:
        ValueError: ``0 < target_chars <= max_chars`` does not hold.
    """
    if not 0 < target_chars <= max_chars:
        raise ValueError(f"target_chars {target_chars} must be above 0 and at most max_chars {max_chars}")
    return passages_by(_Length(text, target_chars, max_chars, unit_starts), text, sections, page_starts)


def passages_by(
    measure: Measure, text: str, sections: Sequence[Section], page_starts: Sequence[int] | None
) -> list[PassageSpan]:
    """Cut a text into passages whose size is counted by `measure`; else as `chunk`."""
    parts = _all_parts(len(text), sections)
    is_short = measure.size(0, len(text)) <= measure.limit and not (page_starts and len(page_starts) > 1)
    groups: Iterable[_Group] = [_Group(0, len(text), _shared_path(parts))]
    if not is_short:
        groups = _groups(text, parts, measure)
    spans = []
    for group in groups:
        for start, end in _page_runs(text, group, page_starts):
            for left, right in [(start, end)] if is_short else measure.pack(start, end):
                if span := trimmed(text, left, right):
                    spans.append(PassageSpan(*span, group.path, _page_of(span[0], page_starts)))
    return spans


@dataclass(frozen=True, slots=True)
class _Length:
    """Passages of like length: whole paragraphs, or records, up to `target` characters."""

    text: str
    target: int
    limit: int
    unit_starts: Sequence[int] | None

    def size(self, start: int, end: int) -> int:
        return end - start

    def pack(self, start: int, end: int) -> list[Span]:
        return _packed(
            self.text,
            _units(self.text, start, end, self.unit_starts),
            target_chars=self.target,
            max_chars=self.limit,
            cuttable_chars=self.target // 2 if self.unit_starts is None else self.limit,
        )


def _all_parts(n_chars: int, sections: Sequence[Section]) -> list[_Group]:
    """Sections as groups of one, with the text before, between and after them as parts without a heading."""
    parts: list[_Group] = []
    end = 0
    for section in sections:
        if section.start > end:
            parts.append(_Group(end, section.start, ()))
        parts.append(_Group(section.start, section.end, section.heading_path))
        end = section.end
    if end < n_chars:
        parts.append(_Group(end, n_chars, ()))
    return parts


def _shared_path(parts: Sequence[_Group]) -> tuple[str, ...]:
    path = parts[0].path if parts else ()
    for part in parts:
        path = _common(path, part.path)
    return path


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    n = 0
    while n < min(len(left), len(right)) and left[n] == right[n]:
        n += 1
    return left[:n]


def _groups(text: str, parts: Sequence[_Group], measure: Measure) -> Iterator[_Group]:
    """Merge a part with the short ones after it: siblings, or the first children of a short parent."""
    stub = measure.target // 6
    parts = _with_lead_ins_joined(text, parts, measure)
    group: _Group | None = None
    parent: tuple[str, ...] | None = None  # of the merged parts; None while the group is a single one
    for i, part in enumerate(parts):
        if group is not None:
            # Past the target only for a part that would stay alone otherwise.
            has_company = i + 1 < len(parts) and measure.size(part.start, parts[i + 1].end) <= measure.target
            is_lost = measure.size(part.start, part.end) < stub and not has_company
            is_stub = is_lost or measure.size(group.start, group.end) < stub
            fits = measure.size(group.start, part.end) <= (measure.limit if is_stub else measure.target)
            shared = _parent_if_mergeable(group.path, parent, part.path) if fits else None
            if shared is not None:
                group, parent = _Group(group.start, part.end, shared), shared
                continue
            yield group
        group, parent = part, None
    if group is not None:
        yield group


def _parent_if_mergeable(
    path: tuple[str, ...], parent: tuple[str, ...] | None, following: tuple[str, ...]
) -> tuple[str, ...] | None:
    """The path under which `following` joins a group with `path`, or None if it must not."""
    if not following:
        return None
    if parent is not None:
        return parent if following[: len(parent)] == parent and len(following) > len(parent) else None
    if following[:-1] == path:
        return path  # a short parent and its first child
    return path[:-1] if path and following[:-1] == path[:-1] else None


def _with_lead_ins_joined(text: str, parts: Sequence[_Group], measure: Measure) -> list[_Group]:
    """A heading with nothing, or hardly anything, above its first subsection goes along with that one."""
    joined: list[_Group] = []
    for part in parts:
        last = joined[-1] if joined else None
        is_below = last and len(part.path) > len(last.path) and part.path[: len(last.path)] == last.path
        held = trimmed(text, last.start, last.end) if last and is_below else None
        if last and is_below and (held is None or measure.size(*held) < measure.target // 6):
            joined[-1] = _Group(last.start, part.end, part.path)
        else:
            joined.append(part)
    return joined


def _page_runs(text: str, group: _Group, page_starts: Sequence[int] | None) -> Iterator[Span]:
    """Cut a group at page breaks, so that page numbers hold; a sentence over a break stays whole."""
    start = group.start
    for page_start in page_starts or ():
        if not start < page_start < group.end:
            continue
        cut = page_start
        if not _SENTENCE_STOP.search(text, max(start, page_start - 40), page_start):
            head = text[page_start : min(group.end, page_start + _PAGE_SLACK_CHARS)]
            stops = [end for _, end in sentence_spans(head)[:1]]
            if stops and head[:1].islower() and _SENTENCE_STOP.search(head, 0, stops[0]):
                cut = page_start + stops[0]
        yield start, cut
        start = cut
    if start < group.end:
        yield start, group.end


def _units(text: str, start: int, end: int, unit_starts: Sequence[int] | None) -> list[Span]:
    """Paragraphs, or records where the format has them."""
    if unit_starts is None:
        cuts = [match.end() for match in _PARAGRAPH_GAP.finditer(text, start, end)]
    else:
        cuts = [cut for cut in unit_starts if start < cut < end]
    return list(_between(start, cuts, end))


def _between(start: int, cuts: Iterable[int], end: int) -> Iterator[Span]:
    for cut in cuts:
        if start < cut < end:
            yield start, cut
            start = cut
    if start < end:
        yield start, end


def _packed(text: str, units: Iterable[Span], *, target_chars: int, max_chars: int, cuttable_chars: int) -> list[Span]:
    """Fill passages with units up to the target; a unit that does not fit is cut finer if it is cuttable.

    A passage that would stay a stub (a heading, a lead-in) takes in the beginning of the next unit instead.
    """
    queue = deque(span for unit in units if (span := trimmed(text, *unit)))
    packed: list[Span] = []
    while queue:
        start, end = queue.popleft()
        open_start = packed[-1][0] if packed else start
        is_stub = bool(packed) and packed[-1][1] - open_start < target_chars // 3
        if packed and end - open_start <= (max_chars if is_stub else target_chars):
            packed[-1] = (open_start, end)
            continue
        finer = _finer(text, start, end, max_chars) if end - start > (cuttable_chars if is_stub else max_chars) else []
        if len(finer) > 1:
            queue.extendleft(reversed(finer))
        else:
            packed.append((start, end))
    is_tail_stub = len(packed) > 1 and packed[-1][1] - packed[-1][0] < target_chars // 3
    if is_tail_stub and packed[-1][1] - packed[-2][0] <= max_chars:
        packed[-2:] = [(packed[-2][0], packed[-1][1])]
    return packed


def _finer(text: str, start: int, end: int, max_chars: int) -> list[Span]:
    """The lines that make a unit, else its sentences, else runs of words if it is too long."""
    for spans_of in (unit_spans, sentence_spans):
        finer = [(start + left, start + right) for left, right in spans_of(text[start:end])]
        if len(finer) > 1:
            return finer
    if end - start <= max_chars:
        return [(start, end)]
    runs: list[Span] = []
    while end - start > max_chars:
        cut = start + max_chars
        gap = max(text.rfind(mark, start + max_chars // 2, cut) for mark in " \n\t")
        if gap > 0:
            cut = gap
        runs += [span for span in [trimmed(text, start, cut)] if span]
        start = cut
    return runs + [span for span in [trimmed(text, start, end)] if span]


def trimmed(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None where nothing else is in it."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if left < len(piece) else None


def _page_of(start: int, page_starts: Sequence[int] | None) -> int | None:
    return max(1, bisect_right(page_starts, start)) if page_starts else None
