"""Takes keys out of texts: those whose value is known, and what has the shape of one.

Knows values and shapes. Must not know where keys are kept, nor who asks.
"""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[key removed]"
# A shorter value would take ordinary words out of texts; and so much of a key's beginning is told as the key, because
# messages are cut at a number of characters.
MIN_KEY_CHARS = 8

# What stands in a named group stays, so that one can still read what the key was for.
_SHAPES = (
    # The form of OpenAI and Anthropic, with a digit: sk-learn-compatible is a word. Then Groq, Hugging Face, GitHub,
    # Replicate; xAI, Slack, GitLab, NVIDIA, Perplexity, Google; AWS; signed tokens.
    r"(?<![\w-])(?:sk|rk|pk)-(?=[\w-]*[0-9])[A-Za-z0-9_-]{16,}",
    r"(?<![\w-])(?:gsk_|hf_|gh[pousr]_|github_pat_|r8_)[A-Za-z0-9_]{16,}",
    r"(?<![\w-])(?:xai-|xox[abeprs]-|glpat-|nvapi-|pplx-|AIza)[A-Za-z0-9_-]{16,}",
    r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    r"(?<![\w-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    # A digit or a sign of base64 is asked for: a bearer of news is no key.
    r"(?P<bearer>\b(?:[Bb]earer|BEARER|[Bb]asic|BASIC)\s+)(?=[^\s\"']*[0-9+/=_])[A-Za-z0-9._~+/=-]{16,}",
    r"(?P<header>\b(?:[Aa]uthorization|AUTHORIZATION)[\"']?\s*[:=]\s*[\"']?(?:[Bb]earer\s+|[Bb]asic\s+)?)"
    r"[^\s\"',}\[]{8,}",
    r"(?P<field>(?i:\b(?:x-)?(?:api[-_ ]?key|access[-_]?token|client[-_]?secret|password))[\"']?\s*[:=]\s*[\"']?)"
    r"[^\s\"',}\[]{8,}",
    r"(?P<user>(?i:\bhttps?)://)[^/\s@\"'<>\[\]]+@",
    r"(?P<query>[?&](?i:key|api[-_]?key|token|access[-_]?token|sig|signature|secret|password)=)[^&\s\"'<>]+",
)
_SHAPED = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES), re.DOTALL)
# What one of the shapes must hold: a quick look spares most texts the long pattern.
_SIGNS = re.compile(r"[-_=:@ ]|AIza|A[KS]IA|eyJ")


def hide_keys(text: str, keys: Iterable[str] = ()) -> str:
    """`text` with `HIDDEN` in the place of every key.

    Args:
        text: Anything that will be shown or kept.
        keys: Values known to be secret; their beginnings, and how JSON, addresses and base64 write them, go too.
            Values of fewer than `MIN_KEY_CHARS` characters are passed over.
    """
    for spelling in spellings(keys):
        text = _without(text, spelling)
    return _SHAPED.sub(_shortened, text) if _SIGNS.search(text) else text


def holds_key(text: str, keys: Iterable[str] = ()) -> bool:
    """Whether `hide_keys` would take anything out."""
    return hide_keys(text, keys) != text


def spellings(keys: Iterable[str]) -> list[str]:
    """The keys as they are and as headers, addresses and JSON write them; longest first."""
    found: set[str] = set()
    for key in (key.strip() for key in keys):
        if len(key) >= MIN_KEY_CHARS:
            # Base64 codes three bytes at a time, so a key behind a user's name may begin at any of three places.
            coded = [base64.b64encode(b"_" * n + key.encode()).decode()[4:-4] for n in range(3)]
            found |= {key, quote(key, safe=""), json.dumps(key)[1:-1], repr(key)[1:-1]}
            found |= {code for code in coded if len(code) >= MIN_KEY_CHARS * 2}
    return sorted(found, key=lambda spelling: (-len(spelling), spelling))


def _without(text: str, key: str) -> str:
    """The text without the key, and without what is left of it where it was cut at its end."""
    head, place = key[:MIN_KEY_CHARS], 0
    while (at := text.find(head, place)) >= 0:
        end = at + MIN_KEY_CHARS
        while end - at < len(key) and end < len(text) and text[end] == key[end - at]:
            end += 1
        # Of a known family of keys the first letters may stand in any text: a cut key is one only at its edge.
        if end - at == len(key) or end - at >= len(key) // 2 or _is_cut(text, end):
            text = text[:at] + HIDDEN + text[end:]
            place = at + len(HIDDEN)
        else:
            place = at + 1
    return text


def _is_cut(text: str, end: int) -> bool:
    return end == len(text) or not (text[end].isalnum() or text[end] in "-_")


def _shortened(match: re.Match[str]) -> str:
    kept = next((part for part in match.groupdict().values() if part), "")
    return f"{kept}{HIDDEN}{'@' if match['user'] else ''}"
