"""Whether a text says a phrase: to the word where it is banned, in any form of its words where it is wanted."""

import re
from collections.abc import Iterable

from agent.grounding.support import Stem, content_words

_SPACE = re.compile(r"\s+")


def said_phrases(text: str, phrases: Iterable[str]) -> list[str]:
    """Those of the phrases that stand in the text as whole words, whatever their case, white space or plural."""
    folded = _SPACE.sub(" ", text.casefold())
    return [phrase for phrase in phrases if _stands_in(phrase, folded)]


def _stands_in(phrase: str, folded: str) -> bool:
    words = _SPACE.sub(" ", phrase.casefold()).strip()
    return bool(words) and re.search(rf"(?<!\w){re.escape(words)}(?:s|es|['’]s?)?(?!\w)", folded) is not None


def mentions(text: str, phrase: str, stem: Stem) -> bool:
    """Whether one sentence has all content words of the phrase, in any form; a phrase without any is looked for to the
    letter."""
    wanted = set(content_words(phrase, stem))
    return wanted <= set(content_words(text, stem)) if wanted else phrase.casefold() in text.casefold()
