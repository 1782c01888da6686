"""Which compressor keeps most of a corpus's passages for each token? Measured on the corpus itself.

A sample of passages is drawn; each has a question, its own heading, and as rivals the passages that a search finds with
that question. Every compressor makes each of them shorter for the question, and the scorer says how well what is left
tells its own passage from the rivals (`lm.mutual_information`): rivals that answer the same question, for among others
a title would be enough.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent.compression.choice import Measured
from agent.compression.names import MeasuredName
from agent.compression.so_far import SoFar
from agent.config_value import ConfigError
from lm.errors import ModelMissing
from lm.mutual_information import estimate_mi
from lm.scoring import LogProbScorer, Unavailable
from prompts.compression.types import CannotCompress, Chunk, CompressionResult, Compressor
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Passage

Tell = Callable[[str], None]
_LEAST_CHARS = 300  # of a passage that is worth making shorter


@dataclass(frozen=True)
class Probe:
    """A question and the passages that answer it, or seem to."""

    query: str
    chunks: tuple[Chunk, ...]


def draw_probes(corpus: Corpus, searcher: Searcher, *, n: int, rivals: int, seed: int) -> list[Probe]:
    """Probes from passages drawn by the seed, each of another document as far as there are as many.

    Args:
        n: How many.
        rivals: Passages in each, its own included.
    """
    rng = random.Random(seed)
    documents = sorted(corpus.documents(), key=lambda document: document.id)
    rng.shuffle(documents)
    probes: list[Probe] = []
    for document in documents * 3:
        if len(probes) == n:
            break
        passages = [one for one in corpus.passages_of(document.id) if len(one.text) >= _LEAST_CHARS]
        if not passages:
            continue
        query = _question_of(rng.choice(passages), document.title)
        found = [hit.passage for hit in searcher.search_passages(query, 3 * rivals)]
        chunks = [Chunk(one.id, one.text) for one in found if len(one.text) >= _LEAST_CHARS][:rivals]
        if len(chunks) == rivals and all(query != probe.query for probe in probes):
            probes.append(Probe(query, tuple(chunks)))
    return probes


def _question_of(passage: Passage, title: str) -> str:
    return " ".join(dict.fromkeys([title, *passage.heading_path]))


@dataclass(frozen=True)
class Bench:
    """What all compressors are measured with.

    Attributes:
        probes: The questions with their passages.
        scorer: Says how likely a text is after a passage.
        tell: Hears how far it is.
        usd_spent: Money spent so far by compressors that call a model; None: some of it is not known.
    """

    probes: Sequence[Probe]
    scorer: LogProbScorer
    tell: Tell
    usd_spent: Callable[[], float | None]

    def warm_up(self, compressor: Compressor) -> None:
        """Let it load what it loads late, which is no part of its speed. Same errors as its `compress`."""
        probe = self.probes[0]
        compressor.compress(probe.chunks[:1], probe.query, rate=0.5)

    def measure(self, name: MeasuredName, compressor: Compressor, rate: float) -> Measured:
        """One compressor at one rate.

        Raises:
            CannotCompress: the compressor's model, or the scorer, lacks what is needed; or nothing is left of any
                passage.
        """
        self.tell(f"{name} at rate {rate:g}: {len(self.probes)} × {len(self.probes[0].chunks)} passages")
        before = self.usd_spent()
        shortened = [
            (probe, chunk, compressor.compress([chunk], probe.query, rate=rate))
            for probe in self.probes
            for chunk in probe.chunks
        ]
        after = self.usd_spent()
        results = [result for _, _, result in shortened]
        # Of what is gone nothing is told; as the scorer cannot be asked about it, it is counted here.
        told = sum(bool(result.text.strip()) for result in results) / len(results)
        if not told:
            raise CannotCompress(f"nothing is left of any passage at rate {rate:g}")
        bits = estimate_mi(
            [chunk.text for _, chunk, _ in shortened],
            [[result.text] if result.text.strip() else [] for result in results],
            self.scorer,
            [probe.query for probe, _, _ in shortened],
            kept_tokens=[[result.kept_tokens] if result.text.strip() else [] for result in results],
        )
        if isinstance(bits, Unavailable):
            raise CannotCompress(bits.reason)
        low, high = bits.best.interval_bits or (bits.best.bits, bits.best.bits)
        mean_tokens = bits.mean_tokens or 1.0
        n_tokens = sum(result.original_tokens for result in results)
        return Measured(
            compressor=name,
            rate=rate,
            actual_rate=_kept_share(results),
            bits=told * bits.best.clipped_bits,
            bits_low=told * max(0.0, low),
            bits_high=told * max(0.0, high),
            bits_per_token=bits.best.clipped_bits / mean_tokens,
            bits_per_token_low=max(0.0, low) / mean_tokens,
            bits_per_token_high=max(0.0, high) / mean_tokens,
            is_saturated=bits.is_saturated,
            top1=told * bits.top1,
            seconds_per_1000_tokens=1000 * sum(result.seconds for result in results) / n_tokens,
            usd_per_1000_tokens=None if before is None or after is None else 1000 * (after - before) / n_tokens,
        )


def _kept_share(results: Sequence[CompressionResult]) -> float:
    return sum(result.kept_tokens for result in results) / sum(result.original_tokens for result in results)


def measure_all(
    bench: Bench,
    names: Sequence[MeasuredName],
    open_one: Callable[[MeasuredName], Compressor],
    rates: Sequence[float],
    so_far: SoFar,
) -> Iterator[Measured | str]:
    """Each compressor at each rate, as it is done; one that cannot is told by a line in its place.

    Args:
        bench: Measures.
        names: Of the compressors.
        open_one: Makes one of a name.
        rates: At which each is measured.
        so_far: What need not be measured again; it is given all that is.
    """
    for number, name in enumerate(names, start=1):
        missing = []
        for rate in dict.fromkeys(rates):
            row = so_far.find(name, rate)
            if row is None:
                missing.append(rate)
            else:
                yield row
        if missing:
            bench.tell(f"{number} of {len(names)}: {name}")
            yield from _measured(bench, name, open_one, missing, so_far)


def _measured(
    bench: Bench,
    name: MeasuredName,
    open_one: Callable[[MeasuredName], Compressor],
    rates: Sequence[float],
    so_far: SoFar,
) -> Iterator[Measured | str]:
    try:
        compressor = open_one(name)
        bench.warm_up(compressor)
    except (CannotCompress, ConfigError, ModelMissing) as error:
        hint = getattr(error, "hint", "")
        yield f"{name}: {error}{f' ({hint})' if hint else ''}"
        return
    for rate in rates:
        try:
            row = bench.measure(name, compressor, rate)
        except CannotCompress as error:
            yield f"{name}: {error}"
            continue
        so_far.add(row)
        yield row
