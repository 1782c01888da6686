"""The state of a run: ids, counters and verdicts. Text lives in the store; services live in the runtime context.

This file is the map of the program: a run is what these keys hold, from the topic to the report.
"""

import operator
from typing import Annotated, Literal, TypedDict

Mode = Literal["report", "answer"]


def merged(left: dict[str, str], right: dict[str, str]) -> dict[str, str]:
    """Reducer: blocks that run side by side each bring their own key."""
    return left | right


class RunState(TypedDict, total=False):
    """One report or answer. Every `_id` is a record in the store; dictionaries go from block id to record id."""

    topic: str
    mode: Mode
    words: int | None
    brief_id: str
    alignment_id: str
    note_id: str
    route_id: str
    pursuit_id: str
    outline_id: str
    foraged: Annotated[dict[str, str], merged]
    facts: Annotated[dict[str, str], merged]
    owned: dict[str, str]
    reading_id: str
    settled: Annotated[dict[str, str], merged]
    stops: Annotated[list[str], operator.add]
    report_id: str
    facts_id: str


class ForageState(TypedDict):
    """What a forage task is sent."""

    block: str
    brief_id: str
    outline_id: str


class BlockState(TypedDict, total=False):
    """One block from its evidence to its settled sentences. `attempts_left` counts down to zero."""

    block: str
    brief_id: str
    outline_id: str
    owned_id: str
    reading_id: str
    facts_id: str | None
    context_id: str
    draft_id: str
    checked_id: str
    n_failed: int
    attempts_left: int
    settled: Annotated[dict[str, str], merged]
    stops: Annotated[list[str], operator.add]


class BlockOutput(TypedDict):
    """What a block hands back to the run."""

    settled: Annotated[dict[str, str], merged]
    stops: Annotated[list[str], operator.add]
