"""A session that goes on: ask, be stopped, be killed, come back, answer what was left unanswered.

The question is in the session store before anything is done with it; the graph's states are in the checkpointer, under
the session's id; what was paid for is in the call cache. So whatever happens in the middle of an answer, nothing that
was asked is lost, and nothing is paid for twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from langchain_core.runnables import RunnableConfig

from agent.chat import craft
from agent.chat.context import ChatContext
from agent.chat.graph import build_chat_graph
from agent.chat.memory import ChatMemory, NoMemory
from agent.chat.records import AnswerSentence, Exchange, Session, Status
from agent.chat.sessions import ChatStore
from agent.chat.state import ChatState
from agent.past_runs import checkpointer, has_checkpoint
from agent.progress import Event, Tee
from agent.redacting import redactor
from agent.run import context_of, utc_now
from agent.services import Services
from lm.spending import Spend, together

Say = Callable[[AnswerSentence], None]
Listener = Callable[[Event], None]


@dataclass
class Conversation:
    """One session in one sitting. `services` are open for as long as it is used."""

    session: Session
    sessions: ChatStore
    memory: ChatMemory
    services: Services
    clock: Callable[[], datetime] = utc_now
    wait_until_ready: Callable[[], None] = lambda: None  # for what is still being loaded
    _before: Spend = field(init=False)

    def __post_init__(self) -> None:
        self._before = self.sessions.spend_of(self.session.id)

    def ask(self, question: str, *, say: Say, listeners: Sequence[Listener] = ()) -> Exchange:
        """Write the question down, and answer it; `say` hears of each sentence as soon as it is verified.

        Raises:
            KeyboardInterrupt: the answer was stopped; the question is kept, marked so.
            LMError: an endpoint failed for good; the question is kept, marked as failed.
        """
        asked = self.sessions.ask(self.session, question, self.clock())
        return self.answer(asked, say=say, listeners=listeners)

    def answer(self, asked: Exchange, *, say: Say, listeners: Sequence[Listener] = ()) -> Exchange:
        """Answer a question that is written down, from where a kill or a stop left it. Raises as `ask` does."""
        if asked.status != "asked":
            self.sessions.mark(asked.session, asked.number, "asked")
        try:
            self.wait_until_ready()
            self._go(asked, say, listeners)
        except KeyboardInterrupt:
            self._mark(asked, "stopped", "")
            raise
        except Exception as error:
            # Whatever it was, the question is kept as failed; the error goes on.
            self._mark(asked, "failed", redactor(self.services.settings).text(str(error)))
            raise
        finally:
            self.keep_spend()
        return self.sessions.exchange(asked.session, asked.number)

    def _go(self, asked: Exchange, say: Say, listeners: Sequence[Listener]) -> None:
        context = ChatContext(
            sessions=self.sessions,
            memory=self.memory,
            run=context_of(self.services, Tee(list(listeners))),
            say=say,
            clock=self.clock,
            began=self.clock(),
        )
        config: RunnableConfig = {"configurable": {"thread_id": asked.session}, "recursion_limit": 100}
        home = self.services.settings.home
        with checkpointer(home) as saver:
            graph = build_chat_graph(saver)
            # The thread goes on only with the very question that it was left at; where it failed, it would fail again.
            goes_on = (
                asked.status != "failed"
                and asked.considered is not None
                and has_checkpoint(saver, asked.session, home)
                and graph.get_state(config).values.get("number") == asked.number
            )
            begin: ChatState = {
                "session": asked.session,
                "number": asked.number,
                "route": "corpus",
                "n_quoted": 0,
                "report_id": "",
                "stops": [],
                "is_answered": False,
            }
            graph.invoke(None if goes_on else begin, config, context=context, durability="sync")
            # Of a whole answer nothing is gone on with: what is kept of it is in the session store, where it can be
            # forgotten, and the file does not grow with every question.
            saver.delete_thread(asked.session)

    def _mark(self, asked: Exchange, status: Status, message: str) -> None:
        """An answer that is whole stays one, whatever happened behind it."""
        if self.sessions.exchange(asked.session, asked.number).status == "asked":
            self.sessions.mark(asked.session, asked.number, status, message)

    def exchanges(self) -> list[Exchange]:
        """All of the session, forgotten ones left out."""
        return [one for one in self.sessions.exchanges(self.session.id) if one.status != "forgotten"]

    def last(self) -> Exchange | None:
        """The last that was answered."""
        return next((one for one in reversed(self.exchanges()) if one.answer is not None), None)

    def last_asked(self) -> Exchange | None:
        """The last answer to a question; what was but noted stands on nothing."""
        every = [one for one in self.exchanges() if one.answer is not None]
        return next((one for one in reversed(every) if one.considered and one.considered.route != "noted"), None)

    def unanswered(self) -> Exchange | None:
        """The last question, if it has no answer."""
        every = self.exchanges()
        return every[-1] if every and every[-1].answer is None else None

    def catch_up(self) -> int:
        """Hand to memory what a kill kept from it; returns how many exchanges that were."""
        if isinstance(self.memory, NoMemory):
            return 0
        late = [one for one in self.exchanges() if one.answer is not None and one.kept is None]
        for one in late:
            kept = craft.kept_of(self.memory.remember(craft.turns_of(one)))
            self.sessions.remembered(one.session, one.number, kept)
        return len(late)

    def keep_spend(self) -> None:
        """Write down what the session has taken."""
        self.sessions.keep_spend(self.session.id, self.spent())

    def spent(self) -> Spend:
        """What the session has taken, in all its sittings."""
        here = self.services.meter.spent()
        roles = {**self._before.by_role, **here.by_role}
        by_role = {
            role: together(spend.by_role[role] for spend in (self._before, here) if role in spend.by_role)
            for role in roles
        }
        return Spend(by_role=by_role, seconds=round(self._before.seconds + here.seconds, 3))
