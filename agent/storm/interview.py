"""An interview for one perspective: the writer asks, the expert answers from retrieved passages only.

Every sentence of an answer is verified as a report's sentence is (`agent.verify`); what does not pass is refused and
recorded, and an expert of whom nothing is left does not know. Two calls a turn, none of them repeated.

Departures from STORM: the question itself is searched for, with and without the topic, where the paper has the expert
write up to three queries; an answer is believed sentence by sentence, where the paper believes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.brief import subject_matter
from agent.citing import best_cited
from agent.draft import Candidate, evidence_lines, whole_sentence
from agent.reading import Reader
from agent.storm.records import AnswerSentence, Conversation, Outcome, Perspective, Refusal, Turn
from agent.storm.replies import answer_in, ends_talk, question_in, says_unknown
from agent.verify import Verifier
from lm.embedding import Embedder
from lm.errors import ContextOverflow
from lm.types import ChatModel, ChatRequest, Message
from prompts.fit import fit_lines
from prompts.statements import Statement
from prompts.templates import render
from retrieval.fusion import reciprocal_rank_fusion
from retrieval.names import common_words
from retrieval.search import Searcher
from retrieval.types import Passage

_TURNS_IN_FULL = 4  # of the talk that the writer sees; of older turns the question alone
_TALK_TOKENS = 600
_QUESTION_TOKENS, _ANSWER_TOKENS = 60, 110
_EVIDENCE_TOKENS = 400  # a turn's; four turns read about as much as a planner's notes hold
_MAX_LIKENESS = 0.92  # of a question to one that was asked; beyond it is the same in other words


@dataclass(frozen=True)
class Interview:
    """What every conversation of one plan needs.

    Attributes:
        model: Asks and answers.
        topic: Of the report.
        doc_ids: Answers come from these documents; empty: from all.
        searcher: Finds passages.
        top_k: Passages read for a question.
        embedder: Tells which sentences are nearest to a question.
        reader: Cuts passages into statements; orders to a machine are left out there.
        verifier_of: The checks of a report, from a lexicon of common words.
        stem: Folds word forms together.
        seed: Of every call.
    """

    model: ChatModel
    topic: str
    doc_ids: tuple[str, ...]
    searcher: Searcher
    top_k: int
    embedder: Embedder
    reader: Reader
    verifier_of: Callable[[frozenset[str]], Verifier]
    stem: Callable[[str], str]
    seed: int

    def question(self, perspective: Perspective, turns: Sequence[Turn]) -> str:
        """What the writer says next.

        Raises:
            LMError: the call failed; ContextOverflow and BudgetExceeded are two of them.
        """
        lines = talk_lines(turns, in_full=_TURNS_IN_FULL)
        # Newest first into the allowance, then back in order: what was asked long ago matters least.
        shown = fit_lines(lines[::-1], max_tokens=_TALK_TOKENS, count_tokens=self.model.count_tokens)[::-1]
        talk = "\n".join(shown) or "(nothing was asked yet)"
        messages = render("storm_question", topic=self.topic, side=perspective.told, talk=talk)
        return self._said(messages, _QUESTION_TOKENS)

    def answered(self, question: str) -> Turn:
        """The turn of a question: read for it, answered, verified. Raises as `question` does."""
        passages = self._found(question)
        statements = self._nearest(question, self.reader.read(passages).statements)
        read = tuple(dict.fromkeys(statement.passage_id for statement in statements))
        if not statements:
            return Turn(question=question, outcome="unknown")
        evidence = "\n".join(evidence_lines(statements))
        messages = render("storm_answer", topic=self.topic, evidence=evidence, question=question)
        reply = self._said(messages, _ANSWER_TOKENS)
        sentences, refused = self._believed(reply, statements)
        outcome: Outcome = "answered" if sentences else "unknown" if says_unknown(reply) and not refused else "refused"
        return Turn(question=question, outcome=outcome, read=read, sentences=tuple(sentences), refused=tuple(refused))

    def _said(self, messages: tuple[Message, ...], max_tokens: int) -> str:
        request = ChatRequest(messages=messages, max_tokens=max_tokens, temperature=0.0, seed=self.seed)
        return self.model.chat(request).text.strip()

    def _found(self, question: str) -> list[Passage]:
        """The passages of the question alone and behind the topic, fused by rank."""
        queries = (question, f"{subject_matter(self.topic)}. {question}")
        rankings = [
            [hit.passage for hit in self.searcher.search_passages(query, self.top_k, doc_ids=self.doc_ids or None)]
            for query in queries
        ]
        found = {passage.id: passage for ranking in rankings for passage in ranking}
        fused = reciprocal_rank_fusion([[passage.id for passage in ranking] for ranking in rankings])
        return [found[passage_id] for passage_id, _ in fused[: self.top_k]]

    def _nearest(self, question: str, statements: Sequence[Statement]) -> list[Statement]:
        """The statements nearest to the question that the allowance holds, in reading order."""
        if not statements:
            return []
        vectors = self.embedder.encode([question, *(statement.sentence for statement in statements)])
        likeness = vectors[1:] @ vectors[0]
        order = sorted(range(len(statements)), key=lambda i: -float(likeness[i]))
        lines = evidence_lines([statements[i] for i in order])
        shown = fit_lines(lines, max_tokens=_EVIDENCE_TOKENS, count_tokens=self.model.count_tokens)
        return [statements[i] for i in sorted(order[: max(1, len(shown))])]

    def _believed(self, reply: str, statements: Sequence[Statement]) -> tuple[list[AnswerSentence], list[Refusal]]:
        said = answer_in(reply)
        if not said and not says_unknown(reply):
            return [], [Refusal.of("answer", reply, "no whole sentence in the reply")]
        texts = (f"{s.quote}\n{s.sentence}" for s in statements)
        verifier = self.verifier_of(frozenset(common_words("\n".join(texts))))
        kept: list[AnswerSentence] = []
        refused: list[Refusal] = []
        for text, numbers in said:
            checked = self._checked(text, numbers, statements, verifier)
            if isinstance(checked, Refusal):
                refused.append(checked)
            elif checked.text not in [sentence.text for sentence in kept]:
                kept.append(checked)
        return kept, refused

    def _checked(
        self, text: str, numbers: Sequence[int], statements: Sequence[Statement], verifier: Verifier
    ) -> AnswerSentence | Refusal:
        """The sentence with what it stands on. One that cites nothing is given what covers it, or refused."""
        sources = tuple(number - 1 for number in numbers)
        candidate = best_cited(Candidate(text=whole_sentence(text), sources=sources), statements, self.stem)
        verdict = verifier.verify(candidate, statements)
        if not verdict.is_supported:
            return Refusal.of("answer", text, "; ".join(verdict.problems))
        cited = [statements[i] for i in candidate.sources]
        return AnswerSentence(
            text=candidate.text,
            passages=tuple(dict.fromkeys(statement.passage_id for statement in cited)),
            quoted=tuple(statement.key for statement in cited),
        )

    def repeats(self, question: str, asked: Sequence[str]) -> bool:
        """Whether it was asked before, in these or nearly these words."""
        if not asked:
            return False
        vectors = self.embedder.encode([question, *asked])
        return float((vectors[1:] @ vectors[0]).max()) > _MAX_LIKENESS


def converse(
    perspective: Perspective,
    interview: Interview,
    *,
    asked: Sequence[str],
    most: int,
    tell: Callable[[Turn], None],
    turns: list[Turn],
) -> Conversation:
    """At most `most` turns; `asked` are the questions of earlier conversations, which are not asked again.

    Turns are added to `turns` as they come, so that they are not lost where the budget ends.

    Raises:
        LMError: a call failed for good, or the budget ended.
    """
    while len(turns) < most:
        try:
            following = _next_turn(perspective, interview, asked, turns)
        except ContextOverflow as error:
            following = Conversation(perspective=perspective, ended=f"the window is too small: {error}")
        if isinstance(following, Conversation):
            return following.model_copy(update={"turns": tuple(turns)})
        turns.append(following)
        tell(following)
    return Conversation(perspective=perspective, turns=tuple(turns), ended=f"{most} questions were asked")


def _next_turn(
    perspective: Perspective, interview: Interview, asked: Sequence[str], turns: Sequence[Turn]
) -> Turn | Conversation:
    """The next turn, or the conversation's end with what was refused."""
    said = interview.question(perspective, turns)
    question = question_in(said)
    if question is None and ends_talk(said):
        return Conversation(perspective=perspective, ended="the writer has no more questions")
    if question is None:
        refused = Refusal.of("question", said, "no question in the reply")
        return Conversation(perspective=perspective, ended="the writer asked nothing", refused=(refused,))
    if interview.repeats(question, [*asked, *(turn.question for turn in turns)]):
        refused = Refusal.of("question", question, "it was asked before")
        return Conversation(perspective=perspective, ended="the writer repeats a question", refused=(refused,))
    return interview.answered(question)


def talk_lines(turns: Sequence[Turn], *, in_full: int) -> list[str]:
    """A talk as a model reads it, a turn a line: of the last `in_full` turns with the verified answers."""
    lines = []
    for i, turn in enumerate(turns):
        answer = turn.answer or "The documents do not say."
        lines.append(f"Q: {turn.question} A: {answer}" if i >= len(turns) - in_full else f"Q: {turn.question}")
    return lines
