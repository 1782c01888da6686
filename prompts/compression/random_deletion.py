"""The control: atoms are left out by lot. A compressor that is no better knows nothing."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from prompts.compression.atoms import atoms_of
from prompts.compression.fitting import allowance, best_that_fit, result_of
from prompts.compression.types import NOTHING_FORCED, CompressionResult, Force, Source, TokenCounter


@dataclass(frozen=True)
class RandomDeletion:
    """Keeps atoms by lot; the same seed and sources, the same lot."""

    count_tokens: TokenCounter
    seed: int = 0
    name: str = "random"

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """See `Compressor`; the query plays no part."""
        began = time.perf_counter()
        allowed = allowance(chunks, self.count_tokens, rate=rate, target_tokens=target_tokens)
        atoms = atoms_of(chunks, force)
        lot = random.Random(f"{self.seed}:{len(atoms)}:{chunks[0].id if chunks else ''}")
        chosen = best_that_fit(
            chunks,
            atoms,
            [lot.random() for _ in atoms],
            target_tokens=allowed.target_tokens,
            count_tokens=self.count_tokens,
        )
        return result_of(
            chunks, chosen, allowed, count_tokens=self.count_tokens, scorer=f"lot, seed {self.seed}", began=began
        )
