"""The token-level compressor: sources that matter first, then the atoms that tell most in them.

With a ranker: sources are kept from the best on until they hold the allowance and a slack to cut from; each gets a rate
by its rank, from a little above the mean to a little below; and they are shown best first, for a reader finds best what
stands at the beginning (LongLLMLingua). Without: all sources, one rate, their own order.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from lm.embedding import FloatArray
from prompts.compression.atoms import Atom, atoms_of
from prompts.compression.fitting import Allowance, allowance, best_that_fit, result_of
from prompts.compression.passage_ranking import PassageRanker
from prompts.compression.token_scores import AtomScorer
from prompts.compression.types import NOTHING_FORCED, CompressionResult, Force, Source, TokenCounter

# LongLLMLingua's settings: "+100" tokens of slack, and rates that fall by 0.3 above to 0.3 below.
_SLACK_TOKENS, _RAMP = 100, 0.3


@dataclass(frozen=True)
class TokenLevel:
    """Keeps the atoms that tell most.

    Attributes:
        name: See `Compressor`.
        atom_scorer: Ranks the atoms of a source.
        count_tokens: The target model's.
        ranker: Ranks the sources; None: all are kept.
        ramp: How far the best source's rate lies above the mean of the kept ones, and the last one's below.
        reorder: Whether the best source comes first.
    """

    name: str
    atom_scorer: AtomScorer
    count_tokens: TokenCounter
    ranker: PassageRanker | None = None
    ramp: float = _RAMP
    reorder: bool = True

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """See `Compressor`. What is forced survives in sources that are left out, too."""
        began = time.perf_counter()
        allowed = allowance(chunks, self.count_tokens, rate=rate, target_tokens=target_tokens)
        shown, rates = self._sources(chunks, query, allowed)
        atoms = atoms_of(shown, force)
        priorities = self._priorities(shown, atoms, query, rates)
        chosen = best_that_fit(
            shown, atoms, priorities, target_tokens=allowed.target_tokens, count_tokens=self.count_tokens
        )
        ranked = [self.ranker.fingerprint] if self.ranker and query.strip() else []
        scorer = "; ".join([*ranked, self.atom_scorer.fingerprint])
        return result_of(shown, chosen, allowed, count_tokens=self.count_tokens, scorer=scorer, began=began)

    def _sources(self, chunks: Sequence[Source], query: str, allowed: Allowance) -> tuple[list[Source], list[float]]:
        """The sources in the order in which they are shown, and the rate of each; -inf: left out.

        The worst of the kept ones may have a rate below 0: they give only what the better ones are too short for.
        """
        whole = allowed.target_tokens / max(1, allowed.original_tokens)
        if self.ranker is None or not query.strip():
            return list(chunks), [whole] * len(chunks)
        scores = self.ranker.rank(chunks, query)
        order = [int(at) for at in np.argsort(-scores, kind="stable")]
        sizes = [self.count_tokens(chunk.text) for chunk in chunks]
        n_kept, held = 0, 0
        while n_kept < len(order) and held < allowed.target_tokens + _SLACK_TOKENS:
            held += sizes[order[n_kept]]
            n_kept += 1
        mean = min(1.0, allowed.target_tokens / max(1, held))
        ramp = [self.ramp * (1 - 2 * place / max(1, n_kept - 1)) for place in range(n_kept)]
        by_chunk = {at: mean + (ramp[place] if place < n_kept else -math.inf) for place, at in enumerate(order)}
        shown = order if self.reorder else sorted(order)
        return [chunks[at] for at in shown], [by_chunk[at] for at in shown]

    def _priorities(
        self, shown: Sequence[Source], atoms: Sequence[Atom], query: str, rates: Sequence[float]
    ) -> list[float]:
        """One for each atom: how far its source's rate reaches beyond the atom's place in the source, so that a single
        ranking of all atoms gives each source its rate."""
        priorities = [-math.inf] * len(atoms)
        for source, placed in groupby(enumerate(atoms), key=lambda one: one[1].source):
            if rates[source] > -math.inf:
                own, spans = zip(*((at, (atom.start, atom.end)) for at, atom in placed), strict=True)
                scores = self.atom_scorer.score(
                    shown[source].text, spans, query, rate=min(1.0, max(0.0, rates[source]))
                )
                places = _places(scores, spans)
                for at, place in zip(own, places, strict=True):
                    priorities[at] = rates[source] - place
        return priorities


def _places(scores: FloatArray, spans: Sequence[tuple[int, int]]) -> list[float]:
    """The share of the text's characters that better atoms take, and half the atom's own: 0 best, 1 worst."""
    lengths = np.array([end - start for start, end in spans], dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    before = np.cumsum(lengths[order]) - lengths[order] / 2
    places = np.empty(len(spans))
    places[order] = before / lengths.sum()
    return [float(place) for place in places]
