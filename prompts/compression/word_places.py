"""Where words that a tokenizer gave back stand in the text that it was given.

Tokenizers drop white space and may change case, accents and ligatures: characters are compared without those.
"""

import unicodedata
from collections.abc import Sequence

from prompts.compression.types import Span

# Letters that may be skipped for one word: unknown ones, which tokenizers give back as a mark or not at all.
_REACH = 400


def word_places(text: str, words: Sequence[str]) -> list[Span | None]:
    """The characters of each word; None where it does not stand after the word before it, or has no letters.

    Args:
        text: What was split.
        words: In the order of the text; some may be missing.
    """
    letters: list[str] = []
    owners: list[int] = []
    for at, character in enumerate(text):
        folded = _folded(character)
        letters.append(folded)
        owners += [at] * len(folded)
    squeezed = "".join(letters)
    places: list[Span | None] = []
    reached = 0
    for word in words:
        wanted = "".join(_folded(character) for character in word)
        found = squeezed.find(wanted, reached, reached + len(wanted) + _REACH) if wanted else -1
        if found < 0:
            places.append(None)
            continue
        reached = found + len(wanted)
        places.append((owners[found], owners[reached - 1] + 1))
    return places


def _folded(character: str) -> str:
    if character.isascii():
        return "" if character.isspace() else character.lower()
    # A ligature is several letters; an accent stands behind its letter and goes.
    parts = unicodedata.normalize("NFKD", character).casefold()
    return "".join(part for part in parts if not (part.isspace() or unicodedata.combining(part)))
