"""What a memory shows of a long conversation for a question: its units, or the turns as they were said.

No model is asked. A conversation is read into a memory once, session by session, as if it were lived through.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from agent.scorers import open_scorer
from evals.bench import Bench
from evals.datasets.conversations import turns_of
from evals.items import Item, Outcome
from lm.tokens import approximate_tokens
from memory.gate import Gate, WindowGate
from memory.gate_bits import BitsGate
from memory.long_term import LongTermMemory
from memory.passages import passages
from memory.recall import CHANNELS, Channel, Recaller
from memory.unit_records import WindowRecord
from memory.unit_rules import RuleExtractor
from memory.unit_store import UnitStore
from memory.units import MemoryUnit, Turn
from retrieval.fusion import reciprocal_rank_fusion

BUDGETS = (500, 1000, 2000)  # tokens
SCOPE = "user"
_DEPTH = 200
GateName = Literal["terms", "names", "bits", "off"]
TurnSearch = Literal["words", "vectors", "hybrid", "recall"]


@dataclass(frozen=True)
class Shown:
    """A line as a reader sees it, under its day, and the turns that it was drawn from."""

    line: str
    day: str
    turns: tuple[str, ...]


def cut_to(shown: Iterable[Shown], budget: int, count: Callable[[str], int] = approximate_tokens) -> list[Shown]:
    """The first lines that fit, in whole lines; a day above them is paid for once."""
    kept: list[Shown] = []
    days: set[str] = set()
    used = 0
    for one in shown:
        used += count(one.line) + 1 + (0 if one.day in days else count(one.day) + 1)
        if used > budget:
            break
        kept.append(one)
        days.add(one.day)
    return kept


def as_text(shown: Sequence[Shown]) -> list[str]:
    """The lines under their days; days come in the order in which they are first met."""
    days: dict[str, list[str]] = {}
    for one in shown:
        days.setdefault(one.day, []).append(one.line)
    return [line for day, lines in days.items() for line in (f"{day}:", *lines)]


@dataclass
class Memories:
    """The memories of a run, one for each conversation, made when it is first asked about."""

    make: Callable[[Item, Bench], LongTermMemory]
    made: dict[str, LongTermMemory] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, item: Item, bench: Bench) -> LongTermMemory:
        """The memory of the item's conversation."""
        with self.lock:
            if item.cluster not in self.made:
                self.made[item.cluster] = self.make(item, bench)
            return self.made[item.cluster]


def lived_through(
    gate: GateName = "terms", channels: Sequence[Channel] = CHANNELS
) -> Callable[[Item, Bench], LongTermMemory]:
    """Makes memories of conversations, session by session."""

    def make(item: Item, bench: Bench) -> LongTermMemory:
        store = UnitStore(":memory:", bench.embedder)
        memory = LongTermMemory(
            store=store,
            scope=SCOPE,
            gate=_gate(gate, bench),
            extractor=RuleExtractor(),
            recaller=Recaller(store, bench.embedder, channels=channels),
            now=lambda: turns_of(item)[-1].at,
        )
        sessions: dict[str, list[Turn]] = {}
        for turn in turns_of(item):
            sessions.setdefault(turn.session, []).append(turn)
        for turns in sessions.values():
            memory.remember(turns, is_over=True)
        return memory

    return make


def _gate(name: GateName, bench: Bench) -> WindowGate | None:
    if name == "off":
        return None
    return BitsGate(open_scorer(bench.settings)) if name == "bits" else Gate(bench.embedder, form=name)


class ShowsUnits:
    """Units of a memory, as many as the largest budget holds, or as many as the question deserves."""

    def __init__(self, gate: GateName = "terms", *, channels: Sequence[Channel] = CHANNELS, k: int | None = 0) -> None:
        self._memories, self._k = Memories(lived_through(gate, channels)), k

    def __call__(self, item: Item, bench: Bench) -> Outcome:
        """Recall for one question."""
        memory = self._memories.of(item, bench)
        shown = units_for(item, memory, budget=max(BUDGETS), k=self._k)
        return _outcome(item, shown, memory.store.windows(SCOPE))


def units_for(item: Item, memory: LongTermMemory, *, budget: int, k: int | None = 0) -> list[Shown]:
    """What a memory recalls for a question that is asked when the conversation has ended."""
    recalled = memory.recaller.recall(item.text, scopes=[SCOPE], now=memory.now(), budget_tokens=budget, k=k)
    return [
        Shown(unit.line, unit.day, unit.parents[:1] if unit.kind == "passage" else unit.parents)
        for unit in recalled.units
    ]


class ShowsTurns:
    """Whole turns, by one search or both: what units are measured against. `recall` searches them as units are."""

    def __init__(self, search: TurnSearch) -> None:
        self._search = search
        self._memories = Memories(turns_alone)

    def __call__(self, item: Item, bench: Bench) -> Outcome:
        """Search for one question."""
        memory = self._memories.of(item, bench)
        return _outcome(item, turns_for(item, memory, self._search, bench), [])


def turns_alone(item: Item, bench: Bench) -> LongTermMemory:
    """A memory whose units are the turns as they were said."""
    store, turns = UnitStore(":memory:", bench.embedder), turns_of(item)
    store.log_turns(SCOPE, turns)
    store.add([_as_unit(turn) for turn in turns])
    for session in dict.fromkeys(turn.session for turn in turns):
        own = [turn for turn in turns if turn.session == session]
        store.add(passages(SCOPE, own, wanted={turn.id for turn in own}))
    recaller = Recaller(store, bench.embedder)
    return LongTermMemory(
        store=store, scope=SCOPE, gate=None, extractor=RuleExtractor(), recaller=recaller, now=lambda: turns[-1].at
    )


def _as_unit(turn: Turn) -> MemoryUnit:
    text = f"{turn.speaker}: {' '.join(turn.text.split())}"
    return MemoryUnit(scope=SCOPE, kind="statement", text=text, at=turn.at, parents=(turn.id,), persons=(turn.speaker,))


def turns_for(item: Item, memory: LongTermMemory, search: TurnSearch, bench: Bench) -> list[Shown]:
    """Whole turns for a question, best first."""
    if search == "recall":
        return units_for(item, memory, budget=max(BUDGETS))
    (vector,) = bench.embedder.encode([item.text])
    words = [id_ for id_, _ in memory.store.search_words(SCOPE, item.text, _DEPTH)]
    near = [id_ for id_, _ in memory.store.search_vectors(SCOPE, vector, _DEPTH)]
    rankings = {"words": [words], "vectors": [near], "hybrid": [words, near]}[search]
    found = memory.store.get([id_ for id_, _ in reciprocal_rank_fusion(rankings)])
    return [Shown(one.unit.text, f"{one.unit.at.day} {one.unit.at:%B %Y}", one.unit.parents) for one in found]


def _outcome(item: Item, shown: Sequence[Shown], windows: Sequence[WindowRecord]) -> Outcome:
    within: dict[str, JsonValue] = {str(budget): len(cut_to(shown, budget)) for budget in BUDGETS}
    kept = {id_ for window in windows if window.kept for id_ in window.turn_ids}
    details: dict[str, JsonValue] = {
        "shown": [[one.line, *one.turns] for one in cut_to(shown, max(BUDGETS))],
        "within": within,
        "conversation": item.cluster,
    }
    if windows:
        details["windows"] = len(windows)
        details["windows_dropped"] = sum(not window.kept for window in windows)
        details["gold_dropped"] = sum(id_ not in kept for id_ in item.supporting_ids)
    tokens = sum(approximate_tokens(one.line) + 1 for one in cut_to(shown, max(BUDGETS)))
    return Outcome(text="", evidence_tokens=tokens, details=details)
