"""Answers to questions: what the question names must occur in what was read, and nothing beside the answer is said."""

import re
from collections.abc import Collection, Sequence

from agent.grounding.names import unsupported_names
from agent.records import OwnedStatements
from agent.types import AtomicBlock
from lm.embedding import Embedder
from prompts.extractive import select
from prompts.statements import Statement

# Looked at on the example questions: under this share of the best one's worth, statements are about something else.
_MIN_SHARE_OF_BEST = 0.85
_CODE = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])\w[\w-]*\w\b")


def unmentioned(question: str, texts: Sequence[str], lexicon: Collection[str]) -> list[str]:
    """Names and codes of the question ("Z-99") that none of the texts contains: a question about them has no answer
    there, however near the best passage is."""
    everything = "\n".join(texts)
    names = unsupported_names(question, everything, lexicon=lexicon)
    folded = everything.casefold()
    codes = [code for code in _CODE.findall(question) if code.casefold() not in folded]
    return list(dict.fromkeys([*codes, *(name for name in names if not any(code in name for code in codes))]))


def answering(block: AtomicBlock, owned: OwnedStatements, *, embedder: Embedder) -> list[Statement]:
    """The statements that answer, best first: those whose worth for the question is near the best one's."""
    usable = [statement for statement in owned.statements if not statement.is_anaphoric]
    chosen = select(usable, block.question, embedder=embedder, max_words=block.target_words, diversity=0.2)
    if not chosen:
        return []
    floor = _MIN_SHARE_OF_BEST * max(selected.relevance for selected in chosen)
    return [selected.statement for selected in chosen if selected.relevance >= floor]
