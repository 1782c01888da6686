"""`wellread facts`: typed facts of the best passages, or of a document, each with the quotation that carries it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.sitting import budget_flags, budget_options
from agent.errors import NotEnoughEvidence, UsageProblem
from agent.exit_codes import BUDGET, DONE
from agent.model_settings import ChatRole

if TYPE_CHECKING:
    from agent.facts.records import Contradiction, ExtractionResult, Fact, FactsFile, Span
    from agent.services import Services
    from retrieval.types import Document, Passage

_QUOTE_CHARS = 240


@click.command("facts")
@click.argument("query", required=False)
@click.option("--document", metavar="TITLE", help="Only this document, by title or id; without a query all of it.")
@click.option("-k", "--k", type=click.IntRange(1, 1000), default=5, show_default=True, help="Passages to read.")
@click.option("--by", type=click.Choice(["model", "rule"]), default="model", show_default=True, help="Who reads them.")
@click.option("--keep", is_flag=True, help="Keep the relations among them as notes that search.relations follows.")
@click.option("--model", help="The helper, e.g. embedded:qwen2.5-coder-1.5b or openai:NAME.")
@budget_options
@pass_invocation
def facts(  # noqa: PLR0913 - one argument an option, as click has it
    called: Invocation,
    query: str | None,
    document: str | None,
    k: int,
    by: Literal["model", "rule"],
    keep: bool,
    model: str | None,
    max_tokens: int | None,
    max_usd: float | None,
    max_seconds: float | None,
) -> int:
    """Extract typed facts from the passages that QUERY finds, or from a document."""
    if not (query or "").strip() and document is None:
        raise UsageProblem("neither a query nor a document", hint='wellread facts "WORDS", or --document TITLE')
    flags = {"roles.helper.model": model, **budget_flags(max_tokens, max_usd, max_seconds)}
    if by == "rule":
        _refuse_what_wants_a_model(keep, flags)
    from agent.services import open_services

    need: tuple[ChatRole, ...] = ("helper",) if by == "model" else ()
    with open_services(called.settings(flags), need=need, tell=called.note) as services:
        passages = _passages(services, (query or "").strip(), document, k)
        results, stopped_by = _extracted(services, passages, by, called)
        found = _gathered(results)
        if keep:
            called.note(f"kept {_kept(services, found, called)} notes on pairs of names")
    called.emit({"query": query, "document": document, **found.model_dump(mode="json")}, _text(found))
    if stopped_by:
        called.note(f"stopped by {stopped_by} after {len(results)} of {len(passages)} passages")
    return BUDGET if stopped_by else DONE


def _refuse_what_wants_a_model(keep: bool, flags: Mapping[str, object]) -> None:
    if keep:
        raise UsageProblem("the rule reads no relations", hint="leave --keep out, or --by rule")
    if given := [f"--{name.split('.')[-1].replace('_', '-')}" for name, value in flags.items() if value is not None]:
        raise UsageProblem(f"the rule calls no model: {', '.join(given)}", hint=f"leave {given[0]} out, or --by rule")


def _passages(services: "Services", query: str, document: str | None, k: int) -> "list[Passage]":
    """What is to be read, best first; of a whole document in its order."""
    doc_ids = None if document is None else {_document(services.corpus.documents(), document).id}
    if query:
        passages = [hit.passage for hit in services.searcher.search_passages(query, k, doc_ids=doc_ids)]
    else:
        passages = [passage for doc_id in doc_ids or () for passage in services.corpus.passages_of(doc_id)]
    if not passages:
        raise NotEnoughEvidence("nothing was found to read", hint="look with `wellread search`, or ask in other words")
    return passages


def _document(documents: "Sequence[Document]", name: str) -> "Document":
    wanted = name.strip().casefold()
    named = [one for one in documents if wanted in (one.id.casefold(), one.title.casefold())]
    if not named:
        raise NotEnoughEvidence(f"there is no document {name!r}", hint="`wellread corpus ls` names them all")
    if len(named) > 1:
        ids = ", ".join(one.id for one in named)
        raise UsageProblem(f"{len(named)} documents are called {name!r}: {ids}", hint="give one's id")
    return named[0]


def _kept(services: "Services", found: "FactsFile", called: Invocation) -> int:
    """Keep the relations as notes, one a pair of names; how many notes there are."""
    from agent.facts.noted import relation_notes
    from agent.relations.note_store import NoteStore
    from prompts.templates import digests

    notes = relation_notes(found.facts, model=services.models["helper"].name, prompt=digests()["extract_facts"])
    with (
        services.home.relations_lock(lambda: called.note("waiting for another that writes notes")),
        NoteStore.open(services.home.memory) as store,
    ):
        for note in notes:
            store.add_note(note)
    return len(notes)


def _extracted(
    services: "Services", passages: "Sequence[Passage]", by: Literal["model", "rule"], called: Invocation
) -> "tuple[list[ExtractionResult], str | None]":
    """The results of the passages in order, and the budget that ended it early."""
    from agent.facts.extract import read_passage
    from agent.facts.labelled import LabelledLines
    from agent.facts.readers import FactReader, RuleFirst
    from agent.reading import Reader
    from agent.stemming import english_stem
    from lm.errors import BudgetExceeded

    seed, stem, reader = services.settings.write.seed, english_stem(), Reader(services.corpus)
    extractor: FactReader = LabelledLines(stem=stem)
    if by == "model":
        extractor = RuleFirst(services.models["helper"], stem=stem, seed=seed)
    results: list[ExtractionResult] = []
    for number, passage in enumerate(passages, start=1):
        try:
            results.append(extractor.extract(read_passage(passage, services.corpus, reader)))
        except BudgetExceeded as error:
            return results, error.limit
        called.note(f"{number}/{len(passages)} {passage.doc_id}: {len(results[-1].facts)} facts")
    return results, None


def _gathered(results: "Iterable[ExtractionResult]") -> "FactsFile":
    from agent.facts.gathering import gathered
    from agent.stemming import english_stem

    return gathered(results, english_stem())


def _text(found: "FactsFile") -> str:
    parts = [_fact_text(number, fact) for number, fact in enumerate(found.facts, start=1)] or ["no fact was found"]
    if found.contradictions:
        parts.append("\n".join(["contradictions:", *map(_contradiction_text, found.contradictions)]))
    if found.rejected:
        lines = [f"  {one.code}: {one.reason}  ({one.written})" for one in found.rejected]
        parts.append("\n".join([f"rejected: {len(found.rejected)}", *lines]))
    if found.unreadable:
        parts.append(f"{found.unreadable} of {found.passages} replies held no list of calls")
    return "\n\n".join(parts)


def _fact_text(number: int, fact: "Fact") -> str:
    from agent.facts.registry import call_of

    return f"{number}. {call_of(fact.stated)}\n   {_place(fact.span)}\n   “{_quote(fact.span)}”"


def _contradiction_text(found: "Contradiction") -> str:
    date = f" ({found.as_of})" if found.as_of else ""
    sides = [
        f"    {value}: {_place(fact.span)}: “{_quote(fact.span)}”"
        for value, fact in zip(found.values, (found.one, found.other), strict=True)
    ]
    return "\n".join([f"  {found.measure} of {found.subject}{date}", *sides])


def _place(span: "Span") -> str:
    heading = " > ".join(dict.fromkeys(part for part in (span.title, *span.heading_path) if part))
    page = f"p. {span.page}, " if span.page else ""
    return f"{heading} ({span.document}, {page}{span.start}-{span.end})"


def _quote(span: "Span") -> str:
    words = " ".join(span.text.split())
    return words if len(words) <= _QUOTE_CHARS else words[:_QUOTE_CHARS].rsplit(" ", 1)[0] + " …"
