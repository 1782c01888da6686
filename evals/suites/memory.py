"""Memory: how much of a long conversation's evidence for a question is recalled, at equal token budgets?"""

from collections.abc import Callable, Sequence

from evals.datasets.conversations import load_conversations, turns_of
from evals.items import Item, Outcome, Result
from evals.metrics.conversation import answer_words_shown, evidence_shown
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


def _lines(outcome: Outcome, budget: int) -> list[tuple[str, Sequence[str]]]:
    shown, within = outcome.details["shown"], outcome.details["within"]
    if not isinstance(shown, list) or not isinstance(within, dict):
        raise TypeError("an outcome of another suite")
    n_lines = within[str(budget)]
    rows = [[str(part) for part in row] for row in shown if isinstance(row, list)]
    return [(row[0], row[1:]) for row in rows[: n_lines if isinstance(n_lines, int) else 0]]


def _evidence(budget: int) -> Callable[[Item, Outcome], float]:
    return lambda item, outcome: evidence_shown(item.supporting_ids, _lines(outcome, budget))


def _answer_words(budget: int) -> Callable[[Item, Outcome], float]:
    def score(item: Item, outcome: Outcome) -> float:
        texts = {turn.id: f"{turn.speaker}: {turn.text}" for turn in turns_of(item)}
        gold = {id_: texts[id_] for id_ in item.supporting_ids}
        return answer_words_shown(gold, item.answers, _lines(outcome, budget))

    return score


def _gated_out(item: Item, outcome: Outcome) -> float | None:
    lost = outcome.details.get("gold_dropped")
    return lost / len(item.supporting_ids) if isinstance(lost, int) else None


def _windows_dropped(results: Sequence[Result]) -> float | None:
    """Share of all windows of the conversations; each conversation counts once."""
    told = {str(r.outcome.details["conversation"]): r.outcome.details for r in results if r.outcome}
    windows = [details.get("windows") for details in told.values()]
    dropped = [details.get("windows_dropped") for details in told.values()]
    n_windows = sum(n for n in windows if isinstance(n, int))
    return sum(n for n in dropped if isinstance(n, int)) / n_windows if n_windows else None


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
        *(Metric(f"evidence@{budget}", _evidence(budget), feeds=has_evidence) for budget in BUDGETS),
        *(Metric(f"answer_words@{budget}", _answer_words(budget), feeds=has_evidence) for budget in BUDGETS),
        Metric("gated_out", _gated_out, feeds=has_evidence, is_better_high=False),
        *(
            Metric(f"adversarial@{budget}", _evidence(budget), feeds=_is_tempting, is_compared=False)
            for budget in BUDGETS
        ),
        Metric("shown_tokens", lambda item, outcome: float(outcome.evidence_tokens), is_compared=False),
    ),
    set_metrics=(SetMetric("windows_dropped", _windows_dropped, is_better_high=False),),
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
