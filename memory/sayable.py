"""What of a turn its speaker said, and may be remembered.

Left out are recalled text, code, pasted records and what a program quotes, and all of a turn that speaks to a machine
or in a language that the rules do not know.

Knows marks and lines. Must not know which of the sentences are worth keeping.
"""

import re
from collections.abc import Collection

from memory.orders import is_english, speaks_to_machine
from memory.units import Turn

# Names of speakers that are programs, in lower case.
MACHINES = frozenset({"assistant", "wellread", "system", "tool"})
MAX_CHARS = 20_000  # of a turn; what is longer was pasted, and its rest stays in the raw log alone
IMAGE = re.compile(r"\[image: ?(?P<caption>[^\]]*)\]?", re.IGNORECASE)
_QUOTE_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_CODE_BLOCK = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_CITATION = re.compile(r" ?\[[a-z]?\d{1,3}\]")
_RECORD_LINE = re.compile(r"^\W*[A-Z][\w /.-]{0,40}:.*$", re.MULTILINE)
# So many "Name: value" lines are a pasted record, or make all of the turn a document.
_RECORD_LINES, _DOCUMENT_LINES = 3, 8


def sayable(turn: Turn, machines: Collection[str] = MACHINES) -> str:
    """The turn's own words; "" if it had better not be remembered."""
    text = turn.own_text[:MAX_CHARS]
    if turn.speaker.lower() in machines:
        text = without_quotations(text)
    text = _CITATION.sub("", _CODE_BLOCK.sub(" ", _without_speaker(text, turn.speaker)))
    n_records = len(_RECORD_LINE.findall(text))
    if n_records >= _DOCUMENT_LINES or speaks_to_machine(text) or not is_english(IMAGE.sub(" ", text)):
        return ""
    return _RECORD_LINE.sub(" ", text) if n_records >= _RECORD_LINES else text


def without_quotations(text: str) -> str:
    """The text without what stands in quotation marks, also within one another, or in lines behind ">"; a quotation
    that is never closed runs to the end of its line."""
    text = _QUOTE_LINE.sub(" ", text)
    kept, depth = [], 0
    for place, character in enumerate(text):
        before = text[place - 1 : place]
        if character in "“«„" or (character == '"' and (not before or before in " \n([—–:'")):
            depth += 1
        elif character in "”»" or character == '"':
            depth = max(0, depth - 1)
            kept.append(" ")
        elif character == "\n":
            depth = 0
        if not depth and character not in '”»"':
            kept.append(character)
    return "".join(kept)


def _without_speaker(text: str, speaker: str) -> str:
    return text.removeprefix(f"{speaker}:").strip() if text.lstrip().startswith(f"{speaker}:") else text
