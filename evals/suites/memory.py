"""Memory: how much of a long conversation's evidence for a question is recalled, at equal token budgets?"""

from evals.datasets.conversations import load_conversations
from evals.items import Item
from evals.metrics.recalled import answer_words_at, evidence_at, gated_out, windows_dropped
from evals.programs.remembering import BUDGETS, ShowsTurns, ShowsUnits
from evals.suite import Metric, SetMetric, Suite
from memory.recall import CHANNELS

_OWN_CHANNELS = tuple(channel for channel in CHANNELS if not channel.startswith("passage"))
_NO_SYMBOLS = tuple(channel for channel in CHANNELS if channel != "symbols")


def is_adversarial(item: Item) -> bool:
    """Whether the conversation has no answer to it, though it has evidence that looks like one."""
    return item.gold.get("unanswerable") is True


def has_evidence(item: Item) -> bool:
    """Whether it is known where the answer stands, and there is one."""
    return bool(item.supporting_ids) and not is_adversarial(item)


def _is_tempting(item: Item) -> bool:
    return bool(item.supporting_ids) and is_adversarial(item)


SUITE = Suite(
    name="memory",
    about="Evidence recalled from long conversations at equal token budgets: units against whole turns.",
    wants="a folder with questions.jsonl and the turns in passages.jsonl (LoCoMo)",
    load=load_conversations,
    programs={
        "units": lambda: ShowsUnits(),
        "units-no-gate": lambda: ShowsUnits("off"),
        "units-names-gate": lambda: ShowsUnits("names"),
        "units-bits-gate": lambda: ShowsUnits("bits"),
        "units-no-passages": lambda: ShowsUnits(channels=_OWN_CHANNELS),
        "units-no-symbols": lambda: ShowsUnits(channels=_NO_SYMBOLS),
        "units-by-complexity": lambda: ShowsUnits(k=None),
        "turns-recall": lambda: ShowsTurns("recall"),
        "turns-hybrid": lambda: ShowsTurns("hybrid"),
        "turns-bm25": lambda: ShowsTurns("words"),
        "turns-dense": lambda: ShowsTurns("vectors"),
    },
    metrics=(
        *(Metric(f"evidence@{budget}", evidence_at(budget), feeds=has_evidence) for budget in BUDGETS),
        *(Metric(f"answer_words@{budget}", answer_words_at(budget), feeds=has_evidence) for budget in BUDGETS),
        Metric("gated_out", gated_out, feeds=has_evidence, is_better_high=False),
        *(
            Metric(f"adversarial@{budget}", evidence_at(budget), feeds=_is_tempting, is_compared=False)
            for budget in BUDGETS
        ),
        Metric("shown_tokens", lambda item, outcome: float(outcome.evidence_tokens), is_compared=False),
    ),
    set_metrics=(SetMetric("windows_dropped", windows_dropped, is_better_high=False),),
    needs_corpus=False,
    needs_embedder=True,
    variants=frozenset(
        {
            "units-no-gate",
            "units-names-gate",
            "units-bits-gate",
            "units-no-passages",
            "units-no-symbols",
            "units-by-complexity",
        }
    ),
)
