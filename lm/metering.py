"""Budgets that refuse before a call, and what was spent, by role."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from lm.errors import BudgetExceeded, LMError, PriceUnknown
from lm.flops import SizeTable, call_flops
from lm.layer import Layer
from lm.spending import RoleSpend, Spend, frontier_only, together
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest, Frozen, Role, Usage
from lm.watching import CallWatch
from lm.window import prompt_bound


class Budget(Frozen):
    """What a run may take; None is no limit. `max_seconds` counts from the making of the meter, on what earlier parts
    of the run took."""

    max_tokens: int | None = Field(default=None, ge=0)
    max_usd: float | None = Field(default=None, ge=0.0)
    max_seconds: float | None = Field(default=None, ge=0.0)


class Price(Frozen):
    """US dollars per million tokens."""

    input: float = Field(ge=0.0)
    output: float = Field(ge=0.0)

    def usd(self, usage: Usage) -> float:
        """What these tokens cost."""
        return (usage.prompt_tokens * self.input + usage.completion_tokens * self.output) / 1e6


class PriceTable(Frozen):
    """Prices by model name. Embedded models cost nothing."""

    by_model: dict[str, Price] = Field(default_factory=dict)

    @classmethod
    def from_mapping(cls, prices: Mapping[str, Mapping[str, float]]) -> "PriceTable":
        """Read ``{"openai:gpt-5": {"input": 1.25, "output": 10.0}}``.

        Raises:
            pydantic.ValidationError: a price is missing, negative, or not a number.
        """
        return cls.model_validate({"by_model": prices})

    def find(self, model_name: str) -> Price | None:
        """The price of a model; None when it is not known."""
        if model_name.startswith("embedded:"):
            return Price(input=0.0, output=0.0)
        return self.by_model.get(model_name)


@dataclass(frozen=True)
class Reservation:
    """Tokens and money set aside for one call."""

    role: Role
    model_name: str
    usage: Usage
    usd: float
    number: int
    above: "Reservation | None" = None


class Meter:
    """Counts what all roles of a run spend against one budget. Threads may share it."""

    def __init__(
        self,
        budget: Budget,
        prices: PriceTable,
        clock: Callable[[], float],
        *,
        sizes: SizeTable | None = None,
        already: Spend | None = None,
        above: "Meter | None" = None,
        name: str = "",
    ) -> None:
        """Start counting.

        Args:
            budget: The limits.
            prices: What models cost.
            clock: Seconds from any origin, never going back.
            sizes: How large models are; None: of none it is known.
            already: What earlier parts of the same run spent.
            above: A meter over several, as of a batch: what is spent here is spent there too, and either may refuse.
            name: Stands before a limit that is named, so that a reader knows whose it is.
        """
        self._above, self._name = above, name
        self._budget, self._prices, self._clock = budget, prices, clock
        self._sizes = sizes or SizeTable()
        before = already or Spend()
        self._started = clock()
        self._seconds_before = before.seconds
        self._by_role: dict[Role, RoleSpend] = dict(before.by_role)
        self._spared: dict[Role, RoleSpend] = dict(before.spared)
        self._model_of: dict[Role, str] = {}
        self._on_paid: Callable[[], None] = lambda: None
        self.calls = CallWatch(clock)  # of the same run: what `Watched` tells of each call
        self._reserved: dict[int, Reservation] = {}
        self._n_reserved = 0
        self._lock = threading.Lock()

    def is_late(self) -> bool:
        """Whether the time of the budget is over: no call would be let through any more."""
        return self.late_by() is not None

    def late_by(self) -> str | None:
        """The limit of time that is over, named as in `BudgetExceeded.limit`; None: none is."""
        if self._above and (above := self._above.late_by()):
            return above
        is_late = self._budget.max_seconds is not None and self._seconds() >= self._budget.max_seconds
        return self._named("max_seconds") if is_late else None

    def _named(self, limit: str) -> str:
        return f"{self._name} {limit}".strip()

    def _seconds(self) -> float:
        return self._seconds_before + self._clock() - self._started

    def spent(self) -> Spend:
        """What was spent so far, without reservations."""
        with self._lock:
            by_role, spared = dict(self._by_role), dict(self._spared)
            seconds = round(self._seconds(), 3)
        return Spend(by_role=by_role, seconds=seconds, spared=spared, frontier=frontier_only(by_role, spared))

    def tell_of_payments(self, listener: Callable[[], None]) -> None:
        """Let `listener` hear of each call that was paid, in the call's thread and before its reply is handed on; and
        of what was spared."""
        self._on_paid = listener

    def admit(self, role: Role, model_name: str) -> None:
        """Note which model a role has: what the role is spared is counted at that model's price and size.

        Raises:
            PriceUnknown: see `check_price`.
        """
        self.check_price(model_name)
        with self._lock:
            self._model_of[role] = model_name
        if self._above:
            self._above.admit(role, model_name)

    def check_price(self, model_name: str) -> None:
        """Refuse a model whose cost cannot be known where money is limited.

        Raises:
            PriceUnknown: `max_usd` is set and the model has no price.
        """
        if self._budget.max_usd is not None and self._prices.find(model_name) is None:
            raise PriceUnknown(
                f"max_usd={self._budget.max_usd} but the price of {model_name!r} is not known",
                hint="Set input = … and output = …, US dollars per million tokens, below a line "
                f'[prices."{model_name}"] in wellread.toml; or limit tokens instead of money.',
            )

    def reserve(self, role: Role, model_name: str, most: Usage) -> Reservation:
        """Set the most that a call can take aside.

        Raises:
            BudgetExceeded: it might break a limit; nothing is set aside.
            PriceUnknown: see `check_price`.
        """
        self.check_price(model_name)
        price = self._prices.find(model_name)
        above = self._above.reserve(role, model_name, most) if self._above else None
        try:
            with self._lock:
                self._n_reserved += 1
                usd = price.usd(most) if price else 0.0
                wanted = Reservation(role, model_name, most, usd, self._n_reserved, above)
                self._check(wanted)
                self._reserved[wanted.number] = wanted
        except BudgetExceeded:
            if self._above and above:
                self._above.drop(above)
            raise
        return wanted

    def settle(self, reservation: Reservation, usage: Usage, *, seconds: float) -> None:
        """Put what a call really took in the place of its reservation."""
        taken = self._taken(reservation.model_name, usage)
        self._add(reservation.role, taken.model_copy(update={"seconds": seconds}), reservation)
        if self._above and reservation.above:
            self._above.settle(reservation.above, usage, seconds=seconds)
        self._on_paid()

    def release(self, reservation: Reservation) -> None:
        """Give a reservation back: its call failed before anything came."""
        self._add(reservation.role, RoleSpend(failed=1), reservation)
        if self._above and reservation.above:
            self._above.release(reservation.above)

    def drop(self, reservation: Reservation) -> None:
        """Give a reservation back as if it had never been made: the call was not tried."""
        self._add(reservation.role, RoleSpend(), reservation)
        if self._above and reservation.above:
            self._above.drop(reservation.above)

    def count_replayed(self, role: Role, usage: Usage, reservation: Reservation | None = None) -> None:
        """Count a call that cost nothing."""
        n_tokens = usage.prompt_tokens + usage.completion_tokens
        self._add(role, RoleSpend(replayed=1, replayed_tokens=n_tokens), reservation)
        if self._above:
            self._above.count_replayed(role, usage, reservation.above if reservation else None)

    def count_spared(self, role: Role, prompt_tokens: int, completion_tokens: int = 0) -> None:
        """Count what a role did not have to read, or write, because another read it in its place.

        Tell it once for each paid call of `role` that went without these tokens, not for a replayed one: it was told of
        before. What the role read in their place, such as a summary, stands in its own call and is to be taken off.
        Their FLOPs are those of a prompt of their own: which one they would have stood in is not known.

        Args:
            role: Who was spared; not who did the work.
            prompt_tokens: Not read, less what was read in their place.
            completion_tokens: Not written.

        Raises:
            ValueError: a number is negative.
        """
        if prompt_tokens < 0 or completion_tokens < 0:
            raise ValueError(f"{prompt_tokens} prompt tokens and {completion_tokens} completion tokens spared")
        usage = Usage(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
        with self._lock:
            taken = self._taken(self._model_of.get(role, ""), usage)
            self._spared[role] = self._spared.get(role, RoleSpend()) + taken
        if self._above:
            self._above.count_spared(role, prompt_tokens, completion_tokens)
        self._on_paid()

    def _taken(self, model_name: str, usage: Usage) -> RoleSpend:
        price, size = self._prices.find(model_name), self._sizes.find(model_name)
        return RoleSpend(
            calls=1,
            unpriced=0 if price else 1,
            unsized=0 if size else 1,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            usd=price.usd(usage) if price else 0.0,
            flops=call_flops(size, usage) if size else 0.0,
        )

    def _add(self, role: Role, taken: RoleSpend, reservation: Reservation | None) -> None:
        with self._lock:
            if reservation and self._reserved.pop(reservation.number, None) is None:
                raise ValueError(f"reservation {reservation.number} was settled before")
            self._by_role[role] = self._by_role.get(role, RoleSpend()) + taken

    def _check(self, wanted: Reservation) -> None:
        budget, total = self._budget, together(self._by_role.values())
        open_calls = [*self._reserved.values(), wanted]
        n_tokens = total.tokens + sum(_n_tokens(r.usage) for r in open_calls)
        if budget.max_tokens is not None and n_tokens > budget.max_tokens:
            raise self._exceeded("max_tokens", budget.max_tokens, n_tokens, wanted)
        usd = total.usd + sum(r.usd for r in open_calls)
        if budget.max_usd is not None and usd > budget.max_usd:
            raise self._exceeded("max_usd", budget.max_usd, usd, wanted)
        if budget.max_seconds is not None and self._seconds() >= budget.max_seconds:
            raise self._exceeded("max_seconds", budget.max_seconds, self._seconds(), wanted)

    def _exceeded(self, limit: str, allowed: float, needed: float, wanted: Reservation) -> LMError:
        whose = self._named(limit)
        return BudgetExceeded(
            f"{whose}={allowed:g} would be broken: with this call of {wanted.model_name} by {wanted.role} up to "
            f"{needed:g}",
            limit=whose,
            hint=f"Raise {limit} and resume: what is paid for is not paid again.",
        )


class Metered(Layer):
    """A chat model paid from a meter: Watched(Metered(Replay(Retrying(Limited(backend)))))."""

    def __init__(self, inner: ChatModel, role: Role, meter: Meter) -> None:
        """Wrap.

        Raises:
            PriceUnknown: money is limited and the model's price is not known.
        """
        meter.admit(role, inner.name)
        super().__init__(inner)
        self._role, self._meter = role, meter

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation within the budget; a replayed reply is free and never refused.

        Raises:
            BudgetExceeded: the call might break the budget; it was not made.
            LMError: the call failed; nothing is counted as spent.
        """
        reservation = self._reserve(request)
        try:
            reply = self._inner.chat(request)
        except BaseException:
            self._give_back(reservation)
            raise
        self._settle(reservation, reply, request)
        return reply

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Stream the reply within the budget. What came of a broken stream is counted as spent."""
        reservation = self._reserve(request)
        text = ""
        is_settled = False
        try:
            for delta in self._inner.stream(request):
                text += delta.text
                if delta.reply is not None:
                    is_settled = True
                    self._settle(reservation, delta.reply, request)
                yield delta
        finally:
            if not is_settled and text and reservation:
                usage = Usage(prompt_tokens=reservation.usage.prompt_tokens, completion_tokens=self.count_tokens(text))
                self._meter.settle(reservation, usage, seconds=0.0)
            elif not is_settled:
                self._give_back(reservation)

    def _reserve(self, request: ChatRequest) -> Reservation | None:
        if self.peek(request):
            return None
        return self._meter.reserve(self._role, self.name, self._most(request))

    def _most(self, request: ChatRequest) -> Usage:
        n_prompt = prompt_bound(request.messages, self.count_tokens)
        if request.json_schema:  # it may have to be told in words
            n_prompt += self.count_tokens(request.json_schema.schema_text)
        return Usage(prompt_tokens=n_prompt, completion_tokens=request.max_tokens)

    def _settle(self, reservation: Reservation | None, reply: ChatReply, request: ChatRequest) -> None:
        if reply.is_replayed:
            self._meter.count_replayed(self._role, reply.usage, reservation)
            return
        if reservation is None:  # the cached reply was lost between the peek and the call: it was paid after all
            reservation = self._meter.reserve(self._role, self.name, self._most(request))
        self._meter.settle(reservation, reply.usage, seconds=reply.seconds)

    def _give_back(self, reservation: Reservation | None) -> None:
        if reservation:
            self._meter.release(reservation)


def _n_tokens(usage: Usage) -> int:
    return usage.prompt_tokens + usage.completion_tokens
