"""Do sentences say the same before and after they were joined or parted? Numbers, dates, names and all words.

Counted, not understood: nothing may be lost, added or doubled but an "and".
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from agent.grounding.numbers import figures
from retrieval.dates import dates
from retrieval.names import proper_names

_WORD = re.compile(r"[^\W_]+")
_MAY_COME_AND_GO = "and"


def facts_in(texts: Sequence[str], *, lexicon: Collection[str] = frozenset()) -> Counter[str]:
    """How often the texts together say each number, date and name."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(f"number {figure.value}" for figure in figures(text))
        found.update(f"date {date.text}" for date in dates(text))
        found.update(f"name {name.text}" for name in proper_names(text, lexicon=lexicon))
    return found


def differences(before: Sequence[str], after: Sequence[str], *, lexicon: Collection[str] = frozenset()) -> list[str]:
    """What the one says and the other does not, or not as often; empty when they say the same."""
    said, meant = facts_in(after, lexicon=lexicon), facts_in(before, lexicon=lexicon)
    changed = sorted(set((meant - said) + (said - meant)))
    words, known = _words(after), _words(before)
    return changed + [f"word {word}" for word in sorted(set((known - words) + (words - known)))]


def _words(texts: Sequence[str]) -> Counter[str]:
    found = Counter(word for text in texts for word in _WORD.findall(text.casefold()))
    del found[_MAY_COME_AND_GO]
    return found
