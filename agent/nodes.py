"""The graph's nodes: unpack state, call the craft, return the keys that changed.

Where a node can go is said in `graph`; what it does is said in the module that it calls.
"""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from agent import craft_ask, craft_facts, craft_pair, craft_plan, craft_read, craft_report, craft_write
from agent.context import RunContext
from agent.records import blocks_of
from agent.state import BlockState, ForageState, RunState
from agent.types import Outline

Context = Runtime[RunContext]


def preview(state: RunState, runtime: Context) -> RunState:
    """What is asked for, and how long it may be."""
    return {"brief_id": craft_plan.make_brief(state["topic"], state.get("words"), state["mode"], runtime.context)}


def align(state: RunState, runtime: Context) -> RunState:
    """Retrieve once before the first plan."""
    return {"alignment_id": craft_plan.make_alignment(state["brief_id"], state["mode"], runtime.context)}


def route(state: RunState, runtime: Context) -> Literal["gauge", "take_note", "pursue", "answer_plan", "plan"]:
    """A question is one block, gauged, noted and pursued if that is set; a report is planned."""
    if state["mode"] == "report":
        return "plan"
    return "gauge" if runtime.context.ask.route == "on" else next_after_gauge(state, runtime)


def gauge(state: RunState, runtime: Context) -> RunState:
    """How hard the question is."""
    route_id, stops = craft_ask.gauge_question(state["brief_id"], runtime.context)
    return {"route_id": route_id, "stops": stops} if route_id else {"stops": stops}


def next_after_gauge(state: RunState, runtime: Context) -> Literal["take_note", "pursue", "answer_plan"]:
    """Take a note if that is set, unless the question is easy."""
    if runtime.context.ask.notes == "on" and not craft_ask.is_easy(state.get("route_id"), runtime.context):
        return "take_note"
    return next_after_note(state, runtime)


def take_note(state: RunState, runtime: Context) -> RunState:
    """Read for the question step by step; what the note stands on joins the first retrieval."""
    note_id, alignment_id, stops = craft_ask.make_note(state["brief_id"], state["alignment_id"], runtime.context)
    return {"note_id": note_id, "alignment_id": alignment_id, "stops": stops}


def next_after_note(state: RunState, runtime: Context) -> Literal["pursue", "answer_plan"]:
    """Pursue if that is set, unless the question is easy."""
    is_wanted = runtime.context.ask.pursue == "on"
    return "pursue" if is_wanted and not craft_ask.is_easy(state.get("route_id"), runtime.context) else "answer_plan"


def pursue(state: RunState, runtime: Context) -> RunState:
    """Look up sub-questions while one of them narrows the answers."""
    pursuit_id, alignment_id, stops = craft_ask.pursue_question(
        state["brief_id"], state["alignment_id"], runtime.context
    )
    return {"pursuit_id": pursuit_id, "alignment_id": alignment_id, "stops": stops}


def answer_plan(state: RunState, runtime: Context) -> RunState:
    """The outline of a single answer."""
    outline_id = craft_plan.make_answer_outline(
        state["brief_id"], runtime.context, route_id=state.get("route_id"), pursuit_id=state.get("pursuit_id")
    )
    return {"outline_id": outline_id}


def plan(state: RunState, runtime: Context) -> RunState:
    """Sections and blocks, checked."""
    outline_id, stops = craft_plan.make_outline(state["brief_id"], state["alignment_id"], runtime.context)
    return {"outline_id": outline_id, "stops": stops}


def to_forage(state: RunState, runtime: Context) -> list[Send]:
    """One forage task for each block of a section."""
    outline = runtime.context.store.get_model(state["outline_id"], Outline)
    ids = [block.id for section, block in blocks_of(outline) if section.kind == "section"]
    common = {"brief_id": state["brief_id"], "outline_id": state["outline_id"]}
    return [Send("forage", {"block": block_id, **common}) for block_id in ids]


def forage(state: ForageState, runtime: Context) -> RunState:
    """Read for one block, and extract the facts of what was read where that is asked for."""
    record_id, stops = craft_read.forage_block(state["block"], state["brief_id"], state["outline_id"], runtime.context)
    facts, stops_of_facts = craft_facts.extract_facts(record_id, state["outline_id"], runtime.context)
    return {"foraged": {state["block"]: record_id}, "facts": facts, "stops": [*stops, *stops_of_facts]}


def allot(state: RunState, runtime: Context) -> RunState:
    """Give each piece of evidence to one block, and hold the facts of all against each other."""
    owned, reading_id = craft_read.allot_evidence(
        state["brief_id"], state["outline_id"], state["alignment_id"], state["foraged"], runtime.context
    )
    facts_id = craft_facts.gather_facts(state.get("facts", {}), runtime.context)
    alloted: RunState = {"owned": owned, "reading_id": reading_id}
    return alloted if facts_id is None else {**alloted, "facts_id": facts_id}


def to_blocks(state: RunState, runtime: Context) -> list[Send]:
    """One writing task for each block."""
    attempts = craft_write.revisions_allowed(runtime.context)
    common = {"brief_id": state["brief_id"], "outline_id": state["outline_id"], "attempts_left": attempts}
    reading = {"reading_id": state["reading_id"], "facts_id": state.get("facts_id")}
    return [
        Send("write_block", {"block": block_id, "owned_id": owned_id, **common, **reading})
        for block_id, owned_id in state["owned"].items()
    ]


def select(state: BlockState, runtime: Context) -> BlockState:
    """Choose what the block says."""
    context_id = craft_read.select_for(
        state["block"], state["owned_id"], state["outline_id"], state.get("facts_id"), runtime.context
    )
    return {"context_id": context_id}


def next_after_select(state: BlockState, runtime: Context) -> Literal["condense", "draft"]:
    """Have the sources read for the writer, where that is set."""
    return "condense" if craft_pair.is_for_pair(state["context_id"], state["outline_id"], runtime.context) else "draft"


def condense(state: BlockState, runtime: Context) -> BlockState:
    """Let the helper read the block's sources, and the writer ask for what it misses."""
    context_id, stops = craft_pair.condense_block(
        state["owned_id"],
        state["context_id"],
        state["outline_id"],
        state["brief_id"],
        state["reading_id"],
        runtime.context,
    )
    return {"context_id": context_id, "stops": stops}


def draft(state: BlockState, runtime: Context) -> BlockState:
    """Draft the block."""
    draft_id, stops = craft_write.draft_block(
        state["context_id"], state["brief_id"], state["reading_id"], runtime.context
    )
    return {"draft_id": draft_id, "stops": stops}


def verify(state: BlockState, runtime: Context) -> BlockState:
    """Check every sentence of a fresh draft."""
    checked_id, n_failed, stops = craft_write.verify_draft(
        state["draft_id"], state["context_id"], state["reading_id"], runtime.context
    )
    return {"checked_id": checked_id, "n_failed": n_failed, "stops": stops}


def next_after_verify(state: BlockState) -> Literal["revise", "file"]:
    """Revise while something fails and attempts are left."""
    return "revise" if state["n_failed"] and state["attempts_left"] > 0 else "file"


def revise(state: BlockState, runtime: Context) -> BlockState:
    """Rewrite and verify the sentences that failed."""
    checked_id, n_failed, stops = craft_write.revise_draft(
        state["checked_id"], state["context_id"], state["reading_id"], runtime.context
    )
    left = 0 if stops else state["attempts_left"] - 1
    return {"checked_id": checked_id, "n_failed": n_failed, "attempts_left": left, "stops": stops}


def file(state: BlockState, runtime: Context) -> BlockState:
    """Settle every sentence: kept, revised, quoted or dropped."""
    settled_id = craft_write.settle_block(
        state["checked_id"], state["draft_id"], state["context_id"], state["reading_id"], runtime.context
    )
    return {"settled": {state["block"]: settled_id}}


def assemble(state: RunState, runtime: Context) -> RunState:
    """Hold the sentences to what was asked for, number the evidence and frame the report."""
    report_id = craft_report.assemble_report(
        state["brief_id"],
        state["outline_id"],
        state["reading_id"],
        state["owned"],
        state["settled"],
        state.get("facts_id"),
        runtime.context,
    )
    return {"report_id": report_id}
