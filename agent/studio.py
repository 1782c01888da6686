"""The report graph and the answer graph as LangGraph's own tools open them: `langgraph.json` names the two.

They are the graphs of `wellread write` and `wellread ask`, on the home and the settings of the command line, with a
last node that says what was written. The tools keep their own checkpoints; nothing is entered in the ledger of runs.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import wraps
from typing import TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Overwrite
from typing_extensions import TypedDict  # of the standard one pydantic makes no JSON schema before Python 3.12

from agent.config import load
from agent.context import RunContext
from agent.graph import Node, wire
from agent.nodes import Context
from agent.pair.asked import resolved
from agent.progress import Tee
from agent.render_markdown import render_markdown
from agent.run import context_of
from agent.searching import open_home_corpus
from agent.services import open_services, roles_needed
from agent.settings import Settings
from agent.state import Mode, RunState
from agent.types import Report
from retrieval.errors import CorpusEmpty

S = TypeVar("S")
R = TypeVar("R")


class StudioInput(TypedDict, total=False):
    """What is asked: a topic or a question, and for a report its length (None: as settings or topic say)."""

    topic: str
    words: int | None


class StudioOutput(TypedDict):
    """What was written, in Markdown, and its record in the store."""

    report: str
    report_id: str


class StudioState(RunState, total=False):
    """A run's state, and the text that it comes to: the tools show states, not stores."""

    report: str


StudioGraph = CompiledStateGraph[StudioState, RunContext, StudioInput, StudioOutput]


@asynccontextmanager
async def report_graph(config: RunnableConfig) -> AsyncIterator[StudioGraph]:
    """The graph that writes a report on a topic; its services are opened by its first node and closed at the end.

    Raises:
        CorpusEmpty: there is no corpus in the home, or nothing in it.
        ConfigError: a setting cannot be followed.
    """
    async with _opened("report") as graph:
        yield graph


@asynccontextmanager
async def answer_graph(config: RunnableConfig) -> AsyncIterator[StudioGraph]:
    """The graph that answers a question, given as the topic; otherwise as `report_graph`."""
    async with _opened("answer") as graph:
        yield graph


@asynccontextmanager
async def _opened(mode: Mode) -> AsyncIterator[StudioGraph]:
    # In threads: the tools' event loop must not wait for a disk.
    settings = await asyncio.to_thread(_settings)
    context = _LateContext(settings, mode)
    try:
        yield build_studio_graph(mode, context.get, n_parallel=settings.write.max_parallel_blocks)
    finally:
        await asyncio.to_thread(context.close)


def _settings() -> Settings:
    """The settings; the tools show an error's message alone, so the way to mend it stands in it."""
    settings = load().settings
    try:
        with open_home_corpus(settings) as corpus:
            if corpus.passage_count() == 0:
                raise CorpusEmpty(f"the corpus in {settings.home} holds no document", hint="wellread ingest PATH")
    except CorpusEmpty as error:
        raise CorpusEmpty(f"{error}; fix: {error.hint}", hint=error.hint) from error
    return resolved(settings)


class _LateContext:
    """A run's context, opened when a node first asks for it: to draw a graph needs no model."""

    def __init__(self, settings: Settings, mode: Mode) -> None:
        self._settings: Settings = settings
        self._mode: Mode = mode
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._context: RunContext | None = None

    def get(self) -> RunContext:
        """The context; safe for several threads."""
        with self._lock:
            if self._context is None:
                roles = roles_needed(self._settings, self._mode)
                services = self._stack.enter_context(open_services(self._settings, need=roles))
                self._context = context_of(services, Tee([]))
            return self._context

    def close(self) -> None:
        """Close whatever was opened."""
        self._stack.close()


def build_studio_graph(mode: Mode, context_of_run: Callable[[], RunContext], *, n_parallel: int) -> StudioGraph:
    """The graph of a mode with its context bound, so that an input of plain JSON is all it needs.

    Args:
        mode: What it writes.
        context_of_run: Opens the context; asked by each node.
        n_parallel: Blocks at once, where the tool's own configuration (`max_concurrency`) does not say.
    """

    def bind(node: Node[S, R], /) -> Node[S, R]:
        @wraps(node)
        def bound(state: S, runtime: Context) -> R:
            return node(state, runtime.override(context=context_of_run()))

        return bound

    def begin(state: StudioState) -> StudioState:
        # A thread may hold an earlier topic's run, and what has a reducer would be added to it.
        fresh = {key: Overwrite({}) for key in ("foraged", "facts", "settled")}
        none = dict.fromkeys(("note_id", "route_id", "pursuit_id"))
        return cast(StudioState, {"mode": mode, "words": state.get("words"), "stops": Overwrite([]), **fresh, **none})

    def publish(state: StudioState, runtime: Context) -> StudioState:
        return {"report": render_markdown(runtime.context.store.get_model(state["report_id"], Report))}

    # Without a schema of the context: the tools would make one of their own JSON by it.
    graph: StateGraph[StudioState, RunContext, StudioInput, StudioOutput] = StateGraph(
        StudioState, input_schema=StudioInput, output_schema=StudioOutput
    )
    wire(graph, bind)
    graph.add_node("begin", begin)
    graph.add_node("publish", bind(publish))
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "preview")
    graph.add_edge("assemble", "publish")
    graph.add_edge("publish", END)
    return graph.compile(name=mode).with_config({"max_concurrency": n_parallel})
