"""What the corpus remembers of the files that its documents came from, and of those that could not be read.

Knows the tables `files` and `quarantine`. Must not know formats.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.corpus import Corpus
from retrieval.corpus_rows import (
    CorpusEntry,
    advance_generation,
    check_entry,
    delete_documents,
    insert_entries,
    mark_unread,
)
from retrieval.scan import NOTHING_THERE, FoundFile, Refusal

_MAX_NOTES = 20


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file read before. `sha256` is "" if it was not read to its end, or not wholly."""

    row: int
    name: str
    sha256: str
    parser: str


@dataclass(frozen=True, slots=True)
class Owner:
    """The file that an id belongs to; `row` is None for a document that a program added."""

    row: int | None
    root: str
    name: str
    text_sha256: str

    def is_gone(self) -> bool:
        """Whether no file is where it was read."""
        if self.row is None:
            return False
        try:
            os.stat(Path(self.root, self.name))
        except OSError as error:
            return error.errno in NOTHING_THERE
        return False

    def has_root(self) -> bool:
        """Whether the folder that the file was read from is there, with something in it."""
        try:
            with os.scandir(self.root) as entries:
                return any(True for _ in entries)
        except OSError:
            return False

    def __str__(self) -> str:
        if self.row is None:
            return "a document that a program added"
        return f"{self.root}/{self.name}" + ("" if self.has_root() else ", whose folder is missing or empty now")


@dataclass(slots=True)
class FilePart:
    """Some documents of a file, to be stored in one transaction with others.

    `sha256` is set on the last part of a file that was read whole; until then the file counts as unread. The
    first part of a file clears its older refusals.
    """

    root: str
    file: FoundFile
    entries: list[CorpusEntry] = field(default_factory=list)
    stale_ids: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_first: bool = False
    sha256: str = ""


class Sources:
    """The files behind a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._file = corpus.file

    def known_files(self, root: str) -> dict[str, KnownFile]:
        """Files read before under this root, by name."""
        rows = self._file.rows("SELECT rowid, path, coalesce(sha256, ''), parser FROM files WHERE root = ?", [root])
        return {name: KnownFile(row, name, sha256, parser) for row, name, sha256, parser in rows}

    def digests(self, row: int) -> dict[str, str]:
        """Documents that came from a file: id → digest of everything stored about it."""
        return dict(self._file.rows("SELECT id, digest FROM documents WHERE file = ?", [row]))

    def count_documents(self, row: int) -> int:
        """How many documents came from a file."""
        return int(self._file.rows("SELECT count(*) FROM documents WHERE file = ?", [row])[0][0])

    def owners(self, ids: Sequence[str], *, except_row: int | None) -> dict[str, Owner]:
        """Which of these ids documents of other files hold already."""
        sql = """
            SELECT d.id, f.rowid, f.root, f.path, d.sha256 FROM documents d LEFT JOIN files f ON f.rowid = d.file
            WHERE d.id IN (?*)
        """
        return {
            id_: Owner(row, root or "", name or "", sha256)
            for id_, row, root, name, sha256 in self._file.rows_in(sql, ids)
            if row is None or row != except_row
        }

    def duplicates(self, root: str) -> list[tuple[str, str]]:
        """Documents under this root whose text an earlier id has too: the id, and the first such id."""
        sql = """
            SELECT d.id, first.id FROM files f JOIN documents d ON d.file = f.rowid
            JOIN (SELECT sha256, min(id) id FROM documents GROUP BY sha256 HAVING count(*) > 1) first
            ON first.sha256 = d.sha256 AND first.id <> d.id WHERE f.root = ? ORDER BY d.id
        """
        return [(id_, first) for id_, first in self._file.rows(sql, [root])]

    def notes(self, root: str) -> list[tuple[str, str]]:
        """What parsers remarked on files under this root that they could read: (name, note)."""
        sql = "SELECT path, notes FROM files WHERE root = ? AND notes <> '[]' ORDER BY path"
        return [(name, note) for name, notes in self._file.rows(sql, [root]) for note in json.loads(notes)]

    def forget(self, files: Iterable[int]) -> int:
        """Remove files with their documents and refusals; returns how many documents that were."""
        n_removed = 0
        with self._file.write() as writer:
            for row in files:
                ids = [id_ for (id_,) in writer.execute("SELECT id FROM documents WHERE file = ?", [row])]
                n_removed += delete_documents(writer, ids)
                where = "(root, path) = (SELECT root, path FROM files WHERE rowid = ?)"
                writer.execute(f"DELETE FROM quarantine WHERE {where}", [row])
                writer.execute("DELETE FROM files WHERE rowid = ?", [row])
            if n_removed:
                advance_generation(writer)
        return n_removed

    def release(self, ids: Sequence[str]) -> int:
        """Remove documents that go to another file; theirs count as unread. Returns how many documents that were."""
        if not ids:
            return 0
        with self._file.write() as writer:
            mark_unread(writer, ids)
            n_removed = delete_documents(writer, ids)
            advance_generation(writer)
        return n_removed

    def refuse(self, root: str, refusals: Sequence[Refusal], *, tried_at: float) -> None:
        """Note what was refused at sight."""
        with self._file.write() as writer:
            _insert_refusals(writer, root, refusals, tried_at)

    def pardon(self, root: str, *, except_names: Iterable[str]) -> None:
        """Drop the refusals under a root, but for those of some files."""
        kept = set(except_names)
        with self._file.write() as writer:
            names = {name for (name,) in writer.execute("SELECT path FROM quarantine WHERE root = ?", [root])}
            gone = [(root, name) for name in names - kept]
            writer.executemany("DELETE FROM quarantine WHERE root = ? AND path = ?", gone)

    def store(self, parts: Sequence[FilePart], *, parser: str, tried_at: float) -> None:
        """Store parts of files in one transaction."""
        for part in parts:
            for entry in part.entries:
                check_entry(entry)
        with self._file.write() as writer:
            n_changes = sum([_store_part(writer, part, parser, tried_at) for part in parts])
            if n_changes:
                advance_generation(writer)


def _store_part(writer: sqlite3.Connection, part: FilePart, parser: str, tried_at: float) -> int:
    row = _file_row(writer, part, parser)
    replaced = [entry.document.id for entry in part.entries]
    n_changes = delete_documents(writer, replaced + part.stale_ids) + len(part.entries)
    insert_entries(writer, part.entries, file=row)
    if part.is_first:
        where = [part.root, part.file.name]
        writer.execute("DELETE FROM quarantine WHERE root = ? AND path = ?", where)
    _insert_refusals(writer, part.root, part.refusals, tried_at)
    return n_changes


def _file_row(writer: sqlite3.Connection, part: FilePart, parser: str) -> int:
    """Insert or update the file's row: unread until its last part comes, with the notes of all its parts."""
    where = [part.root, part.file.name]
    found = writer.execute("SELECT notes FROM files WHERE root = ? AND path = ?", where).fetchone()
    notes = ([] if part.is_first or found is None else json.loads(found[0])) + part.notes
    sql = """
        INSERT INTO files (root, path, size, mtime_ns, sha256, parser, notes) VALUES (?,?,?,?,?,?,?)
        ON CONFLICT (root, path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,
            sha256 = excluded.sha256, parser = excluded.parser, notes = excluded.notes
    """
    file = part.file
    columns = [file.size, file.mtime_ns, part.sha256 or None, parser, json.dumps(notes[:_MAX_NOTES])]
    writer.execute(sql, [*where, *columns])
    return int(writer.execute("SELECT rowid FROM files WHERE root = ? AND path = ?", where).fetchone()[0])


def _insert_refusals(writer: sqlite3.Connection, root: str, refusals: Sequence[Refusal], tried_at: float) -> None:
    rows = [(root, r.name, r.line, r.reason, r.hint, r.size, r.mtime_ns / 1e9, tried_at) for r in refusals]
    writer.executemany("INSERT OR REPLACE INTO quarantine VALUES (?,?,?,?,?,?,?,?)", rows)
