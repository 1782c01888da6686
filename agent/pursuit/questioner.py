"""What a pursuit asks of a language model and of the search: candidate answers, sub-questions, and what they bring.

Decides nothing: which sub-question is worth asking is the selector's business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import Field

from agent.pursuit.posterior import OTHER, Posterior, from_samples
from agent.short_answers import SAMPLING_TEMPERATURE, draw_answers, meaning
from lm.errors import ContextOverflow, MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen
from prompts.fit import fit_lines
from prompts.instructions import gives_order, looks_like_instruction, oversteps
from prompts.sentences import sentence_spans
from prompts.templates import render
from retrieval.types import Hit

_MAX_QUERY_CHARS = 200
_PROPOSAL_TOKENS = 200
_PASSAGES_PER_QUERY = 3


class Found(Frozen):
    """A sub-question that was looked up: its answer from the passages that are nearest to it."""

    query: str
    answer: str
    passages: tuple[str, ...]

    @property
    def line(self) -> str:
        """As evidence."""
        return f"({self.query}) {self.answer or 'nothing was found'}"


class ProposedQueries(Frozen):
    """Sub-questions as the model hands them over."""

    questions: list[str] = Field(max_length=6)


def evidence_line(hit: Hit) -> str:
    """A passage behind its title on one line, without sentences that give orders to a machine."""
    text = hit.passage.text
    said = [text[start:end] for start, end in sentence_spans(text)]
    kept = [sentence for sentence in said if not gives_order(sentence)]
    title = "" if looks_like_instruction(hit.title) else f"({hit.title}) "
    return " ".join(f"{title}{' '.join(kept)}".split())


@dataclass(frozen=True)
class Questioner:
    """One question with what was first read for it.

    Attributes:
        question: What is to be answered.
        first: The first retrieval, best first.
        writer: The model.
        look: The best hits of a query, so many.
        seed: Of all sampling.
        max_tokens: Of the evidence that each answer and each sub-question is drawn from.
        n_samples: Answers that a posterior is made of.
        n_simulated: Answers that a sub-question is expected to get.
        n_queries: Sub-questions proposed at once.
    """

    question: str
    first: Sequence[Hit]
    writer: ChatModel
    look: Callable[[str, int], Sequence[Hit]]
    seed: int
    max_tokens: int
    n_samples: int = 5
    n_simulated: int = 2
    n_queries: int = 3

    def posterior(self, history: Sequence[Found], labels: Sequence[str]) -> Posterior:
        """Of the answers after what was looked up; `labels` are answers heard before, and new ones join them."""
        drawn = draw_answers(
            self.question,
            [evidence_line(hit) for hit in self.first],
            writer=self.writer,
            n=self.n_samples,
            seed=self.seed,
            max_tokens=self.max_tokens,
            last=[found.line for found in history],
        )
        samples = [meaning(answer) or OTHER for answer in drawn]
        return from_samples(samples, [*labels, *samples])

    def simulate(self, query: str, history: Sequence[Found], labels: Sequence[str]) -> list[Posterior]:
        """Posteriors after answers that the query might get, drawn from its passages; equal answers are asked once."""
        hits = self.look(query, _PASSAGES_PER_QUERY)
        answers = self._answers(query, hits, n=self.n_simulated, temperature=SAMPLING_TEMPERATURE)
        after = {
            answer: self.posterior([*history, _found(query, answer, hits)], labels) for answer in dict.fromkeys(answers)
        }
        return [after[answer] for answer in answers]

    def look_up(self, query: str) -> Found:
        """The query's most likely answer from its passages."""
        hits = self.look(query, _PASSAGES_PER_QUERY)
        return _found(query, self._answers(query, hits, n=1, temperature=0.0)[0], hits)

    def propose(self, history: Sequence[Found], labels: Sequence[str]) -> list[str]:
        """Sub-questions that were not asked yet; none where the model gives no list."""
        room = min(self.max_tokens, self.writer.context_tokens - _PROPOSAL_TOKENS - 400)
        notes = [*(found.line for found in history), *map(evidence_line, self.first)]
        messages = render(
            "next_questions",
            evidence="\n".join(fit_lines(notes, max_tokens=room, count_tokens=self.writer.count_tokens)),
            question=self.question,
            answers="; ".join(label for label in labels if label != OTHER) or "(none yet)",
            asked="; ".join(found.query for found in history) or "(nothing yet)",
            n=str(self.n_queries),
        )
        request = ChatRequest(messages=messages, max_tokens=_PROPOSAL_TOKENS, temperature=0.0, seed=self.seed)
        try:
            proposed = ask_for_json(self.writer, request, ProposedQueries).questions
        except (MalformedReply, ContextOverflow):
            return []
        asked = {meaning(query) for query in (self.question, *(found.query for found in history))}
        fresh: dict[str, str] = {}
        for query in proposed:
            said = meaning(query)
            if said and said not in asked and not oversteps(query):
                fresh.setdefault(said, " ".join(query.split())[:_MAX_QUERY_CHARS])
        return list(fresh.values())[: self.n_queries]

    def _answers(self, query: str, hits: Sequence[Hit], *, n: int, temperature: float) -> list[str]:
        lines = [evidence_line(hit) for hit in hits]
        return draw_answers(
            query,
            lines,
            writer=self.writer,
            n=n,
            seed=self.seed,
            max_tokens=self.max_tokens,
            temperature=temperature,
        )


def _found(query: str, answer: str, hits: Sequence[Hit]) -> Found:
    return Found(query=query, answer=answer, passages=tuple(hit.passage.id for hit in hits))
