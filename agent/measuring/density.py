"""How dense a file is, as a whole and passage by passage."""

from collections.abc import Sequence

from agent.measuring.reading import MeasuredText, Window
from lm.density import SurprisalDensity, compressed_bytes, density_of, repeated_share
from lm.scoring import ScoredText
from lm.types import Frozen


class Surprisal(Frozen):
    """What a model found in a text, in bits; `read` of its characters were shown to it."""

    scorer: str
    read: int
    tokens: int
    bits: float
    bits_per_byte: float
    bits_per_token: float
    variance: float


class WindowDensity(Frozen):
    """A passage: where it stands, and its bits as the model reads it after all that stands before it."""

    heading_path: tuple[str, ...]
    start: int
    end: int
    tokens: int
    bits_per_byte: float
    bits_per_token: float


class FileDensity(Frozen):
    """The density of a file; `surprisal` is None, and `windows` empty, where there was no model."""

    characters: int
    bytes: int
    words: int
    zlib_bytes: int
    lzma_bytes: int
    repeated_share: float
    surprisal: Surprisal | None
    windows: tuple[WindowDensity, ...]


def file_density(file: MeasuredText, scored: ScoredText | None) -> FileDensity:
    """Measure a file.

    Args:
        file: what was read.
        scored: its beginning as a model reads it; None: the packers alone.
    """
    return FileDensity(
        characters=len(file.text),
        bytes=len(file.text.encode("utf-8", "surrogatepass")),
        words=len(file.text.split()),
        zlib_bytes=compressed_bytes(file.text, "zlib"),
        lzma_bytes=compressed_bytes(file.text, "lzma"),
        repeated_share=repeated_share(file.text),
        surprisal=None if scored is None else _surprisal(scored),
        windows=() if scored is None else _windows(file.windows, scored),
    )


def _surprisal(scored: ScoredText) -> Surprisal:
    whole = density_of(scored)
    return Surprisal(
        scorer=scored.model,
        read=len(scored.text),
        tokens=whole.n_tokens,
        bits=whole.bits,
        bits_per_byte=whole.bits_per_byte,
        bits_per_token=whole.mean_bits,
        variance=whole.variance_bits,
    )


def _windows(windows: Sequence[Window], scored: ScoredText) -> tuple[WindowDensity, ...]:
    return tuple(
        _window(window, density_of(scored, window.start, window.end))
        for window in windows
        if window.end <= len(scored.text)
    )


def _window(window: Window, density: SurprisalDensity) -> WindowDensity:
    return WindowDensity(
        heading_path=window.heading_path,
        start=window.start,
        end=window.end,
        tokens=density.n_tokens,
        bits_per_byte=density.bits_per_byte,
        bits_per_token=density.mean_bits,
    )
