"""The compressor that asks a token classifier, word by word, what to keep (as LLMLingua-2, arXiv 2403.12968, does).

Unlike there, a word's tokens are found by their places in the text and not by how a family of models marks them, what
must not be cut is one word, and the size is met by ranking. Knows probabilities of words, not the model behind them.
"""

import time
from collections.abc import Sequence
from itertools import groupby

from lm.embedding import FloatArray
from lm.keeping import KeepClassifier
from prompts.compression.atoms import atoms_of, mean_over_atoms
from prompts.compression.fitting import allowance, best_that_fit, result_of
from prompts.compression.types import NOTHING_FORCED, CompressionResult, Force, Source, TokenCounter
from prompts.sentences import sentence_spans


class ClassifierCompressor:
    """Keeps the words that a token classifier would keep, the surest first, until the allowance is used up.

    A word's chance is the mean over its tokens. The query plays no part: on questions over many documents such a
    classifier does worse than ranking them by the question (48.6 against 75 in LLMLingua-2's own tables).
    """

    def __init__(self, classifier: KeepClassifier, count_tokens: TokenCounter) -> None:
        """Make a compressor.

        Args:
            classifier: Of two labels, keep and drop.
            count_tokens: The target model's.
        """
        self._classifier = classifier
        self._count_tokens = count_tokens

    @property
    def name(self) -> str:
        """``classifier``."""
        return "classifier"

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """See `prompts.compression.types.Compressor`."""
        began = time.perf_counter()
        allowed = allowance(chunks, self._count_tokens, rate=rate, target_tokens=target_tokens)
        atoms = atoms_of(chunks, force)
        chances = [
            chance
            for source, words in groupby(atoms, key=lambda atom: atom.source)
            for chance in self._chances(chunks[source].text, [(word.start, word.end) for word in words]).tolist()
        ]
        kept = best_that_fit(
            chunks, atoms, chances, target_tokens=allowed.target_tokens, count_tokens=self._count_tokens
        )
        return result_of(
            chunks,
            kept,
            allowed,
            count_tokens=self._count_tokens,
            scorer=self._classifier.fingerprint,
            began=began,
        )

    def _chances(self, text: str, words: Sequence[tuple[int, int]]) -> FloatArray:
        found = self._classifier.p_keep(text, cuts=[start for start, _ in sentence_spans(text)])
        return mean_over_atoms(words, found, found.p_keep)
