"""Takes keys out of texts: those whose value is known, and what has the shape of one.

Knows values and shapes. Must not know where keys are kept, nor who asks.
"""

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from lm.errors import LMError
from lm.layer import Layer
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest

HIDDEN = "[key removed]"
# A shorter value would take ordinary words out of texts; and so much of a key's beginning is told as the key, because
# messages are cut at a number of characters.
MIN_KEY_CHARS = 8

# What stands in a named group stays, so that one can still read what the key was for.
_FAMILIES = (
    # The form of OpenAI and Anthropic, with a digit: sk-learn-compatible is a word. Then Groq, Hugging Face, GitHub,
    # Replicate; xAI, Slack, GitLab, NVIDIA, Perplexity, Google; AWS; signed tokens.
    r"(?<![\w-])(?:sk|rk|pk)-(?=[\w-]*[0-9])[A-Za-z0-9_-]{16,}",
    r"(?<![\w-])(?:gsk_|hf_|gh[pousr]_|github_pat_|r8_)[A-Za-z0-9_]{16,}",
    r"(?<![\w-])(?:xai-|xox[abeprs]-|glpat-|nvapi-|pplx-|AIza)[A-Za-z0-9_-]{16,}",
    r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    r"(?<![\w-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
)
_PLACES = (
    # A digit or a sign of base64 is asked for: a bearer of news is no key.
    r"(?P<bearer>\b(?:[Bb]earer|BEARER|[Bb]asic|BASIC)\s+)(?=[^\s\"']*[0-9+/=_])[A-Za-z0-9._~+/=-]{16,}",
    r"(?P<header>\b(?:[Aa]uthorization|AUTHORIZATION)[\"']?\s*[:=]\s*[\"']?(?:[Bb]earer\s+|[Bb]asic\s+)?)"
    r"[^\s\"',}\[]{8,}",
    r"(?P<field>(?i:\b(?:x-)?(?:api[-_ ]?key|access[-_]?token|client[-_]?secret|password))[\"']?\s*[:=]\s*[\"']?)"
    r"[^\s\"',}\[]{8,}",
    r"(?P<user>(?i:\bhttps?)://)[^/\s@\"'<>\[\]]+@",
    r"(?P<query>[?&](?i:key|api[-_]?key|token|access[-_]?token|sig|signature|secret|password)=)[^&\s\"'<>]+",
)
_SHAPED = re.compile("|".join(f"(?:{shape})" for shape in (*_FAMILIES, *_PLACES)), re.DOTALL)
_OF_A_FAMILY = re.compile("|".join(f"(?:{shape})" for shape in _FAMILIES), re.DOTALL)
# What one of the shapes must hold: a quick look spares most texts the long pattern.
_SIGNS = re.compile(r"[-_=:@ ]|AIza|A[KS]IA|eyJ")


def hide_keys(text: str, keys: Iterable[str] = ()) -> str:
    """`text` with `HIDDEN` in the place of every key.

    Args:
        text: Anything that will be shown or kept.
        keys: Values known to be secret; their beginnings, and how JSON, addresses and base64 write them, go too.
            Values of fewer than `MIN_KEY_CHARS` characters are passed over.
    """
    text = hide_values(text, keys)
    return _SHAPED.sub(_shortened, text) if _SIGNS.search(text) else text


def hide_keys_in_prose(text: str, keys: Iterable[str] = ()) -> str:
    """The same for what people write: what only stands where a key would stand, as behind "password:", stays."""
    return _OF_A_FAMILY.sub(HIDDEN, hide_values(text, keys))


def hide_values(text: str, keys: Iterable[str]) -> str:
    """`text` without the keys whose values are known, whatever else it holds."""
    return _without(text, spellings(tuple(keys)))


@functools.lru_cache(maxsize=16)
def spellings(keys: tuple[str, ...]) -> list[str]:
    """The keys as they are and as headers, addresses and JSON write them."""
    found: set[str] = set()
    for key in (key.strip() for key in keys):
        if len(key) >= MIN_KEY_CHARS:
            # Base64 codes three bytes at a time, so a key behind a user's name may begin at any of three places.
            coded = [base64.b64encode(b"_" * n + key.encode()).decode()[4:-4] for n in range(3)]
            found |= {key, quote(key, safe=""), json.dumps(key)[1:-1], repr(key)[1:-1]}
            found |= {code for code in coded if len(code) >= MIN_KEY_CHARS * 2}
    return sorted(found)


def _without(text: str, known: Sequence[str]) -> str:
    """The text without known keys, and without what is left of one where a message was cut."""
    heads = sorted({key[:MIN_KEY_CHARS] for key in known})
    if not any(head in text for head in heads):
        return text
    kept, done = [], 0
    for match in re.finditer(f"(?={'|'.join(map(re.escape, heads))})", text):  # a look ahead: they may overlap
        at = match.start()
        end = max((_end_of(key, text, at) for key in known), default=at) if at >= done else at
        if end > at:
            kept += [text[done:at], HIDDEN]
            done = end
    return "".join([*kept, text[done:]])


def _end_of(key: str, text: str, at: int) -> int:
    """Where the key ends that begins at `at`; `at` where none does."""
    n_same = next(
        (n for n, (own, other) in enumerate(zip(key, text[at : at + len(key)], strict=False)) if own != other), None
    )
    n_same = min(len(key), len(text) - at) if n_same is None else n_same
    end = at + n_same
    # Of a known family of keys the first letters may stand in any text: a cut key is one only at its edge.
    is_key = n_same >= MIN_KEY_CHARS and (n_same >= len(key) // 2 or _is_cut(text, end))
    return end if is_key else at


def _is_cut(text: str, end: int) -> bool:
    return end == len(text) or not (text[end].isalnum() or text[end] in "-_")


def _shortened(match: re.Match[str]) -> str:
    kept = next((part for part in match.groupdict().values() if part), "")
    return f"{kept}{HIDDEN}{'@' if match['user'] else ''}"


class Hushed(Layer):
    """A chat model whose errors and replies are rid of keys: some endpoints answer with what they were sent."""

    def __init__(self, inner: ChatModel, keys: Iterable[str]) -> None:
        """Args: keys: what nobody may read; see `hide_keys`."""
        super().__init__(inner)
        self._keys = tuple(keys)

    def chat(self, request: ChatRequest) -> ChatReply:
        """The model's reply. Raises what the model raises, its message rid of keys."""
        with self._hushed_errors():
            return self._hushed(self._inner.chat(request))

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """The model's reply piece by piece; the whole one, which is what is kept, is rid of keys in any case."""
        with self._hushed_errors():
            for piece in self._inner.stream(request):
                text = hide_values(piece.text, self._keys)
                yield ChatDelta(text=text, reply=piece.reply and self._hushed(piece.reply))

    def _hushed(self, reply: ChatReply) -> ChatReply:
        # By value alone: what has the shape of a key may be what a document says.
        text, model = hide_values(reply.text, self._keys), hide_values(reply.model, self._keys)
        log_probs = reply.log_probs if text == reply.text else None
        return reply.model_copy(update={"text": text, "model": model, "log_probs": log_probs})

    @contextmanager
    def _hushed_errors(self) -> Iterator[None]:
        try:
            yield
        except LMError as error:
            error.args = tuple(hide_keys(str(part), self._keys) for part in error.args)
            error.hint = hide_keys(error.hint, self._keys)
            raise
