"""Where a block's sentences are cut into paragraphs when nothing else has decided it."""

from collections.abc import Sequence

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
