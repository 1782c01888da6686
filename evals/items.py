"""What a suite asks, what a program gave, and how it was judged: the three records of every evaluation.

A suite's data become items; a program under test turns an item into an outcome; metrics turn both into scores.
"""

from typing import Literal, get_args

from pydantic import Field, JsonValue

from lm.types import Frozen

Status = Literal["done", "abstained", "unparsed", "failed"]
STATUSES: tuple[Status, ...] = get_args(Status)


class Item(Frozen):
    """One thing to do, with what is known to be right about it.

    `text` is the question, task or claim. `answers` are equally right. Items with the same `cluster` share a document,
    and so their errors. `gold` holds what one suite alone knows: gold facts, a label, numbered sources.
    """

    id: str = Field(min_length=1, max_length=512)
    text: str
    answers: tuple[str, ...] = ()
    supporting_ids: tuple[str, ...] = ()
    cluster: str = ""
    kind: str = Field(default="", description="A group that results are also shown for: hops, type, corpus size.")
    gold: dict[str, JsonValue] = Field(default_factory=dict)


class Outcome(Frozen):
    """What a program gave for an item.

    `text` is what a metric of answers reads; `details` what others do (a full report, ranked ids, a score). Evidence
    tokens are those of the documents' text that the model was shown, by its own count.
    """

    text: str
    evidence_tokens: int = 0
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    details: dict[str, JsonValue] = Field(default_factory=dict)


class Result(Frozen):
    """One line of `results.jsonl`: an item, once, judged.

    The same seed and call cache give the same line, so it holds no time. Tokens and money are those of the model's
    calls, whether they were paid now or replayed. `abstained`: the program said that it had no answer, which scores as
    a wrong one; `unparsed`: the reply could not be read as what was asked for, and `failed`: the program raised;
    neither has scores.
    """

    item: str
    epoch: int = 0
    kind: str = ""
    cluster: str = ""
    status: Status
    why: str = ""
    outcome: Outcome | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    @property
    def key(self) -> tuple[str, int]:
        """What a resumed run knows it by."""
        return (self.item, self.epoch)
