"""One door for all calls to one endpoint: how many at once, how many a minute, and none while it asks for patience.

What it does about an endpoint that refuses (429, or overloaded):

- The window of calls at once is cut by half the share of calls that were refused lately, of what was under way: by half
  where all were, hardly where one in a hundred was, for then the endpoint is not full. Each success widens it by
  1/window, up to `max_concurrent` (additive increase, multiplicative decrease: Chiu and Jain 1989; in proportion to
  the share of marked packets: DCTCP, Alizadeh et al. 2010, with its gain of 1/16). An endpoint that nobody knows yet is
  taken to be full.
- Nobody calls before the endpoint's `Retry-After` is over. Where it names none, the call itself waits (`lm.retrying`);
  from the second refusal in a row all do, 0.5 s, doubled each time, up to 15 s: never longer than `lm.retrying` waits
  by default before the same attempt.
- The bound: where it has let nothing through for `patience_s` since the first refusal, or asks for more than that, all
  that wait get a StillLimited at once. One call at a time still tries, so the first success ends it.

Knows calls, tokens and seconds. Must not know what is said, nor by which role.
"""

import logging
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from types import TracebackType

from pydantic import Field

from lm.errors import EndpointUnreachable, StillLimited
from lm.token_bucket import TokenBucket
from lm.types import Frozen

logger = logging.getLogger(__name__)

PATIENCE_S = 120.0
# An endpoint that asks for a year is asked again after an hour.
_LONGEST_ASKED_S = 3600.0
_GAIN = 1 / 16  # of one call in the share of those refused

Wait = Callable[[threading.Condition, float | None], object]


class Limits(Frozen):
    """What an endpoint allows; None is no limit."""

    max_concurrent: int | None = Field(default=None, ge=1)
    requests_per_minute: float | None = Field(default=None, gt=0.0)
    tokens_per_minute: float | None = Field(default=None, gt=0.0)


class LimiterState(Frozen):
    """How the door stands at a moment. `window` None: as many at once as like."""

    in_flight: int
    waiting: int
    window: float | None
    held_until: float | None  # by the limiter's clock
    held_s: float
    n_429: int


class Limiter:
    """The door. Threads share it; who came first goes first."""

    def __init__(
        self,
        limits: Limits,
        *,
        patience_s: float = PATIENCE_S,
        first_hold_s: float = 0.5,
        max_hold_s: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = threading.Condition.wait,
    ) -> None:
        """Open the door.

        Args:
            limits: What the endpoint allows.
            patience_s: How long nobody may be let through.
            first_hold_s: How long nobody calls after a second refusal in a row that names no time; it doubles.
            max_hold_s: Up to this.
            clock: Seconds from any origin, never going back.
            wait: Waits for a condition, up to so many seconds; another one makes a test independent of time.
        """
        self._most = limits.max_concurrent or math.inf
        self._patience_s, self._first_hold_s, self._max_hold_s = patience_s, first_hold_s, max_hold_s
        self._clock, self._wait = clock, wait
        now = clock()
        self._requests = TokenBucket(limits.requests_per_minute, now)
        self._tokens = TokenBucket(limits.tokens_per_minute, now)
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._leases_of: Counter[int] = Counter()  # by thread
        self._window = self._most
        self._round = 0
        self._window_before = self._window  # at the first refusal of the round
        self._refused_share = 1.0
        self._held_until = -math.inf
        self._refused_since: float | None = None  # the first refusal after the last success
        self._n_refused_in_a_row = 0
        self._n_refused = 0
        self._is_closed = False

    def acquire(self, n_tokens: int) -> "Lease":
        """Wait until a call of up to `n_tokens` may be made; give the lease back by leaving its `with` block.

        Raises:
            EndpointUnreachable: the limiter was closed.
            StillLimited: the endpoint lets nothing through; see the module.
        """
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                # One reading of the clock a turn: what is ready a moment later must not be waited for without end.
                while not self._may_go(ticket, n_tokens, now := self._clock()):
                    self._wait(self._changed, self._wait_s(ticket, n_tokens, now))
                self._requests.take(1, now)
                self._tokens.take(n_tokens, now)
                self._leases_of[threading.get_ident()] += 1
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
            return Lease(self, n_tokens, self._round)

    def close(self) -> None:
        """Let nobody in any more, and send away who waits."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def snapshot(self) -> LimiterState:
        """How it stands now."""
        with self._changed:
            held_s = max(0.0, self._held_until - self._clock())
            return LimiterState(
                in_flight=self._in_flight(),
                waiting=len(self._queue),
                window=None if math.isinf(self._window) else self._window,
                held_until=self._held_until if held_s else None,
                held_s=held_s,
                n_429=self._n_refused,
            )

    def hear_success(self, n_unused_tokens: int) -> None:
        """Hear that a call was answered, and how many of its tokens it did not take."""
        with self._changed:
            self._tokens.give_back(n_unused_tokens, self._clock())
            self._refused_share *= 1.0 - _GAIN
            self._window = min(self._most, self._window + 1.0 / self._window)
            self._refused_since, self._n_refused_in_a_row = None, 0
            self._changed.notify_all()

    def hear_refusal(self, of_round: int, retry_after_s: float | None) -> None:
        """Hear that a call of this round was sent away."""
        with self._changed:
            now = self._clock()
            self._n_refused += 1
            self._refused_since = now if self._refused_since is None else self._refused_since
            self._refused_share += _GAIN * (1.0 - self._refused_share)
            # Calls that were under way together are refused together: they cut one window, the more the more they are.
            if of_round == self._round:
                self._round += 1
                self._n_refused_in_a_row += 1
                self._window_before = min(self._window, self._in_flight())
            self._window = max(1.0, min(self._window, self._window_before * (1.0 - self._refused_share / 2.0)))
            hold_s = self._hold_s() if retry_after_s is None else min(retry_after_s, _LONGEST_ASKED_S)
            self._held_until = max(self._held_until, now + hold_s)
            logger.info("held calls hold_s=%.1f window=%.1f in_flight=%d", hold_s, self._window, self._in_flight())
            self._changed.notify_all()

    def take_back(self, thread: int) -> None:
        """End a call that this thread began."""
        with self._changed:
            self._leases_of[thread] -= 1
            self._leases_of = +self._leases_of  # without the zeros
            self._changed.notify_all()

    def _hold_s(self) -> float:
        """How long all wait where the endpoint does not say."""
        if self._n_refused_in_a_row < 2:
            return 0.0
        return min(self._first_hold_s * 2.0 ** min(self._n_refused_in_a_row - 2, 16), self._max_hold_s)

    def _may_go(self, ticket: object, n_tokens: int, now: float) -> bool:
        if self._is_closed:
            raise EndpointUnreachable("the connection to this endpoint was closed", hint="Make a new one.")
        self._check_patience(ticket, now)
        return self._is_up(ticket) and self._ready_in_s(n_tokens, now) <= 0.0

    def _is_up(self, ticket: object) -> bool:
        """Whether it is this one's turn, and there is room."""
        if self._leases_of[threading.get_ident()]:
            return True  # a thread that has a call open and makes another would wait for itself
        return self._queue[0] is ticket and self._in_flight() < self._window

    def _check_patience(self, ticket: object, now: float) -> None:
        held_s = self._held_until - now
        since_s = 0.0 if self._refused_since is None else now - self._refused_since
        is_trying = self._queue[0] is ticket and not self._in_flight()
        if held_s > self._patience_s or (since_s > self._patience_s and not is_trying):
            asked = (
                f"asks to wait {held_s:.0f} s more" if held_s > 0 else f"has let nothing through for {since_s:.0f} s"
            )
            raise StillLimited(
                f"the endpoint limits the rate and {asked}",
                retry_after_s=max(0.0, held_s),
                hint="Wait and run again: what is paid for is not paid again. Fewer calls at once may help.",
            )

    def _ready_in_s(self, n_tokens: int, now: float) -> float:
        return max(self._held_until - now, self._requests.ready_in_s(1, now), self._tokens.ready_in_s(n_tokens, now))

    def _wait_s(self, ticket: object, n_tokens: int, now: float) -> float | None:
        """How long nothing can change of itself; None: not before another thread changes something."""
        waits = [self._ready_in_s(n_tokens, now)] if self._is_up(ticket) else []
        if self._refused_since is not None:
            # A hair later, so that patience is really over then.
            waits.append(self._refused_since + self._patience_s - now + 0.001)
        return min((wait_s for wait_s in waits if wait_s > 0.0), default=None)

    def _in_flight(self) -> int:
        return self._leases_of.total()


class Lease:
    """The leave to make one call; tell it what became of the call, unless that says nothing of the endpoint's load."""

    def __init__(self, limiter: Limiter, n_tokens: int, of_round: int) -> None:
        self._limiter, self._n_tokens, self._round = limiter, n_tokens, of_round
        self._thread = threading.get_ident()
        self._is_open = True

    def succeeded(self, n_tokens: int) -> None:
        """The call was answered, and took so many tokens."""
        self._limiter.hear_success(self._n_tokens - n_tokens)

    def refused(self, retry_after_s: float | None) -> None:
        """The endpoint sent the call away for now."""
        self._limiter.hear_refusal(self._round, retry_after_s)

    def __enter__(self) -> "Lease":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_open:
            self._is_open = False
            self._limiter.take_back(self._thread)
