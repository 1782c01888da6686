"""Which of seven languages a sentence is in, by its commonest words. No model: short or bare sentences have none."""

import re
from collections.abc import Mapping
from types import MappingProxyType

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "en": "English",
        "de": "German",
        "fr": "French",
        "es": "Spanish",
        "it": "Italian",
        "pt": "Portuguese",
        "nl": "Dutch",
    }
)
_ALSO = MappingProxyType(
    {
        "deutsch": "de", "français": "fr", "francais": "fr", "español": "es", "castellano": "es", "italiano": "it",
        "português": "pt", "nederlands": "nl",
    }
)  # fmt: skip
# The commonest words of each; one that several share counts for all of them.
_COMMON: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        tag: frozenset(words.split())
        for tag, words in (
            ("en", "the of and to in a is was that for it with as on by at from were had which be are not has this"),
            ("de", "der die das und in den von zu mit ist nicht ein eine auf für dem des sich war als auch wurde im"),
            ("fr", "le la les de des et en un une du est que dans pour qui au par sur pas plus avec ce il été sont"),
            ("es", "el la los las de del y en un una que es por con para se no su al lo como más fue sus entre"),
            ("it", "il lo la gli le di del della e in un una che è per con non si da dei nel alla sono più fu come"),
            ("pt", "o a os as de do da dos e em um uma que é para com não se por no na foi mais ao como pela"),
            ("nl", "de het een en van in is dat op te met voor niet zijn aan er door was werd bij om ook naar"),
        )
    }
)
_WORD = re.compile(r"[^\W\d_]+")
_MIN_WORDS, _MIN_COMMON = 5, 2


def tag_of(name: str) -> str | None:
    """The tag of a language by its tag, or its name in English or in itself; None: it is not known here."""
    folded = name.strip().casefold()
    by_name = {known.casefold(): tag for tag, known in NAMES.items()} | dict(_ALSO)
    return folded if folded in NAMES else by_name.get(folded)


def language_of(sentence: str) -> str | None:
    """The tag of the language that most of the sentence's common words belong to; None where too few tell, or two
    languages tie."""
    words = [word.casefold() for word in _WORD.findall(sentence)]
    if len(words) < _MIN_WORDS:
        return None
    counts = {tag: sum(word in common for word in words) for tag, common in _COMMON.items()}
    best = max(counts.values())
    leading = [tag for tag, n in counts.items() if n == best]
    return leading[0] if best >= _MIN_COMMON and len(leading) == 1 else None
