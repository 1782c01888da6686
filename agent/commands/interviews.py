"""Interviews before a plan, for a person: who asked, what was answered, and what was refused."""

from pathlib import Path

from agent.errors import UsageProblem
from agent.run_folder import RunFolder
from agent.storm.records import Conversation, Conversations, Refusal, Turn


def interviews_of(folder: Path) -> Conversations:
    """The interviews that a run's plan came from.

    Raises:
        UsageProblem: its planner held none, or their file is damaged.
    """
    found = find_interviews(folder)
    if found is None:
        raise UsageProblem(
            f"the run {folder.name} has no conversations.json",
            hint="`wellread write TOPIC --planner storm` holds interviews; they are written down with its report",
        )
    return found


def find_interviews(folder: Path) -> Conversations | None:
    """The same; None where the run's planner held none. Raises UsageProblem where their file is damaged."""
    try:
        return RunFolder(folder).read_conversations()
    except (OSError, ValueError) as error:
        raise UsageProblem(
            f"{folder / 'conversations.json'} cannot be read: {error}",
            hint=f"move it away, and `wellread runs resume {folder.name}` writes it again",
        ) from error


def interviews_text(talks: Conversations) -> str:
    """All of them, with the layouts before and after."""
    parts = [_talk_text(talk) for talk in talks.conversations]
    parts += [_listed("first layout, from the topic alone", talks.draft)] if talks.draft else []
    parts += [_listed("layout after the interviews", talks.refined)] if talks.refined else []
    refused = [f"{refusal.what}: {_refused(refusal)}" for refusal in talks.refused]
    parts += [_listed("refused", refused)] if refused else []
    return "\n\n".join([*parts, f"{talks.told}; {talks.calls} calls, {talks.tokens:,} tokens"])


def _talk_text(talk: Conversation) -> str:
    headings = f" ({', '.join(talk.perspective.headings)})" if talk.perspective.headings else ""
    lines = [f"{talk.perspective.name}{headings}"]
    for turn in talk.turns:
        lines += _turn_lines(turn)
    lines += [f"  refused: {_refused(refusal)}" for refusal in talk.refused]
    return "\n".join([*lines, f"  ended: {talk.ended}"])


def _turn_lines(turn: Turn) -> list[str]:
    known = {"unknown": "the documents do not say", "refused": "nothing that was said is borne out"}
    lines = [f"  Q {turn.question}", f"  A {turn.answer or known[turn.outcome]}"]
    return [*lines, *(f"    refused: {_refused(refusal)}" for refusal in turn.refused)]


def _refused(refusal: Refusal) -> str:
    return f"{refusal.said or 'an empty reply'} ({refusal.why})"


def _listed(title: str, items: tuple[str, ...] | list[str]) -> str:
    return "\n".join([title, *(f"  - {item}" for item in items)])
