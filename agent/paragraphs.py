"""How a block's settled sentences read one after the other: what is shown of each, and where a paragraph ends when
nothing else has decided it."""

from collections.abc import Sequence

from agent.settle import SettledSentence
from prompts.attributing import attribution

_PARAGRAPH_WORDS = 110


def paragraph_sizes(words: Sequence[int]) -> list[int]:
    """Sentences of each paragraph: about a hundred words each, none much shorter than the others.

    Args:
        words: of each sentence, in order.
    """
    total = sum(words)
    n = max(1, round(total / _PARAGRAPH_WORDS))
    sizes = [0] * n
    so_far = 0
    for of_sentence in words:
        sizes[min(n - 1, so_far * n // max(1, total))] += 1
        so_far += of_sentence
    return [size for size in sizes if size]


def said_after(before: SettledSentence | None, sentence: SettledSentence) -> str:
    """The sentence, with an "According to TITLE" that the shown one before it has just said made shorter, or with the
    pronoun that its writer opened it by, where it goes on from the sentence that the writer meant.

    It was verified with the title, or the name, in it; the one before it in the same block still has that.
    """
    if before is not None and sentence.as_written and before.text == sentence.after:
        return sentence.as_written
    opening = attribution(sentence.text, sentence.sources[0].title) if sentence.sources else ""
    if before is not None and opening and before.text.startswith(opening):
        return f"According to the same source, {sentence.text[len(opening) :]}"
    return sentence.text
