"""Does a text tell what its headings say? Quotations traced to the parts of an article.

Knows quotations by heading, and an article's text by its parts. Must not know who chose them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lm.copying import folded
from lm.types import Frozen


class Told(Frozen):
    """A quotation under a heading, and the document that it is from."""

    heading: str
    document: str
    quote: str


class Aboutness(NamedTuple):
    """Shares of quotations from the part that their heading names, and from the right document; of the parts that were
    asked for, the share with a quotation of their own under their name; how many quotations there are."""

    on_part: float
    on_document: float
    parts_told: float
    quotations: int


def aboutness(
    told: Sequence[Told], parts: Mapping[str, str], *, asked: Sequence[str], documents: Sequence[str]
) -> Aboutness | None:
    """None where nothing is told.

    Args:
        told: The quotations of the body.
        parts: The article's text by the names of its parts.
        asked: The parts that were asked for. Of one alone everything is to tell, whatever heading it stands under.
        documents: The ids of the article.
    """
    if not told:
        return None
    texts = {folded(name): folded(text) for name, text in parts.items()}
    names = [folded(name) for name in asked]
    hits, own = 0, set()
    for one in told:
        name = names[0] if len(names) == 1 else folded(one.heading)
        if one.document in documents and name in names and folded(one.quote) in texts[name]:
            hits += 1
            own.add(name)
    in_document = sum(one.document in documents for one in told)
    return Aboutness(hits / len(told), in_document / len(told), len(own) / len(names), len(told))
