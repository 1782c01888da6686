"""The call cache: a request that was answered once is never paid for again.

The cache knows requests and replies by their content. Must not know what they are about, or what they cost.
"""

import hashlib
import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import ValidationError

from lm.errors import CacheBroken
from lm.in_flight import InFlight
from lm.layer import Layer
from lm.sqlite_file import SchemaProblem, open_wal, place_mend, transaction
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest

logger = logging.getLogger(__name__)

_LOSS = "a new one is made then, and calls are paid for again"
_SCHEMA_VERSION = 1
_SCHEMA = "CREATE TABLE calls (key TEXT PRIMARY KEY, reply TEXT NOT NULL)"


def call_key(model_name: str, request: ChatRequest) -> str:
    """SHA-256, as hex, of the canonical JSON of model and request: equal calls have equal keys."""
    content = {"model": model_name, "request": request.model_dump(mode="json", exclude={"reuse_prefix"})}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class CallCache:
    """Replies by call key in one SQLite file. Threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            CacheBroken: the file is no database, or of another version.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        self._in_flight = InFlight()
        try:
            self._connection = open_wal(path, schema=_SCHEMA, version=_SCHEMA_VERSION)
        except SchemaProblem as error:
            raise CacheBroken(f"call cache {path}: {error}", hint=f"{error.hint}; {_LOSS}") from error
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def find(self, key: str) -> ChatReply | None:
        """The stored reply; None when there is none, or none that can be read (it will be replaced).

        Raises:
            CacheBroken: the file was damaged since it was opened.
        """
        try:
            with self._lock:
                row = self._connection.execute("SELECT reply FROM calls WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            raise self._broken(error) from error
        if row is None:
            return None
        try:
            return ChatReply.model_validate_json(row[0])
        except ValidationError:
            logger.warning("damaged row counts as missing key=%s", key)
            return None

    def store(self, key: str, reply: ChatReply) -> None:
        """Add or replace a reply.

        Raises:
            CacheBroken: the file cannot be written.
        """
        try:
            with self._lock, transaction(self._connection) as db:
                db.execute("INSERT OR REPLACE INTO calls (key, reply) VALUES (?, ?)", (key, reply.model_dump_json()))
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def verify(self) -> tuple[int, list[str]]:
        """How many replies there are, and the keys of those that cannot be read: their calls will be paid again.

        Raises:
            CacheBroken: the file was damaged since it was opened.
        """
        try:
            with self._lock:
                rows = self._connection.execute("SELECT key, reply FROM calls ORDER BY key").fetchall()
        except sqlite3.Error as error:
            raise self._broken(error) from error
        return len(rows), [str(key) for key, reply in rows if not _is_reply(reply)]

    def only_one(self, key: str) -> AbstractContextManager[None]:
        """Hold a call while it is made: other threads that want the same one wait, and find its reply here."""
        return self._in_flight.only_one(key)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _broken(self, error: sqlite3.Error) -> CacheBroken:
        mend = place_mend(error) or f"move the file away; {_LOSS}"
        return CacheBroken(f"call cache {self._path}: {error}", hint=mend)


def _is_reply(stored: str) -> bool:
    try:
        ChatReply.model_validate_json(stored)
    except ValidationError:
        return False
    return True


class Replay(Layer):
    """A chat model that answers from the cache where it can. Threads that want the same call pay for it once."""

    def __init__(self, inner: ChatModel, cache: CallCache) -> None:
        super().__init__(inner)
        self._cache = cache

    def peek(self, request: ChatRequest) -> bool:
        """Whether the reply is in the cache and readable."""
        return self._find(self._key(request)) is not None

    def chat(self, request: ChatRequest) -> ChatReply:
        """The reply from the cache, marked `is_replayed`, or the inner model's, which is stored."""
        key = self._key(request)
        found = self._find(key)
        if found is not None:
            return found
        with self._cache.only_one(key):
            found = self._find(key)
            if found is None:
                reply = self._inner.chat(request)
                self._cache.store(key, reply)
                return reply
        return found

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """The reply from the cache as one piece, or the inner model's pieces; a whole reply is stored."""
        key = self._key(request)
        found = self._find(key)
        if found is None:
            with self._cache.only_one(key):
                found = self._find(key)
                if found is None:
                    yield from self._paid(key, request)
                    return
        yield ChatDelta(text=found.text, reply=found)

    def _paid(self, key: str, request: ChatRequest) -> Iterator[ChatDelta]:
        for delta in self._inner.stream(request):
            if delta.reply is not None:
                self._cache.store(key, delta.reply)
            yield delta

    def _key(self, request: ChatRequest) -> str:
        return call_key(self.name, request)

    def _find(self, key: str) -> ChatReply | None:
        found = self._cache.find(key)
        return found.model_copy(update={"is_replayed": True}) if found else None
