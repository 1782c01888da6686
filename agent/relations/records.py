"""What is kept of relations: notes that stood, those that were refused, and the calls that were begun for them."""

import hashlib
import json
from collections.abc import Sequence

from lm.types import Frozen
from retrieval.derived_notes import DerivedNote


def task_key(entities: Sequence[str], parents: Sequence[str], model: str, prompt: str) -> str:
    """What makes two tasks one: names, passages, model and words of the prompt (its digest)."""
    content = json.dumps([list(entities), list(parents), model, prompt], ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).hexdigest()[:24]


def key_of(note: DerivedNote) -> str:
    """The key of the task that a note settles, whether it stood or not."""
    return task_key(note.entities, note.parents, note.model, note.prompt)


class Refusal(Frozen):
    """A note that its parents do not carry, kept so that it is not paid for again."""

    note: DerivedNote
    reasons: tuple[str, ...]


class Begun(Frozen):
    """A call that was begun for a task, written down before it was made: the `number`th one."""

    task: str
    number: int


class Synthesis(Frozen):
    """What one sitting did.

    Attributes:
        calls: that were made and paid in this sitting.
        replayed: that the call cache answered.
        known: tasks that an earlier sitting had settled.
        written: new notes that stood.
        refused: new notes that did not, with the reasons.
        stopped_by: the limit that ended it before its tasks did; `calls`, or one of the budget.
    """

    calls: int = 0
    replayed: int = 0
    known: int = 0
    written: tuple[DerivedNote, ...] = ()
    refused: tuple[Refusal, ...] = ()
    stopped_by: str | None = None
