"""Answers about long conversations, as LoCoMo counts them, from a memory and without one."""

from evals.datasets.conversations import load_conversations
from evals.items import Item, Outcome
from evals.metrics.conversation import declines, locomo_f1
from evals.programs.remembered_answers import PROGRAMS
from evals.suite import Metric, Suite
from evals.suites.memory import is_adversarial


def _has_answer(item: Item) -> bool:
    return bool(item.answers) and not is_adversarial(item)


def _shown(item: Item, outcome: Outcome) -> float | None:
    turns = outcome.details.get("turns")
    if not isinstance(turns, list) or not item.supporting_ids:
        return None
    return len(set(item.supporting_ids) & set(map(str, turns))) / len(item.supporting_ids)


SUITE = Suite(
    name="conversation",
    about="Short answers about long conversations: token F1, and refusals where there is no answer.",
    wants="a folder with questions.jsonl and the turns in passages.jsonl (LoCoMo)",
    load=load_conversations,
    programs=PROGRAMS,
    metrics=(
        Metric("f1", lambda item, outcome: locomo_f1(outcome.text, item.answers, item.kind), feeds=_has_answer),
        Metric("evidence_shown", _shown, feeds=_has_answer),
        Metric("declines", lambda item, outcome: float(declines(outcome.text)), feeds=is_adversarial),
        Metric(
            "declines_wrongly",
            lambda item, outcome: float(declines(outcome.text)),
            feeds=_has_answer,
            is_better_high=False,
        ),
        Metric("evidence_tokens", lambda item, outcome: float(outcome.evidence_tokens), is_compared=False),
    ),
    needs_corpus=False,
    needs_embedder=True,
    needs_model=frozenset(PROGRAMS),
    variants=frozenset({"units-by-complexity"}),
)
