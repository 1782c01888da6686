"""Question answering: exact match, F1 and accuracy of short answers, at equal evidence for every program."""

from pathlib import Path

from evals.datasets.load import load
from evals.items import Item, Outcome
from evals.metrics.answers import contains_answer, exact_match, f1, normalized, share_of_atoms
from evals.programs.ask import ask, ask_with
from evals.programs.baselines import PLAIN, FullContext, closed_book, interleaved, single_shot
from evals.programs.evidence import passages, read_from, searched, statements
from evals.suite import Metric, Suite

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def has_answers(item: Item) -> bool:
    """Whether an answer to it is known."""
    return bool(item.answers)


def _has_atoms(item: Item) -> bool:
    return bool(item.gold.get("answer_atoms"))


def _atoms(item: Item, outcome: Outcome) -> float:
    atoms = item.gold["answer_atoms"]
    return share_of_atoms(outcome.text, [str(atom) for atom in atoms] if isinstance(atoms, list) else [])


def is_yes_or_no(item: Item) -> bool:
    """A "no" that stands somewhere in the evidence says nothing."""
    return all(normalized(answer) in ("yes", "no") for answer in item.answers)


def in_evidence(item: Item, outcome: Outcome) -> float | None:
    """Whether the reader was shown an answer at all: what search lost no reader can find."""
    lines = outcome.details.get("evidence")
    if not isinstance(lines, list) or not lines or is_yes_or_no(item):
        return None
    return float(contains_answer(" ".join(map(str, lines)), item.answers))


def _in_cited(item: Item, outcome: Outcome) -> float | None:
    """Whether the cited sentences, which no reader has shortened, hold an answer."""
    cited = outcome.details.get("cited")
    if not isinstance(cited, list) or is_yes_or_no(item):
        return None
    sentences = [str(entry["sentence"]) for entry in cited if isinstance(entry, dict)]
    return float(contains_answer(" ".join(sentences), item.answers))


def _evidence_tokens(item: Item, outcome: Outcome) -> float | None:
    # An allowance, no merit: shown, not compared. An abstention showed nobody anything.
    return float(outcome.evidence_tokens) or None


METRICS = (
    Metric("em", lambda item, outcome: exact_match(outcome.text, item.answers), feeds=has_answers),
    Metric("f1", lambda item, outcome: f1(outcome.text, item.answers), feeds=has_answers),
    Metric("accuracy", lambda item, outcome: float(contains_answer(outcome.text, item.answers)), feeds=has_answers),
    Metric("atoms", _atoms, feeds=_has_atoms),
    Metric("answer_in_evidence", in_evidence, feeds=has_answers),
    Metric("answer_in_cited", _in_cited, feeds=has_answers),
    Metric("evidence_tokens", _evidence_tokens, is_better_high=False, is_compared=False),
)

_VARIANTS = frozenset({"ask-notes", "ask-pursue", "ask-route", "ask-read", "no-links", "linked-passages"})

SUITE = Suite(
    name="qa",
    about="Short answers to questions over a corpus, against four simpler ways on the same model and index.",
    wants="a folder in the plain format (questions.jsonl with passages.jsonl or docs/), or a dataset's published file",
    load=load,
    programs={
        "ask": lambda: ask,
        "ask-notes": lambda: ask_with(notes="on"),
        "ask-pursue": lambda: ask_with(pursue="on"),
        "ask-route": lambda: ask_with(route="on"),
        "ask-read": lambda: read_from(statements()),
        "no-links": lambda: read_from(statements(searched(PLAIN))),
        "linked-passages": lambda: read_from(passages("linked")),
        "closed-book": lambda: closed_book,
        "single-shot": lambda: single_shot,
        "full-context": FullContext,
        "ircot": lambda: interleaved,
    },
    metrics=METRICS,
    needs_model=frozenset({"ask", *_VARIANTS, "closed-book", "single-shot", "full-context", "ircot"}),
    variants=_VARIANTS,
    closed=frozenset({"closed-book"}),
    default_data=_EXAMPLES,
)
