"""The chat's nodes: recall, route, forage or look in memory, answer, verify, remember.

An answer from documents is the very graph of `wellread ask`, run inside the node "forage".
"""

from typing import Literal

from langgraph.runtime import Runtime

from agent.chat import craft
from agent.chat.context import ChatContext
from agent.chat.state import ChatState
from agent.errors import NotEnoughEvidence
from agent.graph import build_graph

Context = Runtime[ChatContext]


def recall(state: ChatState, runtime: Context) -> ChatState:
    """Make the question self-contained, and see what memory has on it."""
    craft.understand(state["session"], state["number"], runtime.context)
    return {"report_id": ""}


def route(state: ChatState, runtime: Context) -> ChatState:
    """Where to look."""
    return {"route": craft.choose_route(state["session"], state["number"], runtime.context)}


def next_after_route(state: ChatState) -> Literal["forage", "from_memory", "answer"]:
    """Documents, memory, or neither."""
    ways: dict[str, Literal["forage", "from_memory", "answer"]] = {"corpus": "forage", "memory": "from_memory"}
    return ways.get(state["route"], "answer")


def forage(state: ChatState, runtime: Context) -> ChatState:
    """Read for the question and answer it as `wellread ask` does."""
    context = runtime.context
    question = craft.question_of(state["session"], state["number"], context)
    try:
        found = build_graph().invoke(
            {"topic": question, "mode": "answer", "words": None},
            {"max_concurrency": context.run.write.max_parallel_blocks},
            context=context.run,
        )
    except NotEnoughEvidence as error:
        craft.tell_gap(state["session"], state["number"], str(error), context)
        return {"report_id": ""}
    return {"report_id": found["report_id"], "stops": found.get("stops", [])}


def from_memory(state: ChatState, runtime: Context) -> ChatState:
    """Choose what of the recalled answers."""
    return {"n_quoted": craft.compose_from_memory(state["session"], state["number"], runtime.context)}


def next_after_memory(state: ChatState, runtime: Context) -> Literal["forage", "answer"]:
    """Where memory has nothing, a question that names something may still be one for the documents."""
    names = craft.names_something(state["session"], state["number"], runtime.context)
    return "forage" if not state["n_quoted"] and names else "answer"


def answer(state: ChatState, runtime: Context) -> ChatState:
    """Compose the answer; nothing of it is shown yet."""
    report_id, stops = state["report_id"], state["stops"]
    craft.compose(state["session"], state["number"], state["route"], report_id, stops, runtime.context)
    return {"is_answered": False}


def verify(state: ChatState, runtime: Context) -> ChatState:
    """Check sentence by sentence, and say each that passes; then the answer is whole, and written down."""
    craft.verify_and_say(state["session"], state["number"], runtime.context)
    return {"is_answered": True}


def remember(state: ChatState, runtime: Context) -> ChatState:
    """Hand the exchange to long-term memory."""
    craft.remember(state["session"], state["number"], runtime.context)
    return {}
