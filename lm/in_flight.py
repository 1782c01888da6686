"""Keeps threads that want the same thing at once from making it twice: the first makes it, the others wait.

Knows keys and threads. Must not know what is made, or where it is kept.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class InFlight:
    """The keys that some thread is busy with."""

    def __init__(self) -> None:
        self._owner_of: dict[str, int] = {}
        self._changed = threading.Condition()

    @contextmanager
    def only_one(self, key: str) -> Iterator[None]:
        """Hold `key` alone; a thread that asks for it meanwhile waits until it is given back.

        Look again, inside, whether the thing is there: whoever held the key before may have made it. Nothing is
        handed over, so an error of the one before is nobody else's error. A thread that holds a key is let through
        when it asks once more: it would wait for itself.
        """
        is_owner = self._take(key)
        try:
            yield
        finally:
            if is_owner:
                self._give_back(key)

    def _take(self, key: str) -> bool:
        me = threading.get_ident()
        with self._changed:
            if self._owner_of.get(key) == me:
                return False
            self._changed.wait_for(lambda: key not in self._owner_of)
            self._owner_of[key] = me
            return True

    def _give_back(self, key: str) -> None:
        with self._changed:
            del self._owner_of[key]
            self._changed.notify_all()
