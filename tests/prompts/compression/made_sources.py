"""Sources and models for tests of compressors: invented texts, a tokenizer of letters, a scorer of a table."""

import re
from collections.abc import Iterator

import numpy as np

from lm.scoring import NextToken, ScoredText, Unavailable
from lm.types import ChatRequest, TokenLogProb
from prompts.compression.types import Chunk

_PIECE = re.compile(r"[^\W\d_]{1,5}|\d{1,3}|[^\w\s]|_")

FILMS = (
    Chunk(
        "film",
        "The Grey Heron\nThe Grey Heron is a film of 1951 directed by Mirela Dunst. It was shot in two harbours.",
    ),
    Chunk(
        "director",
        "Mirela Dunst\nMirela Dunst studied law in Corvey. She gave it up for the theatre. She died on 4 May 1983.",
    ),
    Chunk("bird", "Grey heron\nThe grey heron is a wading bird of lakes and slow rivers. It feeds on fish and frogs."),
    Chunk("port", "Lower Sund\nLower Sund is a harbour town. Its cranes were built in 1911. Ships load timber there."),
    Chunk("law", "Law of Corvey\nThe law of Corvey was written down in 1240. It has ninety chapters on grazing."),
    Chunk("theatre", "The Oak Stage\nThe Oak Stage opened in 1902. It has four hundred seats and no curtain."),
)


def count_pieces(text: str) -> int:
    """A tokenizer of its own: up to five letters, three digits, or one sign."""
    return len(_PIECE.findall(text))


def prose(n_words: int, *, seed: int = 0) -> str:
    """Sentences without meaning, with numbers, names and negations in them."""
    rng = np.random.default_rng(seed)
    words = [
        *"the of and to in was by with for on harbour council letter winter timber bridge report engine".split(),  # noqa: SIM905
        *["Anna Weil", "Port Sund", "not approved", "42 km", "in 1968", "7.5 %", "[3]", "no money"],
    ]
    out: list[str] = []
    for at in range(n_words):
        word = str(rng.choice(words))
        is_end = at % 13 == 12
        out.append((word.capitalize() if at % 13 == 0 else word) + ("." if is_end else ""))
    return " ".join(out) + "."


class RareWordScorer:
    """Each word is as surprising as it is long; a word that the context holds is not surprising at all."""

    def score(self, text: str, *, context: str = "") -> ScoredText:
        spans = [match.span() for match in re.finditer(r"\s*\S+", text)]
        known = set(re.findall(r"\w+", context.casefold()))
        nats = [
            -0.1 if set(re.findall(r"\w+", text[a:b].casefold())) <= known else -float(len(text[a:b].strip()))
            for a, b in spans
        ]
        return ScoredText(
            text=text,
            model="rare words",
            token_ids=np.arange(len(spans)),
            starts=np.array([a for a, _ in spans], dtype=np.int64),
            ends=np.array([b for _, b in spans], dtype=np.int64),
            log_probs_nats=np.array(nats, dtype=np.float64),
            n_context_tokens=len(context.split()),
        )

    def top_k(self, request: ChatRequest) -> tuple[TokenLogProb, ...] | Unavailable:
        return Unavailable("a table generates nothing")

    def distributions(self, text: str, *, context: str = "") -> Iterator[NextToken] | Unavailable:
        return Unavailable("a table has no distributions")


class MuteScorer(RareWordScorer):
    """A scorer that cannot score."""

    def score(self, text: str, *, context: str = "") -> Unavailable:  # type: ignore[override]
        return Unavailable("it does not score given text")
