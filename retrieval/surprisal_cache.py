"""The information of texts, measured once for each content and kept in one SQLite file.

Knows texts and a scorer that is loaded late. Must not know documents or passages.
"""

import hashlib
import logging
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from lm.scoring import IntArray, LogProbScorer, NatsArray
from lm.sqlite_file import BUSY_TIMEOUT_S, SchemaProblem, open_wal, transaction
from retrieval.corpus_file import sqlite_errors
from retrieval.errors import CorpusBroken
from retrieval.information import READING, Information, token_bits

logger = logging.getLogger(__name__)

_SCHEMA = "CREATE TABLE surprisals (key BLOB PRIMARY KEY, tokens BLOB NOT NULL, crc32 INTEGER NOT NULL) WITHOUT ROWID"
_ROW = np.dtype([("length", "<u4"), ("bits", "<f2")])


class SurprisalCache:
    """Measures a text once, for every ingest that opens the same file.

    Scoring a megabyte takes a quarter of an hour and more, reading it back milliseconds: other sizes of passages, a
    changed line in a file of many documents and an ingest that was killed cost no second scoring. Texts are known by
    the hash of what they say and of the scorer's name. Bits are stored, and returned when fresh too, in float16
    precision, so that a text is cut the same cold and warm. A row that is not what was stored, by its checksum, is
    measured anew.
    """

    def __init__(self, path: Path, open_scorer: Callable[[], LogProbScorer], *, scorer_name: str) -> None:
        """Open the cache at `path`; it is made if missing.

        Args:
            path: of the file.
            open_scorer: loads the scorer; called once, for the first text that is not in the cache.
            scorer_name: what tells this scorer's numbers from another one's.

        Raises:
            CorpusBroken: the file is damaged or of another schema. It may be deleted: it refills.
            RetrievalError: the file cannot be opened or written.
        """
        self._path = path
        self._open_scorer = open_scorer
        self._scorer: LogProbScorer | None = None
        self.scorer_name = scorer_name
        self._lock = threading.Lock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = open_wal(path, schema=_SCHEMA, version=1)

    def close(self) -> None:
        """Close the file. Any later use raises `sqlite3.ProgrammingError`."""
        with self._lock:
            self._connection.close()

    def information(self, text: str, *, tell: Callable[[int], None] | None = None) -> Information:
        """Of a text; `tell` hears how many characters are scored, if any must be.

        Raises:
            CorpusBroken: the file is damaged beyond single rows.
            RetrievalError: the scorer cannot score given text.
            LMError: the scorer cannot be loaded.
        """
        key = hashlib.sha256(f"{self.scorer_name}\0{READING}\0{text}".encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            rows = self._read(key)
            if rows is None:
                if self._scorer is None:
                    self._scorer = self._open_scorer()
                rows = _rows(*token_bits(text, self._scorer, tell=tell))
                self._write(key, rows)
        return Information.of_tokens(np.cumsum(rows["length"], dtype=np.int64), rows["bits"].astype(np.float64))

    def _read(self, key: bytes) -> "np.ndarray[tuple[int], np.dtype[np.void]] | None":
        with self._errors():
            found = self._connection.execute("SELECT tokens, crc32 FROM surprisals WHERE key = ?", [key]).fetchone()
        if found is None:
            return None
        packed, checksum = found
        if not isinstance(packed, bytes) or zlib.crc32(packed, zlib.crc32(key)) != checksum:
            logger.warning("damaged surprisals in %s are measured anew", self._path)
            return None
        return np.frombuffer(zlib.decompress(packed), dtype=_ROW)

    def _write(self, key: bytes, rows: "np.ndarray[tuple[int], np.dtype[np.void]]") -> None:
        packed = zlib.compress(rows.tobytes())
        checksum = zlib.crc32(packed, zlib.crc32(key))
        with self._errors(), transaction(self._connection) as db:
            db.execute("INSERT OR REPLACE INTO surprisals VALUES (?, ?, ?)", [key, packed, checksum])

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with sqlite_errors(self._path):
                yield
        except (CorpusBroken, SchemaProblem) as error:
            message = str(error) if isinstance(error, CorpusBroken) else f"{self._path} is no such cache: {error}"
            raise CorpusBroken(message, hint="Delete the file; it refills at the next ingest.") from error


def damaged_surprisals(path: Path) -> tuple[int, int]:
    """How many texts a cache that is there holds, and how many are not what was stored: they are measured anew.

    Raises:
        CorpusBroken: the file is damaged beyond single rows.
        RetrievalError: it cannot be opened.
    """
    with sqlite_errors(path), closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as db:
        sound = [_is_sound(*row) for row in db.execute("SELECT key, tokens, crc32 FROM surprisals")]
    return len(sound), sound.count(False)


def _is_sound(key: object, packed: object, checksum: object) -> bool:
    return isinstance(key, bytes) and isinstance(packed, bytes) and zlib.crc32(packed, zlib.crc32(key)) == checksum


def _rows(ends: IntArray, bits: NatsArray) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    rows = np.empty(len(ends), dtype=_ROW)
    rows["length"] = np.diff(ends, prepend=0)
    rows["bits"] = bits
    return rows
