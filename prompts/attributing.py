"""A sentence put behind the title of the document that says it: "According to TITLE, the gates were shut."

Knows titles and letters; not when a sentence needs its source named.
"""

import re
from collections.abc import Collection

from prompts.plain_text import plain
from prompts.statements import FUNCTION_WORDS

_OPENERS = frozenset(
    ["today", "yesterday", "tomorrow", "now", "currently", "recently", "however", "instead", "moreover", "also", "then",
     "thus", "therefore", "please", "about", "almost", "eventually", "finally", "later", "often", "sometimes"]
)  # fmt: skip
# "Replacing the bushings": a participle with its object. A town may end so, and has no article behind it.
_PARTICIPLE = re.compile(r"[A-Z][a-z]{2,}ing (?:the|a|an|this|that|these|those|its|their|all|every|each) ")


def lower_first(text: str, *, ordinary: Collection[str] = ()) -> str:
    """`text` with a small first letter if its first word is a function word or a participle; any other may be a name.

    So is an `ordinary` one, unless a name follows it: "Gates were shut", but "Storm Isolde" and "Gate M-3".
    """
    first, _, behind = text.partition(" ")
    word = first.rstrip(",:;")
    is_plain = word[1:].islower() and word.isalpha()
    is_no_name = word == "A" or bool(_PARTICIPLE.match(text))
    is_no_name |= is_plain and word.lower() in FUNCTION_WORDS | _OPENERS
    is_common = is_no_name or (is_plain and word.lower() in ordinary and not behind[:1].isupper())
    return text[:1].lower() + text[1:] if is_common else text


def _attribution(title: str) -> str:
    """ "According to TITLE, "; a title that is more than a name is put in quotes."""
    name = plain(title)
    if len(name.split()) > 4 or ":" in name:
        name = f"“{name.replace('“', '‘').replace('”', '’')}”"
    return f"According to {name}, "


def attributed(sentence: str, title: str, *, ordinary: Collection[str] = ()) -> str:
    """`sentence` behind the title of the document that says it; its first word small where it is no name."""
    return _attribution(title) + lower_first(sentence, ordinary=ordinary)


def attribution(sentence: str, title: str) -> str:
    """The attribution to `title` that the sentence opens with, or an empty text."""
    opening = _attribution(title)
    return opening if sentence.startswith(opening) else ""
