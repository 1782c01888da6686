"""Which words and numbers of a quotation a sentence repeats, so that a reader can check support at a glance.

An aid to the eye, not evidence: support is judged elsewhere.
"""

import re

from prompts.plain_text import plain

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_COMMON = frozenset(
    """about after also because been before being between both could does during each either every from
    have having here into itself more most much must only other over same should some such than that
    their them then there these they this those through under until upon very were what when where which
    while will with within without would your""".split()  # noqa: SIM905
)

_MIN_QUOTED_WORDS = 3
_OUTER_MARKS = "“”\"„«»‘’'"

Span = tuple[int, int]


def quoted_span(sentence: str, quote: str) -> Span | None:
    """The end of `sentence`, from a word on, that stands verbatim in `quote` without its markup and line breaks.

    What was put before it (an attribution, a name for "this report", a small first letter) is no quotation. None if
    fewer than three words remain, as of a line or row that was made a sentence.
    """
    source = plain(quote)
    starts = [match.start() for match in re.finditer(r"\S+", sentence)]
    for start in starts[: 1 - _MIN_QUOTED_WORDS]:
        said = sentence[start:].strip(_OUTER_MARKS)
        if re.search(rf"(?<!\w){re.escape(said)}(?!\w)", source):
            return start, len(sentence)
    return None


def shared_spans(sentence: str, quote: str) -> list[Span]:
    """Spans [start, end) of `quote`, in characters and in order, whose words or numbers `sentence` shares.

    Words count from four letters on, abbreviations (EU, GWh) and numbers always, the commonest function words
    never; a plural `s` and thousands separators are ignored. Scripts without spaces are compared by pairs of
    characters.
    """
    wanted = {key for key, _ in _keys(sentence)}
    merged: list[Span] = []
    for start, end in (span for key, span in _keys(quote) if key in wanted):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _keys(text: str) -> list[tuple[str, Span]]:
    found: list[tuple[str, Span]] = []
    for match in _TOKEN.finditer(text):
        token, start = match[0], match.start()
        if _NO_SPACES.search(token):
            pairs = range(len(token) - 1)
            found += [(token[i : i + 2], (start + i, start + i + 2)) for i in pairs]
        elif key := _key(token):
            found.append((key, match.span()))
    return found


def _key(token: str) -> str:
    """What two tokens must share to count as the same; empty for a token that never counts."""
    if token[0].isdigit():
        return token.replace(",", "")
    key = token.casefold()
    if len(key) < 4:
        return token if any(letter.isupper() for letter in token[1:]) else ""
    if key in _COMMON:
        return ""
    return key.removesuffix("’s").removesuffix("'s").removesuffix("s")
