"""Which prompt a server computed last from its first token on, so that several draws from it compute it once.

Knows nothing of the wire. One object for all clients of a server.
"""

import threading
from collections.abc import Callable


class LastPrompt:
    """The last prompt that was computed anew. Threads may share one."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._prompt: str | None = None

    def ensure(self, prompt: str, compute: Callable[[], object]) -> None:
        """Call `compute` unless this prompt was the last; what it raises leaves none."""
        with self._lock:
            if self._prompt == prompt:
                return
            self._prompt = None
        compute()
        with self._lock:
            self._prompt = prompt

    def forget(self) -> None:
        """Another prompt follows that is not computed anew."""
        with self._lock:
            self._prompt = None
