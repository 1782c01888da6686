"""Who reads facts, behind one protocol, by the value of `[write] facts`: the rule, or the rule and then a model.

Knows both and the setting; neither prompts nor how a line is read.
"""

from dataclasses import replace
from typing import Protocol

from agent.facts.extract import Extractor
from agent.facts.labelled import LabelledLines
from agent.facts.records import ExtractionResult
from agent.facts.spans import ReadPassage
from agent.grounding.support import Stem
from agent.settings import Facts
from lm.types import ChatModel


class FactReader(Protocol):
    """Reads facts from passages, and grounds them."""

    @property
    def passages_a_block(self) -> int:
        """How many passages of a block it reads at most, in the order of its reading."""
        ...

    def extract(self, read: ReadPassage) -> ExtractionResult:
        """The facts of one passage, each once, and what was refused.

        Raises:
            LMError: a call failed, or broke a budget.
        """
        ...


class RuleFirst:
    """The rule reads labelled lines; what it leaves goes to the model, which is worse at them and costs a call."""

    def __init__(self, model: ChatModel, *, stem: Stem, seed: int | None = None) -> None:
        """Args as of `Extractor`."""
        self._model, self._rule = Extractor(model, stem=stem, seed=seed), LabelledLines(stem=stem)

    @property
    def passages_a_block(self) -> int:
        """The model's."""
        return self._model.passages_a_block

    def extract(self, read: ReadPassage) -> ExtractionResult:
        """The facts of both. A passage of which the rule leaves nothing costs no call; errors as of `Extractor`."""
        by_rule = self._rule.extract(read)
        taken = {(fact.span.start, fact.span.end) for fact in by_rule.facts}
        left = tuple(unit for unit in read.units if (unit.start, unit.end) not in taken)
        by_model = self._model.extract(replace(read, units=left))
        return by_model.model_copy(
            update={"facts": by_rule.facts + by_model.facts, "rejected": by_rule.rejected + by_model.rejected}
        )


def fact_reader(facts: Facts, model: ChatModel, *, stem: Stem, seed: int | None) -> FactReader | None:
    """The reader that the setting names, None for "off"; only "model" asks the model."""
    match facts:
        case "model":
            return RuleFirst(model, stem=stem, seed=seed)
        case "rule":
            return LabelledLines(stem=stem)
    return None
