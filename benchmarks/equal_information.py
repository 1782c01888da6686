"""Passages of like information against passages of like length: how much of the gold text does a reader see?

    python benchmarks/equal_information.py --data DIR [--data DIR] [--max-chars 400000] [--dense] [--out FILE]

A folder holds `meetings.jsonl` with the turns that answer each query (QMSum), or `passages.jsonl` of dialogue turns
with a session, and `questions.jsonl` with `supporting_ids` (LoCoMo). Meetings and sessions are the documents, taken
in the data's order up to `--max-chars`; a question counts if all of its gold turns are among them.

Documents are cut by length, by information, and by the same rule as for information but with each character counting
alike (`even`: what is left of a difference then is not the information's). Each way has several sizes. All are
searched with the question; a reader takes the passages in the search's order until it has read so many tokens of the
scorer, the last one in part. The score is the share of the gold turns' characters that it read. Each way's size is
chosen on one half of the clusters (meetings, or sessions), and information is compared with the others, and with the
default, on the other half: paired bootstrap over clusters.

A table on stdout; `--out` takes the figures as JSON. Surprisals are kept in `--home`: a killed run goes on where it
was.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent.embedders import Embedders, open_embedders
from agent.scorers import open_scorer
from agent.settings import Settings
from evals.conduct import half_of
from evals.statistics import Difference, paired_difference
from retrieval.chunking import PassageSpan, chunk
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.entries import entry_of
from retrieval.equal_information import chunk_by_information
from retrieval.index import Index
from retrieval.information import Information
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.wire import ChunkedDocument
from retrieval.search import Searcher
from retrieval.surprisal_cache import SurprisalCache
from retrieval.types import Passage

BUDGETS = (500, 1000, 2000)  # tokens; sizes are chosen at the second
SIZES = {"length": (450, 600, 900, 1200), "even": (450, 600, 800, 1000), "information": (450, 600, 800, 1100)}
DEFAULT = "length 900"
_DEPTH = 80

Span = tuple[str, int, int]  # document, start, end


@dataclass(frozen=True)
class Question:
    """A question and where in which documents its answer stands."""

    id: str
    text: str
    cluster: str
    gold: tuple[Span, ...]


@dataclass(frozen=True)
class Material:
    """Documents by id, with their titles and texts, and questions about them."""

    name: str
    documents: Mapping[str, tuple[str, str]]
    questions: Sequence[Question]


@dataclass(frozen=True)
class Cut:
    """One way of cutting: its passages' mean size and coefficient of variation, and each question's scores."""

    way: str
    n_passages: int
    chars: float
    bits: float
    variation: float
    scores: Mapping[int, Sequence[float]]


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    began = time.monotonic()
    settings = Settings(home=arguments.home, **({"models_dir": arguments.models_dir} if arguments.models_dir else {}))
    embedders = open_embedders(settings.models_dir, with_dense=arguments.dense)
    results = []
    for path in arguments.data:
        material = sampled(read(path), arguments.max_chars)
        if not material.questions:
            sys.exit(f"error: no question of {path} has its gold text in {arguments.max_chars} characters")
        held = _measured(material, settings)
        scored_s = time.monotonic() - began
        cuts = [measured_cut(way, size, material, held, embedders) for way, sizes in SIZES.items() for size in sizes]
        results.append({**result(material, cuts), "seconds_scoring": scored_s})
    total = {"sets": results, "dense": arguments.dense, "seconds": time.monotonic() - began}
    if arguments.out:
        arguments.out.write_text(json.dumps(total, indent=1) + "\n", encoding="utf-8")
    for found in results:
        print(table(found))
    print(f"{total['seconds']:.0f} s")


def read(folder: Path) -> Material:
    """The documents and questions of a folder.

    Raises:
        FileNotFoundError: it holds neither `meetings.jsonl` nor `passages.jsonl`.
    """
    if (folder / "meetings.jsonl").is_file():
        return _meetings(folder)
    return _sessions(folder)


def _meetings(folder: Path) -> Material:
    """Shortest first: more of them fit into the same time."""
    documents, questions = {}, []
    meetings = _rows(folder / "meetings.jsonl")
    for meeting in sorted(meetings, key=lambda meeting: sum(len(turn["content"]) for turn in meeting["turns"])):
        text, places = joined([f"{turn['speaker']}: {turn['content']}" for turn in meeting["turns"]])
        documents[meeting["id"]] = (meeting["topics"][0]["topic"] if meeting["topics"] else meeting["id"], text)
        for number, query in enumerate(meeting["queries"]):
            ranges = query.get("relevant_turns") or ()
            gold = [(meeting["id"], places[int(first)][0], places[int(last)][1]) for first, last in ranges]
            if gold:
                questions.append(Question(f"{meeting['id']}/{number}", query["query"], meeting["id"], tuple(gold)))
    return Material(folder.name, documents, questions)


def _sessions(folder: Path) -> Material:
    by_session: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for turn in _rows(folder / "passages.jsonl"):
        by_session.setdefault((turn["conversation_id"], turn["session"]), []).append(turn)
    documents: dict[str, tuple[str, str]] = {}
    where: dict[str, Span] = {}
    for (conversation, session), turns in by_session.items():
        text, places = joined([turn["text"] for turn in turns])
        id_ = f"{conversation}/{session}"
        documents[id_] = (turns[0]["title"], text)
        where |= {turn["id"]: (id_, *place) for turn, place in zip(turns, places, strict=True)}
    questions = [
        Question(row["id"], row["question"], where[row["supporting_ids"][0]][0], gold)
        for row in _rows(folder / "questions.jsonl")
        if (gold := tuple(where[id_] for id_ in row["supporting_ids"] if id_ in where)) and not row["unanswerable"]
    ]
    return Material(folder.name, documents, questions)


def joined(turns: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Turns as one text, a line each, and where each stands."""
    places, end = [], 0
    for turn in turns:
        places.append((end, end + len(turn)))
        end += len(turn) + 1
    return "\n".join(turns), places


def sampled(material: Material, max_chars: int) -> Material:
    """The first documents, up to so many characters, and the questions whose gold text is all in them."""
    documents, n_chars = {}, 0
    for id_, (title, text) in material.documents.items():
        n_chars += len(text)
        if n_chars > max_chars:
            break
        documents[id_] = (title, text)
    questions = [question for question in material.questions if all(id_ in documents for id_, _, _ in question.gold)]
    return Material(material.name, documents, questions)


def measured_cut(way: str, size: int, material: Material, held: Mapping[str, Information], embedders: Embedders) -> Cut:
    """Cut all documents in one way and put all questions to them."""
    spans = {id_: cut(way, size, text, held[id_]) for id_, (_, text) in material.documents.items()}
    bits = [held[id_].between(span.start, span.end) for id_, own in spans.items() for span in own]
    chars = [span.end - span.start for own in spans.values() for span in own]
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        searcher = _open_search(material, spans, embedders, Path(scratch), stack)
        scores: dict[int, list[float]] = {budget: [] for budget in BUDGETS}
        for question in material.questions:
            found = [hit.passage for hit in searcher.search_passages(question.text, _DEPTH)]
            for budget in BUDGETS:
                scores[budget].append(recall(question.gold, reading(found, held, budget)))
    name = f"{way} {size}"
    print(f"{material.name}: {name}", file=sys.stderr)
    return Cut(
        name, len(bits), float(np.mean(chars)), float(np.mean(bits)), float(np.std(bits) / np.mean(bits)), scores
    )


def cut(way: str, size: int, text: str, held: Information) -> list[PassageSpan]:
    """Passages of one document."""
    if way == "length":
        return chunk(text, (), None, target_chars=size, max_chars=round(size * 14 / 9))
    if way == "even":
        held = Information.of_tokens(np.arange(1, len(text) + 1), np.ones(len(text)))
    return chunk_by_information(text, (), None, information=held, bits=size)


def reading(found: Sequence[Passage], held: Mapping[str, Information], budget: int) -> list[Span]:
    """What a reader of so many tokens reads of passages in this order; the last one up to where the tokens end."""
    spans = []
    for passage in found:
        information = held[passage.doc_id]
        n_tokens = information.tokens_between(passage.start, passage.end)
        share = min(1.0, budget / n_tokens) if n_tokens else 1.0
        spans.append((passage.doc_id, passage.start, passage.start + round(share * (passage.end - passage.start))))
        budget -= n_tokens
        if budget <= 0:
            break
    return spans


def recall(gold: Sequence[Span], read: Sequence[Span]) -> float:
    """The share of the gold spans' characters that was read."""
    wanted = {(id_, place) for id_, start, end in gold for place in range(start, end)}
    seen = {(id_, place) for id_, start, end in read for place in range(start, end)}
    return len(wanted & seen) / len(wanted)


def result(material: Material, cuts: Sequence[Cut]) -> dict[str, Any]:
    """Each way's best size on the tuning half, and what it is worth on the reporting half."""
    halves = [half_of(question.cluster) for question in material.questions]
    report = [place for place, half in enumerate(halves) if half == "reporting"]
    tune = [place for place, half in enumerate(halves) if half == "tuning"]
    by_way = {cut.way: cut for cut in cuts}
    best = {
        way: max((cut for cut in cuts if cut.way.startswith(way)), key=lambda cut: _mean(cut.scores[BUDGETS[1]], tune))
        for way in SIZES
    }
    clusters = [material.questions[place].cluster for place in report]

    def gap(a: Cut, b: Cut, budget: int) -> Difference:
        first, second = ([cut.scores[budget][place] for place in report] for cut in (a, b))
        return paired_difference(first, second, np.random.default_rng(0), clusters=clusters)

    others = dict.fromkeys([best["length"].way, best["even"].way, DEFAULT])
    pairs = [(by_way[other], best["information"]) for other in others]
    return {
        "set": material.name,
        "documents": len(material.documents),
        "chars": sum(len(text) for _, text in material.documents.values()),
        "n_tuning": len(tune),
        "n_reporting": len(report),
        "cuts": [
            {**asdict(cut), "scores": None}
            | {f"tuning@{budget}": _mean(cut.scores[budget], tune) for budget in BUDGETS}
            | {f"reporting@{budget}": _mean(cut.scores[budget], report) for budget in BUDGETS}
            for cut in cuts
        ],
        "differences": [
            {"of": f"{b.way} − {a.way}", "budget": budget, **asdict(gap(a, b, budget))}
            for a, b in pairs
            for budget in BUDGETS
        ],
    }


def table(found: Mapping[str, Any]) -> str:
    """The figures of one set as Markdown."""
    head = f"{found['set']}: {found['documents']} documents, {found['chars']:,} characters; "
    head += f"{found['n_tuning']} questions to choose by, {found['n_reporting']} to report on"
    columns = ["cut", "passages", "chars", "bits", "variation of bits", *(f"tuning@{b}" for b in BUDGETS)]
    columns += [f"reporting@{b}" for b in BUDGETS]
    rows = [columns, ["---"] * len(columns)]
    for own in found["cuts"]:
        sizes = [own["way"], str(own["n_passages"]), f"{own['chars']:.0f}", f"{own['bits']:.0f}"]
        rows.append([*sizes, f"{own['variation']:.3f}", *(f"{own[column]:.3f}" for column in columns[5:])])
    lines = [head, "", *(f"| {' | '.join(row)} |" for row in rows), ""]
    for gap in found["differences"]:
        interval = "[–]" if gap["low"] is None else f"[{gap['low']:+.3f}, {gap['high']:+.3f}]"
        units = f"n={gap['n']}, {gap['n_units']} clusters, p={gap['p']:.3f}"
        lines.append(f"{gap['of']} at {gap['budget']} tokens: {gap['mean']:+.3f} {interval}, {units}")
    return "\n".join(lines)


def _mean(scores: Sequence[float], places: Sequence[int]) -> float:
    return float(np.mean([scores[place] for place in places])) if places else 0.0


def _measured(material: Material, settings: Settings) -> dict[str, Information]:
    """The information of every document, with a running context within each."""
    name = settings.roles.scorer.model
    path = settings.home / "surprisals.sqlite"
    held = {}
    with closing(SurprisalCache(path, lambda: open_scorer(settings), scorer_name=name)) as surprisals:
        for number, (id_, (_, text)) in enumerate(material.documents.items(), start=1):
            held[id_] = surprisals.information(text)
            print(f"{material.name}: scored {number} of {len(material.documents)}", file=sys.stderr)
    return held


def _open_search(
    material: Material, spans: Mapping[str, list[PassageSpan]], embedders: Embedders, folder: Path, stack: ExitStack
) -> Searcher:
    corpus = stack.enter_context(Corpus.open(folder / "corpus.sqlite"))
    parsed = {
        id_: ParsedDocument(title=title, text=text, media_type="text/plain")
        for id_, (title, text) in material.documents.items()
    }
    corpus.add_many([entry_of(id_, id_, ChunkedDocument(parsed[id_], own)) for id_, own in spans.items()])
    index = Index.open(corpus, folder / "index", embedders.static)
    dense = None
    if embedders.has_dense:
        dense = stack.enter_context(closing(DenseCache(folder / "vectors.sqlite", embedders.dense)))
    return Searcher(corpus, index, dense, mode="hybrid")


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True, help="folder of documents and questions")
    parser.add_argument(
        "--max-chars", type=int, default=400_000, help="documents of each set, up to so many characters"
    )
    parser.add_argument("--dense", action="store_true", help="search with the dense encoder, too")
    parser.add_argument("--home", type=Path, default=Path(".wellread"), help="where surprisals are kept")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    parser.add_argument("--out", type=Path, help="file for the figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
