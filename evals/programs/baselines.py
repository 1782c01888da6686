"""What question answering without Wellread's foraging looks like: the baselines of the field, on the same model and the
same index."""

import re
import threading
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from agent.short_answers import ANSWER_TOKENS
from evals.bench import Bench, fitting
from evals.items import Item, Outcome
from evals.programs.reader import passage_line, read
from lm.types import ChatRequest
from prompts.templates import render
from retrieval.corpus import Corpus
from retrieval.types import Hit, SearchMode

PLAIN: SearchMode = "hybrid"  # the search of the field: words and vectors; following names is part of what is tested
_MAX_PASSAGES = 50
_PASSAGES_PER_STEP = 4
_MAX_STEPS = 3
_THOUGHT_TOKENS = 60
_QUESTION_TOKENS, _MAX_QUERY_CHARS = 200, 400
_OVERHEAD_TOKENS = 160  # the reader's own words, its chat template, and the room for repairs
_ANSWER = re.compile(r"\bso the answer is\b", re.IGNORECASE)


def closed_book(item: Item, bench: Bench) -> Outcome:
    """The model's memory alone."""
    return read(item, [], 0, bench)


def single_shot(item: Item, bench: Bench) -> Outcome:
    """The best passages of one search with the question, as many as the allowance holds."""
    return read(item, *fitting(best_passages(item.text, bench, mode=PLAIN), bench), bench)


def best_passages(query: str, bench: Bench, *, mode: SearchMode) -> list[str]:
    """The best passages of one search, as a reader sees them."""
    return [passage_line(hit) for hit in bench.searcher.search_passages(query, _MAX_PASSAGES, mode=mode)]


class FullContext:
    """The corpus from its beginning, cut to the model's window; the allowance of evidence does not bind it.

    The evidence comes before the question and is the same for all items, so that a server with a prompt cache reads it
    once. For that price a killed and resumed run may differ in a word: the reply hangs, by its last digits, on the item
    before.
    """

    def __init__(self) -> None:
        self._read: dict[Path, tuple[list[str], int]] = {}
        self._lock = threading.Lock()

    def __call__(self, item: Item, bench: Bench) -> Outcome:
        """Read what fits into the window, and answer."""
        with self._lock:
            if bench.corpus.path not in self._read:
                room = bench.writer.context_tokens - ANSWER_TOKENS - _QUESTION_TOKENS - _OVERHEAD_TOKENS
                self._read[bench.corpus.path] = fitting(_all_lines(bench.corpus), bench, room=room)
        # Thousands of tokens that begin alike: computing them anew for each item would take hours.
        return read(item, *self._read[bench.corpus.path], bench, reuse_prefix=True)


def _all_lines(corpus: Corpus) -> Iterator[str]:
    for document in corpus.documents():
        for passage in corpus.passages_of(document.id):
            yield passage_line(Hit(passage=passage, title=document.title, score=0.0))


def interleaved(item: Item, bench: Bench) -> Outcome:
    """IRCoT (Trivedi et al., ACL 2023): search, think one sentence, search with that sentence, and so on; then read.

    Fewer steps and passages than the paper's, so that the evidence stays within the allowance; the reader is the one of
    all programs, where the paper has one of its own.
    """
    first = bench.searcher.search_passages(item.text, _MAX_PASSAGES, mode=PLAIN)
    found = [first[:_PASSAGES_PER_STEP]]
    thoughts: list[str] = []
    for _ in range(_MAX_STEPS):
        lines, _ = fitting(_interleave(found), bench)
        messages = render(
            "next_thought", evidence="\n".join(lines), question=item.text, thoughts=" ".join(thoughts) or "(none yet)"
        )
        request = ChatRequest(
            messages=messages, max_tokens=_THOUGHT_TOKENS, temperature=0.0, seed=bench.seed, stop=("\n\n",)
        )
        thought = " ".join(bench.writer.chat(request).text.strip().partition("\n")[0].split())
        if not thought or thought in thoughts:
            break
        thoughts.append(thought)
        if _ANSWER.search(thought):
            break
        found.append(bench.searcher.search_passages(thought[:_MAX_QUERY_CHARS], _PASSAGES_PER_STEP, mode=PLAIN))
    # What the allowance still holds goes to the first search's further passages, as in a single shot.
    filled = dict.fromkeys([*_interleave(found), *map(passage_line, first)])
    outcome = read(item, *fitting(filled, bench), bench)
    return outcome.model_copy(update={"details": {**outcome.details, "thoughts": list(thoughts)}})


def _interleave(searches: Sequence[Sequence[Hit]]) -> list[str]:
    """The best passage of each search, then the second of each, and so on; none twice: a later hop's evidence must not
    be cut off by the first one's."""
    rows = [hit for row in zip_longest(*searches) for hit in row if hit is not None]
    return [passage_line(hit) for hit in {hit.passage.id: hit for hit in rows}.values()]
