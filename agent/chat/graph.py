"""The chat's state machine: one thread a session, a line a node."""

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent.chat import nodes
from agent.chat.context import ChatContext
from agent.chat.state import ChatState


def build_chat_graph(
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> CompiledStateGraph[ChatState, ChatContext, ChatState, ChatState]:
    """From a question that is written down to an answer that is remembered."""
    graph = StateGraph(ChatState, context_schema=ChatContext)
    graph.add_node("recall", nodes.recall)
    graph.add_node("route", nodes.route)
    graph.add_node("forage", nodes.forage)
    graph.add_node("from_memory", nodes.from_memory)
    graph.add_node("answer", nodes.answer)
    graph.add_node("verify", nodes.verify)
    graph.add_node("remember", nodes.remember)
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "route")
    graph.add_conditional_edges("route", nodes.next_after_route)
    graph.add_conditional_edges("from_memory", nodes.next_after_memory)
    graph.add_edge("forage", "answer")
    graph.add_edge("answer", "verify")
    graph.add_edge("verify", "remember")
    graph.add_edge("remember", END)
    return graph.compile(checkpointer=checkpointer)
