"""One unit of memory with everything that is known of it."""

from collections.abc import Sequence
from typing import Self

from agent.commands.memory_text import ID_SHOWN
from lm.types import Frozen
from memory.passages import scope_of_log
from memory.unit_records import StoredUnit, WindowRecord
from memory.unit_store import UnitStore
from memory.units import Turn


class Parent(Frozen):
    """What a unit was drawn from: a turn of the log, with its text, or the id of a quotation, a claim or a unit."""

    id: str
    turn: Turn | None = None
    is_forgotten: bool = False


class UnitView(Frozen):
    """A unit, what it was drawn from, what it stands for and against, and the windows that let it in."""

    stored: StoredUnit
    parents: tuple[Parent, ...]
    members: tuple[StoredUnit, ...]
    archived_by: tuple[StoredUnit, ...]
    contradicts: tuple[StoredUnit, ...]
    windows: tuple[WindowRecord, ...]

    @classmethod
    def of(cls, store: UnitStore, stored: StoredUnit) -> Self:
        """Look everything up."""
        unit, scope = stored.unit, scope_of_log(stored.unit.scope)
        turns = {turn.id: turn for turn in store.turns(scope, ids=unit.parents)}
        forgotten = store.forgotten_turns(scope)
        sessions = dict.fromkeys(turn.session for turn in turns.values())
        windows = [window for session in sessions for window in store.windows(scope, session=session)]
        return cls(
            stored=stored,
            parents=tuple(
                Parent(id=id_, turn=turns.get(id_), is_forgotten=id_ in forgotten)
                for id_ in unit.parents
                if id_ not in unit.members
            ),
            members=tuple(store.get(unit.members)),
            archived_by=tuple(store.get([stored.archived_by])),
            contradicts=tuple(store.get(stored.contradicts)),
            windows=tuple(window for window in windows if not turns.keys().isdisjoint(window.turn_ids)),
        )


def view_text(view: UnitView) -> str:
    """For a terminal."""
    unit = view.stored.unit
    facts = [
        ("id", view.stored.id),
        ("scope", unit.scope),
        ("kind", unit.kind),
        ("said", f"{unit.at:%Y-%m-%d %H:%M} UTC"),
        ("persons", ", ".join(unit.persons)),
        ("names", ", ".join(unit.entities)),
        ("times", ", ".join(f"{t.start} to {t.end}" if t.end != t.start else t.start for t in unit.times)),
        ("reason", unit.reason),
    ]
    lines = [unit.text, "", *(f"{name:<9}{value}" for name, value in facts if value)]
    for title, units in _linked(view):
        lines += [f"{title}:", *(f"  {one.id[:ID_SHOWN]}  {one.unit.at:%Y-%m-%d}  {one.unit.text}" for one in units)]
    lines += ["drawn from:", *(line for parent in view.parents for line in _parent_lines(parent))]
    return "\n".join([*lines, *(_window_line(window) for window in view.windows)])


def _linked(view: UnitView) -> list[tuple[str, Sequence[StoredUnit]]]:
    held = view.stored.superseded_by
    newer = [one for one in view.contradicts if one.id == held]
    others = [one for one in view.contradicts if one.id != held]
    groups: list[tuple[str, Sequence[StoredUnit]]] = [
        ("archived: this stands for it", view.archived_by),
        ("stands for", view.members),
        ("superseded by", newer),
        ("contradicts", others),
    ]
    return [(title, units) for title, units in groups if units]


def _parent_lines(parent: Parent) -> list[str]:
    if parent.turn is None:
        return [f"  {parent.id}"]
    turn = parent.turn
    head = f"  {turn.id}, {turn.at:%Y-%m-%d %H:%M}, {turn.speaker}:"
    return [head, f"    {'(forgotten)' if parent.is_forgotten else turn.text}"]


def _window_line(window: WindowRecord) -> str:
    turns = f"turns {window.first_turn + 1} to {window.last_turn + 1} of {window.session}"
    return f"gate: {'kept' if window.kept else 'dropped'} {turns}: {window.reason}"
