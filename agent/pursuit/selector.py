"""The next query: the one after whose answer the fewest candidate answers are expected to be left."""

import math
import statistics
from collections.abc import Callable, Sequence

from agent.pursuit.conformal import Thresholds
from agent.pursuit.posterior import Posterior
from lm.types import Frozen

# Posteriors after answers that the query might get, each as likely as the others.
Simulate = Callable[[str], Sequence[Posterior]]


class Candidate(Frozen):
    """A query that could be asked, and ln of the expected size of the conformal set after its answer."""

    query: str
    score: float


class Selection(Frozen):
    """The best query and all scores; `stop` says why nothing more should be asked, and is empty where it should."""

    query: str
    candidates: tuple[Candidate, ...]
    stop: str = ""


class ConformalQuerySelector:
    """argmin over queries of ln E|C| (arXiv 2507.03279), with the paper's rule for stopping."""

    def __init__(self, thresholds: Thresholds, *, eps: float = 0.01, max_length: int = 20) -> None:
        """Args:
        thresholds: Fitted; see `conformal.fit`.
        eps: Stop when the scores' standard deviation is under it: then no query is better than another.
        max_length: Queries at most.
        """
        if eps < 0 or max_length < 0:
            raise ValueError(f"eps={eps} and max_length={max_length} must not be negative")
        self._thresholds, self._eps, self._max_length = thresholds, eps, max_length

    @property
    def max_length(self) -> int:
        """Queries at most."""
        return self._max_length

    def open_labels(self, posterior: Posterior, length: int) -> tuple[str, ...]:
        """The labels that cannot be ruled out; all of them where none conforms, see `expected_log_size`."""
        return self._thresholds.predict_set(posterior, length) or posterior.labels

    def expected_log_size(self, posteriors: Sequence[Posterior], length: int) -> float:
        """ln of the mean set size.

        A posterior flatter than any seen in calibration has an empty set, the smallest there is, though it knows
        least: it counts as all labels. On this the paper is silent.

        Raises:
            ValueError: there is nothing to average.
        """
        if not posteriors:
            raise ValueError("an expectation needs at least one simulated answer")
        return math.log(statistics.fmean(len(self.open_labels(posterior, length)) for posterior in posteriors))

    def select(self, n_asked: int, queries: Sequence[str], simulate: Simulate) -> Selection:
        """The query to ask when so many were asked before.

        A single query cannot differ from others, so the rule of equal scores does not end it.
        """
        if n_asked >= self._max_length:
            return Selection(query="", candidates=(), stop=f"{n_asked} queries were asked, the most that may be")
        if not queries:
            return Selection(query="", candidates=(), stop="no query is left to ask")
        found = [Candidate(query=q, score=self.expected_log_size(simulate(q), n_asked + 1)) for q in queries]
        best = min(found, key=lambda candidate: candidate.score)
        spread = statistics.pstdev(candidate.score for candidate in found)
        stop = ""
        if len(found) > 1 and spread < self._eps:
            stop = f"no query is better than another (their scores' deviation is {spread:.3g}, under {self._eps:g})"
        return Selection(query=best.query, candidates=tuple(found), stop=stop)
