"""The long-term memory of a chat, opened from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.chat.memory import ChatMemory, NoMemory
from agent.services import Services


@contextmanager
def open_memory(services: Services, scope: str, *, is_wanted: bool) -> Iterator[ChatMemory]:
    """The memory of a scope; none where it is not wanted."""
    yield NoMemory()
