"""A finished report as turns and units of long-term memory: its facts, what its sections say, and what was left out.

Every sentence that becomes a unit was verified against a quotation before it was shown. Knows reports and what was read
for them. Must not know how memory keeps units.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.counting import counted
from agent.foraged import Foraged
from agent.reading import Reader
from agent.records import OwnedStatements
from agent.types import Claim, Evidence, Report
from memory.long_term import Given, session_of_run
from memory.orders import is_code, is_commission, is_english, is_order, speaks_to_machine
from memory.time_words import resolve_times
from memory.units import MemoryUnit, Turn
from prompts.plain_text import plain
from retrieval.corpus import Corpus
from retrieval.names import common_words, proper_names

_SUMMARY_WORDS = 40
_SAME = "According to the same source,"
_MOST_QUOTED = 2  # sources of a fact that are named
_MOST_PASSAGES = 8  # of a source that was left out


@dataclass(frozen=True)
class Considered:
    """What was read of one document and came to nothing, or in part.

    `instructions` are sentences that are addressed to a machine, `statements` those that a section was offered.
    """

    document: str
    title: str
    passages: tuple[str, ...]
    statements: int
    instructions: int


def considered(corpus: Corpus, foraged: Sequence[Foraged], owned: Sequence[OwnedStatements]) -> list[Considered]:
    """Every document that was read for a report, in the order of reading."""
    read = dict.fromkeys(passage for one in foraged for passage in one.passages)
    by_document: dict[str, list[str]] = {}
    instructions: Counter[str] = Counter()
    reader = Reader(corpus)
    for passage in corpus.passages(list(read)):
        by_document.setdefault(passage.doc_id, []).append(passage.id)
        instructions[passage.doc_id] += reader.units(passage)[1]
    statements = Counter(statement.doc_id for share in owned for statement in share.statements)
    return [
        Considered(document, corpus.document(document).title, tuple(ids), statements[document], instructions[document])
        for document, ids in by_document.items()
    ]


def given_of(report: Report, read: Sequence[Considered], *, run_id: str, scope: str, at: datetime) -> list[Given]:
    """The turns of a report, each with its units, in the report's order; what was left out comes last.

    The same report gives the same turns and units each time.
    """
    making = _Making(report, run_id, scope, at)
    cited = {source.document for source in report.evidence}
    facts = [given for section in report.sections for given in making.section(section.title, section.paragraphs)]
    return [*facts, *(given for one in read if (given := making.left_out(one, is_cited=one.document in cited)))]


class _Making:
    def __init__(self, report: Report, run_id: str, scope: str, at: datetime) -> None:
        self._run, self._scope, self._at = run_id, scope, at
        self._claims = {claim.id: claim for claim in report.claims}
        self._evidence = {source.number: source for source in report.evidence}
        self._lexicon = common_words("\n".join(claim.sentence for claim in report.claims))
        self._topic = _safe(plain(report.title)) or run_id

    def section(self, title: str, paragraphs: Sequence[Sequence[str]]) -> list[Given]:
        """The section's facts, the first with the summary."""
        shown = [self._claims[claim] for paragraph in paragraphs for claim in paragraph]
        told = [claim for claim in shown if claim.citations and _safe(claim.sentence)]
        given = [self._fact(claim) for claim in told]
        if given:
            first = given[0]
            given[0] = Given(turn=first.turn, units=(*first.units, self._summary(title, told)))
        return given

    def _fact(self, claim: Claim) -> Given:
        sources = [self._evidence[number] for number in claim.citations]
        sentence = _standing_alone(claim.sentence, sources[0])
        text = f"{sentence} ({'; '.join(_cited(sentence, claim, source) for source in sources[:_MOST_QUOTED])})"
        turn = self._turn(claim.id, _named(sources[0].title, sources[0].document), text)
        parents = (turn.id, *(f"{self._run}:source:{source.number}" for source in sources))
        return Given(turn=turn, units=(self._unit("fact", text, parents, said=claim.sentence),))

    def _summary(self, title: str, told: Sequence[Claim]) -> MemoryUnit:
        """What the section begins with: no sentence of a model that was not verified."""
        taken = [told[0]]
        for claim in told[1:]:
            n_words = sum(len(one.sentence.split()) for one in [*taken, claim])
            if n_words > _SUMMARY_WORDS or claim.sentence.startswith(_SAME):
                break
            taken.append(claim)
        said = " ".join(claim.sentence for claim in taken)
        head = " · ".join(part for part in (self._topic, _safe(plain(title))) if part)
        parents = tuple(self._id(claim.id) for claim in taken)
        return self._unit("summary", f"{head}: {said}", parents, said=said)

    def left_out(self, source: Considered, *, is_cited: bool) -> Given | None:
        """A document of which nothing was used, or whose sentences speak to a machine; None for any other."""
        reasons = []
        if source.instructions:
            reasons.append(
                f"{counted(source.instructions, 'sentence')} of it spoke to a machine and had to be left out"
            )
        if not is_cited:
            read, held = counted(len(source.passages), "passage"), counted(source.statements, "statement")
            reasons.append(f"nothing was used of {read} read: {held} of it fitted a section")
        if not reasons:
            return None
        name = _named(source.title, source.document)
        text = f"“{name}” was read for the report “{self._topic}”"
        turn = self._turn(f"read:{source.document}", name, f"{text}: {'; '.join(reasons)}")
        parents = (turn.id, *(f"passage:{passage}" for passage in source.passages[:_MOST_PASSAGES]))
        unit = self._unit("rejected", text, parents, said=text, reason="; ".join(reasons))
        return Given(turn=turn, units=(unit,))

    def _id(self, local: str) -> str:
        return f"{self._run}:{local}"

    def _turn(self, local: str, speaker: str, text: str) -> Turn:
        return Turn(id=self._id(local), session=session_of_run(self._run), speaker=speaker, text=text, at=self._at)

    def _unit(self, kind: str, text: str, parents: Sequence[str], *, said: str, reason: str = "") -> MemoryUnit:
        # Only dates: "last year" in a document is not the year before it was read.
        times = [phrase.interval for phrase in resolve_times(said, self._at) if not phrase.is_relative]
        given: Mapping[str, object] = {
            "scope": self._scope,
            "kind": kind,
            "text": text,
            "at": self._at,
            "parents": tuple(parents),
            "times": tuple(times),
            "entities": tuple(dict.fromkeys(name.text for name in proper_names(said, lexicon=self._lexicon))),
            "reason": reason,
        }
        return MemoryUnit.model_validate(given)


def _safe(text: str) -> str:
    """The text; "" where it orders, speaks to a machine, or is in a language in which that would not be seen."""
    is_unfit = speaks_to_machine(text) or is_order(text) or is_code(text) or not is_english(text)
    return "" if is_unfit else text


def _named(title: str, document: str) -> str:
    """What a document is called."""
    name = plain(title) or document
    # "Board: draft minutes" is no order, though a clause of it looks like one.
    is_fit = not (speaks_to_machine(name) or is_commission(name)) and is_english(name)
    return name if is_fit else (document if not speaks_to_machine(_words(document)) else "a document")


def _words(document: str) -> str:
    return "".join(character if character.isalnum() else " " for character in document)


def _standing_alone(sentence: str, source: Evidence) -> str:
    """The sentence with its source's name where it leans on the sentence before it for that."""
    return sentence.replace(_SAME, f"According to “{_named(source.title, source.document)}”,", 1)


def _cited(sentence: str, claim: Claim, source: Evidence) -> str:
    """Where it stands, with the quotation where the sentence is none."""
    name = _named(source.title, source.document)
    place = (source.document if name in sentence else name) + (f", p. {source.page}" if source.page else "")
    quote = " ".join(source.quote.split())
    is_quoted = claim.action == "quoted" or quote in sentence
    return place if is_quoted or not _safe(quote) else f"“{quote}”, {place}"
