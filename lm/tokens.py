"""Counting tokens without the model's tokenizer."""

import math
import unicodedata


def token_bound(text: str) -> int:
    """A number of tokens that no byte-level BPE tokenizer exceeds: never too small, often 4 times too large.

    Byte-level BPE (GPT-2, Llama 3, Qwen, SmolLM2) starts from one token for each UTF-8 byte and only ever
    merges, so the byte count is a bound. Some (Qwen) bring the text to NFC first, which lengthens a few
    characters (U+0958 becomes two), so the larger of both byte counts is taken. A text that spells out a
    special token counts for less, never for more.

    The bound is of the text alone: what a chat template or a start token adds must be counted apart. It does
    not hold for SentencePiece vocabularies, which may add a leading space or decompose characters by NFKC.
    """
    if text.isascii():
        return len(text)
    return max(_utf8_bytes(text), _utf8_bytes(unicodedata.normalize("NFC", text)))


def approximate_tokens(text: str) -> int:
    """About how many tokens a text has: for showing and planning, never for fitting a window.

    English runs at about four characters a token; outside ASCII, vocabularies made for English spend about
    one token on each two bytes.
    """
    if text.isascii():
        return math.ceil(len(text) / 4)
    n_ascii = sum(character < "\x80" for character in text)
    return math.ceil(n_ascii / 4 + (_utf8_bytes(text) - n_ascii) / 2)


def _utf8_bytes(text: str) -> int:
    # A lone surrogate is not encodable; tokenizers see U+FFFD in its place, which has the same three bytes.
    return len(text.encode("utf-8", "surrogatepass"))
