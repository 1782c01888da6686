"""Answers with numbered sources, for citation metrics: QuoteSum and ExpertQA in the plain format, and ALCE.

An item's text is the question. Its gold has ``sources`` [{n, title, text}], and where the set has a cited answer
``answer`` (marks like [2] after what they stand for) and its ``statements`` [{text, citations, supported}], whose
``supported`` is null where nobody judged.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset, check_items, content_id
from evals.datasets.reading import Filled, Row, RowId, digest_of, read_jsonl, read_rows
from evals.items import Item
from evals.report_text import cited_sentences, split_sentences, without_marks

_QUOTED = re.compile(r"\[ (\d+) (.*?) \]", re.DOTALL)
_BEFORE_STOP = re.compile(r"\s+(?=[.,;:!?](?:\s|$))")
_MAX_CITATIONS = 3  # of a statement, that ALCE looks at
_EVIDENCE = re.compile(r"\[(\d+)\]\s*(\S*)\s*", re.DOTALL)


class QuotesumSource(Row):
    """A numbered source of QuoteSum."""

    n: int
    title: str
    text: Filled
    short_answer: str = ""


class QuotesumItem(Row):
    """`quotesum`: an answer of spans "[ n words ]" quoted from source n."""

    id: RowId
    qid: str
    question: Filled
    sources: tuple[QuotesumSource, ...]
    quoted_answer: Filled


class JudgedClaim(Row):
    """ExpertQA: a claim of an answer, its evidence "[n] address text", and an expert's verdict."""

    claim_string: Filled
    evidence: tuple[str, ...] = ()
    support: Literal["Complete", "Partial", "Incomplete", "Missing", "N/A"]


class ExpertqaItem(Row):
    """`expertqa`: a system's answer, judged claim by claim."""

    id: RowId
    question: Filled
    answer: Filled
    claims: tuple[JudgedClaim, ...]
    field: str = ""
    system: str = ""
    revised_answer: str = ""


class AlceDoc(Row):
    """ALCE: a retrieved passage; its number is its place in the list, from 1."""

    title: str = ""
    text: str


class AlcePair(Row):
    """ALCE on ASQA: a reading of the question and its short answers."""

    question: str = ""
    short_answers: tuple[str, ...]


class AlceRow(Row):
    """An entry of ALCE's ASQA, ELI5 or QAMPARI file, or of a file of outputs."""

    id: RowId | None = None
    sample_id: RowId | None = None
    question: Filled
    docs: tuple[AlceDoc, ...]
    answer: str | None = None
    output: str | None = None
    qa_pairs: tuple[AlcePair, ...] | None = None
    claims: tuple[str, ...] | None = None
    answers: tuple[tuple[str, ...], ...] | None = None


def load_quotesum(folder: Path) -> Dataset:
    """QuoteSum: kind is the number of sources, clusters are questions. A good answer has the short answer of each
    source (SEMQA's StAR, Schuster et al., 2024).

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    path = folder / "items.jsonl"
    items = []
    for read in read_jsonl(path, QuotesumItem):
        row = read.row
        _check_sources(f"{path}, line {read.line}", row)
        answer = _BEFORE_STOP.sub("", _QUOTED.sub(_marked, row.quoted_answer))
        gold: dict[str, JsonValue] = {
            "sources": [source.model_dump(mode="json") for source in row.sources],
            "answer": answer,
            "statements": statements_of(answer),
            "short_answers": [[source.short_answer] for source in row.sources if source.short_answer.strip()],
        }
        kind = f"{len(row.sources)} sources"
        items.append((read.line, Item(id=row.id, text=row.question, cluster=row.qid, kind=kind, gold=gold)))
    return _dataset(folder.resolve().name, path, items)


def _check_sources(where: str, row: QuotesumItem) -> None:
    numbers = [source.n for source in row.sources]
    if twice := next((n for n in numbers if numbers.count(n) > 1), None):
        raise UsageProblem(f"{where}: source {twice} is there twice", hint="number the sources one by one")
    quoted = (int(found[1]) for found in _QUOTED.finditer(row.quoted_answer))
    if unknown := next((n for n in quoted if n not in numbers), None):
        raise UsageProblem(f"{where}: the answer quotes source {unknown}, which does not exist", hint="add the source")


def load_expertqa(folder: Path) -> Dataset:
    """ExpertQA: kind is the system. A statement is supported when an expert called its support complete.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    path = folder / "items.jsonl"
    items = []
    for read in read_jsonl(path, ExpertqaItem):
        row = read.row
        gold: dict[str, JsonValue] = {
            "sources": _evidence_sources(row.claims),
            "answer": row.answer,
            "statements": [_judged_statement(claim) for claim in row.claims],
            "field": row.field,
            "revised_answer": row.revised_answer,
        }
        cluster = content_id("question", row.question)
        items.append((read.line, Item(id=row.id, text=row.question, cluster=cluster, kind=row.system, gold=gold)))
    return _dataset(folder.resolve().name, path, items)


def load_alce(path: Path, workdir: Path) -> Dataset:
    """ALCE: kind is asqa, eli5 or qampari. An ``output`` is the cited answer; ``answer`` is the reference.

    Gold has ``short_answers`` (one list for each thing to be said), or ``claims`` that a good answer entails.

    Raises:
        UsageProblem: see `read_json`.
    """
    items = []
    for number, read in enumerate(read_rows(path, AlceRow), start=1):
        row = read.row
        gold: dict[str, JsonValue] = {
            "sources": [{"n": n, "title": doc.title, "text": doc.text} for n, doc in enumerate(row.docs, start=1)],
        }
        if row.answer is not None:
            gold["reference"] = row.answer
        kind, wanted = _alce_wants(row)
        if row.output is not None:
            statements = listed_answers(row.question, row.output) if kind == "qampari" else statements_of(row.output)
            gold |= {"answer": row.output, "statements": statements}
        gold["max_citations"] = _MAX_CITATIONS
        id_ = row.id or row.sample_id or f"entry-{number}"
        items.append((read.line, Item(id=id_, text=row.question, kind=kind, gold=gold | wanted)))
    return _dataset(path.stem, path, items)


def statements_of(cited: str) -> list[JsonValue]:
    """The sentences of a text without their citation marks, and the numbers that each cites."""
    return [
        {"text": sentence.text, "citations": list[JsonValue](sentence.citations), "supported": None}
        for sentence in cited_sentences(cited)
    ]


def _marked(quoted: re.Match[str]) -> str:
    """A quotation with its mark after each of its sentences."""
    n, words = quoted.groups()
    return " ".join(f"{sentence} [{n}]" for sentence in split_sentences(words))


def _judged_statement(claim: JudgedClaim) -> JsonValue:
    numbers = [int(found[1]) for text in claim.evidence if (found := _EVIDENCE.match(text))]
    return {
        "text": without_marks(claim.claim_string),
        "citations": list[JsonValue](dict.fromkeys(numbers)),
        "supported": None if claim.support == "N/A" else claim.support == "Complete",
        "support": claim.support,
    }


def _evidence_sources(claims: Sequence[JudgedClaim]) -> list[JsonValue]:
    """The pieces of evidence under each number of an answer, each once, as one source."""
    titles: dict[int, str] = {}
    texts: dict[int, list[str]] = {}
    for text in (text for claim in claims for text in claim.evidence):
        if found := _EVIDENCE.match(text):
            n, piece = int(found[1]), text[found.end() :].strip()
            titles.setdefault(n, found[2])
            if piece not in texts.setdefault(n, []):
                texts[n].append(piece)
    return [{"n": n, "title": titles[n], "text": "\n\n".join(texts[n])} for n in sorted(texts)]


def listed_answers(question: str, cited: str) -> list[JsonValue]:
    """The entries of a list, each a statement behind the question that it answers: how ALCE judges QAMPARI."""
    entries = [one for part in cited.strip().rstrip(".,").split(",") for one in statements_of(part)]
    return [{**entry, "text": f"{question} {entry['text']}"} if isinstance(entry, dict) else entry for entry in entries]


def _alce_wants(row: AlceRow) -> tuple[str, dict[str, JsonValue]]:
    if row.qa_pairs is not None:
        return "asqa", {"short_answers": [list[JsonValue](pair.short_answers) for pair in row.qa_pairs]}
    if row.claims is not None:
        return "eli5", {"claims": list[JsonValue](row.claims)}
    if row.answers is not None:
        return "qampari", {"short_answers": [list[JsonValue](names) for names in row.answers]}
    return "", {}


def _dataset(name: str, path: Path, items: Sequence[tuple[int, Item]]) -> Dataset:
    return Dataset(
        name=name,
        items=tuple(item for _, item in items),
        sha256=digest_of([path]),
        places=check_items(path, items),
    )
