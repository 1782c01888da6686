"""Words in full-text tables (FTS5): BM25 over units and over the raw log.

Knows stems and rows. Must not know what units or turns are, nor how other channels rank them.
"""

import sqlite3
from collections.abc import Sequence

from memory.sql_text import marks
from retrieval.lexical import Tokenizer

_MAX_QUERY_WORDS = 64
_MAX_SCORED = 20_000  # rows; about 30 ms


class WordTables:
    """The two tables of words. Both hold stems, made as the corpus makes them, so that one query suits all.

    FTS5's own porter stemmer knows no stop words, keeps possessives apart and takes a Chinese sentence for one word.
    """

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def put(self, db: sqlite3.Connection, table: str, rows: Sequence[tuple[int, str]]) -> None:
        """Index (number, text) pairs; a number that is there already is indexed anew."""
        self.drop(db, table, [number for number, _ in rows])
        stems = [(number, " ".join(self._tokenizer.words(text))) for number, text in rows]
        db.executemany(f"INSERT INTO {table} (rowid, words) VALUES (?, ?)", stems)

    def drop(self, db: sqlite3.Connection, table: str, numbers: Sequence[int]) -> None:
        """Take rows out; numbers that are not there are skipped."""
        db.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(number,) for number in numbers])

    def search(
        self, db: sqlite3.Connection, table: str, scopes: Sequence[str], query: str, k: int
    ) -> list[tuple[str, float]]:
        """The best `k` ids that share a stem with the query: (id, BM25 score > 0), ties first stored first.

        How rare a stem is, is counted over all scopes of the file. In a large memory the most frequent stems of a query
        are left out: every row that has one would be scored, for next to no weight.
        """
        stems = _rare_enough(db, table, list(dict.fromkeys(self._tokenizer.words(query)))[:_MAX_QUERY_WORDS])
        if not stems:
            return []
        source = {"turn_words": "turns", "unit_words": "units"}[table]
        found = db.execute(
            f"SELECT {source}.id, -bm25({table}) FROM {table} JOIN {source} ON {source}.seq = {table}.rowid "
            f"WHERE {table} MATCH ? AND {source}.scope IN ({marks(scopes)}) "
            f"ORDER BY bm25({table}), {source}.seq LIMIT ?",
            (" OR ".join(f'"{stem}"' for stem in stems), *scopes, k),
        )
        return [(str(row_id), float(score)) for row_id, score in found]


def _rare_enough(db: sqlite3.Connection, table: str, stems: Sequence[str]) -> list[str]:
    """The rarest stems, as many as may be scored, but at least one; those in no row are left out."""
    counts = f"SELECT doc FROM {table}_counts WHERE term = ?"
    n_rows = {stem: row[0] for stem in stems if (row := db.execute(counts, (stem,)).fetchone())}
    kept: list[str] = []
    n_scored = 0
    for stem in sorted(n_rows, key=lambda stem: (n_rows[stem], stem)):
        n_scored += n_rows[stem]
        if kept and n_scored > _MAX_SCORED:
            break
        kept.append(stem)
    return kept
