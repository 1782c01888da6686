"""What is told of a file and its sources."""

from lm.types import Frozen


class NearDocument(Frozen):
    """A document that search finds for the file's parts; `distance` is about 0 of equal texts and 1 of unrelated."""

    document: str
    title: str
    distance: float


class PartBits(Frozen):
    """A part of the file, the passage that search puts first for it, and how many bits the part says of it.

    `likeliest` is the passage after which the model finds the part likeliest; below 0 bits the part says another's.
    """

    start: int
    end: int
    heading_path: tuple[str, ...]
    document: str
    passage: str
    bits: float
    likeliest: str


class KeptBits(Frozen):
    """The estimate over all parts; see `lm.information_result`."""

    bits: float
    interval_bits: tuple[float, float] | None
    ceiling_bits: float
    is_saturated: bool
    raw_bits: float
    raw_interval_bits: tuple[float, float] | None
    temperatures: tuple[float, float] | None
    negative_share: float
    top1: float
    parts: int
    own_passages: int
    passages: int
    mean_tokens: float | None
    bits_per_token: float | None
    context_tokens: int
    cut_passages: int
    scorer: str


class EmbeddingBits(Frozen):
    """The cheap number from static vectors, of all parts and their passages; `refused` says why there is none."""

    bits: float | None
    interval_bits: tuple[float, float] | None
    control_bits: float
    pairs: int
    refused: str


class SourcesFound(Frozen):
    """What a file keeps of its sources."""

    near: tuple[NearDocument, ...]
    kept: KeptBits
    parts: tuple[PartBits, ...]
    embeddings: EmbeddingBits
