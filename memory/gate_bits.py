"""The gate in bits: how much does a stretch of conversation say that its own past would not have foretold?

Knows what a causal model finds improbable. Ours, not SimpleMem's.
"""

from collections.abc import Collection, Sequence

from lm.scoring import LogProbScorer, Unavailable
from memory.gate import HISTORY, GateScore, new_names, nothing_said, own_words
from memory.units import Turn

# Chosen on the first two LoCoMo conversations with SmolLM2-135M: there it drops 9 % of the windows and with them 1.7 %
# of the turns that questions ask for. Another scorer needs another one.
BITS_PER_TURN = 75.0


class BitsGate:
    """Bits of a window given the turns before it, for each turn of the window; kept from the threshold up."""

    def __init__(self, scorer: LogProbScorer, *, threshold: float = BITS_PER_TURN) -> None:
        self._scorer, self._threshold = scorer, threshold

    def score(self, window: Sequence[Turn], history: Sequence[Turn], known_entities: Collection[str]) -> GateScore:
        """Whether a window is worth units; new names are noted and have no say. See `Gate.score` for the arguments.

        Raises:
            ValueError: the window is empty, or the model cannot score given text.
        """
        if not window:
            raise ValueError("a window needs a turn")
        said, before = own_words(window), own_words(history[-HISTORY:])
        if not said:
            return nothing_said("bits", len(window), self._threshold)
        scored = self._scorer.score(said, context=f"{before}\n" if before else "")
        if isinstance(scored, Unavailable):
            raise ValueError(f"the gate in bits needs a model that scores given text: {scored.reason}")
        h = scored.total_bits / len(window)
        new = new_names(said, before, known_entities)
        return GateScore(
            form="bits",
            h=h,
            novelty=len(new) / len(window),
            new_entities=tuple(new),
            n_turns=len(window),
            threshold=self._threshold,
            kept=h >= self._threshold,
            reason=f"{scored.total_bits:.0f} bits in {len(window)} turns: {h:.0f} a turn "
            f"{'reaches' if h >= self._threshold else 'is under'} {self._threshold:g}",
            bits=scored.total_bits,
        )
