"""Which narrative schema does a request want?

By name, where the request says its form ("a post-mortem of …"). Else by a score from what a program can see: likeness
to requests that the schema suits, cue words, what the first retrieval's passages hold, and how many documents are
named. The weights are not fitted.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agent.brief import subject_matter
from agent.narrative.evidence import holds
from agent.types import Brief
from lm.embedding import Embedder
from prompts.narrative import Holding, NarrativeSchema, load_schemas
from retrieval.types import Hit

_LIKENESS, _CUES, _EVIDENCE, _DOCUMENTS = 0.45, 0.3, 0.15, 0.1
_MIN_SCORE = 0.3  # under it no schema is said to fit
_ENOUGH_CUES = 2
_VERBS = "write|prepare|draft|compose|produce|create|give me|make"
_SEEN_PASSAGES = 24


@dataclass(frozen=True)
class Fit:
    """A schema with its score in [0, 1] for a request, and the reasons in words; `form` is how the request names it."""

    name: str
    schema: NarrativeSchema
    score: float
    why: str
    form: str = ""


def asked_fit(topic: str, schemas: Mapping[str, NarrativeSchema] | None = None) -> Fit | None:
    """The schema whose form the request begins with ("Write a decision memo on …", "Literature review: …"); None where
    it names none."""
    forms = [
        (form, name, schema) for name, schema in (schemas or load_schemas()).items() for form in schema.signals.forms
    ]
    for form, name, schema in sorted(forms, key=lambda found: -len(found[0])):
        if _head(form).match(topic.strip()):
            return Fit(name, schema, 1.0, f"the request asks for it by name (“{form}”)", form)
    return None


def named_fit(name: str, topic: str) -> Fit:
    """The schema of that name, wanted by the user. Raises KeyError."""
    schemas = load_schemas()
    asked = asked_fit(topic, {name: schemas[name]})
    return Fit(name, schemas[name], 1.0, "it was asked for", asked.form if asked else "")


def best_fit(brief: Brief, found: Sequence[Hit], *, embedder: Embedder) -> Fit | None:
    """The schema that fits best; None where none reaches the least score."""
    best = ranked(brief, found, embedder=embedder)[0]
    return best if best.score >= _MIN_SCORE else None


def ranked(brief: Brief, found: Sequence[Hit], *, embedder: Embedder) -> list[Fit]:
    """Every schema with its score, best first; ties stand in the order of names."""
    schemas = load_schemas()
    by_name = asked_fit(brief.topic, schemas)
    texts = [(name, text) for name, schema in schemas.items() for text in (schema.when, *schema.signals.examples)]
    vectors = embedder.encode([subject_matter(brief.topic), *(text for _, text in texts)])
    likeness = vectors[1:] @ vectors[0]
    passages = [hit.passage.text for hit in found[:_SEEN_PASSAGES]]
    fits = []
    for name, schema in schemas.items():
        nearest = float(np.clip(max(likeness[i] for i, (owner, _) in enumerate(texts) if owner == name), 0.0, 1.0))
        fit = _scored(name, schema, brief, nearest=nearest, passages=passages)
        fits.append(by_name if by_name is not None and by_name.name == name else fit)
    return sorted(fits, key=lambda fit: (-fit.score, fit.name))


def _scored(name: str, schema: NarrativeSchema, brief: Brief, *, nearest: float, passages: Sequence[str]) -> Fit:
    signals = schema.signals
    cues = [cue for cue in signals.cues if re.search(rf"(?<!\w){re.escape(cue)}(?!\w)", brief.topic, re.IGNORECASE)]
    seen = _share_holding(signals.evidence, passages)
    is_named = signals.documents > 0 and len(brief.subjects) >= signals.documents
    score = _LIKENESS * nearest + _CUES * min(1.0, len(cues) / _ENOUGH_CUES) + _EVIDENCE * seen + _DOCUMENTS * is_named
    reasons = [f"likeness {nearest:.2f}"]
    reasons += [f"the request says {', '.join(f'“{cue}”' for cue in cues)}"] if cues else []
    reasons += [f"{seen:.0%} of the first passages hold {' and '.join(signals.evidence)}"] if signals.evidence else []
    reasons += [f"it names {len(brief.subjects)} documents"] if is_named else []
    return Fit(name, schema, min(1.0, score), f"fits best ({score:.2f}): {', '.join(reasons)}")


def _share_holding(wanted: Collection[Holding], passages: Sequence[str]) -> float:
    """Share of the passages that hold all of it; 0 where nothing is wanted or there are none."""
    if not wanted or not passages:
        return 0.0
    return sum(all(holds(text, kind) for kind in wanted) for text in passages) / len(passages)


def topic_phrase(brief: Brief, form: str) -> str:
    """The topic as it stands in a question: without the order, the form's name, and a capital of its article."""
    matter = subject_matter(brief.topic)
    if form:
        matter = _head(form).sub("", matter, count=1).strip(" .:") or matter
    return re.sub(r"^(The|An?|Whether|How|Why|What|Who)(?=\s)", lambda word: word[0].lower(), matter)


def _head(form: str) -> re.Pattern[str]:
    """How a request begins that asks for the form. "The incident report of the commission" is a thing of the world."""
    spelt = re.escape(form).replace(r"\ ", r"[\s-]+").replace(r"\-", r"[\s-]?")
    ordered = rf"(?:please\s+)?(?:{_VERBS})\s+(?:me\s+)?(?:an?|the)?\s*(?:[\w,-]+\s+){{0,3}}?"
    return re.compile(rf"^(?:{ordered}|an?\s+)?{spelt}\s*(?:\b(?:of|on|about|for|into)\b|[:–—])\s*", re.IGNORECASE)
