"""So much a minute, counted so that no minute holds more."""

import math


class TokenBucket:
    """A tenth of a minute's worth may go at once, the other nine tenths flow in evenly: no minute exceeds the rate.

    Two departures from that bound, both unavoidable: a rate below ten lets one go at once, and what is larger than
    the bucket goes when the bucket is full and is owed. Not made for threads: whoever shares it locks.
    """

    def __init__(self, per_minute: float | None, now: float) -> None:
        """Args: per_minute: None is no limit. now: seconds, by the clock of all later calls."""
        rate = math.inf if per_minute is None else per_minute
        self._capacity = max(1.0, rate / 10)
        # One more than fits: what goes at a minute's end is the next minute's.
        self._per_s = (rate - self._capacity + 1.0) / 60.0
        self._level, self._at = self._capacity, now

    def ready_in_s(self, n: float, now: float) -> float:
        """Seconds until `n` may be taken; 0 when they may be now."""
        if math.isinf(self._capacity):
            return 0.0
        self._fill(now)
        lacking = min(n, self._capacity) - self._level
        # What a float cannot tell from enough is enough: a wait too short for any clock would never end.
        return lacking / self._per_s if lacking > 1e-9 * self._capacity else 0.0

    def take(self, n: float, now: float) -> None:
        """Take `n`, ready or not."""
        self._fill(now)
        self._level -= n if math.isfinite(self._capacity) else 0.0

    def give_back(self, n: float, now: float) -> None:
        """Put back what was taken and not used; negative: take what was used beyond that."""
        self.take(-n, now)
        self._level = min(self._level, self._capacity)

    def _fill(self, now: float) -> None:
        if math.isfinite(self._capacity):
            self._level = min(self._capacity, self._level + max(0.0, now - self._at) * self._per_s)
            self._at = now
