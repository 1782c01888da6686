"""Writing notes on how names are related, under an allowance of calls (after EntiGraph, arXiv 2409.07431).

Two schemes. Chosen pairs, one call each; or the paper's own for each document: a call for its entities, then one for
each pair and each triple of them, 1 + C(n, 2) + C(n, 3) in all. Where the paper wants long texts to train on, at
temperature 1, these are short notes to search by, at temperature 0, and each must be carried by its passages.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

from pydantic import Field, ValidationError

from agent.facts.extract import read_passage
from agent.facts.spans import ReadPassage
from agent.reading import Reader
from agent.relations.check import faults
from agent.relations.counted_calls import CountedCalls
from agent.relations.note_store import NoteStore
from agent.relations.records import Refusal, Synthesis, task_key
from agent.relations.tasks import Task, document_tasks, entities_standing_in, pair_task
from lm.errors import BudgetExceeded
from lm.json_text import extract_json
from lm.types import ChatModel, ChatReply, ChatRequest, Frozen, JsonSchema, Message
from prompts.fit import fit_lines
from prompts.sentences import sentence_spans
from prompts.templates import digests, render
from retrieval.corpus import Corpus
from retrieval.derived_notes import DerivedNote
from retrieval.entity_pairs import EntityPair

Tell = Callable[[str], None]

_NOTE_TOKENS, _ENTITIES_TOKENS = 220, 800
_OVERHEAD_TOKENS = 200  # chat template, and the joints between the prompt's parts
_NOTE_PROMPT, _ENTITIES_PROMPT = "relate_names", "relation_entities"
_MAX_SENTENCES = 4


class ProposedEntities(Frozen):
    """A document's entities as the model hands them over."""

    summary: str
    entities: list[Annotated[str, Field(min_length=2, max_length=120)]]


class Synthesizer:
    """Writes notes with one model into one store."""

    def __init__(
        self, model: ChatModel, corpus: Corpus, store: NoteStore, *, seed: int | None = None, tell: Tell | None = None
    ) -> None:
        """Args: seed: of the model's calls; tell: hears how each task ended."""
        self._model, self._corpus, self._store, self._seed = model, corpus, store, seed
        self._reader = Reader(corpus)
        self._tell = tell or (lambda _: None)

    def synthesize(self, pairs: Sequence[EntityPair], budget_calls: int) -> Synthesis:
        """A note on each pair, one call each, in their order.

        Args:
            pairs: best first.
            budget_calls: those begun for these pairs in earlier sittings count too.

        Returns:
            What was done; `stopped_by` says which limit ended it early.

        Raises:
            LMError: a call failed. What was written before stands.
        """
        calls = CountedCalls(self._model, self._store, budget_calls=budget_calls)
        sitting = _Sitting(calls, self._store.settled())
        tasks = (pair_task(pair, self._corpus, self._reader) for pair in pairs)
        return sitting.closed(self._note_all(tasks, sitting, of=len(pairs)))

    def synthesize_documents(self, doc_ids: Sequence[str], budget_calls: int | None) -> Synthesis:
        """EntiGraph's full scheme for each document in turn, for comparison.

        Arguments, result and errors as of `synthesize`; None as allowance is no limit.

        Raises:
            UnknownDocument: there is no such document.
        """
        calls = CountedCalls(self._model, self._store, budget_calls=budget_calls)
        sitting = _Sitting(calls, self._store.settled())
        for doc_id in doc_ids:
            passages = self._corpus.passages_of(doc_id)
            parents = [read_passage(passage, self._corpus, self._reader) for passage in passages]
            try:
                names = self._entities(doc_id, parents, calls)
            except BudgetExceeded as error:
                return sitting.closed(error.limit)
            tasks = list(document_tasks(names, parents))
            self._tell(f"{doc_id}: {len(names)} entities, {len(tasks)} notes to write")
            if limit := self._note_all(tasks, sitting, of=len(tasks)):
                return sitting.closed(limit)
        return sitting.closed(None)

    def _note_all(self, tasks: Iterable[Task], sitting: "_Sitting", *, of: int) -> str | None:
        """Settle tasks in order; the limit that ended it early."""
        for number, task in enumerate(tasks, start=1):
            try:
                ending = self._settle(task, sitting)
            except BudgetExceeded as error:
                return error.limit
            self._tell(f"{number}/{of} {' – '.join(task.names)}: {ending}")
        return None

    def _settle(self, task: Task, sitting: "_Sitting") -> str:
        """Write, check and keep one note; how it ended, in words."""
        prompt = digests()[_NOTE_PROMPT]
        key = task_key(task.names, task.parent_ids, self._model.name, prompt)
        sitting.calls.meet(key)
        if key in sitting.settled:
            sitting.known += 1
            return "done before"
        note = DerivedNote(
            text=_note_of(sitting.calls.ask(key, self._request(task))),
            entities=task.names,
            parents=task.parent_ids,
            bridge=task.bridge,
            model=self._model.name,
            prompt=prompt,
        )
        reasons = faults(note.text, task.names, task.parents)
        if reasons:
            refusal = Refusal(note=note, reasons=tuple(reasons))
            self._store.add_refusal(refusal)
            sitting.refused.append(refusal)
            return f"refused: {reasons[0]}"
        self._store.add_note(note)
        sitting.written.append(note)
        return "noted"

    def _request(self, task: Task) -> ChatRequest:
        values = {
            "names": "; ".join(task.names),
            "bridge": f"Both stand beside this name: {task.bridge}" if task.bridge else "",
        }
        room = self._room(render(_NOTE_PROMPT, passages="", **values), _NOTE_TOKENS) // max(1, len(task.parents))
        shown = "\n\n".join(
            f"[{number}] ({parent.title})\n{self._fitting(parent, room)}"
            for number, parent in enumerate(task.parents, start=1)
        )
        messages = render(_NOTE_PROMPT, passages=shown, **values)
        return ChatRequest(messages=messages, max_tokens=_NOTE_TOKENS, temperature=0.0, seed=self._seed)

    def _entities(self, doc_id: str, parents: Sequence[ReadPassage], calls: CountedCalls) -> list[str]:
        """The entities of a document by one call; none where the reply cannot be read."""
        title = parents[0].title
        room = self._room(render(_ENTITIES_PROMPT, title=title, passages=""), _ENTITIES_TOKENS)
        lines = [line for parent in parents for line in parent.lines]
        shown = fit_lines(lines, max_tokens=room, count_tokens=self._model.count_tokens)
        schema = JsonSchema(name="entities", schema_text=json.dumps(ProposedEntities.model_json_schema()))
        request = ChatRequest(
            messages=render(_ENTITIES_PROMPT, title=title, passages="\n".join(shown)),
            max_tokens=_ENTITIES_TOKENS,
            temperature=0.0,
            seed=self._seed,
            json_schema=schema,
        )
        ids = [parent.passage.id for parent in parents]
        reply = calls.ask(task_key([doc_id], ids, self._model.name, digests()[_ENTITIES_PROMPT]), request)
        try:
            # No repair: the scheme has one call here.
            proposed = ProposedEntities.model_validate_json(extract_json(reply.text) or reply.text)
        except ValidationError:
            self._tell(f"{doc_id}: the reply holds no list of entities")
            return []
        return entities_standing_in(proposed.entities, parents)

    def _room(self, bare: Sequence[Message], max_tokens: int) -> int:
        taken = sum(self._model.count_tokens(message.content) for message in bare)
        return self._model.context_tokens - max_tokens - taken - _OVERHEAD_TOKENS

    def _fitting(self, parent: ReadPassage, room: int) -> str:
        return "\n".join(fit_lines(parent.lines, max_tokens=room, count_tokens=self._model.count_tokens))


class _Sitting:
    """What one sitting has done so far."""

    def __init__(self, calls: CountedCalls, settled: set[str]) -> None:
        self.calls, self.settled = calls, settled
        self.written: list[DerivedNote] = []
        self.refused: list[Refusal] = []
        self.known = 0

    def closed(self, stopped_by: str | None) -> Synthesis:
        return Synthesis(
            calls=self.calls.paid,
            replayed=self.calls.replayed,
            known=self.known,
            written=tuple(self.written),
            refused=tuple(self.refused),
            stopped_by=stopped_by,
        )


def _note_of(reply: ChatReply) -> str:
    """The first sentences of a reply's first paragraph; one that was cut off is left out."""
    paragraph = next((part for part in reply.text.strip().split("\n\n") if part.strip()), "")
    text = " ".join(paragraph.split())
    sentences = [text[start:end].strip() for start, end in sentence_spans(text)]
    if reply.finish_reason == "length":
        sentences = sentences[:-1]
    return " ".join(sentences[:_MAX_SENTENCES])
