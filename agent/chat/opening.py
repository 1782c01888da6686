"""The long-term memory of a chat, opened from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.chat.long_term import SessionMemory
from agent.chat.memory import ChatMemory, NoMemory
from agent.chat.records import Session
from agent.chat.sessions import held_if_free
from agent.long_term import consolidate_in_background, open_long_term
from agent.run import utc_now
from agent.services import Services


@contextmanager
def open_memory(services: Services, session: Session, *, is_wanted: bool) -> Iterator[ChatMemory]:
    """The memory of a session's scope; none where it is not wanted.

    What earlier sessions left unjudged, because they were killed, is judged first; those that somebody is in, this one
    too, go on. At the end the session's last window is judged, though it is not full; and what says the same is joined
    meanwhile, in the background.

    Raises:
        StoreBroken: the home's memory cannot be opened.
    """
    if not is_wanted:
        yield NoMemory()
        return
    settings = services.settings
    with open_long_term(settings, services.fine, session.scope, helper=services.model_of("helper")) as memory:
        for earlier in memory.talks():
            if earlier != session.id:
                with held_if_free(settings.home, earlier) as is_free:
                    memory.judge(earlier, is_over=True) if is_free else None
        consolidate_in_background(settings, services.fine, session.scope)
        held = SessionMemory(memory, settings.memory.recall_tokens, utc_now, {session.id})
        try:
            yield held
        finally:
            held.close()
