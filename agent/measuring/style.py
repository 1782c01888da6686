"""How a text is written, whatever it says: smoothing by a scorer, rhythm, repetition, and what it copies.

For comparing drafts by one scorer. It is no verdict on who wrote a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.measuring.reading import MeasuredText
from agent.measuring.rhythm import paragraphs_of, rhythm_of
from agent.measuring.style_records import SegmentStyle, TextStyle
from agent.render_markdown import cited_evidence, shown_claims
from agent.types import Report
from lm.copying import copy_rate
from lm.density import repeated_share
from lm.scoring import LogProbScorer, Unavailable
from lm.smoothing import ReadText, read_whole, smoothing_windows, smoothing_within


@dataclass(frozen=True)
class _Segment:
    heading: str
    start: int
    end: int
    paragraphs: Sequence[Sequence[str]]


def report_style(report: Report, scorer: LogProbScorer) -> TextStyle:
    """The style of what a report shows, section by section; headings are not read, its quotations are its sources.

    Raises:
        ReportBroken: the report contradicts itself.
    """
    text, segments = "", []
    for section, paragraphs in zip(report.sections, shown_claims(report), strict=True):
        shown = [[claim.sentence for claim in paragraph] for paragraph in paragraphs]
        if not shown:
            continue
        start = len(text) + 2 if text else 0
        text = "\n\n".join([*([text] if text else []), *(" ".join(paragraph) for paragraph in shown)])
        segments.append(_Segment(section.title, start, len(text), shown))
    whole = _Segment("", 0, len(text), [paragraph for one in segments for paragraph in one.paragraphs])
    quotes = [evidence.quote for evidence in cited_evidence(report)]
    return _style(text, whole, segments, read_whole(text, scorer), quotes)


def file_style(
    file: MeasuredText, read: ReadText | Unavailable, *, most_chars: int, sources: Sequence[str] | None
) -> TextStyle:
    """The style of a file's first `most_chars` characters, in windows of alike tokens where a model has read it.

    Args:
        file: what was read.
        read: the same beginning as a model sees it, or why none does.
        most_chars: no more is looked at.
        sources: what it may have been copied from; None: not known.
    """
    text = file.text[:most_chars]
    windows = [] if isinstance(read, Unavailable) else smoothing_windows(read)
    segments = [
        _Segment("", one.start, one.end, paragraphs_of(text[one.start : one.end]))
        for one in windows
        if len(windows) > 1
    ]
    return _style(text, _Segment("", 0, len(text), paragraphs_of(text)), segments, read, sources)


def text_style(text: str, scorer: LogProbScorer) -> TextStyle:
    """The style of a text by itself."""
    return _style(text, _Segment("", 0, len(text), paragraphs_of(text)), (), read_whole(text, scorer), None)


def _style(
    text: str,
    whole: _Segment,
    segments: Sequence[_Segment],
    read: ReadText | Unavailable,
    sources: Sequence[str] | None,
) -> TextStyle:
    return TextStyle(
        scorer="" if isinstance(read, Unavailable) else read.scored.model,
        whole=_of(text, whole, read, sources),
        parts=tuple(_of(text, segment, read, sources) for segment in segments),
    )


def _of(text: str, segment: _Segment, read: ReadText | Unavailable, sources: Sequence[str] | None) -> SegmentStyle:
    own = text[segment.start : segment.end]
    found = read if isinstance(read, Unavailable) else smoothing_within(read, segment.start, segment.end)
    return SegmentStyle(
        heading=segment.heading,
        start=segment.start,
        end=segment.end,
        words=len(own.split()),
        smoothing=None if isinstance(found, Unavailable) else found,
        refused=found.reason if isinstance(found, Unavailable) else "",
        rhythm=rhythm_of(segment.paragraphs),
        distinct_2=1.0 - repeated_share(own, n=2),
        distinct_4=1.0 - repeated_share(own, n=4),
        copied=None if sources is None else copy_rate([own], sources),
    )
