"""How much information a text holds, by itself: as a model reads it, and as general compressors pack it.

Knows texts and scorers; nothing of sources, for which see `lm.mutual_information`.
"""

import lzma
import re
import zlib
from dataclasses import dataclass
from typing import Literal

from lm.scoring import LogProbScorer, ScoredText, Unavailable

Codec = Literal["zlib", "lzma"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class SurprisalDensity:
    """A text's information under one model.

    Attributes:
        n_tokens: by the model's tokenizer.
        bits: of the whole text.
        bits_per_byte: comparable across models, as bits per token are not.
        mean_bits: of a token.
        variance_bits: of the tokens' bits, squared bits: low where information is spread evenly.
    """

    n_tokens: int
    bits: float
    bits_per_byte: float
    mean_bits: float
    variance_bits: float


def surprisal_density(text: str, scorer: LogProbScorer, *, context: str = "") -> SurprisalDensity | Unavailable:
    """The density of a text after a context.

    Raises:
        ValueError: the text is empty.
    """
    scored = scorer.score(text, context=context)
    return scored if isinstance(scored, Unavailable) else density_of(scored)


def density_of(scored: ScoredText, start: int = 0, end: int | None = None) -> SurprisalDensity:
    """The density of the characters [start, end) of a scored text: of the tokens that end there.

    Raises:
        ValueError: no token ends there.
    """
    last = len(scored.text) if end is None else end
    bits = scored.surprisals_bits[(scored.ends > start) & (scored.ends <= last)]
    n_bytes = len(_bytes(scored.text[start:last]))
    if not len(bits) or not n_bytes:
        raise ValueError("an empty text has no density")
    return SurprisalDensity(
        len(bits), float(bits.sum()), float(bits.sum()) / n_bytes, float(bits.mean()), float(bits.var())
    )


def compressed_bytes(text: str, codec: Codec = "lzma") -> int:
    """Bytes of the text's UTF-8 once packed, headers included: zlib at level 9, or lzma (xz) as Python has it."""
    packed = zlib.compress(_bytes(text), 9) if codec == "zlib" else lzma.compress(_bytes(text))
    return len(packed)


def compression_ratio(text: str, codec: Codec = "lzma") -> float:
    """Packed bytes over bytes: near 1, or above it for short texts, where nothing repeats.

    Raises:
        ValueError: the text is empty.
    """
    if not text:
        raise ValueError("an empty text has no compression ratio")
    return compressed_bytes(text, codec) / len(_bytes(text))


def compression_distance(one: str, other: str, codec: Codec = "lzma") -> float:
    """Normalised compression distance (Cilibrasi and Vitányi, 2005): about 0 of equal texts, about 1 of unrelated ones.

    Of short texts, below some 500 bytes, the packers' headers are most of what is counted. zlib looks back 32 kB only.

    Raises:
        ValueError: both texts are empty.
    """
    if not one and not other:
        raise ValueError("two empty texts have no distance")
    sizes = compressed_bytes(one, codec), compressed_bytes(other, codec)
    return (compressed_bytes(one + other, codec) - min(sizes)) / max(sizes)


def repeated_share(text: str, *, n: int = 5) -> float:
    """Share in [0, 1) of the text's word n-grams that stood in it before; 0 where it has none."""
    words = _WORD.findall(text.lower())
    grams = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    return 1.0 - len(set(grams)) / len(grams) if grams else 0.0


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
