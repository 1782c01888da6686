"""Passages of the log as rows: made anew where a turn of theirs was forgotten, and made of turns that were brought in.

Knows which rows a passage has. Must not know what a passage is good for.
"""

import sqlite3
from collections.abc import Sequence

from memory.passages import log_scope, passages
from memory.turn_log import read_turns
from memory.unit_rows import delete_units, insert_unit
from memory.units import MemoryUnit
from memory.word_tables import WordTables


def passages_with(db: sqlite3.Connection, turns: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Ids of the passages that say something of these turns, (scope, id) each, to the turn that each is the passage of.

    The passage of a turn that is one of them is among them.
    """
    found: dict[str, tuple[str, str]] = {}
    for scope, turn in turns:
        rows = db.execute(
            "SELECT units.id, body FROM unit_parents JOIN units ON units.seq = unit_parents.unit "
            "JOIN bodies ON bodies.unit = units.seq WHERE parent = ? AND scope = ? AND kind = 'passage'",
            (turn, log_scope(scope)),
        )
        for unit_id, body in rows:
            found[str(unit_id)] = (scope, MemoryUnit.model_validate_json(body).parents[0])
    return found


def make_passages(db: sqlite3.Connection, words: WordTables, turns: Sequence[tuple[str, str]]) -> None:
    """Write the passages of turns, (scope, id) each, of what the log holds now, within a transaction.

    They have no vectors yet: whoever searches next embeds them.
    """
    wanted: dict[str, set[str]] = {}
    for scope, turn in turns:
        wanted.setdefault(scope, set()).add(turn)
    for scope, ids in wanted.items():
        sessions = dict.fromkeys(turn.session for turn in read_turns(db, [scope], session=None, ids=sorted(ids)))
        for session in sessions:
            for passage in passages(scope, read_turns(db, [scope], session=session, ids=None), wanted=ids):
                _put(db, words, (scope, passage.parents[0]), passage)


def renew_passages(db: sqlite3.Connection, words: WordTables, turns: Sequence[tuple[str, str]]) -> None:
    """Make anew, within a transaction, the passages that some of these turns have: neighbours may have come since."""
    wanted = set(turns)
    make_passages(db, words, sorted(wanted & set(passages_with(db, turns).values())))


def _put(db: sqlite3.Connection, words: WordTables, of: tuple[str, str], passage: MemoryUnit) -> None:
    """Write a turn's one passage in the place of any other."""
    others = [found for found, turn in passages_with(db, [of]).items() if turn == of and found != passage.id]
    delete_units(db, words, others)
    insert_unit(db, words, passage)
