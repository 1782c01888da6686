"""From conversations to an outline: headings from the topic alone, the same refined by what was learnt, and blocks from
the questions that were answered.

The model writes headings and nothing else. Which question belongs under which is found by likeness, so each question,
and each passage that its answer stands on, is in one block.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.brief import subject_matter, title_of
from agent.frame import body_words
from agent.plan import (
    MAX_TITLE_LIKENESS,
    MIN_SOUND_SHARE,
    PlanSize,
    block_id,
    lacking,
)
from agent.storm.interview import talk_lines
from agent.storm.records import Conversations, Placed, Refusal, Turn, What
from agent.storm.replies import headings_in
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder
from lm.errors import ContextOverflow
from lm.types import ChatModel, ChatRequest, Message
from prompts.fit import fit_lines
from prompts.templates import render
from retrieval.search import Searcher

_HEADING_TOKENS, _SPARE_TOKENS = 16, 24
_SPARE_HEADINGS = 3  # that stand in for refused ones, where the model writes more than it was asked for
_TALK_TOKENS = 1_500
_MIN_WORDS = 20  # of a block
_MIN_QUESTION_LIKENESS = 0.15  # of a question to the heading that it stands under


@dataclass(frozen=True)
class Layout:
    """Asks for headings.

    Attributes:
        model: Asked.
        topic: Of the report.
        n_sections: How many headings are wanted.
        seed: Of both calls.
    """

    model: ChatModel
    topic: str
    n_sections: int
    seed: int

    def draft(self) -> tuple[list[str], list[Refusal]]:
        """Headings from the topic alone. Raises LMError."""
        return self._headings("draft", render("storm_draft", topic=self.topic, sections=str(self.n_sections)))

    def refined(self, draft: Sequence[str], turns: Sequence[Turn]) -> tuple[list[str], list[Refusal]]:
        """The headings after the conversations. Raises LMError."""
        answered = [turn for turn in turns if turn.sentences]
        lines = talk_lines(answered, in_full=len(answered))
        room = min(_TALK_TOKENS, self.model.context_tokens // 2)
        shown = fit_lines(lines, max_tokens=room, count_tokens=self.model.count_tokens)
        messages = render(
            "storm_refine",
            topic=self.topic,
            draft="\n".join(draft) or "(none)",
            talks="\n".join(shown),
            sections=str(self.n_sections),
        )
        return self._headings("outline", messages)

    def _headings(self, what: What, messages: tuple[Message, ...]) -> tuple[list[str], list[Refusal]]:
        max_tokens = _HEADING_TOKENS * self.n_sections + _SPARE_TOKENS
        request = ChatRequest(messages=messages, max_tokens=max_tokens, temperature=0.0, seed=self.seed)
        try:
            reply = self.model.chat(request).text
        except ContextOverflow as error:
            return [], [Refusal.of(what, "", f"the window is too small: {error}")]
        headings = headings_in(reply, self.n_sections + _SPARE_HEADINGS)
        return headings, [] if headings else [Refusal.of(what, reply, "no heading in the reply")]


@dataclass(frozen=True)
class Filling:
    """Where headings and questions become blocks: what checks them, and how long the report is."""

    brief: Brief
    size: PlanSize
    searcher: Searcher
    embedder: Embedder

    def outline(self, headings: Sequence[str], talks: Conversations) -> tuple[Outline | str, Conversations]:
        """The outline, or in words why there is none; and the conversations with what was placed and refused."""
        answered = [turn for turn in talks.turns if turn.sentences]
        kept, refused = self._sound(headings)
        talks = talks.model_copy(update={"refused": (*talks.refused, *refused)})
        needed = max(min(2, self.size.sections), math.ceil(MIN_SOUND_SHARE * self.size.sections))
        if len(kept) < needed:
            why = f": {refused[0].said}: {refused[0].why}" if refused else ""
            return f"{len(kept)} of {self.size.sections} headings can be used{why}", talks
        by_heading = self._under(kept, answered)
        sections, placed = self._sections(kept, by_heading)
        outline = Outline(
            title=title_of(self.brief.topic),
            sections=sections,
            origin="storm",
            reason=f"{talks.told}; {len(kept)} headings"
            + (f", without {len(refused)}: {refused[0].said} ({refused[0].why})" if refused else ""),
        )
        return outline, talks.model_copy(update={"placed": placed})

    def _sound(self, headings: Sequence[str]) -> tuple[list[str], list[Refusal]]:
        """The first so many headings that are unlike one another and have evidence of their own."""
        kept: list[str] = []
        refused: list[Refusal] = []
        vectors = dict(zip(headings, self.embedder.encode(list(headings)), strict=True)) if headings else {}
        for heading in headings:
            if len(kept) == self.size.sections:
                break
            nearest = max(kept, key=lambda other: float(vectors[other] @ vectors[heading]), default="")
            alike = float(vectors[nearest] @ vectors[heading]) if nearest else 0.0
            fault = f"like “{nearest}” ({alike:.2f})" if alike > MAX_TITLE_LIKENESS else self._lacks(heading)
            if fault:
                refused.append(Refusal.of("heading", heading, fault))
            else:
                kept.append(heading)
        return kept, refused

    def _lacks(self, heading: str) -> str:
        """Why a heading has no evidence; empty: it has."""
        matter = subject_matter(self.brief.topic)
        if heading.casefold() == matter.casefold():
            return "it is the topic itself"
        return lacking(heading, matter, searcher=self.searcher, embedder=self.embedder, doc_ids=self.brief.subjects)

    def _under(self, headings: Sequence[str], answered: Sequence[Turn]) -> list[list[Turn]]:
        """The answered questions under the heading that each is nearest to, the nearest first."""
        texts = [f"{turn.question} {turn.answer}" for turn in answered]
        vectors = self.embedder.encode([*headings, *texts])
        likeness = vectors[len(headings) :] @ vectors[: len(headings)].T
        under: list[list[tuple[float, Turn]]] = [[] for _ in headings]
        for turn, row in zip(answered, likeness, strict=True):
            best = int(row.argmax())
            if float(row[best]) >= _MIN_QUESTION_LIKENESS:
                under[best].append((float(row[best]), turn))
        return [[turn for _, turn in sorted(own, key=lambda pair: -pair[0])] for own in under]

    def _sections(
        self, headings: Sequence[str], by_heading: Sequence[Sequence[Turn]]
    ) -> tuple[tuple[SectionPlan, ...], tuple[Placed, ...]]:
        """A block for each answered question that has room; what has none is a further query. A heading that no
        question fell to is a block by itself."""
        lengths = _shares(body_words(self.brief.words), len(headings))
        sections: list[SectionPlan] = []
        placed: list[Placed] = []
        taken: set[str] = set()
        for i, (heading, turns) in enumerate(zip(headings, by_heading, strict=True), start=1):
            n = max(1, min(self.size.blocks, len(turns)))
            groups = [turns[j::n] for j in range(n)] if turns else [[]]
            words = _shares(lengths[i - 1], n)
            blocks = []
            for j, group in enumerate(groups, start=1):
                block = self._block(block_id(i, j), heading, group, words[j - 1])
                own = dict.fromkeys(id_ for turn in group for id_ in turn.passages if id_ not in taken)
                taken.update(own)
                questions = tuple(turn.question for turn in group)
                placed += [Placed(block=block.id, questions=questions, passages=tuple(own))] if group else []
                blocks.append(block)
            sections.append(SectionPlan(id=f"s{i:02d}", title=heading, blocks=tuple(blocks)))
        return tuple(sections), tuple(placed)

    def _block(self, id_: str, heading: str, turns: Sequence[Turn], words: int) -> AtomicBlock:
        matter = subject_matter(self.brief.topic)
        asked = [turn.question for turn in turns] or [f"{heading}: {matter}"]
        return AtomicBlock(
            id=id_,
            question=asked[0],
            queries=tuple(dict.fromkeys((*asked, f"{heading} {matter}"))),
            target_words=max(_MIN_WORDS, words),
            subject_ids=self.brief.subjects,
        )


def _shares(words: int, n: int) -> list[int]:
    share, rest = divmod(words, n)
    return [share + (i < rest) for i in range(n)]
