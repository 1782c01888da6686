"""BM25 over passages: the words of a query against the words of the titles, headings and texts.

Knows words and rows of an index. Must not know where the texts are stored or what other retrievers think.
"""

import logging
import re
import threading
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer

# bm25s sets its logger to DEBUG when it is imported, past the level that the program has chosen.
logging.getLogger("bm25s").setLevel(logging.WARNING)

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

K1 = 0.9
B = 0.4
_METHOD = "lucene"
# Changes whenever the same text would be indexed otherwise: older indexes are then rebuilt.
FINGERPRINT = f"bm25-{_METHOD}-k1={K1}-b={B}-words=1"

# Chinese and Japanese put no spaces between words, so there each character is a word of its own.
_WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")

# Function words, and the words that make a sentence a question.
_STOP_WORD_LINES = """
    a about above after again against all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each few for from further had has have
    having he her here hers him his how i if in into is it its itself just me more most my no nor not of off
    on once only or other our out over own s same she should so some such t than that the their them then
    there these they this those through to too under until up very was we were what when where which while
    who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORD_LINES.split())


class Tokenizer:
    """Text to stemmed words. Each distinct word is stemmed once, so a large corpus costs lookups."""

    def __init__(self) -> None:
        self._stemmer = Stemmer.Stemmer("english", 0)
        self._stems: dict[str, str] = {}
        self._lock = threading.Lock()  # PyStemmer: one thread at a time; each stemmer has buffers of its own

    def words(self, text: str) -> list[str]:
        """Lower-case stems in reading order, without stop words and accents."""
        stems = self._stems
        found = []
        for word in _WORD.findall(text.lower()):
            stem = stems.get(word)
            if stem is None:
                stem = stems[word] = self._stem(word)
            if stem:
                found.append(stem)
        return found

    def _stem(self, word: str) -> str:
        """The stem of one lower-case word; "" for a stop word."""
        plain = without_accents(word)
        if plain in STOP_WORDS:
            return ""
        with self._lock:
            return str(self._stemmer.stemWord(plain))


class LexicalIndex:
    """BM25 (Robertson and Zaragoza, 2009; Lucene's idf) of numbered texts; row numbers are their order."""

    def __init__(self, bm25: bm25s.BM25) -> None:
        self._bm25 = bm25
        self._tokenizer = Tokenizer()

    @classmethod
    def build(cls, texts: Iterable[str], *, k1: float = K1, b: float = B) -> Self:
        """Index texts in order. Holds 4 bytes a word occurrence while building.

        Args:
            texts: one string a row.
            k1: how fast repetition of a word saturates, >= 0.
            b: how much long texts are held back, 0 to 1.

        Raises:
            ValueError: there are no texts.
        """
        tokenizer = Tokenizer()
        # bm25s scores the tokens of an empty row too: "" is the one that no query contains.
        word_ids: dict[str, int] = {"": 0}
        rows = [
            array("i", [word_ids.setdefault(word, len(word_ids)) for word in tokenizer.words(text)]) or array("i", [0])
            for text in texts
        ]
        if not rows:
            raise ValueError("no texts to index")
        bm25 = bm25s.BM25(k1=k1, b=b, method=_METHOD, backend="numpy")
        bm25.index((rows, word_ids), create_empty_token=False, show_progress=False)
        return cls(bm25)

    def save(self, folder: Path) -> None:
        """Write the index's files (arrays and JSON) into `folder`, which is made if missing."""
        self._bm25.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open a saved index; the arrays are memory-mapped.

        Raises:
            OSError: a file is missing or unreadable.
            ValueError: a file is damaged.
        """
        return cls(bm25s.BM25.load(str(folder), mmap=True, show_progress=False))

    def __len__(self) -> int:
        return int(self._bm25.scores["num_docs"])

    def words(self, text: str) -> list[str]:
        """The words of `text` as this index knows them; see `Tokenizer.words`."""
        return self._tokenizer.words(text)

    def search(self, query: str, k: int, *, allowed: BoolArray | None = None) -> list[tuple[int, float]]:
        """The best `k` rows that share a word with the query: (row, BM25 score), best first, ties by row.

        Args:
            query: any text; a repeated word counts as often as it is said.
            k: at least 1. Fewer rows come back when fewer match.
            allowed: (n_rows,) True for the rows that may come back.
        """
        if k < 1:
            raise ValueError(f"k is {k}, must be at least 1")
        scores = self._all_scores(query)
        if allowed is not None:
            scores = np.where(allowed, scores, np.float32(0.0))
        return [(int(row), float(scores[row])) for row in top_rows(scores, k) if scores[row] > 0.0]

    def scores_of(self, query: str, rows: Sequence[int]) -> dict[int, float]:
        """BM25 scores of these rows, whatever their rank; rows without a word of the query are left out."""
        scores = self._all_scores(query)
        return {row: float(scores[row]) for row in rows if scores[row] > 0.0}

    def rows_with_all(self, text: str) -> IntArray:
        """The rows that have every word of `text`, rising; none for a text without words. Reads postings, no scores."""
        words = list(dict.fromkeys(self.words(text)))
        ids = [i for word in words if (i := self._bm25.vocab_dict.get(word)) is not None]
        if not ids or len(ids) < len(words):
            return np.zeros(0, dtype=np.int64)
        starts, rows = self._bm25.scores["indptr"], self._bm25.scores["indices"]
        postings = sorted((np.asarray(rows[starts[i] : starts[i + 1]]) for i in ids), key=len)
        found = postings[0]
        for posting in postings[1:]:
            found = found[np.isin(found, posting, assume_unique=True)]
        return found.astype(np.int64)

    def _all_scores(self, query: str) -> npt.NDArray[np.float32]:
        ids = [i for word in self.words(query) if (i := self._bm25.vocab_dict.get(word)) is not None]
        if not ids:
            return np.zeros(len(self), dtype=np.float32)
        return np.asarray(self._bm25.get_scores_from_ids(ids), dtype=np.float32)


def top_rows(scores: npt.NDArray[np.float32], k: int) -> IntArray:
    """Rows of the `k` highest scores, best first; among equals the lower row comes first, also at the cut."""
    if k >= len(scores):
        return np.argsort(-scores, kind="stable")
    cut = np.partition(scores, -k)[-k]
    above = np.flatnonzero(scores > cut)
    level = np.flatnonzero(scores == cut)[: k - len(above)]
    rows = np.sort(np.concatenate([above, level]))
    return rows[np.argsort(-scores[rows], kind="stable")]


def indexed_text(title: str, heading_path: Sequence[str], text: str) -> str:
    """What is searched of a passage: where it stands, then what it says."""
    return "\n".join([title, *heading_path, text])


def without_accents(word: str) -> str:
    """The word with plain letters in place of accented ones; unchanged if nothing would be left."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c)) or word
