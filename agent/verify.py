"""Verification, first form: does a program find that the cited quotations carry the sentence?

A claim stands if its citations resolve, each quote stands verbatim in the stored source, every number, date and proper
name occurs in the cited evidence, each figure stands under the name that the source states it of, and the support score
passes. Later checks join the list of problems; nothing else has to change.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from agent.claims.measures import foreign_measures
from agent.claims.pairing import parted_figures
from agent.claims.predicates import changed_predicates, foreign_predicates
from agent.draft import Candidate
from agent.grounding.amounts import amount_problems
from agent.grounding.contrast import certainty_faults, opposites
from agent.grounding.owners import owners_told_of
from agent.grounding.pairs import unrelated_names
from agent.grounding.polarity import turned_verbs
from agent.grounding.restatement import restatement_faults
from agent.grounding.subjects import Source, misattributed_figures, mislabelled_figures
from agent.grounding.support import content_words, new_words, support_score
from agent.leaning import day_word
from agent.types import Doubt
from lm.embedding import Embedder
from lm.types import Frozen
from prompts.instructions import gives_order
from prompts.statements import Statement
from retrieval.dates import covered, dates, unsupported_dates
from retrieval.names import unsupported_names

_MAX_WORDS = 80
_MAX_NEW_SHARE = 0.1
_ADDRESS = re.compile(r"https?://|www\.|\S@\S+\.\w")
_PLAIN_MARKS = str.maketrans("’‘“”–—", "''\"\"--", "\u00ad")
_LEAK = re.compile(
    r"\b(?:evidence (?:number|\d)|the evidence\b|as an ai|the (?:provided )?(?:text|passage|sentence) (?:states|says))",
    re.I,
)


class Verdict(Frozen):
    """What verification found: `problems` is empty when the claim stands. Support is in [0, 1].

    `lacks_only_a_name` says that its figures stand under no name and nothing else is wrong. `doubt` is what a second
    opinion says (`agent.cascade`), where one was set up.
    """

    support: float
    problems: tuple[str, ...] = ()
    lacks_only_a_name: bool = False
    doubt: Doubt | None = None

    @property
    def is_supported(self) -> bool:
        """Whether the claim stands."""
        return not self.problems


@dataclass(frozen=True)
class Verifier:
    """Holds what every check needs; one per run.

    Attributes:
        text_of: Stored text of a document by its id.
        embedder: For the support score.
        stem: Folds word forms together.
        lexicon: Lower-case words known to be common, so that a capital at a sentence's start is not taken for a name.
        threshold: Support below it fails.
    """

    text_of: Callable[[str], str]
    embedder: Embedder
    stem: Callable[[str], str]
    lexicon: Collection[str]
    threshold: float

    def verify(self, candidate: Candidate, statements: Sequence[Statement]) -> Verdict:
        """Check one sentence against the statements that it cites."""
        problems = _form_problems(candidate.text)
        cited = [statements[i] for i in candidate.sources if 0 <= i < len(statements)]
        if not cited or len(cited) != len(candidate.sources):
            return Verdict(support=0.0, problems=(*problems, "a citation does not resolve"))
        problems += [
            f"the quote of {s.doc_id} is not in its source" for s in cited if not stands_in(s, self.text_of(s.doc_id))
        ]
        unnamed, others = self._content_problems(candidate.text, cited)
        problems += others
        if not candidate.is_quotation and (day := day_word(candidate.text)):
            problems.append(f"it says “{day}”, which is true on the day of writing only")
        if candidate.kind == "written":
            problems += self._additions(candidate.text, cited) + self._contrasts(candidate.text, cited)
            problems += self._mixtures(candidate.text, cited)
            problems += self._predicates(candidate.text, cited)
        if not candidate.is_quotation:
            quotes = [_quoted(s) for s in cited]
            problems += parted_figures(candidate.text, quotes, stem=self.stem)
        if candidate.kind == "restated":
            problems += restatement_faults(candidate.text, cited[0].sentence, self.stem)
        quote = " ".join(s.quote for s in cited)
        context = " ".join(_context(s) for s in cited)
        titles = {s.title for s in cited}
        support = support_score(candidate.text, quote, context, embedder=self.embedder, stem=self.stem, titles=titles)
        # A quotation says what its source says; lines of figures embed far from the sentence that they make.
        if support < self.threshold and not candidate.is_quotation:
            problems.append(f"support {support:.2f} is under {self.threshold:.2f}")
        return Verdict(
            support=round(min(1.0, support), 4),
            problems=(*problems, *unnamed),
            lacks_only_a_name=bool(unnamed) and not problems,
        )

    def _additions(self, text: str, cited: Sequence[Statement]) -> list[str]:
        evidence = " ".join(f"{_context(s)} {s.quote} {s.sentence}" for s in cited)
        added = new_words(text, evidence, self.stem)
        allowed = max(1, round(_MAX_NEW_SHARE * len(set(content_words(text, self.stem)))))
        return [f"it adds {', '.join(added[:5])}, which the evidence does not say"] if len(added) > allowed else []

    def _contrasts(self, text: str, cited: Sequence[Statement]) -> list[str]:
        evidence = " ".join(f"{_context(s)} {s.quote} {s.sentence}" for s in cited)
        turned = [
            f"it says “{said}” where the evidence says “{known}”"
            for said, known in opposites(text, evidence, self.stem)
        ]
        quotes = [s.quote for s in cited]
        return turned + certainty_faults(text, quotes) + turned_verbs(text, quotes, self.stem)

    def _predicates(self, text: str, cited: Sequence[Statement]) -> list[str]:
        """What happened, or was measured, where the evidence tells of something else, there or anywhere."""
        statements = [f"{_context(s)} ; {_quoted(s)} ; {s.sentence}" for s in cited]
        faults = [
            fault
            for check in (changed_predicates, foreign_predicates)
            for fault in check(text, statements, stem=self.stem, embedder=self.embedder, lexicon=self.lexicon)
        ]
        if all(s.kind == "prose" for s in cited):
            measured = foreign_measures(text, [s.quote for s in cited], self.stem)
            faults += [f"the evidence does not state the figure of that ({pair})" for pair in measured]
        if all(s.kind != "prose" for s in cited):
            sources = [Source(s.quote, s.title, s.heading_path) for s in cited]
            wrong = mislabelled_figures(text, sources, self.stem)
            faults += [f"the evidence gives the figure of something else ({pair})" for pair in wrong]
        return faults

    def _mixtures(self, text: str, cited: Sequence[Statement]) -> list[str]:
        by_document: dict[str, list[Statement]] = {}
        for statement in cited:
            by_document.setdefault(statement.doc_id, []).append(statement)
        sources = [
            Source(
                " ; ".join(_quoted(s) for s in own),
                own[0].title,
                tuple(heading for s in own for heading in s.heading_path),
            )
            for own in by_document.values()
        ]
        pairs = unrelated_names(text, sources, lexicon=self.lexicon)
        return [f"no source speaks of both ({pair})" for pair in pairs]

    def _content_problems(self, text: str, cited: Sequence[Statement]) -> tuple[list[str], list[str]]:
        """Problems of figures that stand under no name, and all others of numbers, names and subjects."""
        evidence = " ".join(f"{_context(s)} {_quoted(s)}" for s in cited)
        sources = [Source(_quoted(s), s.title, s.heading_path) for s in cited]
        lost = dict.fromkeys(text[date.start : date.end] for date in unsupported_dates(dates(text), evidence))
        names = unsupported_names(covered(text), evidence, lexicon=self.lexicon)
        pairs = misattributed_figures(text, sources, lexicon=self.lexicon)
        owners = owners_told_of(text, [one for s in cited for one in (_quoted(s), s.sentence)], lexicon=self.lexicon)
        unnamed = [pair for pair in pairs if pair.endswith(": nobody")]
        misplaced = [pair for pair in pairs if pair not in unnamed]
        return [f"no name stands beside the figure ({pair})" for pair in unnamed], [
            *(f"the date {date} is not in the evidence" for date in lost),
            *amount_problems(text, evidence),
            *(f"the name {name} is not in the evidence" for name in names),
            *(f"the evidence does not state the figure of that subject ({pair})" for pair in misplaced),
            *(f"the evidence tells of something of {name}, and not of {name}" for name in owners),
        ]


def _context(statement: Statement) -> str:
    return " ".join((statement.title, *statement.heading_path))


def _quoted(statement: Statement) -> str:
    """The quote as numbers and names are looked for in it: in a table's row a comma parts two cells, not thousands."""
    return re.sub(r"[,;\t|]", " ; ", statement.quote) if statement.kind == "row" else statement.quote


def _form_problems(text: str) -> list[str]:
    problems = []
    words = text.split()
    if len(words) < 4 or not re.search(r"[.!?]['\"”’)\]]*$", text):
        problems.append("it is not a whole sentence")
    if text.rstrip("'\"”’)]").endswith("?"):
        problems.append("it asks instead of stating")
    if len(words) > _MAX_WORDS:
        problems.append(f"it has {len(words)} words, more than {_MAX_WORDS}")
    if _ADDRESS.search(text):
        problems.append("it holds an address; sources are named by their numbers alone")
    if _LEAK.search(text) or gives_order(text):
        problems.append("it speaks of the evidence or to a machine instead of the topic")
    return problems


def normalised(text: str) -> str:
    """Text for comparing quotes: NFKC, typographic quotes and dashes as plain ones, white space folded."""
    text = unicodedata.normalize("NFKC", text)
    text = text.translate(_PLAIN_MARKS)
    return " ".join(text.split())


def stands_in(statement: Statement, document_text: str) -> bool:
    """Whether the quote stands verbatim at its offsets in the document's stored text."""
    found = document_text[statement.start : statement.end]
    return bool(statement.quote.strip()) and normalised(found) == normalised(statement.quote)
