"""What of a turn its speaker said, and may be remembered.

Left out are recalled text, code and pasted records, and all of a turn that speaks to a machine or in a language that
the rules do not know. What a program says stands on sources, which can be read again, or on memory: it stays in the
log.

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
_CODE_BLOCK = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_CITATION = re.compile(r" ?\[[a-z]?\d{1,3}\]")
_RECORD_LINE = re.compile(r"^\W*[A-Z][\w /.-]{0,40}:.*$", re.MULTILINE)
# So many "Name: value" lines are a pasted record, or make all of the turn a document.
_RECORD_LINES, _DOCUMENT_LINES = 3, 8


def sayable(turn: Turn, machines: Collection[str] = MACHINES) -> str:
    """The turn's own words; "" if it had better not be remembered."""
    if turn.speaker.lower() in machines:
        return ""
    text = turn.own_text[:MAX_CHARS]
    text = _CITATION.sub("", _CODE_BLOCK.sub(" ", _without_speaker(text, turn.speaker)))
    n_records = len(_RECORD_LINE.findall(text))
    if n_records >= _DOCUMENT_LINES or speaks_to_machine(text) or not is_english(IMAGE.sub(" ", text)):
        return ""
    return _RECORD_LINE.sub(" ", text) if n_records >= _RECORD_LINES else text


def _without_speaker(text: str, speaker: str) -> str:
    return text.removeprefix(f"{speaker}:").strip() if text.lstrip().startswith(f"{speaker}:") else text
