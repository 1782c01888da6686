"""Helpers that write notes by rule, and what a synthesis needs around them."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.home import Home
from agent.relations.note_store import NoteStore
from agent.relations.synthesis import Synthesizer
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.replay import CallCache, Replay
from lm.scripted import ScriptedLM
from lm.types import ChatRequest
from retrieval.corpus import Corpus
from retrieval.entity_pairs import EntityPair, NameTable

_NAMES = re.compile(r"^Names: (.*)$", re.MULTILINE)


def names_asked(request: ChatRequest) -> list[str]:
    """The names that a note is asked on."""
    return _NAMES.findall(request.messages[-1].content)[-1].split("; ")


def faithful(request: ChatRequest) -> str:
    """A note that says nothing but that its names belong together."""
    return f"The passages tell of {' together with '.join(names_asked(request))}."


def listing(entities: Sequence[str], note: Callable[[ChatRequest], str] = faithful) -> Callable[[ChatRequest], str]:
    """A helper that knows the entities of every document."""

    def reply(request: ChatRequest) -> str:
        if request.json_schema is not None:
            return json.dumps({"summary": "It tells of them.", "entities": list(entities)})
        return note(request)

    return reply


@dataclass(frozen=True)
class Desk:
    """A synthesizer with its store, and the model behind its call cache."""

    synthesizer: Synthesizer
    store: NoteStore
    model: ScriptedLM
    corpus: Corpus

    def pairs(self, k: int) -> list[EntityPair]:
        return NameTable(self.corpus.iter_passages()).best_pairs(k)


@contextmanager
def open_desk(corpus: Corpus, root: Path, model: ScriptedLM, *, max_tokens: int | None = None) -> Iterator[Desk]:
    """Everything in `root`, as the command opens it in a home."""
    home = Home(root).make()
    meter = Meter(Budget(max_tokens=max_tokens), PriceTable(), lambda: 0.0)
    with closing(CallCache(home.calls)) as cache, NoteStore.open(home.memory) as store:
        helper = Metered(Replay(model, cache), "helper", meter)
        yield Desk(Synthesizer(helper, corpus, store, seed=66), store, model, corpus)
