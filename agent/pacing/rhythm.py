"""Rhythm break: bring the dispersion of sentence and paragraph lengths towards a band, by joining and parting.

A search by steepest descent: of all changes that take neither dispersion farther from its band, the one that brings
both nearest is tried; it stays if the sentences still say the same and stand, else it is reverted and not tried again.
Every change brings the sum of distances down, so the search ends, and what it ends with it leaves alone.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace

from agent.allocate import folded
from agent.measuring.rhythm import variation_of_sums
from agent.pacing.joints import joined, parted
from agent.pacing.order import is_verdict, leans
from agent.pacing.same_facts import differences
from agent.pacing.telling import Paragraph, Section, Told, words_in
from agent.settle import SettledSentence
from agent.verify import Verdict
from prompts.statements import Statement

# Sentences: as DeepNews's companion paper has it for text by people; paragraphs: the middle half of encyclopaedia
# articles (`docs/results.md`).
SENTENCE_BAND, PARAGRAPH_BAND = (0.45, 0.65), (0.38, 0.70)
# Of fewer, one change decides everything.
MIN_SENTENCES, MIN_PARAGRAPHS = 6, 3
_LEAST_PARAGRAPH_WORDS, _MOST_PARAGRAPH_WORDS = 25, 190
_EPSILON = 1e-9

Check = Callable[[str, Sequence[Statement]], Verdict]


@dataclass(frozen=True)
class Changes:
    """How many changes stayed, and how many did not."""

    joined: int = 0
    split: int = 0
    merged: int = 0
    parted: int = 0
    delayed: int = 0
    reverted: int = 0

    def plus(self, other: "Changes") -> "Changes":
        """Both together."""
        return Changes(*(one + more for one, more in zip(self.counts, other.counts, strict=True)))

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers, in the order of the fields."""
        return astuple(self)


@dataclass(frozen=True)
class Lengths:
    """Number, sum and sum of squares of some lengths: all that their dispersion needs."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def changed(self, gone: Sequence[int], come: Sequence[int]) -> "Lengths":
        """With some lengths in the place of others."""
        return Lengths(
            self.n + len(come) - len(gone),
            self.total + sum(come) - sum(gone),
            self.squares + sum(one * one for one in come) - sum(one * one for one in gone),
        )

    @property
    def variation(self) -> float | None:
        """Their coefficient of variation; None of fewer than two."""
        return variation_of_sums(self.n, self.total, self.squares)

    def distance(self, band: tuple[float, float]) -> float:
        """How far from the band; 0 inside, and where there is nothing to vary."""
        variation = self.variation
        return 0.0 if variation is None else max(band[0] - variation, variation - band[1], 0.0)


@dataclass(frozen=True)
class Pulse:
    """The lengths of all sentences and of all paragraphs."""

    sentences: Lengths
    paragraphs: Lengths

    @property
    def distances(self) -> tuple[float, float]:
        """Of sentences and of paragraphs, each from its band."""
        return self.sentences.distance(SENTENCE_BAND), self.paragraphs.distance(PARAGRAPH_BAND)

    def is_no_farther_than(self, other: "Pulse") -> bool:
        """Whether neither is farther from its band than there."""
        return all(mine <= its + _EPSILON for mine, its in zip(self.distances, other.distances, strict=True))


@dataclass(frozen=True)
class Change:
    """Paragraphs [first, last) of a section give way to others. `before` and `after` are the sentences that changed."""

    kind: str
    section: int
    first: int
    last: int
    paragraphs: tuple[Paragraph, ...]
    before: tuple[Told, ...] = ()
    after: tuple[str, ...] = ()


def pulse_of(sections: Sequence[Section]) -> Pulse:
    """The lengths as they are."""
    paragraphs = [paragraph for section in sections for paragraph in section]
    sentences = [told.words for paragraph in paragraphs for told in paragraph]
    return Pulse(Lengths().changed((), sentences), Lengths().changed((), [words_in(one) for one in paragraphs]))


@dataclass
class Rhythm:
    """The search. `check` says whether a sentence stands on its statements; `lexicon` are common words; `elsewhere` is
    what the rest of the report says, folded."""

    check: Check
    lexicon: frozenset[str]
    elsewhere: frozenset[str] = frozenset()
    _refused: set[tuple[str, ...]] = field(default_factory=set)

    def broken(self, sections: Sequence[Section]) -> tuple[list[Section], Changes]:
        """The sections with their dispersions as near to the bands as changes bring them, and what was changed."""
        found, made = list(sections), Changes()
        pulse = pulse_of(found)
        while any(pulse.distances):
            change = self._best(found, pulse)
            if change is None:
                break
            paragraphs = self._done(change)
            if paragraphs is None:
                self._refused.add(change.after)
                made = made.plus(Changes(reverted=1))
                continue
            section = found[change.section]
            found[change.section] = (*section[: change.first], *paragraphs, *section[change.last :])
            pulse = pulse_of(found)
            made = made.plus(Changes(**{change.kind: 1}))
        return found, made

    def _best(self, sections: Sequence[Section], pulse: Pulse) -> Change | None:
        """The change that brings both nearest, the first of equals."""
        best, nearest = None, sum(pulse.distances) - _EPSILON
        said = Counter(folded(told.text) for section in sections for paragraph in section for told in paragraph)
        for number, section in enumerate(sections):
            for change in self._changes(number, section):
                if change.after in self._refused:
                    continue
                after = _after(change, section, pulse)
                is_better = sum(after.distances) < nearest and after.is_no_farther_than(pulse)
                if is_better and _is_enough(after, pulse) and not self._repeats(change, said):
                    best, nearest = change, sum(after.distances)
        return best

    def _changes(self, number: int, section: Section) -> Iterator[Change]:
        for at, paragraph in enumerate(section):
            yield from _joined(number, at, paragraph, self.lexicon)
            yield from _split(number, at, paragraph)
            yield from _merged(number, at, section)
            yield from _parted(number, at, paragraph)

    def _repeats(self, change: Change, said: Counter[str]) -> bool:
        """Whether a new sentence says what another one says already: the report would drop one of the two."""
        others = said - Counter(folded(told.text) for told in change.before)
        new = [folded(text) for text in change.after]
        return len(set(new)) < len(new) or any(text in others or text in self.elsewhere for text in new)

    def _done(self, change: Change) -> tuple[Paragraph, ...] | None:
        """The new paragraphs with their sentences as settled; None where one does not stand or says something else."""
        if not change.before:
            return change.paragraphs
        sources = _sources([told.sentence for told in change.before])
        if differences([told.text for told in change.before], change.after, lexicon=self.lexicon):
            return None
        verdicts = [self.check(text, sources) for text in change.after]
        if not all(verdict.is_supported for verdict in verdicts):
            return None
        settled = {
            text: _settled(text, sources, verdict.support, change)
            for text, verdict in zip(change.after, verdicts, strict=True)
        }
        return tuple(
            tuple(replace(told, sentence=settled.get(told.text, told.sentence)) for told in paragraph)
            for paragraph in change.paragraphs
        )


def _settled(text: str, sources: tuple[Statement, ...], support: float, change: Change) -> SettledSentence:
    done = "joined with its neighbour" if change.kind == "joined" else "parted from its neighbour"
    reasons = [reason for told in change.before for reason in told.sentence.reasons]
    return SettledSentence(
        text=text,
        sources=sources,
        support=support,
        action="revised",
        reasons=tuple(dict.fromkeys([*reasons, f"{done} for the rhythm"])),
    )


def _sources(sentences: Sequence[SettledSentence]) -> tuple[Statement, ...]:
    return tuple({source.key: source for sentence in sentences for source in sentence.sources}.values())


def _after(change: Change, section: Section, pulse: Pulse) -> Pulse:
    old = section[change.first : change.last]
    sentences = pulse.sentences.changed(
        [one.words for one in change.before], [len(one.split()) for one in change.after]
    )
    paragraphs = pulse.paragraphs.changed([words_in(one) for one in old], [words_in(one) for one in change.paragraphs])
    return Pulse(sentences, paragraphs)


def _is_enough(after: Pulse, before: Pulse) -> bool:
    """Whether enough of both is left for a dispersion to mean something; there may be ever more."""
    sentences, paragraphs = after.sentences.n, after.paragraphs.n
    return (sentences >= before.sentences.n or sentences >= MIN_SENTENCES) and (
        paragraphs >= before.paragraphs.n or paragraphs >= MIN_PARAGRAPHS
    )


def _joined(number: int, at: int, paragraph: Paragraph, lexicon: Collection[str]) -> Iterator[Change]:
    for place in range(len(paragraph) - 1):
        pair = paragraph[place : place + 2]
        if pair[0].block != pair[1].block or any(map(_is_left_alone, pair)):
            continue
        for text in joined(pair[0].text, pair[1].text, lexicon=lexicon):
            one = replace(pair[0], sentence=pair[0].sentence.model_copy(update={"text": text}), shown="")
            new = (*paragraph[:place], one, *paragraph[place + 2 :])
            yield Change("joined", number, at, at + 1, (new,), before=pair, after=(text,))


def _split(number: int, at: int, paragraph: Paragraph) -> Iterator[Change]:
    for place, told in enumerate(paragraph):
        if _is_left_alone(told):
            continue
        for texts in parted(told.text):
            two = [replace(told, sentence=told.sentence.model_copy(update={"text": text}), shown="") for text in texts]
            new = (*paragraph[:place], *two, *paragraph[place + 1 :])
            yield Change("split", number, at, at + 1, (new,), before=(told,), after=texts)


def _is_left_alone(told: Told) -> bool:
    """A sentence that several blocks say, or that a section may end with, keeps its words; so does one that stands on
    nothing."""
    return told.is_fixed or is_verdict(told.text) or not told.sentence.sources


def _merged(number: int, at: int, section: Section) -> Iterator[Change]:
    two = section[at : at + 2]
    if len(two) == 2 and sum(map(words_in, two)) <= _MOST_PARAGRAPH_WORDS:
        yield Change("merged", number, at, at + 2, (two[0] + two[1],))


def _parted(number: int, at: int, paragraph: Paragraph) -> Iterator[Change]:
    for place in range(1, len(paragraph)):
        if leans(paragraph[place].text):
            continue
        two = paragraph[:place], paragraph[place:]
        if min(map(words_in, two)) >= _LEAST_PARAGRAPH_WORDS:
            yield Change("parted", number, at, at + 1, two)
