"""Are two names of a sentence spoken of together anywhere? A sentence of two sources may mix what they say.

Every name of "A, a firm owned by B" may stand in its sources though no source knows of the two together. Names
that follow one another without a joint between them must stand in one source, its title and headings included.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from agent.grounding.subjects import Source
from retrieval.names import Name, proper_names, words_of

# What parts two names that are listed or compared: nothing is said of the one by the other.
_LISTED = re.compile(r"[\s,]*(?:(?:and|or|nor|both|as well as|&)\s+)?(?:the\s+)?", re.IGNORECASE)
_JOINT = re.compile(
    r";|:\s|\b(?:than|while|whereas|but|although|though|unlike|like|compared|versus|respectively)\b|,?\s+and\s",
    re.IGNORECASE,
)


def unrelated_names(text: str, sources: Sequence[Source], *, lexicon: Collection[str] = frozenset()) -> list[str]:
    """Neighbouring names of a sentence that none of its sources has together, as "A, B".

    Args:
        text: The sentence.
        sources: One for each document that it cites, all that is cited of it; with fewer than two nothing is mixed.
        lexicon: As for `proper_names`.
    """
    if len(sources) < 2:
        return []
    known = [words_of(" ".join((source.title, *source.heading_path, source.quote))) for source in sources]
    return [
        f"{one.text}, {other.text}"
        for one, other in _told_of_each_other(text, proper_names(text, lexicon=lexicon))
        if not any({*one.words, *other.words} <= words for words in known)
    ]


def _told_of_each_other(text: str, names: Sequence[Name]) -> Iterator[tuple[Name, Name]]:
    for one, other in pairwise(names):
        between = text[one.end : other.start]
        if not _LISTED.fullmatch(between) and not _JOINT.search(between):
            yield one, other
