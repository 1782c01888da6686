"""The tables of long-term memory, and how their file is opened.

Knows tables and what they are for. Must not know how they are filled or searched.
"""

import sqlite3

from lm.sqlite_file import SchemaProblem, open_wal
from memory.errors import SchemaTooNew, StoreBroken

SCHEMA_VERSION = 1
LOSS = "what was remembered of chats and reports is lost then, the reports are not"
_APPLICATION_ID = 0x57724C54  # "WrLT"

# Numbers (`seq`) are never given twice, so a number that another process remembers means one thing for ever.
# `changes` says which units' vectors have come (1) or gone (0), in the order of the commits: each process follows it.
# The words of units are those of active ones only; what is archived is found through its abstract.
SCHEMA = """
CREATE TABLE turns (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, id TEXT NOT NULL, session TEXT NOT NULL,
    speaker TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, recalled TEXT NOT NULL,
    forgotten INTEGER NOT NULL DEFAULT 0, UNIQUE (scope, id));
CREATE INDEX turns_by_session ON turns (scope, session, seq);
CREATE VIRTUAL TABLE turn_words USING fts5 (words);
CREATE TABLE windows (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, session TEXT NOT NULL, first_turn INTEGER NOT NULL,
    last_turn INTEGER NOT NULL, kept INTEGER NOT NULL, body TEXT NOT NULL,
    UNIQUE (scope, session, first_turn, last_turn));
CREATE TABLE window_turns (scope TEXT NOT NULL, turn TEXT NOT NULL, window INTEGER NOT NULL,
    PRIMARY KEY (scope, turn, window)) WITHOUT ROWID;
CREATE TABLE window_names (scope TEXT NOT NULL, name TEXT NOT NULL, window INTEGER NOT NULL,
    PRIMARY KEY (scope, name, window)) WITHOUT ROWID;
CREATE TABLE units (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, kind TEXT NOT NULL,
    at REAL NOT NULL, body TEXT NOT NULL, archived_by TEXT NOT NULL DEFAULT '',
    superseded_by TEXT NOT NULL DEFAULT '');
CREATE INDEX units_by_scope ON units (scope, archived_by, kind, seq);
CREATE VIRTUAL TABLE unit_words USING fts5 (words);
CREATE TABLE unit_parents (parent TEXT NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (parent, unit)) WITHOUT ROWID;
CREATE TABLE unit_members (member TEXT NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (member, unit)) WITHOUT ROWID;
CREATE TABLE unit_names (scope TEXT NOT NULL, name TEXT NOT NULL, is_whole INTEGER NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (scope, name, unit)) WITHOUT ROWID;
CREATE TABLE unit_times (scope TEXT NOT NULL, first_day TEXT NOT NULL, last_day TEXT NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (scope, first_day, last_day, unit)) WITHOUT ROWID;
CREATE TABLE contradictions (older TEXT NOT NULL, newer TEXT NOT NULL, PRIMARY KEY (older, newer)) WITHOUT ROWID;
CREATE INDEX contradictions_by_newer ON contradictions (newer);
CREATE TABLE embedders (number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, dim INTEGER NOT NULL);
CREATE TABLE vectors (seq INTEGER PRIMARY KEY, unit INTEGER NOT NULL, embedder INTEGER NOT NULL, vector BLOB NOT NULL,
    UNIQUE (unit, embedder));
CREATE TABLE changes (number INTEGER PRIMARY KEY AUTOINCREMENT, unit INTEGER NOT NULL, is_active INTEGER NOT NULL)
"""


def open_units(where: str, busy_timeout_s: float) -> sqlite3.Connection:
    """Open or make the file (not its folder); ":memory:" keeps it in memory.

    Raises:
        SchemaTooNew: a newer version of the program made the file.
        StoreBroken: it is another program's file.
        sqlite3.Error: it cannot be opened.
    """
    try:
        db = open_wal(
            where,
            schema=SCHEMA,
            version=SCHEMA_VERSION,
            application_id=_APPLICATION_ID,
            synchronous="FULL",
            busy_timeout_s=busy_timeout_s,
        )
    except SchemaProblem as error:
        kind = SchemaTooNew if error.version > SCHEMA_VERSION else StoreBroken
        raise kind(f"{where}: {error}", hint=f"{error.hint}; {LOSS}") from error
    # What is deleted is overwritten: somebody who asks to be forgotten means the bytes too.
    db.execute("PRAGMA secure_delete = ON")
    return db
