"""The state machine, a line a node. What each node does is in `nodes`; what it may use is in `context`."""

from typing import cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import RetryPolicy

from agent import nodes
from agent.context import RunContext
from agent.state import BlockOutput, BlockState, Mode, RunState
from lm.errors import LMError

# Model calls are already retried with care below the nodes; this is for what a whole step can outlive: a busy database.
_RETRY = RetryPolicy(
    max_attempts=2,
    retry_on=lambda error: bool(getattr(error, "retryable", False)) and not isinstance(error, LMError),
)


def build_block_graph() -> CompiledStateGraph[BlockState, RunContext, BlockState, BlockOutput]:
    """One block: select, draft, verify, revise while it fails, file."""
    graph = StateGraph(BlockState, context_schema=RunContext, output_schema=BlockOutput)
    graph.add_node("select", nodes.select)
    graph.add_node("draft", nodes.draft, retry_policy=_RETRY)
    graph.add_node("verify", nodes.verify)
    graph.add_node("revise", nodes.revise, retry_policy=_RETRY)
    graph.add_node("file", nodes.file)
    graph.add_edge(START, "select")
    graph.add_edge("select", "draft")
    graph.add_edge("draft", "verify")
    graph.add_conditional_edges("verify", nodes.next_after_verify)
    graph.add_conditional_edges("revise", nodes.next_after_verify)
    graph.add_edge("file", END)
    return graph.compile()


def build_graph(
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> CompiledStateGraph[RunState, RunContext, RunState, RunState]:
    """The whole run, from a topic to a report."""
    graph = StateGraph(RunState, context_schema=RunContext)
    graph.add_node("preview", nodes.preview)
    graph.add_node("align", nodes.align)
    graph.add_node("gauge", nodes.gauge, retry_policy=_RETRY)
    graph.add_node("take_note", nodes.take_note, retry_policy=_RETRY)
    graph.add_node("pursue", nodes.pursue, retry_policy=_RETRY)
    graph.add_node("answer_plan", nodes.answer_plan)
    graph.add_node("plan", nodes.plan, retry_policy=_RETRY)
    graph.add_node("forage", nodes.forage)
    graph.add_node("allot", nodes.allot)
    graph.add_node("write_block", build_block_graph())
    graph.add_node("assemble", nodes.assemble)
    graph.add_edge(START, "preview")
    graph.add_edge("preview", "align")
    graph.add_conditional_edges("align", nodes.route)
    graph.add_conditional_edges("gauge", nodes.next_after_gauge)
    graph.add_conditional_edges("take_note", nodes.next_after_note)
    graph.add_edge("pursue", "answer_plan")
    graph.add_conditional_edges("answer_plan", nodes.to_forage, ["forage"])
    graph.add_conditional_edges("plan", nodes.to_forage, ["forage"])
    graph.add_edge("forage", "allot")
    graph.add_conditional_edges("allot", nodes.to_blocks, ["write_block"])
    graph.add_edge("write_block", "assemble")
    graph.add_edge("assemble", END)
    return graph.compile(checkpointer=checkpointer)


def run_unkept(topic: str, mode: Mode, context: RunContext) -> RunState:
    """The whole run in one sitting, without checkpoints: for evaluations and tests. Returns its final state.

    Raises:
        NotEnoughEvidence: the corpus has too little on the topic.
        LMError: an endpoint failed for good.
    """
    state: RunState = {"topic": topic, "mode": mode, "words": None}
    n_parallel = context.write.max_parallel_blocks
    return cast(RunState, build_graph().invoke(state, {"max_concurrency": n_parallel}, context=context))
