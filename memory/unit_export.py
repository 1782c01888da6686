"""A scope of memory as lines of JSON, and back: the raw log, the gate's decisions, units and how they stand.

Knows what a line holds. Must not know tables or where the lines are kept.
"""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from lm.types import Frozen
from memory.errors import RecordRejected
from memory.passages import check_scope
from memory.unit_import import Brought, Imported
from memory.unit_records import StoredUnit, WindowRecord
from memory.unit_store import UnitStore
from memory.units import Turn

FORM = 1
_PAGE = 1_000


class Line(Frozen):
    """One line: the head of a scope, or one thing that it holds."""

    memory: int | None = None
    scope: str | None = None
    turn: Turn | None = None
    is_forgotten: bool | None = None
    window: WindowRecord | None = None
    unit: StoredUnit | None = None
    contradiction: tuple[str, str] | None = None


def export_scope(store: UnitStore, scope: str) -> Iterator[str]:
    """The lines of a scope, each without its line break: its head, turns, windows, and units as they were stored.

    Vectors are not among them: whoever takes the lines in may have another embedder.
    """
    yield _line(Line(memory=FORM, scope=scope))
    forgotten = store.forgotten_turns(scope)
    for turn in store.turns(scope):
        yield _line(Line(turn=turn, is_forgotten=True if turn.id in forgotten else None))
    for window in store.windows(scope):
        yield _line(Line(window=window))
    offset = 0
    while page := store.units(scope, include_archived=True, limit=_PAGE, offset=offset):
        yield from (_line(Line(unit=stored)) for stored in page)
        offset += len(page)
    for pair in store.contradictions(scope):
        yield _line(Line(contradiction=pair))


def import_lines(store: UnitStore, lines: Iterable[str], scope: str | None = None) -> Imported:
    """Take in what `export_scope` gave, of one scope or several; all of it or, if a line is wrong, nothing.

    What is there already stays as it is, and what was forgotten here stays forgotten.

    Args:
        store: that takes it in.
        lines: blank ones are skipped.
        scope: the scope that it becomes; as in the lines if None. Units have other ids in another scope, and
            everything that names them is changed with them.

    Raises:
        RecordRejected: a line is not what it should be, and the message has its number; or a scope is of passages.
    """
    brought, current = Brought(), ""
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        line = _parsed(number, text)
        if line.scope:
            current = scope or line.scope
            check_scope(current)
        elif not current:
            raise _wrong(number, "the head of a scope comes first")
        elif line.turn:
            brought.turns.append((current, line.turn, bool(line.is_forgotten)))
        elif line.window:
            brought.windows.append(line.window.model_copy(update={"scope": current}))
        elif line.unit:
            brought.add_unit(line.unit, current)
        elif line.contradiction:
            brought.contradictions.append(line.contradiction)
        else:
            raise _wrong(number, "it holds nothing")
    return store.take_in(brought)


def _line(line: Line) -> str:
    return line.model_dump_json(exclude_none=True)


def _parsed(number: int, text: str) -> Line:
    try:
        line = Line.model_validate_json(text)
    except ValidationError as error:
        raise _wrong(number, str(error.errors()[0]["msg"])) from error
    if (line.memory is None) != (line.scope is None) or line.memory not in (None, FORM):
        raise _wrong(number, f"form {line.memory} is not known, {FORM} is")
    return line


def _wrong(number: int, reason: str) -> RecordRejected:
    return RecordRejected(
        f"line {number} is no line of an exported memory: {reason}", hint="nothing was taken in; export it again"
    )
