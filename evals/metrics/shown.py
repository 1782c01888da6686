"""How much of the gold evidence stands in the lines that a reader is shown.

Knows texts. Must not know who chose them.
"""

from collections.abc import Collection, Sequence


def share_of_sentences(lines: Sequence[str], sentences: Sequence[str]) -> float:
    """The share of the sentences that stand, whole and in their own words, in a line.

    Raises:
        ValueError: there are no sentences.
    """
    if not sentences:
        raise ValueError("a share of no sentences is not defined")
    shown = [_plain(line) for line in lines]
    return sum(any(_plain(sentence) in line for line in shown) for sentence in sentences) / len(sentences)


def share_of_documents(lines: Sequence[str], titles: Collection[str]) -> float:
    """The share of the titles that head a line: "(Title) text".

    Raises:
        ValueError: there are no titles.
    """
    if not titles:
        raise ValueError("a share of no titles is not defined")
    return sum(any(line.startswith(f"({title}) ") for line in lines) for title in titles) / len(titles)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
