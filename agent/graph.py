"""The state machine, a line a node. What each node does is in `nodes`; what it may use is in `context`."""

from functools import wraps
from typing import Protocol, TypeVar, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import RetryPolicy
from langgraph.typing import InputT, OutputT, StateT

from agent import nodes
from agent.context import RunContext
from agent.stages import stage, stops_of
from agent.state import BlockOutput, BlockState, Mode, RunState
from lm.errors import LMError

StateOf = TypeVar("StateOf", contravariant=True)
Changes = TypeVar("Changes", covariant=True)
S = TypeVar("S")
R = TypeVar("R")

# Model calls are already retried with care below the nodes; this is for what a whole step can outlive: a busy database.
_RETRY = RetryPolicy(
    max_attempts=2,
    retry_on=lambda error: bool(getattr(error, "retryable", False)) and not isinstance(error, LMError),
)


class Node(Protocol[StateOf, Changes]):
    """A node, or a choice between nodes, that uses the run's context."""

    def __call__(self, state: StateOf, runtime: nodes.Context) -> Changes:
        """Do its work."""
        ...


class Bind(Protocol):
    """Makes of a node one that brings its own context."""

    def __call__(self, node: Node[S, R], /) -> Node[S, R]:
        """The same node, with the context bound."""
        ...


def as_it_is(node: Node[S, R], /) -> Node[S, R]:
    """Binds nothing: the context comes with each call of the graph."""
    return node


def staged(node: Node[S, R], /) -> Node[S, R]:
    """The same node, told of as a stage of its name; of a block, where its state says of which."""

    @wraps(node)
    def told(state: S, runtime: nodes.Context) -> R:
        block = state.get("block", "") if isinstance(state, dict) else ""
        context = runtime.context
        with context.turns.taken(), stage(told.__name__, context.progress, block=block) as stops:
            changes = node(state, runtime)
            stops.names = stops_of(changes)
        return changes

    return told


def build_block_graph(bind: Bind = as_it_is) -> CompiledStateGraph[BlockState, RunContext, BlockState, BlockOutput]:
    """One block: select, condense where that is set, draft, verify, revise while it fails, file."""
    graph = StateGraph(BlockState, context_schema=RunContext, output_schema=BlockOutput)
    graph.add_node("select", bind(staged(nodes.select)))
    graph.add_node("condense", bind(staged(nodes.condense)), retry_policy=_RETRY)
    graph.add_node("draft", bind(staged(nodes.draft)), retry_policy=_RETRY)
    graph.add_node("verify", bind(staged(nodes.verify)))
    graph.add_node("revise", bind(staged(nodes.revise)), retry_policy=_RETRY)
    graph.add_node("file", bind(staged(nodes.file)))
    graph.add_edge(START, "select")
    graph.add_conditional_edges("select", bind(nodes.next_after_select))
    graph.add_edge("condense", "draft")
    graph.add_edge("draft", "verify")
    graph.add_conditional_edges("verify", nodes.next_after_verify)
    graph.add_conditional_edges("revise", nodes.next_after_verify)
    graph.add_edge("file", END)
    return graph.compile()


def wire(graph: StateGraph[StateT, RunContext, InputT, OutputT], bind: Bind = as_it_is) -> None:
    """The run's nodes and what leads from "preview" to "assemble"; the caller says what leads in and out."""
    graph.add_node("preview", bind(staged(nodes.preview)))
    graph.add_node("align", bind(staged(nodes.align)))
    graph.add_node("gauge", bind(staged(nodes.gauge)), retry_policy=_RETRY)
    graph.add_node("take_note", bind(staged(nodes.take_note)), retry_policy=_RETRY)
    graph.add_node("pursue", bind(staged(nodes.pursue)), retry_policy=_RETRY)
    graph.add_node("answer_plan", bind(staged(nodes.answer_plan)))
    graph.add_node("plan", bind(staged(nodes.plan)), retry_policy=_RETRY)
    graph.add_node("forage", bind(staged(nodes.forage)))
    graph.add_node("allot", bind(staged(nodes.allot)))
    graph.add_node("write_block", build_block_graph(bind))
    graph.add_node("assemble", bind(staged(nodes.assemble)))
    graph.add_edge("preview", "align")
    graph.add_conditional_edges("align", bind(nodes.route))
    graph.add_conditional_edges("gauge", bind(nodes.next_after_gauge))
    graph.add_conditional_edges("take_note", bind(nodes.next_after_note))
    graph.add_edge("pursue", "answer_plan")
    graph.add_conditional_edges("answer_plan", bind(nodes.to_forage), ["forage"])
    graph.add_conditional_edges("plan", bind(nodes.to_forage), ["forage"])
    graph.add_edge("forage", "allot")
    graph.add_conditional_edges("allot", bind(nodes.to_blocks), ["write_block"])
    graph.add_edge("write_block", "assemble")


def build_graph(
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> CompiledStateGraph[RunState, RunContext, RunState, RunState]:
    """The whole run, from a topic to a report."""
    graph = StateGraph(RunState, context_schema=RunContext)
    wire(graph)
    graph.add_edge(START, "preview")
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
