"""What a run did when. Seconds count from the beginning of the sitting; a run's sittings may lie days apart."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from lm.types import Frozen

Span = tuple[float, float]  # from, to


class Try(Frozen):
    """One request that was sent to a model."""

    began_s: float
    seconds: float
    error: str = ""

    @property
    def span(self) -> Span:
        """From sending to the answer's end."""
        return self.began_s, self.began_s + self.seconds


class Call(Frozen):
    """One call of a model, with all its tries and waits. `is_cut`: it had not ended when the events did."""

    number: int
    role: str
    model: str
    stage: str = ""
    block: str = ""
    began_s: float
    seconds: float
    tries: tuple[Try, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    is_replayed: bool = False
    finish: str = ""
    error: str = ""
    is_cut: bool = False

    @property
    def span(self) -> Span:
        """From its beginning to its end, waits included."""
        return self.began_s, self.began_s + self.seconds


class Stage(Frozen):
    """One stage's work, of one block or of the whole run. `stops`: the budgets that it met."""

    name: str
    block: str = ""
    began_s: float
    seconds: float
    error: str = ""
    stops: tuple[str, ...] = ()
    is_cut: bool = False

    @property
    def span(self) -> Span:
        """From its beginning to its end."""
        return self.began_s, self.began_s + self.seconds


class Figures(Frozen):
    """A sitting in numbers; the three times add up to `wall_s`.

    Attributes:
        in_models_s: While at least one request was with a model.
        waiting_s: While calls were open, but each of them waited: for the limiter, or before trying again.
        own_s: While no call was open: the program's own work.
        overhead: `own_s` as a share of `wall_s`; 0 where nothing took any time.
        calls_s: Of all calls, added up: beyond `in_models_s` where they ran side by side.
    """

    wall_s: float = 0.0
    in_models_s: float = 0.0
    waiting_s: float = 0.0
    own_s: float = 0.0
    overhead: float = 0.0
    calls_s: float = 0.0
    calls: int = 0
    replayed: int = 0
    retried: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Sitting(Frozen):
    """A run from its start or resumption to its end. `status` is the ledger's, "running", or "cut off" by a kill."""

    number: int
    began_at: str
    seconds: float
    status: str
    exit_code: int | None = None
    version: str = ""
    stages: tuple[Stage, ...] = ()
    calls: tuple[Call, ...] = ()

    @cached_property
    def figures(self) -> Figures:
        """Its times and counts."""
        return figures_of(self.seconds, self.calls)


class Timeline(Frozen):
    """All sittings of a run, and what its events leave in doubt."""

    run: str
    sittings: tuple[Sitting, ...]
    remarks: tuple[str, ...] = ()

    @cached_property
    def figures(self) -> Figures:
        """Of all sittings together."""
        parts = [sitting.figures for sitting in self.sittings]
        names = [name for name in Figures.model_fields if name != "overhead"]
        sums = {name: round(sum(getattr(part, name) for part in parts), 4) for name in names}
        return Figures.model_validate(sums | {"overhead": _share(sums["own_s"], sums["wall_s"])})


def figures_of(wall_s: float, calls: Sequence[Call]) -> Figures:
    """What calls come to within a sitting of so many seconds."""
    in_models_s = total(union(one.span for call in calls for one in call.tries))
    open_s = total(union(call.span for call in calls))
    own_s = max(0.0, wall_s - open_s)
    return Figures(
        wall_s=round(wall_s, 4),
        in_models_s=round(in_models_s, 4),
        waiting_s=round(max(0.0, open_s - in_models_s), 4),
        own_s=round(own_s, 4),
        overhead=_share(own_s, wall_s),
        calls_s=round(sum(call.seconds for call in calls), 4),
        calls=len(calls),
        replayed=sum(call.is_replayed for call in calls),
        retried=sum(len(call.tries) > 1 for call in calls),
        failed=sum(bool(call.error) for call in calls),
        prompt_tokens=sum(call.prompt_tokens for call in calls if not call.is_replayed),
        completion_tokens=sum(call.completion_tokens for call in calls if not call.is_replayed),
    )


def union(spans: Iterable[Span]) -> list[Span]:
    """The times that lie in at least one span, as spans that do not touch, in order."""
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged


def total(spans: Iterable[Span]) -> float:
    """Seconds of spans that do not touch."""
    return sum(end - begin for begin, end in spans)


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0
