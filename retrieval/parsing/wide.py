"""UTF-16 and UTF-32 that no byte order mark announces: told from binary data, which has NUL bytes as well."""

import codecs
import re
import unicodedata
from collections import Counter

_SAMPLE_BYTES = 8_192
_MIN_CHARS = 8
_SURE_FROM_CHARS = 40  # below this a single odd character is one too many
_MAX_ODD_SHARE = 0.03
_MIN_WORD_SHARE = 0.6
_MIN_ASCII_OF_LATIN = 0.6
_COMMON = re.compile("[\t\n\r\x20-\x7e\xa0-\xbf\u2010-\u2027\u2030-\u205e\u20ac\u3000-\u303f\uff01-\uff20]")
_EAST_ASIAN = frozenset(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "HALFWIDTH"))


def unmarked_wide_encoding(raw: bytes) -> str | None:
    """The wide encoding in which these bytes are text in one script, or None.

    Such a text has NUL bytes wherever a space, a line end or a Latin letter stands. Read in a wrong order of bytes,
    or when they are no text, they give characters of many scripts, controls, and numbers that no character has.
    """
    sample = raw[:_SAMPLE_BYTES]
    if b"\x00" not in sample:
        return None
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if len(raw) % width and len(raw) < width * _SURE_FROM_CHARS:
            continue
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return encoding
    return None


def _is_text(text: str) -> bool:
    if len(text) < _MIN_CHARS:
        return False
    letters = [char for char in text if char.isalpha()]
    scripts = Counter(map(_script, letters))
    main = scripts.most_common(1)[0][0] if scripts else "LATIN"
    n_marks = sum(unicodedata.category(char)[0] == "M" for char in text)  # vowel signs and accents of their own
    n_common = sum(not char.isalpha() and bool(_COMMON.match(char)) for char in text)
    n_main = scripts[main] + (sum(char.isascii() for char in letters) if main != "LATIN" else 0)
    n_odd = len(text) - n_common - n_main - n_marks
    if n_odd > (_MAX_ODD_SHARE * len(text) if len(text) >= _SURE_FROM_CHARS else 0):
        return False
    if text.isascii():  # a table of numbers, say
        return True
    n_in_words = n_main + n_marks + sum(map(str.isspace, text))
    if n_in_words < _MIN_WORD_SHARE * len(text):
        return False
    return main != "LATIN" or sum(char.isascii() for char in letters) >= _MIN_ASCII_OF_LATIN * len(letters)


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "?").split(" ")[0].split("-")[0]
    return "CJK" if name in _EAST_ASIAN else name
