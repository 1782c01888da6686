"""Programs that answer from an item's own numbered sources, with citations."""

from collections.abc import Sequence

from pydantic import JsonValue

from agent.render_answer import answer_text
from evals.bench import Bench, Unparsed, fitting
from evals.items import Item, Outcome
from evals.programs.ask import answer_report
from evals.programs.reports import quoted_sources
from lm.types import ChatRequest
from prompts.templates import render

_ANSWER_TOKENS = 220


def ask_cited(item: Item, bench: Bench) -> Outcome:
    """Wellread's answer: each sentence with the quotation that it stands on."""
    report, _context, _state = answer_report(item, bench)
    n_tokens = sum(bench.writer.count_tokens(source.quote) for source in report.evidence)
    return Outcome(text=answer_text(report), evidence_tokens=n_tokens, details={"sources": quoted_sources(report)})


def one_prompt_answer(item: Item, bench: Bench) -> Outcome:
    """All sources in one prompt, and the model's own markers.

    Raises:
        Unparsed: the reply is empty.
    """
    sources = _sources(item)
    lines, used = fitting([f"[{row['n']}] ({row.get('title', '')}) {row['text']}" for row in sources], bench)
    messages = render("cited_answer", evidence="\n".join(lines), question=item.text)
    request = ChatRequest(messages=messages, max_tokens=_ANSWER_TOKENS, temperature=0.0, seed=bench.seed)
    text = " ".join(bench.writer.chat(request).text.split())
    if not text:
        raise Unparsed("the reply is empty")
    # A source that was cut off at the allowance was not shown, and cannot be cited.
    return Outcome(text=text, evidence_tokens=used, details={"sources": list(sources[: len(lines)])})


def given(item: Item, bench: Bench) -> Outcome:
    """The cited answer that came with the data: a person's, or another system's.

    Raises:
        Unparsed: the item has none; that is no silence of an author's.
    """
    answer = item.gold.get("answer")
    if not isinstance(answer, str) or not answer.strip():
        raise Unparsed("the data hold no answer for this item")
    details: dict[str, JsonValue] = {"sources": list(_sources(item))}
    if statements := item.gold.get("statements"):
        details["statements"] = statements
    return Outcome(text=" ".join(answer.split()), details=details)


def _sources(item: Item) -> Sequence[dict[str, JsonValue]]:
    rows = item.gold.get("sources")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
