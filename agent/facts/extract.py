"""From a passage to the facts that it states: ask the model, read its calls, keep what the passage carries.

Nothing a model says is believed: `parse` reads it without running it, `grounding` finds each fact's span or refuses it.
With many types the model first chooses those that the passage needs (Code4UIE's two stages, arXiv:2311.02962).
"""

import re

from agent.facts.grounding import ground
from agent.facts.parse import parse
from agent.facts.records import ExtractionResult, Fact, Rejection
from agent.facts.registry import Registry
from agent.facts.spans import ReadPassage
from agent.grounding.support import Stem
from agent.reading import Reader
from lm.types import ChatModel, ChatRequest
from prompts.fit import fit_lines
from prompts.instructions import looks_like_instruction
from prompts.templates import render
from retrieval.corpus import Corpus
from retrieval.types import Passage

MAX_TYPES_AT_ONCE = 12
# Figures are asked for first: what a cut takes are the relations and events, of which small models invent most.
_MAX_REPLY_TOKENS, _MAX_CHOICE_TOKENS = 480, 80
_OVERHEAD_TOKENS = 200  # chat template, and the joints between the prompt's parts
_NAME = re.compile(r"[A-Za-z_]\w*")


def read_passage(passage: Passage, corpus: Corpus, reader: Reader) -> ReadPassage:
    """A passage as an extractor reads it; orders to machines are left out."""
    units, _ = reader.units(passage)
    title = corpus.document(passage.doc_id).title
    units = [unit for unit in units if not looks_like_instruction(" ".join(unit.heading_path))]
    return ReadPassage(passage, "" if looks_like_instruction(title) else title, tuple(units))


class Extractor:
    """Extracts the facts of a registry's types with one model."""

    passages_a_block = 6  # the best come first, and each costs a call

    def __init__(
        self,
        model: ChatModel,
        *,
        stem: Stem,
        registry: Registry | None = None,
        seed: int | None = None,
        reuse_prefix: bool | None = None,
    ) -> None:
        """Take a model.

        Args:
            model: is asked.
            stem: folds word forms.
            registry: the standard types if left out.
            seed: of the model's calls.
            reuse_prefix: see `ChatRequest.reuse_prefix`; the types stand before every passage.
        """
        self._model, self._stem, self._seed, self._reuse_prefix = model, stem, seed, reuse_prefix
        self._registry = registry or Registry()

    def extract(self, read: ReadPassage) -> ExtractionResult:
        """The facts of one passage, each once, and what was refused. A passage without lines asks for nothing.

        Raises:
            LMError: a call failed, or broke a budget.
        """
        if not read.units:
            return ExtractionResult(passage=read.passage.id)
        registry = self._registry
        if len(registry) > MAX_TYPES_AT_ONCE:
            registry = registry.only(self._chosen(read))
            if not len(registry):
                return ExtractionResult(passage=read.passage.id)
        parsed = parse(self._asked("extract_facts", read, registry.definitions(), _MAX_REPLY_TOKENS), registry)
        judged = [ground(stated, read, self._stem) for stated in parsed.stated]
        facts = list(dict.fromkeys(one.model_dump_json() for one in judged if isinstance(one, Fact)))
        return ExtractionResult(
            passage=read.passage.id,
            facts=tuple(Fact.model_validate_json(fact) for fact in facts),
            rejected=(*parsed.rejected, *(one for one in judged if isinstance(one, Rejection))),
            is_readable=parsed.is_readable,
            is_cut_off=parsed.is_cut_off,
        )

    def _chosen(self, read: ReadPassage) -> list[str]:
        """The types that the model names; names that are none are passed over."""
        reply = self._asked("choose_fact_types", read, self._registry.catalogue(), _MAX_CHOICE_TOKENS)
        return [name for name in _NAME.findall(reply) if self._registry.find(name)]

    def _asked(self, prompt: str, read: ReadPassage, types: str, max_tokens: int) -> str:
        """The model's reply over as many of the passage's lines as the window has room for."""
        max_tokens = min(max_tokens, self._model.context_tokens // 3)
        bare = render(prompt, types=types, title=read.title, lines="")
        taken = sum(self._model.count_tokens(message.content) for message in bare)
        room = self._model.context_tokens - max_tokens - taken - _OVERHEAD_TOKENS
        lines = fit_lines(read.lines, max_tokens=room, count_tokens=self._model.count_tokens)
        messages = render(prompt, types=types, title=read.title, lines="\n".join(lines))
        request = ChatRequest(
            messages=messages,
            max_tokens=max_tokens,
            temperature=0.0,
            seed=self._seed,
            reuse_prefix=self._reuse_prefix,
        )
        return self._model.chat(request).text
