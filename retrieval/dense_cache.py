"""An embedder that remembers, in one SQLite file, each text that searches and answers have visited ("embed what you
forage").

Knows texts and vectors. Must not know passages, queries or how vectors are used.
"""

import hashlib
import logging
import sqlite3
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lm.embedding import Embedder, FloatArray
from lm.sqlite_file import BUSY_TIMEOUT_S, SchemaProblem, open_wal, transaction
from retrieval.corpus_file import chunks, sqlite_errors
from retrieval.errors import CorpusBroken

logger = logging.getLogger(__name__)

HalfArray = npt.NDArray[np.float16]

# The texts that were asked for last are at hand without the file: some 40 MB of vectors, and their texts.
_AT_HAND = 32_768
_SCHEMA_VERSION = 2
_SCHEMA = "CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, crc32 INTEGER NOT NULL) WITHOUT ROWID"


class DenseCache:
    """Embeds a text once and remembers its vector, for every thread and process that opens the same file.

    Texts are known by the hash of what they say and of the embedder's fingerprint: a new model, or a changed
    title, never meets an old vector. Vectors are stored and returned in float16 precision, the fresh ones
    too, so that a search ranks the same cold and warm. A vector that is not what was stored, by its checksum, is
    embedded anew.
    """

    def __init__(self, path: Path, embedder: Embedder) -> None:
        """Open the cache at `path`; it is made if missing.

        Raises:
            CorpusBroken: the file is damaged or of another schema. It may be deleted: it refills.
            RetrievalError: the file cannot be opened or written.
        """
        self._path = path
        self._embedder = embedder
        self._lock = threading.Lock()
        self._embedding = threading.Lock()
        self._at_hand: OrderedDict[str, HalfArray] = OrderedDict()
        self._at_hand_lock = threading.Lock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            _empty_older(path)
            self._connection = open_wal(path, schema=_SCHEMA, version=_SCHEMA_VERSION)

    def close(self) -> None:
        """Close the file. Any later use raises `sqlite3.ProgrammingError`."""
        with self._lock:
            self._connection.close()

    @property
    def fingerprint(self) -> str:
        """That of the embedder that fills the cache: rounding to float16 changes no ranking that means anything."""
        return self._embedder.fingerprint

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return self._embedder.dim

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of `texts` in their order, (n, dim) float32 of length 1 (to float16 precision).

        Only texts that are not in the cache, or damaged there, are embedded, each once, and stored.

        Raises:
            CorpusBroken: the file is damaged beyond single vectors.
            LMError: the embedder failed. Nothing is stored.
        """
        if not texts:
            return np.empty((0, self._embedder.dim), dtype=np.float32)
        with self._at_hand_lock:
            rows = {text: row for text in texts if (row := self._at_hand.get(text)) is not None}
        rows |= self._look_up([text for text in dict.fromkeys(texts) if text not in rows])
        with self._at_hand_lock:
            for text in texts:
                self._at_hand[text] = rows[text]
                self._at_hand.move_to_end(text)
            while len(self._at_hand) > _AT_HAND:
                self._at_hand.popitem(last=False)
        return np.stack([rows[text] for text in texts]).astype(np.float32)

    def _look_up(self, texts: Sequence[str]) -> dict[str, HalfArray]:
        """From the file, or embedded and stored."""
        if not texts:
            return {}
        wanted = {self._key(text): text for text in texts}
        found = self._read(list(wanted))
        missing = [key for key in wanted if key not in found]
        if missing:
            # One thread embeds at a time (the model uses all cores anyway); the next finds what it left.
            with self._embedding:
                found |= self._read(missing)
                missing = [key for key in missing if key not in found]
                found |= self._embed({key: wanted[key] for key in missing})
        return {text: found[key] for key, text in wanted.items()}

    def _embed(self, wanted: dict[bytes, str]) -> dict[bytes, HalfArray]:
        if not wanted:
            return {}
        fresh = self._embedder.encode(list(wanted.values())).astype("<f2")
        blobs = [row.tobytes() for row in fresh]
        rows = [(key, blob, _checksum(key, blob)) for key, blob in zip(wanted, blobs, strict=True)]
        with self._lock, self._errors(), transaction(self._connection) as db:
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        return dict(zip(wanted, fresh, strict=True))

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, HalfArray]:
        found = {}
        n_damaged = 0
        size = 2 * self._embedder.dim
        for chunk in chunks(keys):
            marks = ",".join("?" * len(chunk))
            sql = f"SELECT key, vector, crc32 FROM vectors WHERE key IN ({marks})"
            with self._lock, self._errors(), closing(self._connection.execute(sql, chunk)) as rows:
                for key, blob, checksum in rows:
                    if isinstance(blob, bytes) and len(blob) == size and checksum == _checksum(key, blob):
                        found[key] = np.frombuffer(blob, dtype="<f2")
                    else:
                        n_damaged += 1
        if n_damaged:
            logger.warning("damaged vectors=%d in %s are embedded anew", n_damaged, self._path)
        return found

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._embedder.fingerprint}\0{text}".encode()).digest()[:16]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with sqlite_errors(self._path):
                yield
        except (CorpusBroken, SchemaProblem) as error:
            message = str(error) if isinstance(error, CorpusBroken) else f"{self._path} is no vector cache: {error}"
            raise CorpusBroken(message, hint="Delete the file; it refills as you search.") from error


def damaged_vectors(path: Path) -> tuple[int, int]:
    """How many vectors a cache that is there holds, and how many are not what was stored: they are embedded anew.

    Raises:
        CorpusBroken: the file is damaged beyond single vectors.
        RetrievalError: it cannot be opened.
    """
    with sqlite_errors(path), closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as db:
        sound = [_is_sound(*row) for row in db.execute("SELECT key, vector, crc32 FROM vectors")]
    return len(sound), sound.count(False)


def _is_sound(key: object, blob: object, checksum: object) -> bool:
    return isinstance(key, bytes) and isinstance(blob, bytes) and _checksum(key, blob) == checksum


def _checksum(key: bytes, blob: bytes) -> int:
    """Of a vector under its key: a row that took another one's place does not fit either."""
    return zlib.crc32(blob, zlib.crc32(key))


def _empty_older(path: Path) -> None:
    """Make a cache of an older schema a new, empty one: it refills.

    In place and in one transaction, for another process may have it open. What is no cache is left as it is.
    """
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as db:
        if not _is_older(db):
            return
        with transaction(db):
            if _is_older(db):  # or another process has emptied it since
                db.execute("DROP TABLE vectors")
                db.execute("PRAGMA user_version = 0")


def _is_older(db: sqlite3.Connection) -> bool:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return tables == {"vectors"} and 0 < int(db.execute("PRAGMA user_version").fetchone()[0]) < _SCHEMA_VERSION
