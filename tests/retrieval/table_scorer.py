"""A scorer for tests that knows a word's bits from a table: a token is a word with the white space before it."""

import math
import re

import numpy as np

from lm.scoring import ScoredText, Unavailable

_TOKEN = re.compile(r"\s*\S+|\s+$")


class TableScorer:
    """Words of the table have its bits, all others `otherwise`. `scored` are the (context, text) pairs asked for."""

    def __init__(self, table=None, otherwise=4.0):
        self.table = table or {}
        self.otherwise = otherwise
        self.scored = []

    def score(self, text, *, context=""):
        self.scored.append((context, text))
        spans = [match.span() for match in _TOKEN.finditer(text)]
        bits = [self.table.get(text[start:end].strip(), self.otherwise) for start, end in spans]
        ends = np.array([end for _, end in spans], dtype=np.int64)
        return ScoredText(
            text=text,
            model="table",
            token_ids=np.zeros(len(spans), dtype=np.int64),
            starts=np.array([start for start, _ in spans], dtype=np.int64),
            ends=ends,
            log_probs_nats=-np.array(bits, dtype=np.float64) * math.log(2.0),
            n_context_tokens=len(context.split()),
        )

    def top_k(self, request):
        return Unavailable("a table does not generate")

    def distributions(self, text, *, context=""):
        return Unavailable("a table has no distributions")
