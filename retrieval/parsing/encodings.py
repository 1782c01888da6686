"""Which encoding are these bytes in? For bytes that neither a mark, nor the file itself, nor UTF-8 explains.

Short texts mislead statistical detectors (``Größe`` in Latin-1 was read as Icelandic Mac), so the common
single-byte code pages are tried first: in the right one, letters stand among letters of their script and
capitals stand first.
"""

import re
import unicodedata

import charset_normalizer

_SINGLE_BYTE = ("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256")  # ties go to the first
# What has no NUL byte is not in these, but short binary data decodes in them.
_NO_GUESS = ["utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"]
_EAST_ASIAN = ["cp932", "euc_jp", "gb18030", "big5", "cp949"]
_CASED = ("CYRILLIC", "GREEK")
_SAMPLE_BYTES = 65_536
_MAX_SCORED = 4_000
_GOOD_SCORE = 0.8
_FAIR_SCORE = 0.3
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SHORT_CHARS = 256
_MIN_PLAIN_SHARE = 0.8
_PLAIN = frozenset(".,;:!?'\"()-–—’“”«»„")
_TYPOGRAPHY = frozenset("–—‘’“”„‚…«»‹›€£§©®™°·•¿¡½¼¾±×\xa0\xad")
# Bytes that are letters in both code pages: together only in Czech and its neighbours, or only in Hungarian.
_CENTRAL_EUROPEAN = (
    (b"\x9a\x9e\x8a\x8e", b"\xe8\xec\xf8\xf9\xc8\xd8"),
    (b"\xf5\xfb", b"\xf6\xfc", b"\xe1\xe9"),
)


def guessed_encoding(raw: bytes) -> str | None:
    """The most likely encoding of bytes that hold no NUL and are not UTF-8, or None for no text at all."""
    sample = _around_first_high_byte(raw)
    scores = {name: score for name in _SINGLE_BYTE if (score := _score(sample, name)) is not None}
    if scores.get("cp1250", -1.0) >= scores.get("cp1252", -1.0) and _is_central_european(sample):
        scores.pop("cp1252", None)
    best = max(scores, key=lambda name: scores[name], default="")
    if scores.get(best, -1.0) >= _GOOD_SCORE:
        return best
    if len(_HIGH_BYTE.findall(sample)) > 0.3 * len(sample):
        found = charset_normalizer.from_bytes(sample, cp_isolation=_EAST_ASIAN).best()
        if found is not None:
            return found.encoding
    if scores.get(best, -1.0) >= _FAIR_SCORE:
        return best
    found = charset_normalizer.from_bytes(sample, cp_exclusion=_NO_GUESS).best()
    return found.encoding if found is not None else None


def is_like_text(text: str) -> bool:
    """Whether a guess may be believed. Short binary data decodes in some code page, but reads like none."""
    if len(text) >= _SHORT_CHARS:
        return True
    n_plain = sum(char.isalnum() or char.isspace() or char in _PLAIN for char in text)
    return not _CONTROLS.search(text) and n_plain >= _MIN_PLAIN_SHARE * len(text)


def _around_first_high_byte(raw: bytes) -> bytes:
    """What stands long before the first byte that is not ASCII says nothing."""
    first = _HIGH_BYTE.search(raw)
    at = first.start() if first else 0
    return raw[max(0, at - 2048) : at + _SAMPLE_BYTES]


def _is_central_european(sample: bytes) -> bool:
    return any(all(set(sample) & set(group) for group in groups) for groups in _CENTRAL_EUROPEAN)


def _score(sample: bytes, encoding: str) -> float | None:
    """How well characters above ASCII fit their neighbours, at most 1; None where decoding fails."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return None
    fits = []
    for match in _FOREIGN.finditer(text):
        at = match.start()
        fits.append(_fit(text[at], text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "))
        if len(fits) == _MAX_SCORED:
            break
    letters = [char for char in _FOREIGN.findall(text[:_MAX_SCORED]) if _script(char) in _CASED]
    is_one_case = len(letters) > 12 and len({char.isupper() for char in letters}) == 1
    return (sum(fits) / len(fits) if fits else 0.0) - (0.05 if is_one_case else 0.0)


def _fit(char: str, before: str, after: str) -> float:
    near = [letter for letter in (before, after) if letter.isalpha()]
    if not char.isalpha():
        stands_well = char in "’\xad–" or len(near) < 2
        return 1.0 if char in _TYPOGRAPHY and stands_well else -1.0
    script = _script(char)
    if char in "ªºƒˆ" or any(_script(letter) != script for letter in near):
        return -1.0
    if (char.isupper() and before.islower()) or (char.islower() and before.isupper() and after.isupper()):
        return -1.0
    # Latin words are mostly ASCII: whole words above it are another script, misread.
    n_foreign = sum(not letter.isascii() for letter in near) if script == "LATIN" else 0
    return (1.0, 0.0, -1.0)[n_foreign]


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]
