"""What a memory recalled for a question, and what its gate did, read off a program's outcome.

Knows the details that `evals.programs.remembering` keeps. Must not know how anything is recalled.
"""

from collections.abc import Callable, Sequence

from evals.datasets.conversations import turns_of
from evals.items import Item, Outcome, Result
from evals.metrics.conversation import answer_words_shown, evidence_shown


def _lines(outcome: Outcome, budget: int) -> list[tuple[str, Sequence[str]]]:
    shown, within = outcome.details["shown"], outcome.details["within"]
    if not isinstance(shown, list) or not isinstance(within, dict):
        raise TypeError("an outcome of another suite")
    n_lines = within[str(budget)]
    rows = [[str(part) for part in row] for row in shown if isinstance(row, list)]
    return [(row[0], row[1:]) for row in rows[: n_lines if isinstance(n_lines, int) else 0]]


def evidence_at(budget: int) -> Callable[[Item, Outcome], float]:
    """Share of the gold turns that stand in the first `budget` tokens."""
    return lambda item, outcome: evidence_shown(item.supporting_ids, _lines(outcome, budget))


def answer_words_at(budget: int) -> Callable[[Item, Outcome], float]:
    """The same, with the answer's words: see `answer_words_shown`."""

    def score(item: Item, outcome: Outcome) -> float:
        texts = {turn.id: f"{turn.speaker}: {turn.text}" for turn in turns_of(item)}
        gold = {id_: texts[id_] for id_ in item.supporting_ids}
        return answer_words_shown(gold, item.answers, _lines(outcome, budget))

    return score


def gated_out(item: Item, outcome: Outcome) -> float | None:
    """Share of the gold turns that lie only in windows that the gate dropped; None where there is no gate."""
    lost = outcome.details.get("gold_dropped")
    return lost / len(item.supporting_ids) if isinstance(lost, int) else None


def windows_dropped(results: Sequence[Result]) -> float | None:
    """Share of all windows of the conversations; each conversation counts once."""
    told = {str(r.outcome.details["conversation"]): r.outcome.details for r in results if r.outcome}
    windows = [details.get("windows") for details in told.values()]
    dropped = [details.get("windows_dropped") for details in told.values()]
    n_windows = sum(n for n in windows if isinstance(n, int))
    return sum(n for n in dropped if isinstance(n, int)) / n_windows if n_windows else None
