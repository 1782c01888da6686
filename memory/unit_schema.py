"""The tables of long-term memory, and how their file is opened.

Knows tables and what they are for. Must not know how they are filled or searched.
"""

import sqlite3

from lm.sqlite_file import SchemaProblem, open_wal
from memory.errors import SchemaTooNew, StoreBroken

SCHEMA_VERSION = 1
LOSS = "what was remembered of chats and reports is lost then, the reports are not"
_CACHE_KIB = 32 * 1024
_APPLICATION_ID = 0x57724C54  # "WrLT"

# `origin` tells this file from a copy that has gone its own way since.
# Numbers (`seq`) are never given twice, so a number that another process remembers means one thing for ever.
# `changes` says which units' vectors have come (1) or gone (0), in the order of the commits: each process follows it.
# Bodies lie apart from what searches read of every candidate, which so stays small enough for SQLite's page cache.
# `items` belong to other programs, which keep them here through LangGraph's store.
# The words of units are those of active ones only; what is archived is found through its abstract.
SCHEMA = """
CREATE TABLE origin (token TEXT NOT NULL);
INSERT INTO origin VALUES (lower(hex(randomblob(16))));
CREATE TABLE turns (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, id TEXT NOT NULL, session TEXT NOT NULL,
    speaker TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, recalled TEXT NOT NULL,
    forgotten INTEGER NOT NULL DEFAULT 0, UNIQUE (scope, id));
CREATE INDEX turns_forgotten ON turns (scope, id) WHERE forgotten;
CREATE INDEX turns_by_session ON turns (scope, session, seq);
CREATE VIRTUAL TABLE turn_words USING fts5 (words);
CREATE VIRTUAL TABLE turn_words_counts USING fts5vocab (turn_words, row);
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
    at REAL NOT NULL, archived_by TEXT NOT NULL DEFAULT '', superseded_by TEXT NOT NULL DEFAULT '');
CREATE TABLE bodies (unit INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE INDEX units_by_scope ON units (scope, archived_by, kind, seq);
CREATE VIRTUAL TABLE unit_words USING fts5 (words);
CREATE VIRTUAL TABLE unit_words_counts USING fts5vocab (unit_words, row);
CREATE TABLE unit_parents (parent TEXT NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (parent, unit)) WITHOUT ROWID;
CREATE TABLE unit_members (member TEXT NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (member, unit)) WITHOUT ROWID;
CREATE TABLE unit_names (scope TEXT NOT NULL, name TEXT NOT NULL, unit INTEGER NOT NULL, is_whole INTEGER NOT NULL,
    PRIMARY KEY (scope, name, unit)) WITHOUT ROWID;
CREATE TABLE unit_times (scope TEXT NOT NULL, is_long INTEGER NOT NULL, first_day TEXT NOT NULL,
    last_day TEXT NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (scope, is_long, first_day, last_day, unit)) WITHOUT ROWID;
CREATE INDEX unit_parents_of ON unit_parents (unit);
CREATE INDEX unit_members_of ON unit_members (unit);
CREATE INDEX unit_names_of ON unit_names (unit);
CREATE INDEX unit_times_of ON unit_times (unit);
CREATE TABLE contradictions (older TEXT NOT NULL, newer TEXT NOT NULL, PRIMARY KEY (older, newer)) WITHOUT ROWID;
CREATE INDEX contradictions_by_newer ON contradictions (newer);
CREATE TABLE embedders (number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, dim INTEGER NOT NULL);
CREATE TABLE vectors (seq INTEGER PRIMARY KEY, unit INTEGER NOT NULL, embedder INTEGER NOT NULL, vector BLOB NOT NULL,
    UNIQUE (unit, embedder));
CREATE TABLE items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    texts TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL, UNIQUE (namespace, key));
CREATE TABLE item_vectors (item INTEGER NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX item_vectors_of ON item_vectors (item, embedder);
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
    db.execute(f"PRAGMA cache_size = {-_CACHE_KIB}")
    return db
