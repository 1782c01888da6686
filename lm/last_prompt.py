"""Which prompt a server computed last from its first token on, so that several draws from it compute it once.

Knows nothing of the wire. One object for all clients of a server.
"""

import threading
from collections.abc import Callable


class LastPrompt:
    """The last prompt that was computed anew.

    Threads may share one and lose nothing but time; that a reply is the same whatever was asked before holds for calls
    one at a time, since another's prompt may come between the computing and the call that follows.
    """

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._prompt: str | None = None
        self._n_changes = 0

    def ensure(self, prompt: str, compute: Callable[[], object]) -> None:
        """Call `compute` unless this prompt was the last; what it raises leaves none."""
        with self._lock:
            if self._prompt == prompt:
                return
            self._prompt = None
            self._n_changes += 1
            n_changes = self._n_changes
        compute()
        with self._lock:
            if self._n_changes == n_changes:  # else another prompt came meanwhile
                self._prompt = prompt

    def forget(self) -> None:
        """Another prompt follows that is not computed anew."""
        with self._lock:
            self._prompt = None
            self._n_changes += 1
