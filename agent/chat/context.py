"""What the nodes of a chat may use. Never checkpointed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent.chat.memory import ChatMemory
from agent.chat.records import AnswerSentence
from agent.chat.sessions import ChatStore
from agent.context import RunContext


@dataclass(frozen=True)
class ChatContext:
    """Services of a chat; `run` are those of the answers from documents."""

    sessions: ChatStore
    memory: ChatMemory
    run: RunContext
    say: Callable[[AnswerSentence], None]  # hears of each sentence as soon as it is verified, and of no other
    clock: Callable[[], datetime]
    began: datetime  # when this question was taken up
