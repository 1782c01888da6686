"""Programs that write reports: Wellread's own, and one prompt over the best passages or over what Wellread reads."""

import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from pydantic import JsonValue

from agent.brief import length_of
from agent.errors import NotEnoughEvidence
from agent.graph import run_unkept
from agent.render_markdown import render_markdown
from agent.types import Report
from evals.bench import Abstained, Bench, Unparsed, fitting
from evals.datasets.dataset import read_passages
from evals.items import Item, Outcome
from evals.programs.ask import run_context
from evals.programs.baselines import PLAIN
from evals.programs.foraging import foraged_for
from evals.programs.reader import passage_line
from lm.errors import BudgetExceeded
from lm.types import ChatRequest
from prompts.templates import render
from retrieval.types import Hit

_MAX_PASSAGES = 60
_TOKENS_PER_WORD = 1.6
_OVERHEAD_TOKENS = 400  # the prompt's own words, the task, and the chat template
_NUMBERED = re.compile(r"^\[\d+\] ")


def write(item: Item, bench: Bench) -> Outcome:
    """Wellread's report. Its evidence tokens are those of the quotations that it stands on; what it read is more.

    Raises:
        Abstained: the corpus has too little on the task.
    """
    report = report_of(item, bench)
    return Outcome(
        text=render_markdown(report),
        evidence_tokens=sum(bench.writer.count_tokens(source.quote) for source in report.evidence),
        details={"sources": quoted_sources(report), "saturation_ratio": report.figures.saturation_ratio},
    )


def report_of(item: Item, bench: Bench) -> Report:
    """Wellread's report on an item's task.

    Raises:
        Abstained: the corpus has too little on the task.
        BudgetExceeded: the budget ended within the report.
    """
    context = run_context(bench)
    try:
        final = run_unkept(item.text, "report", context)
    except NotEnoughEvidence as error:
        raise Abstained(str(error)) from error
    if stops := final.get("stops"):
        raise BudgetExceeded(f"the budget ended within a report: {', '.join(stops)}", limit=stops[0])
    return context.store.get_model(final["report_id"], Report)


def quoted_sources(report: Report) -> list[JsonValue]:
    """The quotations of a report as numbered sources. Titled with their headings, as the report's references are: what
    "1.06 (2025 est.)" is a figure of stands there alone."""
    return [
        {
            "n": source.number,
            "title": _place(source.title, source.heading_path),
            "text": source.quote,
            "document": source.document,
        }
        for source in report.evidence
    ]


def _place(title: str, heading_path: Sequence[str]) -> str:
    return " > ".join(dict.fromkeys(filter(None, (title, *heading_path))))


def one_prompt(item: Item, bench: Bench) -> Outcome:
    """As many of one search's passages as the window holds in one prompt, and one reply: what a person would try first.

    The allowance of evidence does not bind it, no more than it binds Wellread's reading.

    Raises:
        Unparsed: the reply is empty.
    """
    return _prompted_with(bench.searcher.search_passages(item.text[:400], _MAX_PASSAGES, mode=PLAIN), item, bench)


def _prompted_with(hits: Sequence[Hit], item: Item, bench: Bench) -> Outcome:
    return _prompted(
        item,
        bench,
        [passage_line(hit) for hit in hits],
        [(_place(hit.title, hit.passage.heading_path), hit.passage.doc_id) for hit in hits],
    )


def one_prompt_read(item: Item, bench: Bench) -> Outcome:
    """The passages that Wellread forages for the task by the same plan, as many as the window holds, in one prompt, and
    one reply: what choice, drafting and verification add to the same evidence and the same model.

    A passage of each block in turn: where the window is too small, every part of the plan loses alike.

    Raises:
        Abstained: the corpus has too little on the task.
        Unparsed: the reply is empty.
    """
    turns = zip_longest(*(one.passages for one in foraged_for(item, bench)))
    passages = bench.corpus.passages(list(dict.fromkeys(id_ for turn in turns for id_ in turn if id_ is not None)))
    titles = {one.doc_id: bench.corpus.document(one.doc_id).title for one in passages}
    hits = [Hit(passage=one, title=titles[one.doc_id], score=0.0) for one in passages]
    return _prompted_with(hits, item, bench)


def whole_corpus(item: Item, bench: Bench) -> Outcome:
    """All documents of the item's own corpus in one prompt, in their order, as far as the window goes: no search.

    Raises:
        Unparsed: the reply is empty.
    """
    passages = [read.row for read in read_passages(Path(str(item.gold["corpus"])))]
    return _prompted(
        item,
        bench,
        [f"{passage.title}: {passage.text}" for passage in passages],
        [(passage.title, passage.id) for passage in passages],
    )


def _prompted(item: Item, bench: Bench, texts: Sequence[str], places: Sequence[tuple[str, str]]) -> Outcome:
    """One reply to what fits of the texts; `places` are their titles and documents."""
    words = length_of(item.text) or bench.settings.write.words
    max_tokens = min(round(words * _TOKENS_PER_WORD), bench.writer.context_tokens // 2)
    room = bench.writer.context_tokens - max_tokens - _OVERHEAD_TOKENS
    lines, used = fitting([f"[{n}] {text}" for n, text in enumerate(texts, start=1)], bench, room=room)
    messages = render("one_prompt_report", evidence="\n".join(lines), task=item.text, words=str(words))
    request = ChatRequest(messages=messages, max_tokens=max_tokens, temperature=0.0, seed=bench.seed)
    text = bench.writer.chat(request).text.strip()
    if not text:
        raise Unparsed("the reply is empty")
    sources: list[JsonValue] = [
        {"n": n, "title": title, "text": _NUMBERED.sub("", line), "document": document}
        for n, ((title, document), line) in enumerate(zip(places, lines, strict=False), start=1)
    ]
    return Outcome(text=text, evidence_tokens=used, details={"sources": sources})
