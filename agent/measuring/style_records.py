"""The style of a text as a record: how smooth, even, repetitive and copied it is, as a whole and part by part."""

from agent.measuring.rhythm import Rhythm
from lm.smoothing_record import Smoothing
from lm.types import Frozen

NO_VERDICT = "for comparing drafts by one scorer; no verdict on who wrote it"


class SegmentStyle(Frozen):
    """A part of a text, the characters [start, end). `smoothing` is None where `refused` says why."""

    heading: str
    start: int
    end: int
    words: int
    smoothing: Smoothing | None
    refused: str
    rhythm: Rhythm
    distinct_2: float
    distinct_4: float
    copied: float | None


class TextStyle(Frozen):
    """A text as a whole and part by part. `scorer` is empty where no model read it; two scorers do not compare.

    `distinct_2` and `distinct_4` of its parts are the shares of word pairs and runs of four that did not stand there
    before, which fall with length; `copied` is the share of words in runs of eight that stand in a source (None: no
    sources are known).
    """

    scorer: str
    whole: SegmentStyle
    parts: tuple[SegmentStyle, ...]
