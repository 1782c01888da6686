"""The long-term memory of a chat, opened from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.chat.long_term import SessionMemory
from agent.chat.memory import ChatMemory, NoMemory
from agent.long_term import consolidate_in_background, open_long_term
from agent.run import utc_now
from agent.services import Services


@contextmanager
def open_memory(services: Services, scope: str, *, is_wanted: bool) -> Iterator[ChatMemory]:
    """The memory of a scope; none where it is not wanted.

    What earlier sessions left unjudged, because they were killed, is judged first. At the end the session's last window
    is judged, though it is not full; and what says the same is joined meanwhile, in the background.

    Raises:
        StoreBroken: the home's memory cannot be opened.
    """
    if not is_wanted:
        yield NoMemory()
        return
    settings = services.settings
    with open_long_term(settings, services.fine, scope, helper=services.model_of("helper")) as memory:
        memory.settle()
        consolidate_in_background(settings, services.fine, scope)
        held = SessionMemory(memory, settings.memory.recall_tokens, utc_now)
        try:
            yield held
        finally:
            held.close()
