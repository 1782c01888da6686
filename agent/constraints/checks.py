"""Checks of a finished report against its demands: counted or looked up by code, each with what was found.

What no code can judge is `unchecked`, never met.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from agent.constraints.audience import MAX_MEAN_WORDS, MAX_WORDS, is_general, sentence_lengths, suits_general
from agent.constraints.languages import NAMES, language_of
from agent.constraints.phrases import mentions, said_phrases
from agent.constraints.types import Checked, Demand, DemandKind, State
from agent.counting import counted
from agent.grounding.support import Stem, content_words
from agent.types import Claim, Report, ReportSection
from prompts.plain_text import plain

MIN_LANGUAGE_SHARE = 0.9
_NUMBERED = frozenset({"numbered", "ieee", "vancouver", "inline"})


def check(report: Report, demands: Sequence[Demand], stem: Stem) -> tuple[Checked, ...]:
    """Each demand with what the report has of it, in the order of the demands."""
    seen = _Seen(report, stem)
    return tuple(_CHECKS[demand.kind](demand, seen) for demand in demands)


def unmet(checked: Sequence[Checked]) -> list[Demand]:
    """The demands that are not met."""
    return [entry.demand for entry in checked if entry.state == "unmet"]


def same_title(one: str, other: str) -> bool:
    """Whether two headings are the same to a reader."""
    return " ".join(plain(one).casefold().split()).strip(" .:") == " ".join(plain(other).casefold().split()).strip(
        " .:"
    )


class _Seen:
    """A report as the checks look at it."""

    def __init__(self, report: Report, stem: Stem) -> None:
        self.report = report
        self.stem = stem
        self.by_id: Mapping[str, Claim] = {claim.id: claim for claim in report.claims}

    def claims_of(self, section: ReportSection) -> list[Claim]:
        """The sentences of a section, in order."""
        return [self.by_id[claim_id] for paragraph in section.paragraphs for claim_id in paragraph]

    def has_a_word_of(self, title: str, claims: Sequence[Claim]) -> bool:
        """Whether sentences, or the quotations that they cite with their titles and headings, have a content word of a
        title; one without content words asks for none."""
        sources = {one.number: one for one in self.report.evidence}
        cited = [sources[number] for claim in claims for number in claim.citations if number in sources]
        texts = [claim.sentence for claim in claims]
        texts += [" ".join((one.title, *one.heading_path, one.quote)) for one in cited]
        wanted = set(content_words(title, self.stem))
        return not wanted or any(wanted & set(content_words(text, self.stem)) for text in texts)

    @property
    def sections(self) -> list[ReportSection]:
        """Those that say something of the world, in the plan's sense."""
        return [section for section in self.report.sections if section.kind == "section"]

    @property
    def cited(self) -> list[Claim]:
        """The sentences that cite."""
        return [claim for section in self.report.sections for claim in self.claims_of(section) if claim.citations]

    def texts(self) -> Iterator[tuple[str, str]]:
        """What the report itself says, each text with where it stands; quotations in the references are others'."""
        yield "the title", self.report.title
        for section in self.report.sections:
            yield "a heading", section.title
            yield from (("a sentence", claim.sentence) for claim in self.claims_of(section))


def _answer(demand: Demand, found: str, *, is_met: bool, why: str = "") -> Checked:
    state: State = "met" if is_met else "unmet"
    return Checked(demand=demand, state=state, found=found, why=why)


def is_within(demand: Demand, n: int) -> bool:
    """Whether a number keeps the demand's bounds."""
    return (demand.least is None or n >= demand.least) and (demand.most is None or n <= demand.most)


def _length(demand: Demand, seen: _Seen) -> Checked:
    """The text alone must reach the lower bound, and with what stands in front of it keep under the upper one."""
    words, front = seen.report.figures.words, seen.report.figures.front_words
    is_met = (demand.least is None or words >= demand.least) and (demand.most is None or words + front <= demand.most)
    found = f"{words:,} words" + (f", and {front:,} in front of them" if front else "")
    return _answer(demand, found, is_met=is_met)


def _section_length(demand: Demand, seen: _Seen) -> Checked:
    words = sum(
        len(claim.sentence.split())
        for section in seen.sections
        if same_title(section.title, demand.wanted)
        for claim in seen.claims_of(section)
    )
    return _answer(demand, f"{words:,} words of {demand.least:,} to {demand.most:,}", is_met=is_within(demand, words))


def _sections(demand: Demand, seen: _Seen) -> Checked:
    n = len(seen.sections)
    return _answer(demand, counted(n, "section"), is_met=is_within(demand, n))


def _section(demand: Demand, seen: _Seen) -> Checked:
    named = [section for section in seen.sections if same_title(section.title, demand.wanted)]
    if not named:
        return _answer(demand, "no such section", is_met=False)
    claims = [claim for section in named for claim in seen.claims_of(section)]
    found = counted(len(claims), "sentence")
    if claims and not seen.has_a_word_of(demand.wanted, claims):
        # "Causes" may be told without the word; "Penguin breeding" of a barrage may not be.
        unsure = f"{found}, and neither these nor what they quote has a word of it"
        return Checked(demand=demand, state="unchecked", found=unsure)
    return _answer(demand, found, is_met=bool(claims), why="" if claims else "nothing on it could be quoted")


def _language(demand: Demand, seen: _Seen) -> Checked:
    told = [tag for claim in seen.cited if (tag := language_of(claim.sentence))]
    name = NAMES.get(demand.wanted)
    if name is None or not told:
        return Checked(demand=demand, state="unchecked", found="its language cannot be told by its common words")
    others = sorted({NAMES[tag] for tag in told if tag != demand.wanted})
    share = sum(tag == demand.wanted for tag in told) / len(told)
    why = f"its sentences are its sources', in {', '.join(others)}; none is translated" if others else ""
    is_met = share >= MIN_LANGUAGE_SHARE
    return _answer(demand, f"{share:.0%} of its sentences are in {name}", is_met=is_met, why="" if is_met else why)


def _audience(demand: Demand, seen: _Seen) -> Checked:
    if not is_general(demand.wanted):
        return Checked(demand=demand, state="unchecked", found="what suits these readers cannot be counted")
    sentences = [claim.sentence for claim in seen.cited]
    mean, too_long = sentence_lengths(sentences)
    found = f"sentences of {mean:.0f} words, {too_long:.0%} over {MAX_WORDS}; only their length is looked at"
    is_met = suits_general(sentences)
    why = "" if is_met else f"{MAX_MEAN_WORDS:.0f} words and a tenth over {MAX_WORDS} were the most"
    return _answer(demand, found, is_met=is_met, why=why)


def _avoid(demand: Demand, seen: _Seen) -> Checked:
    places = [place for place, text in seen.texts() if said_phrases(text, [demand.wanted])]
    quoted = sum(bool(said_phrases(f"{one.title} {one.quote}", [demand.wanted])) for one in seen.report.evidence)
    aside = f"; {quoted} of the sources quoted in the references have it in their own words" if quoted else ""
    if not places:
        return _answer(demand, f"not said{aside}", is_met=True)
    told = ", ".join(f"{places.count(place)} × in {place}" for place in dict.fromkeys(places))
    return _answer(demand, f"said {told}{aside}", is_met=False)


def _mention(demand: Demand, seen: _Seen) -> Checked:
    n = sum(mentions(claim.sentence, demand.wanted, seen.stem) for claim in seen.cited)
    found = f"in {counted(n, 'sentence')}" if n else "in no sentence"
    return _answer(demand, found, is_met=n > 0)


def _citations(demand: Demand, seen: _Seen) -> Checked:
    is_met = demand.wanted.casefold() in _NUMBERED
    why = "" if is_met else "a program checks every number against its quotation, and writes no other style"
    return _answer(demand, "numbers in brackets, with a list of references", is_met=is_met, why=why)


_CHECKS: Mapping[DemandKind, Callable[[Demand, _Seen], Checked]] = {
    "length": _length,
    "section_length": _section_length,
    "sections": _sections,
    "section": _section,
    "language": _language,
    "audience": _audience,
    "avoid": _avoid,
    "mention": _mention,
    "citations": _citations,
}
