"""Long-term memory as its users see it: what is said is logged, windows of it are gated, units are drawn from those
that pass, and what is asked for is recalled.

Every step can be repeated: turns, windows, units and passages are known by what they are, so a memory that was killed
in between goes on where it was. Knows the order of the steps. Must not know how any of them is done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from lm.types import Frozen
from memory.gate import HISTORY, GateScore, WindowGate, windows
from memory.passages import passages
from memory.recall import Recaller
from memory.unit_records import WindowRecord
from memory.unit_rules import RuleExtractor, UnitExtractor
from memory.unit_store import UnitStore
from memory.units import MemoryUnit, Turn

_BEFORE = 2  # turns that say who "you" and "it" are
_OF_RUNS = "run:"
Draw = Callable[[Sequence[Turn], set[str]], list[MemoryUnit]]


class Given(Frozen):
    """A turn whose units are there already, as those of a finished report are: none is drawn from it."""

    turn: Turn
    units: tuple[MemoryUnit, ...] = ()


def session_of_run(run_id: str) -> str:
    """The session of what a run gives to remember."""
    return f"{_OF_RUNS}{run_id}"


class Remembered(Frozen):
    """What became of windows that were judged: their decisions, and the ids of the units that are new."""

    windows: tuple[WindowRecord, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def n_dropped(self) -> int:
        """Windows that were gated out."""
        return sum(not window.kept for window in self.windows)


@dataclass(frozen=True)
class LongTermMemory:
    """One scope of a store, with what writes to it and what reads it.

    Attributes:
        store: Where everything is kept.
        scope: Whose memory is written.
        gate: Judges windows; None keeps every one.
        extractor: Draws units from turns.
        recaller: Finds them again.
        size: Turns of a window.
        stride: Turns from one window to the next.
        now: The time, in UTC.
    """

    store: UnitStore
    scope: str
    gate: WindowGate | None
    extractor: UnitExtractor
    recaller: Recaller
    size: int = 10
    stride: int = 5
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def remember(self, turns: Sequence[Turn], *, is_over: bool = False) -> Remembered:
        """Log turns of one session, then judge the windows that are full.

        Args:
            turns: In order; those that are logged already are left as they are.
            is_over: Whether the session ends here: the last window, which is not full, is judged too.
        """
        # What was shown from memory stays out of the log, too: there it would outlive the unit's forgetting.
        self.store.log_turns(self.scope, [turn.model_copy(update={"text": turn.own_text}) for turn in turns])
        results = [self.judge(session, is_over=is_over) for session in dict.fromkeys(turn.session for turn in turns)]
        return _together(results)

    def remember_units(self, given: Sequence[Given]) -> Remembered:
        """Log turns that come with their units, and store the units of those windows that the gate keeps.

        Args:
            given: Of whole sessions, in order. Given again they change nothing.
        """
        self.store.log_turns(self.scope, [one.turn for one in given])
        units = {one.turn.id: one.units for one in given}

        def draw(turns: Sequence[Turn], wanted: set[str]) -> list[MemoryUnit]:
            return [unit for turn in turns if turn.id in wanted for unit in units.get(turn.id, ())]

        sessions = dict.fromkeys(one.turn.session for one in given)
        told = frozenset(turn for turn, own in units.items() if own)
        return _together([self._judge(session, draw, is_over=True, told=told) for session in sessions])

    def judge(self, session: str, *, is_over: bool) -> Remembered:
        """Judge the windows of a session that have not been judged: what a kill left undone is done here."""
        return self._judge(session, self._units_of, is_over=is_over)

    def _judge(self, session: str, draw: Draw, *, is_over: bool, told: frozenset[str] = frozenset()) -> Remembered:
        """`told`: turns whose units say all that they say, so that these are found without a passage."""
        turns = self.store.turns(self.scope, session=session)
        judged = self.store.windows(self.scope, session=session)
        known = {(window.first_turn, window.last_turn) for window in judged}
        seen = {id_ for window in judged for id_ in window.turn_ids}
        extracted = {id_ for window in judged if window.kept for id_ in window.turn_ids}
        decisions, new = list[WindowRecord](), list[str]()
        # A session that was over and goes on begins a new row of windows: judged once more with what follows, the turns
        # of its last window would be old news, and that which follows with them.
        begin = max((one.last_turn + 1 for one in judged if len(one.turn_ids) < self.size), default=0)
        for place, window in windows(turns[begin:], size=self.size, stride=self.stride):
            first, last = begin + place, begin + place + len(window) - 1
            if (first, last) in known or (len(window) < self.size and not is_over):
                continue
            record = self._decision(first, window)
            ids = {turn.id for turn in window}
            units = draw(turns, ids - extracted) if record.kept else []
            stretches = passages(self.scope, turns, wanted=ids - seen - (told if record.kept else set()))
            added = set(self.store.add([*units, *stretches], window=record))
            new += [unit.id for unit in units if unit.id in added]
            seen |= ids
            extracted |= ids if record.kept else set()
            decisions.append(record)
        return Remembered(windows=tuple(decisions), units=tuple(new))

    def pending(self, session: str) -> list[MemoryUnit]:
        """Units of a session's turns that no window has been judged with yet: they are known while one talks, whatever
        the gate will say of them, and not stored. By rules, for this is asked at every question."""
        judged = {id_ for window in self.store.windows(self.scope, session=session) for id_ in window.turn_ids}
        turns = self.store.turns(self.scope, session=session)
        return _drawn(RuleExtractor(), turns, {turn.id for turn in turns} - judged, self.scope)

    def talks(self) -> list[str]:
        """Sessions with turns that were not judged, but for those of runs: what runs gave comes with its units, and
        waits for them."""
        return [one for one in self.store.unjudged_sessions(self.scope) if not one.startswith(_OF_RUNS)]

    def settle(self) -> Remembered:
        """Judge what earlier sessions left, as if they were over."""
        return _together([self.judge(session, is_over=True) for session in self.talks()])

    def _decision(self, first: int, window: Sequence[Turn]) -> WindowRecord:
        score = self._score(window)
        return WindowRecord(
            scope=self.scope,
            session=window[0].session,
            first_turn=first,
            last_turn=first + len(window) - 1,
            turn_ids=tuple(turn.id for turn in window),
            at=self.now(),
            kept=score.kept,
            form=score.form if self.gate else "none",
            h=score.h,
            novelty=score.novelty,
            divergence=score.divergence,
            new_entities=score.new_entities,
            bits=score.bits,
            threshold=score.threshold,
            reason=score.reason,
        )

    def _score(self, window: Sequence[Turn]) -> GateScore:
        if self.gate is None:
            return GateScore(h=0.0, n_turns=len(window), threshold=0.0, kept=True, reason="the gate is off")
        history = self.store.turns_before(self.scope, window[0].id, HISTORY)
        return self.gate.score(window, history, self.store.known_entities(self.scope))

    def _units_of(self, turns: Sequence[Turn], wanted: set[str]) -> list[MemoryUnit]:
        return _drawn(self.extractor, turns, wanted, self.scope)


def _drawn(extractor: UnitExtractor, turns: Sequence[Turn], wanted: set[str], scope: str) -> list[MemoryUnit]:
    """Units of the wanted turns, those that follow one another at once: a model is asked once a window."""
    units: list[MemoryUnit] = []
    for is_wanted, run in groupby(range(len(turns)), key=lambda place: turns[place].id in wanted):
        places = list(run)
        if is_wanted:
            before = turns[max(0, places[0] - _BEFORE) : places[0]]
            units += extractor.extract([turns[place] for place in places], before, scope=scope)
    return units


def _together(results: Sequence[Remembered]) -> Remembered:
    return Remembered(
        windows=tuple(window for result in results for window in result.windows),
        units=tuple(unit for result in results for unit in result.units),
    )
