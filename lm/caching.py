"""An embedder that embeds each text once, and a scorer that scores each once. They know texts only and live as long as
the run that made them."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import numpy as np

from lm.embedding import Embedder, FloatArray
from lm.scoring import LogProbScorer, NextToken, ScoredText, Unavailable, score_each
from lm.types import ChatRequest, TokenLogProb


class CachedEmbedder:
    """Another embedder that remembers the texts that it embedded last. Safe to share between threads."""

    def __init__(self, inner: Embedder, *, n_texts: int = 65_536) -> None:
        """Args: inner: asked for what is new. n_texts: kept, the last ones: a kilobyte or two each."""
        self._inner, self._n_texts = inner, n_texts
        self._rows: OrderedDict[str, FloatArray] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """The inner embedder's: the vectors are the same."""
        return self._inner.fingerprint

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return self._inner.dim

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) unit rows, as the inner embedder makes them."""
        # One batch at a time: two threads embedding the same text would each pay for it.
        with self._lock:
            missing = list(dict.fromkeys(text for text in texts if text not in self._rows))
            if missing:
                self._rows.update(zip(missing, self._inner.encode(missing), strict=True))
            if not texts:
                return np.zeros((0, self.dim), dtype=np.float32)
            found = np.stack([self._rows[text] for text in texts])
            for text in texts:
                self._rows.move_to_end(text)
            while len(self._rows) > self._n_texts:
                self._rows.popitem(last=False)
            return found


class CachedScorer:
    """Another scorer that remembers the texts that it scored last. Distributions and replies are not kept. Safe to
    share between threads: one scores at a time.

    Some hundred bytes for each token scored, so that `n_texts` of passage length are a few megabytes.
    """

    def __init__(self, inner: LogProbScorer, *, n_texts: int = 4096) -> None:
        """Args: inner: asked for what is new. n_texts: kept, the last ones."""
        self._inner, self._n_texts = inner, n_texts
        self._scored: OrderedDict[tuple[str, str], ScoredText] = OrderedDict()
        self._lock = threading.Lock()

    def score(self, text: str, *, context: str = "") -> ScoredText | Unavailable:
        """As the inner scorer."""
        found = self.score_many([text], context=context)
        return found if isinstance(found, Unavailable) else found[0]

    def score_many(self, texts: Sequence[str], *, context: str = "") -> list[ScoredText] | Unavailable:
        """As the inner scorer, which reads the context once for what is new, if it can."""
        with self._lock:
            known = {text: found for text in texts if (found := self._scored.get((text, context)))}
            missing = [text for text in dict.fromkeys(texts) if text not in known]
            scored = score_each(self._inner, missing, context=context) if missing else []
            if isinstance(scored, Unavailable):
                return scored
            known |= dict(zip(missing, scored, strict=True))
            for text in texts:
                self._scored[text, context] = known[text]
                self._scored.move_to_end((text, context))
            while len(self._scored) > self._n_texts:
                self._scored.popitem(last=False)
            return [known[text] for text in texts]

    def top_k(self, request: ChatRequest) -> tuple[TokenLogProb, ...] | Unavailable:
        """As the inner scorer, each time anew."""
        return self._inner.top_k(request)

    def distributions(self, text: str, *, context: str = "") -> Iterator[NextToken] | Unavailable:
        """As the inner scorer, each time anew."""
        return self._inner.distributions(text, context=context)
