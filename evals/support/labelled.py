"""The claims of a labelled set, each with its evidence and whether people found it supported.

RAGTruth is cut into sentences, supported where no marked span touches them; of other sets each text is one claim.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.conduct import drawn, half_of
from evals.datasets.load import load
from evals.items import Item
from prompts.sentences import sentence_spans

_MIN_WORDS = 3
# Numbers that only count the answer's own steps or name its sources are no claims.
_ENTRY = re.compile(r"^\W*\d{1,2}[.)]\s+")
_PASSAGE = re.compile(r"\b[Pp]assages? #?\d+(?:(?:,| and|, and) \d+)*")


@dataclass(frozen=True)
class LabelledClaim:
    """One claim of a set. `cluster` is shared by claims of one document, `half` follows from it."""

    set_name: str
    sha256: str
    cluster: str
    half: str
    evidence: str
    text: str
    is_supported: bool


def claims_of(item: Item) -> Iterator[tuple[str, bool]]:
    """The claims of an item with their labels: the sentences of an answer with marked spans, else the whole text."""
    spans = item.gold.get("spans")
    marked = [span for span in spans if isinstance(span, dict)] if isinstance(spans, list) else []
    places = [(span["start"], span["end"]) for span in marked if isinstance(span.get("start"), int)]
    if "quality" not in item.gold and not places:  # only RAGTruth marks where
        yield item.text, bool(item.gold["supported"])
        return
    for start, end in sentence_spans(item.text):
        if len(item.text[start:end].split()) >= _MIN_WORDS:
            touched = any(int(str(low)) < end and start < int(str(high)) for low, high in places)
            yield _PASSAGE.sub("the passage", _ENTRY.sub("", item.text[start:end])), not touched


def labelled_claims(folder: Path, *, workdir: Path, n: int, seed: int) -> list[LabelledClaim]:
    """At most n claims of a set, drawn by the seed, in the set's order.

    Raises:
        UsageProblem: the folder holds no set that can be read.
    """
    dataset = load(folder, workdir=workdir)
    claims = []
    for item in drawn(dataset.items, n, seed=seed):
        cluster = item.cluster or item.id
        for text, is_supported in claims_of(item):
            claims.append(
                LabelledClaim(
                    set_name=dataset.name,
                    sha256=dataset.sha256,
                    cluster=cluster,
                    half=half_of(cluster),
                    evidence=str(item.gold["context"]),
                    text=text,
                    is_supported=is_supported,
                )
            )
    rows = np.random.default_rng(seed).permutation(len(claims))[:n]
    return [claims[row] for row in sorted(rows.tolist())]
