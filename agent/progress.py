"""Progress of a run: events as they happen, for a log file and for a person's eyes. Knows no terminal."""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from pydantic import Field

from lm.types import Frozen


class Event(Frozen):
    """Something that happened, with its numbers and names. `block` is empty for events of the whole run."""

    name: str
    block: str = ""
    message: str = ""
    numbers: Mapping[str, float] = Field(default_factory=dict)
    words: Mapping[str, str] = Field(default_factory=dict, description="The message's parts, for programs.")


class Progress(Protocol):
    """Takes events from any thread."""

    def tell(self, event: Event) -> None:
        """Take one event. Must not raise and must not block for long."""
        ...


class Tee:
    """Hands every event to each listener, one at a time."""

    def __init__(self, listeners: list[Callable[[Event], None]]) -> None:
        self._listeners = listeners
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        """See `Progress.tell`."""
        with self._lock:
            for listener in self._listeners:
                listener(event)
