"""The sessions of a home: who asked what, and how it was answered. Rows of `chats.sqlite`.

A question is written before anything is done with it, its answer when it is whole, so that a kill at any moment leaves
the question there, marked as asked. Several processes may use the file at once; a session belongs to one at a time.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from agent.chat.records import Answer, Considered, Exchange, Kept, Session, Status
from agent.databases import damaged, explained
from agent.errors import RunBusy, UsageProblem
from agent.home import Home
from lm.lockfile import try_lock
from lm.spending import Spend
from lm.sqlite_file import open_wal, transaction

M = TypeVar("M", bound=BaseModel)

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, scope TEXT NOT NULL, title TEXT NOT NULL DEFAULT '', started_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, spend TEXT NOT NULL DEFAULT '{}');
CREATE TABLE exchanges (
    seq INTEGER PRIMARY KEY, session TEXT NOT NULL, number INTEGER NOT NULL, question TEXT NOT NULL,
    asked_at TEXT NOT NULL, status TEXT NOT NULL, considered TEXT, draft TEXT, answer TEXT, answered_at TEXT, kept TEXT,
    message TEXT NOT NULL DEFAULT '', UNIQUE (session, number))
"""
_LOSS = "past conversations are lost then, long-term memory is not"
_COLUMNS = "session, number, question, asked_at, status, considered, draft, answer, answered_at, kept, message"
_BLANK = (
    "question = '', considered = NULL, draft = NULL, answer = NULL, kept = NULL, message = '', status = 'forgotten'"
)
_RECORDS = ("considered", "draft", "answer", "kept")


class ChatStore:
    """Sessions and their exchanges. Every method raises FileBroken where the file is damaged or out of reach."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it with its folder.

        Raises:
            FileBroken: it cannot be opened, or is of another version or program.
            UsageProblem: its folder cannot be made.
        """
        Home(path.parent).make()
        self._path = path
        self._lock = threading.Lock()
        with explained(path, loss=_LOSS):
            self._db = open_wal(path, schema=_SCHEMA, version=_SCHEMA_VERSION, synchronous="FULL")
            self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten must not be left between rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(self, scope: str, at: datetime) -> Session:
        """A new session, which is written with its first question: one that asked nothing leaves no trace."""
        identity = f"{at:%Y-%m-%dT%H%M%S}-{uuid4().hex[:6]}"
        return Session(id=identity, scope=scope, title="", started_at=at, updated_at=at)

    def ask(self, session: Session, question: str, at: datetime) -> Exchange:
        """Write a question down, and its session if it is the first."""
        when = at.isoformat()
        with self._writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO sessions (id, scope, title, started_at, updated_at) VALUES (?, ?, ?, ?, ?)",
                (session.id, session.scope, question, session.started_at.isoformat(), when),
            )
            db.execute("UPDATE sessions SET updated_at = ? WHERE id = ?", (when, session.id))
            (number,) = db.execute(
                "SELECT coalesce(max(number), 0) + 1 FROM exchanges WHERE session = ?", (session.id,)
            ).fetchone()
            db.execute(
                "INSERT INTO exchanges (session, number, question, asked_at, status) VALUES (?, ?, ?, ?, 'asked')",
                (session.id, number, question, when),
            )
        return Exchange(session=session.id, number=number, question=question, asked_at=at)

    def consider(self, session: str, number: int, considered: Considered) -> None:
        """Keep how a question was understood."""
        self._set(session, number, considered=considered.model_dump_json())

    def compose(self, session: str, number: int, draft: Answer) -> None:
        """Keep an answer that nothing was checked of yet."""
        self._set(session, number, draft=draft.model_dump_json())

    def answer(self, session: str, number: int, answer: Answer, at: datetime) -> None:
        """Keep a whole answer."""
        self._set(
            session, number, answer=answer.model_dump_json(), answered_at=at.isoformat(), status="answered", message=""
        )

    def mark(self, session: str, number: int, status: Status, message: str = "") -> None:
        """Say that a question was stopped, has failed, or is asked again."""
        self._set(session, number, status=status, message=message)

    def remembered(self, session: str, number: int, kept: Kept) -> None:
        """Keep what long-term memory did with an exchange."""
        self._set(session, number, kept=kept.model_dump_json())

    def exchange(self, session: str, number: int) -> Exchange:
        """One exchange.

        Raises:
            UsageProblem: there is none of that number.
        """
        found = self._exchanges("WHERE session = ? AND number = ?", (session, number))
        if not found:
            raise UsageProblem(f"session {session} has no question {number}", hint="`/save FILE` shows them all")
        return found[0]

    def exchanges(self, session: str) -> list[Exchange]:
        """All of a session, in the order they were asked."""
        return self._exchanges("WHERE session = ? ORDER BY number", (session,))

    def sessions(self) -> list[Session]:
        """All sessions, that in which something was asked last first."""
        query = (
            "SELECT s.id, s.scope, s.title, s.started_at, s.updated_at, count(e.seq) FROM sessions s "
            "LEFT JOIN exchanges e ON e.session = s.id GROUP BY s.id ORDER BY s.updated_at DESC, s.id DESC"
        )
        with self._lock, explained(self._path, loss=_LOSS):
            rows = self._db.execute(query).fetchall()
        return [self._valid(Session, dict(zip(Session.model_fields, row, strict=True))) for row in rows]

    def find(self, name: str) -> Session:
        """A session by its id, an unambiguous part of it, or "last".

        Raises:
            UsageProblem: no session, or more than one, is called that.
        """
        every = self.sessions()
        if name == "last" and every:
            return every[0]
        found = [one for one in every if one.id == name] or [one for one in every if name in one.id]
        if len(found) == 1:
            return found[0]
        what = f"{len(found)} sessions are called {name!r}" if found else f"there is no session {name!r}"
        newest = ", ".join(one.id for one in every[:3])
        raise UsageProblem(what, hint=f"the newest are {newest}" if newest else "begin one with `wellread chat`")

    def spend_of(self, session: str) -> Spend:
        """What earlier sittings of a session spent."""
        with self._lock, explained(self._path, loss=_LOSS):
            row = self._db.execute("SELECT spend FROM sessions WHERE id = ?", (session,)).fetchone()
        return self._valid(Spend, json.loads(row[0])) if row else Spend()

    def keep_spend(self, session: str, spend: Spend) -> None:
        """What a session has spent in all its sittings."""
        with self._writing() as db:
            db.execute("UPDATE sessions SET spend = ? WHERE id = ?", (spend.model_dump_json(), session))

    def forget(self, turn_ids: Sequence[str], unit_ids: Sequence[str] = ()) -> list[Exchange]:
        """Blank out the exchanges that these turns belong to, and those whose answers quote these units, question and
        answer; returns them as they were. Where a unit was but recalled, what was recalled goes.

        The answer goes with the question, and the other way round: each may repeat the other. The words are not in the
        file's bytes afterwards.
        """
        keys = {(session, int(number)) for session, number in map(_exchange_of, turn_ids) if number.isdigit()}
        found = [one for key in sorted(keys) for one in self._exchanges("WHERE session = ? AND number = ?", key)]
        for unit in unit_ids:
            found += self._exchanges("WHERE instr(answer, ?) OR instr(draft, ?)", (unit, unit))
        gone = {(one.session, one.number): one for one in found if one.status != "forgotten"}
        with self._writing() as db:
            for key in gone:
                db.execute(f"UPDATE exchanges SET {_BLANK} WHERE session = ? AND number = ?", key)
                # A session is titled by its first question.
                db.execute("UPDATE sessions SET title = '' WHERE id = ? AND ? = 1", key)
            for unit in unit_ids:
                db.execute("UPDATE exchanges SET considered = NULL WHERE instr(considered, ?)", (unit,))
        with self._lock, explained(self._path, loss=_LOSS):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return list(gone.values())

    def verify(self) -> list[str]:
        """What is wrong with the rows, in words. Raises FileBroken where one makes no sense at all."""
        for session in self.sessions():
            self.exchanges(session.id)
            self.spend_of(session.id)
        query = "SELECT DISTINCT session FROM exchanges WHERE session NOT IN (SELECT id FROM sessions) ORDER BY session"
        with self._lock, explained(self._path, loss=_LOSS):
            orphans = self._db.execute(query).fetchall()
            unsaid = "SELECT session, number FROM exchanges WHERE status = 'answered' AND answer IS NULL ORDER BY seq"
            empty = self._db.execute(unsaid).fetchall()
        return [f"questions of session {name}, which is not there" for (name,) in orphans] + [
            f"question {number} of session {name} is answered, and has no answer" for name, number in empty
        ]

    def _set(self, session: str, number: int, **columns: str) -> None:
        values = ", ".join(f"{column} = ?" for column in columns)
        with self._writing() as db:
            db.execute(
                f"UPDATE exchanges SET {values} WHERE session = ? AND number = ?", (*columns.values(), session, number)
            )

    def _exchanges(self, where: str, keys: tuple[object, ...]) -> list[Exchange]:
        with self._lock, explained(self._path, loss=_LOSS):
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM exchanges {where}", keys).fetchall()
        found = []
        for row in rows:
            values = dict(zip(_COLUMNS.split(", "), row, strict=True))
            try:
                values |= {name: json.loads(values[name]) for name in _RECORDS if values[name] is not None}
            except ValueError as error:
                raise damaged(self._path, error, loss=_LOSS) from error
            found.append(self._valid(Exchange, values))
        return found

    def _valid(self, model: type[M], values: dict[str, object]) -> M:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise damaged(self._path, error, loss=_LOSS) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self._path, loss=_LOSS), transaction(self._db) as db:
            yield db


def _exchange_of(turn_id: str) -> tuple[str, str]:
    session, _, rest = turn_id.partition(":")
    return session, rest.partition(":")[0]


@contextmanager
def held_if_free(home: Path, session: str) -> Iterator[bool]:
    """Yields False if a process, this one too, continues the session; else nobody does in the meantime."""
    lock = _lock_of(home, session)
    if not lock.exists():  # it was never in a chat
        yield True
        return
    with try_lock(lock) as is_held:
        yield is_held


@contextmanager
def held(home: Path, session: str) -> Iterator[None]:
    """This process alone continues the session. Raises RunBusy."""
    Home(home).make()
    lock = _lock_of(home, session)
    lock.parent.mkdir(exist_ok=True)
    with try_lock(lock, patience_s=0.2) as is_held:
        if not is_held:
            raise RunBusy(
                f"another process is in session {session}", hint="leave it there, or begin one with `wellread chat`"
            )
        yield


def _lock_of(home: Path, session: str) -> Path:
    return Home(home).root / "chats" / f"{session}.lock"
