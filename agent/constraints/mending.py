"""Repair of settled blocks: what a demand forbids is dropped, what it misses is quoted, lengths are cut and filled.

Nothing is rewritten. A sentence that is added is a statement in its own words, and stands before the verifier first; so
whatever is repaired, every sentence still stands on its quotations.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.allocate import folded
from agent.constraints.audience import is_general, reads_easily
from agent.constraints.gathering import planned_demands, wanted_of
from agent.constraints.goals import Room, goals
from agent.constraints.languages import language_of
from agent.constraints.phrases import mentions, said_phrases
from agent.constraints.telling import Settled, Shown, shown_in, with_quotation, without
from agent.constraints.types import Demand, DemandKind
from agent.counting import counted
from agent.draft import quotation
from agent.settle import SettledBlock
from agent.types import Outline, SectionPlan
from agent.verify import Verifier
from prompts.plain_text import plain
from prompts.statements import Statement

_NEAR = 6  # words from its goal at which a section is left as it is
_LEAST_KEPT = 0.5  # of the report's sentences: for less of them nothing is dropped for the language's sake

Lookup = Callable[[str], Sequence[Statement]]


@dataclass(frozen=True)
class Draft:
    """A report before it is assembled, and what was repaired in it, in words."""

    outline: Outline
    settled: Settled
    repairs: tuple[str, ...] = ()

    def with_block(self, block: SettledBlock) -> "Draft":
        """The draft with this block in place of the one of its name."""
        return replace(self, settled={**self.settled, block.block: block})

    def told(self, what: str) -> "Draft":
        """The draft with one more repair."""
        return replace(self, repairs=(*self.repairs, what))


@dataclass(frozen=True)
class Mender:
    """Repairs drafts.

    Attributes:
        demands: What is asked for.
        spares: What each block may quote, best first, whether it is said already or not.
        verifier: Of the run.
        look_up: Statements of the corpus that may say a phrase.
    """

    demands: Sequence[Demand]
    spares: Mapping[str, Sequence[Statement]]
    verifier: Verifier
    look_up: Lookup

    def round(self, draft: Draft, unmet: Sequence[Demand], *, words: int, front: int) -> Draft:
        """One round of repair, for the demands that are not met.

        Args:
            draft: As it is.
            unmet: What it does not meet.
            words: How many it shows, those of its frame included.
            front: How many stand in front of it.
        """
        kinds = {demand.kind for demand in unmet}
        mended = replace(draft, repairs=())
        before = sum(one.words for one in shown_in(draft.outline, draft.settled))
        if kinds & {"avoid", "language", "audience"}:
            mended = self._renamed(self._dropped(mended, kinds))
        for phrase in wanted_of(unmet, "mention"):
            mended = self._mentioning(mended, phrase)
        after = sum(one.words for one in shown_in(mended.outline, mended.settled))
        if kinds & {"length", "section_length"} or after != before:
            mended = self._to_length(mended, beside=words - before, front=front)
        return mended

    def may_say(self, text: str) -> bool:
        """Whether a text keeps what is asked of every sentence."""
        tag = next(iter(wanted_of(self.demands, "language")), None)
        return (
            self._says_nothing_banned(text)
            and (tag is None or language_of(text) in (tag, None))
            and self._is_easy(text)
        )

    def _says_nothing_banned(self, text: str) -> bool:
        return not said_phrases(text, wanted_of(self.demands, "avoid"))

    def _is_easy(self, text: str) -> bool:
        return not any(map(is_general, wanted_of(self.demands, "audience"))) or reads_easily(text)

    def _dropped(self, draft: Draft, kinds: Collection[DemandKind]) -> Draft:
        """Without the sentences that a demand forbids; a language only where enough is left."""
        shown = shown_in(draft.outline, draft.settled)
        banned = [one for one in shown if not self._says_nothing_banned(one.sentence.text)]
        if "language" in kinds or "audience" in kinds:
            others = [one for one in shown if one not in banned and not self.may_say(one.sentence.text)]
            if len(others) <= (1 - _LEAST_KEPT) * len(shown):
                banned += others
        for one in banned:
            draft = draft.with_block(without(draft.settled[one.block], one.sentence, "not what was asked for"))
        n = len(banned)
        told = f"{counted(n, 'sentence')} {'was' if n == 1 else 'were'} dropped that the request forbids"
        return draft.told(told) if n else draft

    def _renamed(self, draft: Draft) -> Draft:
        """Headings that say what is to be avoided, called after what stands below them."""
        sections = []
        for section in draft.outline.sections:
            title = section.title
            if not self._says_nothing_banned(title):
                title = self._other_title(section, [one.title for one in draft.outline.sections])
                draft = draft.told(f"a heading was renamed “{title}”")
            sections.append(section.model_copy(update={"title": title}))
        return replace(draft, outline=draft.outline.model_copy(update={"sections": tuple(sections)}))

    def _other_title(self, section: SectionPlan, taken: Sequence[str]) -> str:
        owned = [statement for block in section.blocks for statement in self.spares.get(block.id, ())]
        names = dict.fromkeys(plain(name) for one in owned for name in (one.leaf, one.title))
        free = (
            name for name in names if name not in taken and len(name.split()) > 1 and self._says_nothing_banned(name)
        )
        return next(free, f"Part {len([title for title in taken if title])}: further findings")

    def _mentioning(self, draft: Draft, phrase: str) -> Draft:
        """With a quotation that says the phrase: of what a block has to spare, else of what the corpus has."""
        blocks = [block.id for plan in _sections(draft.outline) for block in plan.blocks if block.id in draft.settled]
        owned = [(block, one) for block in blocks for one in self.spares.get(block, ())]
        found = [(_home_of(one, blocks, draft), one) for one in self.look_up(phrase)] if blocks else []
        for block, statement in (*owned, *found):
            if mentions(statement.sentence, phrase, self.verifier.stem):
                added = self._with(draft, block, statement, f"mentions “{phrase}”, as asked")
                if added is not None:
                    return added.told(f"a quotation on “{phrase}” was added")
        return draft

    def _with(self, draft: Draft, block: str, statement: Statement, reason: str) -> Draft | None:
        """The draft with a quotation more; None where it may not be said, is said already, or does not stand."""
        shown = [one for done in draft.settled.values() for one in done.sentences]
        is_new = statement.key not in {source.key for one in shown for source in one.sources}
        is_new = is_new and folded(statement.sentence) not in {folded(one.text) for one in shown}
        if not is_new or not statement.stands_alone or not self.may_say(statement.sentence):
            return None
        verdict = self.verifier.verify(quotation(0, statement), [statement])
        if not verdict.is_supported:
            return None
        return draft.with_block(with_quotation(draft.settled[block], statement, verdict.support, reason))

    def _to_length(self, draft: Draft, *, beside: int, front: int) -> Draft:
        """Each section cut or filled towards its goal; `beside`: words of the frame's own sentences."""
        shown = shown_in(draft.outline, draft.settled)
        plans = _sections(draft.outline)
        names = {plan.id for plan in plans}
        beside += sum(one.words for one in shown if one.section not in names)
        rooms = {plan.id: self._room(plan, shown) for plan in plans}
        length = next(one for one in self.demands if one.kind == "length")
        least = length.least or 0
        most = (length.most or least * 2) - front
        aimed = goals(rooms, beside=beside, least=least, most=max(most, least))
        for plan in plans:
            room, goal = rooms[plan.id], aimed[plan.id]
            if room.words > goal + _NEAR:
                draft = self._cut(draft, plan, goal, least=room.least)
            elif room.words < goal - _NEAR:
                draft = self._filled(draft, plan, goal, most=room.most)
        return draft

    def _room(self, plan: SectionPlan, shown: Sequence[Shown]) -> Room:
        (demand,) = planned_demands(Outline(title="", sections=(plan,), origin="rules", reason=""))
        words = sum(one.words for one in shown if one.section == plan.id)
        said = {source.key for one in shown for source in one.sentence.sources}
        spare = [one for block in plan.blocks for one in self.spares.get(block.id, ()) if one.key not in said]
        share = sum(block.target_words for block in plan.blocks)
        return Room(words, share, demand.least or 0, demand.most or share, can_grow=bool(spare))

    def _cut(self, draft: Draft, plan: SectionPlan, goal: int, *, least: int) -> Draft:
        """Without the least of the section's sentences, as long as it stays within its bounds."""
        n = 0
        while True:
            own = [one for one in shown_in(draft.outline, draft.settled) if one.section == plan.id]
            words = sum(one.words for one in own)
            alone = {one.block for one in own if sum(other.block == one.block for other in own) == 1}
            worst = sorted((one for one in own if one.block not in alone), key=self._worth)
            fitting = [one for one in worst if words - one.words >= least and not self._is_needed(one)]
            if words <= goal + _NEAR or not fitting:
                break
            one = fitting[0]
            draft = draft.with_block(
                without(draft.settled[one.block], one.sentence, "the length asked for has no room")
            )
            n += 1
        return draft.told(f"“{plan.title}” was cut by {counted(n, 'sentence')}") if n else draft

    def _is_needed(self, one: Shown) -> bool:
        """Whether the next sentence leans on it, or it mentions what has to be mentioned."""
        wanted = wanted_of(self.demands, "mention")
        return one.leans_next or any(mentions(one.sentence.text, phrase, self.verifier.stem) for phrase in wanted)

    def _worth(self, one: Shown) -> tuple[int, float]:
        """What is quoted goes before what was written, and of it what fits the block's question least."""
        ranks = {statement.key: rank for rank, statement in enumerate(self.spares.get(one.block, ()))}
        rank = max((ranks.get(source.key, len(ranks)) for source in one.sentence.sources), default=len(ranks))
        return (int(one.sentence.action != "quoted"), -float(rank))

    def _filled(self, draft: Draft, plan: SectionPlan, goal: int, *, most: int) -> Draft:
        """With further quotations of the section's own, the shortest block first, while it stays within its bounds."""
        words = sum(one.words for one in shown_in(draft.outline, draft.settled) if one.section == plan.id)
        waiting = {block.id: list(self.spares.get(block.id, ())) for block in plan.blocks if block.id in draft.settled}
        targets = {block.id: block.target_words for block in plan.blocks}
        n = 0
        while words < goal - _NEAR and any(waiting.values()):
            lengths = {name: _words_of(draft.settled[name]) / targets[name] for name, left in waiting.items() if left}
            name = min(lengths, key=lengths.__getitem__)
            statement = waiting[name].pop(0)
            more = len(statement.sentence.split())
            if words + more > min(most, goal + 2 * _NEAR):
                continue
            if (added := self._with(draft, name, statement, "fills the section, as long as was asked")) is not None:
                draft, words, n = added, words + more, n + 1
        return draft.told(f"“{plan.title}” was filled by {counted(n, 'quotation')}") if n else draft


def _home_of(statement: Statement, blocks: Sequence[str], draft: Draft) -> str:
    """The block that quotes the statement's document most; the first where none does."""
    cited = [
        one.block
        for one in shown_in(draft.outline, draft.settled)
        if one.block in blocks and any(source.doc_id == statement.doc_id for source in one.sentence.sources)
    ]
    return max(cited, key=cited.count) if cited else blocks[0]


def _sections(outline: Outline) -> list[SectionPlan]:
    return [section for section in outline.sections if section.kind == "section"]


def _words_of(block: SettledBlock) -> int:
    return sum(len(one.text.split()) for one in block.sentences)
