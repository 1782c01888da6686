"""The slash commands of a chat: what each says, and what the program is to do after it."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agent.chat.conversation import Conversation
from agent.chat.forgetting import forget
from agent.chat.memory import NoMemory
from agent.chat.report_plan import plan_with_questions
from agent.chat.telling import exchange_values, note_line, notes_of, sources_text, transcript, why_text
from agent.counting import counted
from agent.errors import UsageProblem
from agent.narrative.user_plan import UserPlan, plan_of
from agent.planning import plan_report
from agent.render_spending import HEADER, spending_remarks, spending_rows
from lm.catalog import CATALOG
from lm.files import write_atomically

_LISTED_DOCUMENTS, _LISTED_UNITS = 30, 10
_IS_OFF = "Memory is off in this sitting."
_TRANSCRIPT_OPENS = "# Conversation of "


@dataclass(frozen=True)
class Told:
    """What a command says, as text and as values; `then` is what only the program around the session can do."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    then: Literal["", "quit", "again", "model", "report"] = ""
    argument: str = ""
    plan: UserPlan | None = None
    forgotten: tuple[str, ...] = ()  # questions that no history may keep


Command = Callable[[Conversation, str], Told]


def obey(conversation: Conversation, line: str) -> Told:
    """Do what a line that begins with a slash says.

    Raises:
        UsageProblem: there is no such command, or it lacks its argument; the hint has the nearest one.
    """
    name, _, argument = line.strip().partition(" ")
    found = COMMANDS.get(name.lower())
    if found is None:
        near = difflib.get_close_matches(name.lower(), COMMANDS, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else "/help lists them"
        raise UsageProblem(f"there is no command {name}", hint=hint)
    return found[2](conversation, argument.strip())


def _sources(conversation: Conversation, argument: str) -> Told:
    last = conversation.last_asked()
    if last is None or last.answer is None:
        return Told("Nothing was answered yet.", {"sources": [], "memories": []})
    shown = exchange_values(last)
    text = sources_text(last.answer) or "The last answer cites nothing: no evidence was found for it."
    return Told(text, {"number": last.number, "sources": shown["sources"], "memories": shown["memories"]})


def _why(conversation: Conversation, argument: str) -> Told:
    last = conversation.last()
    if last is None:
        return Told("Nothing was answered yet.")
    values = last.model_dump(mode="json", include={"number", "question", "considered", "kept"})
    return Told(why_text(last), values)


def _memory(conversation: Conversation, argument: str) -> Told:
    last = conversation.last()
    query = argument or (last.question if last else "")
    if isinstance(conversation.memory, NoMemory):
        return Told(_IS_OFF, {"query": query, "units": []})
    if not query:
        raise UsageProblem("nothing was asked yet to search memory for", hint="/memory QUERY")
    found = notes_of(conversation.memory.search(query, _LISTED_UNITS))
    text = "\n".join(map(note_line, found)) or f"Memory has nothing on “{query}”."
    return Told(text, {"query": query, "units": [note.model_dump(mode="json") for note in found]})


def _forget(conversation: Conversation, argument: str) -> Told:
    if not argument:
        raise UsageProblem("what is to be forgotten?", hint="/forget m1, /forget ID or /forget WORDS OF IT")
    if isinstance(conversation.memory, NoMemory):
        return Told(_IS_OFF, {"forgotten": []})
    gone = forget(conversation, argument)
    return Told(gone.text, gone.values, forgotten=gone.questions)


def _report(conversation: Conversation, argument: str) -> Told:
    if not argument:
        raise UsageProblem("a report on what?", hint="/report TOPIC")
    planned = plan_report(argument, words=None, services=conversation.services)
    plan = plan_with_questions(plan_of(planned.outline, planned.brief), conversation.exchanges())
    n = len(plan.sections)
    return Told(f"Writing {plan.words or 0:,} words in {counted(n, 'section')}.", {"words": plan.words, "sections": n},
                then="report", argument=argument, plan=plan)  # fmt: skip


def _corpus(conversation: Conversation, argument: str) -> Told:
    documents = conversation.services.corpus.documents()
    lines = [f"{document.title} ({document.id})" for document in documents[:_LISTED_DOCUMENTS]]
    more = len(documents) - len(lines)
    n_chars = sum(document.n_chars for document in documents)
    lines.append(f"{counted(len(documents), 'document')}, {n_chars:,} characters" + (f"; {more} more" if more else ""))
    return Told("\n".join(lines), {"documents": [{"id": one.id, "title": one.title} for one in documents]})


def _tokens(conversation: Conversation, argument: str) -> Told:
    spend = conversation.spent()
    rows = spending_rows(spend)
    if not rows:
        return Told("No model was asked in this session.", {"spend": spend.model_dump()})
    cells = [HEADER, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADER))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return Told("\n".join([*table, *spending_remarks(spend)]), {"spend": spend.model_dump()})


def _model(conversation: Conversation, argument: str) -> Told:
    if argument:
        return Told("", then="model", argument=argument)
    name = conversation.services.writer.name
    known = ", ".join(f"embedded:{entry.name}" for entry in CATALOG if entry.kind == "chat")
    return Told(f"{name} writes. Others: {known}, or openai:NAME of an endpoint.", {"model": name})


def _save(conversation: Conversation, argument: str) -> Told:
    if not argument:
        raise UsageProblem("save where?", hint="/save FILE.md")
    path = Path(argument).expanduser()
    try:
        if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_TRANSCRIPT_OPENS):
            raise UsageProblem(f"{path} is there, and is no transcript", hint="choose another name")
        write_atomically(path, transcript(conversation.session, conversation.exchanges()))
    except OSError as error:
        raise UsageProblem(f"{path} cannot be written: {error.strerror}", hint="choose another place") from error
    return Told(f"Saved to {path}.", {"file": str(path)})


def _again(conversation: Conversation, argument: str) -> Told:
    if conversation.unanswered() is None:
        return Told("The last question has its answer.")
    return Told("", then="again")


def _help(conversation: Conversation, argument: str) -> Told:
    width = max(len(f"{name} {usage}") for name, (usage, _, _) in COMMANDS.items())
    lines = [f"{f'{name} {usage}':<{width}}  {said}" for name, (usage, said, _) in COMMANDS.items()]
    return Told("\n".join(lines), {"commands": list(COMMANDS)})


def _quit(conversation: Conversation, argument: str) -> Told:
    return Told("", then="quit")


# Name: its argument, its line in /help, and what does it.
COMMANDS: dict[str, tuple[str, str, Command]] = {
    "/sources": ("", "What the last answer stands on, with the quotations.", _sources),
    "/why": ("", "How the last answer came about: route, question looked up, what was recalled.", _why),
    "/memory": ("[QUERY]", "What memory has on a query, or on the last question.", _memory),
    "/forget": ("m1|ID|TEXT", "Forget a unit, or all that have these words, and where they were said.", _forget),
    "/report": ("TOPIC", "Write a long report on a topic and on what was asked here.", _report),
    "/corpus": ("", "The documents.", _corpus),
    "/tokens": ("", "What the session has taken, by role.", _tokens),
    "/model": ("[NAME]", "Who writes; or let another model write from here on.", _model),
    "/again": ("", "Answer the last question, if it was stopped or never answered.", _again),
    "/save": ("FILE", "The conversation as Markdown, with sources.", _save),
    "/help": ("", "These commands.", _help),
    "/quit": ("", "Leave; the session can be continued.", _quit),
}
SLASH_LINE = re.compile(r"^/[A-Za-z]")
