"""Drafting a block: evidence statements in, candidate sentences with the numbers of their evidence out.

Two ways, by what the writer can do. A writer that follows a schema drafts the paragraph; a very small one (measured on
a 135 M model: paragraphs invent, single sentences stay close) restates one statement at a time. Nothing here is
believed: `verify` decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.entropy.asking import NOTHING, Asked
from agent.entropy.production import EntropyProduction
from agent.entropy.sentences import sentence_entropies, sentence_productions, text_places
from agent.entropy.wepr import WeprModel
from agent.paragraph_reply import ENDS, DraftedParagraph, Said, clean, paragraph_schema, rescued, sentences_said
from agent.settings import Drafting
from agent.types import AtomicBlock
from lm.json_reply import ask_with_reply
from lm.layer import Replayable
from lm.types import ChatModel, ChatReply, ChatRequest, Frozen
from prompts.fit import fit_lines
from prompts.statements import Statement
from prompts.templates import render

# Embedded models under about half a billion weights: their paragraphs do not survive verification (docs/log.md).
_SMALL_WRITERS = ("smollm2-135m",)
_MAX_EVIDENCE_TOKENS = 1_800
_OVERHEAD_TOKENS = 500  # the prompt's own words, topic and question, the chat template
_MIN_RESTATED_WORDS = 26
_WORDS_A_SENTENCE = 22
_MOST_SENTENCES = 16  # asked for of a paragraph
_TOLD_BEFORE = "\nTold before this paragraph, and not to be told again:\n"


class Candidate(Frozen):
    """A sentence not yet believed. `sources` are positions in the block's list of statements.

    `kind` says how it came about: written freely, restated from one statement, or a statement's own sentence.
    `uncertainty` is the writer's while it wrote, where its log-probabilities were asked for. Where a name was put in
    for the pronoun that opened it, `as_written` has the pronoun, and `after` is the sentence that it went on from.
    """

    text: str
    sources: tuple[int, ...]
    kind: Literal["written", "restated", "quoted"] = "written"
    uncertainty: EntropyProduction | None = None
    as_written: str = ""
    after: str = ""

    @property
    def is_quotation(self) -> bool:
        """Whether it is a statement's own sentence."""
        return self.kind == "quoted"


class Shown(Frozen):
    """What the writer reads in place of a line for each statement; its numbers mean the first `n_statements`.

    Each time that it reads this it is spared `tokens_spared`.
    """

    lines: tuple[str, ...]
    n_statements: int
    tokens_spared: int = 0


def drafting_of(wanted: Drafting, writer: ChatModel) -> Literal["paragraph", "sentence"]:
    """How to draft with this writer."""
    if wanted != "auto":
        return wanted
    return "sentence" if is_very_small(writer) else "paragraph"


def is_very_small(writer: ChatModel) -> bool:
    """Whether it is one of the models that can say a sentence again, and plan or write no more than that."""
    return any(name in writer.name for name in _SMALL_WRITERS)


def whole_sentence(text: str) -> str:
    """As `clean`, with the full stop that a note may lack."""
    text = clean(text)
    return text if ENDS.search(text) else f"{text}."


def quotation(position: int, statement: Statement) -> Candidate:
    """The statement's own sentence as a candidate."""
    return Candidate(text=statement.sentence, sources=(position,), kind="quoted")


def evidence_lines(statements: Sequence[Statement]) -> list[str]:
    """Numbered evidence as a writer reads it: whose it is, under which heading, and what it says."""
    lines = []
    for number, statement in enumerate(statements, start=1):
        context = statement.title if statement.leaf == statement.title else f"{statement.title} › {statement.leaf}"
        lines.append(f"[{number}] ({context}) {' '.join(statement.sentence.split())}")
    return lines


def n_sentences_of(block: AtomicBlock) -> int:
    """How many sentences a block's paragraph is asked for."""
    return max(2, min(_MOST_SENTENCES, round(block.target_words / _WORDS_A_SENTENCE)))


def words_asked(block: AtomicBlock) -> int:
    """How many words a writer is asked for at once: what a longer block has room for beside them is quoted, for a
    window that is full of a reply to come has none for evidence."""
    return min(block.target_words, _MOST_SENTENCES * _WORDS_A_SENTENCE)


def evidence_room(block: AtomicBlock, writer: ChatModel) -> int:
    """How many tokens of evidence the writer's window has room for beside a draft of the block."""
    return writer.context_tokens - _reply_tokens(words_asked(block)) - _OVERHEAD_TOKENS


def _reply_tokens(words: int) -> int:
    return 150 + 3 * words


@dataclass(frozen=True)
class Paragraph:
    """What a paragraph is to be written of, and by whom; `shown`: not of a line for each statement, and `spare` hears
    of the tokens that each paid call is spared by that. `asked` adds what its log-probabilities say of each sentence.
    `told_before` are headings and questions of what the block builds on: what is told there is known before any draft.
    """

    block: AtomicBlock
    section: str
    topic: str
    statements: Sequence[Statement]
    writer: ChatModel
    shown: Shown | None = None
    spare: Callable[[int], None] = lambda n_tokens: None
    asked: Asked = NOTHING
    told_before: Sequence[str] = ()

    def draft(self, *, seed: int, temperature: float, top_logprobs: int = 0) -> "Drafted":
        """The whole paragraph, sentence by sentence.

        Raises:
            MalformedReply: no valid paragraph after the allowed repairs.
        """
        words, n_sentences = words_asked(self.block), n_sentences_of(self.block)
        sampled = _Sampled(seed, temperature, top_logprobs, _reply_tokens(words), n_sentences + 2)
        wanted = {"words": str(words), "sentences": str(n_sentences)}
        return self._ask("draft_paragraph", sampled, **wanted)

    def go_on(
        self, begun: Sequence[Candidate], *, most: int | None = None, seed: int, temperature: float
    ) -> list[Candidate]:
        """What follows the sentences begun with: the rest, or at most so many sentences. Raises as `draft`."""
        written = sum(len(candidate.text.split()) for candidate in begun)
        n_left = most or max(1, n_sentences_of(self.block) - len(begun))
        words = max(_WORDS_A_SENTENCE, words_asked(self.block) - written)
        if most is not None:
            words = most * _WORDS_A_SENTENCE
        said = "1 full sentence" if n_left == 1 else f"{n_left} full sentences"
        so_far = " ".join(candidate.text for candidate in begun) or "(nothing yet)"
        sampled = _Sampled(seed, temperature, 0, _reply_tokens(words), most or n_left + 2)
        more = self._ask("continue_paragraph", sampled, words=str(words), sentences=said, begun=so_far)
        return more.candidates[:most]

    def _ask(self, prompt: str, sampled: "_Sampled", **wanted: str) -> "Drafted":
        writer, max_tokens = self.writer, sampled.max_tokens
        begun = writer.count_tokens(wanted.get("begun", "") + " ".join(self.told_before))
        lines, n_evidence = self._evidence(writer.context_tokens - max_tokens - begun - _OVERHEAD_TOKENS)
        messages = render(
            prompt,
            topic=self.topic,
            section=self.section,
            question=self.block.question,
            before=_TOLD_BEFORE + "\n".join(f"- {told}" for told in self.told_before) if self.told_before else "",
            evidence="\n".join(lines),
            **wanted,
        )
        request = ChatRequest(
            messages=messages,
            max_tokens=max_tokens,
            temperature=sampled.temperature,
            seed=sampled.seed,
            top_logprobs=max(sampled.top_logprobs, self.asked.top_logprobs),
            json_schema=paragraph_schema(sampled.most_sentences, n_evidence=n_evidence),
        )
        is_paid = not (isinstance(writer, Replayable) and writer.peek(request))
        paragraph, reply = ask_with_reply(writer, request, DraftedParagraph, rescue=rescued)
        if self.shown is not None and is_paid:
            self.spare(self.shown.tokens_spared)
        return Drafted(
            tuple(sentences_said(paragraph, reply.text)),
            reply,
            len(text_places(reply.text)),
            is_measured=self.asked.top_logprobs > 0,
            wepr=self.asked.wepr,
        )

    def _evidence(self, room: int) -> tuple[list[str], int]:
        """The lines that the writer reads, and the highest number that it may cite."""
        if self.shown is not None:  # its size was somebody's choice; only the window cuts it
            lines = fit_lines(self.shown.lines, max_tokens=room, count_tokens=self.writer.count_tokens)
            return lines, self.shown.n_statements
        most = min(_MAX_EVIDENCE_TOKENS, room)
        lines = fit_lines(evidence_lines(self.statements), max_tokens=most, count_tokens=self.writer.count_tokens)
        return lines, len(lines)


@dataclass(frozen=True)
class Drafted:
    """A paragraph read off a reply of `n_items` texts. `wepr` are weights to tell its sentences' risk by; EPR needs
    none, and is told where `is_measured`."""

    said: tuple[Said, ...]
    reply: ChatReply
    n_items: int
    is_measured: bool = False
    wepr: WeprModel | None = None

    @property
    def candidates(self) -> list[Candidate]:
        """Its sentences, not yet believed."""
        unsure: list[EntropyProduction | None] = [None] * self.n_items
        if self.is_measured:
            unsure = sentence_productions(self.reply.log_probs, self.n_items, self.wepr)
        return [
            Candidate(
                text=one.text,
                sources=tuple(n - 1 for n in one.evidence),
                uncertainty=None if one.item is None else unsure[one.item],
            )
            for one in self.said
        ]

    def entropies_nats(self) -> list[float | None]:
        """Of each sentence the entropy at the beginning of the text that it is from; None without log-probabilities."""
        by_item = sentence_entropies(self.reply.log_probs, self.n_items)
        return [None if one.item is None else by_item[one.item] for one in self.said]


@dataclass(frozen=True)
class _Sampled:
    """How a reply is drawn, and how long it may be."""

    seed: int
    temperature: float
    top_logprobs: int
    max_tokens: int
    most_sentences: int


def restate(
    position: int,
    statement: Statement,
    *,
    writer: ChatModel,
    seed: int,
    asked: Asked = NOTHING,
) -> Candidate:
    """One long statement in the writer's words.

    Short ones, and figures in lines and rows, are as plain as they get; a small writer mangles an attribution's title.
    """
    words = len(statement.sentence.split())
    if statement.kind != "prose" or words < _MIN_RESTATED_WORDS or statement.sentence.startswith("According to "):
        return quotation(position, statement)
    request = ChatRequest(
        messages=render("draft_sentence", sentence=statement.sentence),
        max_tokens=max(40, 3 * words),
        temperature=0.0,
        seed=seed,
        stop=("\n\n",),
        top_logprobs=asked.top_logprobs,
    )
    reply = writer.chat(request)
    text = clean(reply.text)
    if reply.finish_reason == "length" or not 0.4 * words <= len(text.split()) <= 1.5 * words:
        return quotation(position, statement)
    if text == statement.sentence:
        return quotation(position, statement)
    return Candidate(text=text, sources=(position,), kind="restated", uncertainty=asked.uncertainty_in(reply))


def revise(
    candidate: Candidate,
    problems: Sequence[str],
    statements: Sequence[Statement],
    *,
    writer: ChatModel,
    seed: int,
    asked: Asked = NOTHING,
) -> Candidate:
    """The sentence again, with its evidence and what was wrong with it in view; its sources stay the same."""
    cited = [statements[i] for i in candidate.sources]
    request = ChatRequest(
        messages=render(
            "revise_sentence",
            evidence="\n".join(f"({s.title} › {s.leaf}) {s.sentence}" for s in cited),
            sentence=candidate.text,
            problems="; ".join(problems),
        ),
        max_tokens=160,
        temperature=0.0,
        seed=seed,
        stop=("\n\n",),
        top_logprobs=asked.top_logprobs,
    )
    reply = writer.chat(request)
    return Candidate(text=clean(reply.text), sources=candidate.sources, uncertainty=asked.uncertainty_in(reply))
