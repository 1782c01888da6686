"""How much of the evidence for a question does a search find? Questions with known supporting documents.

Knows the plain format of question sets: `passages.jsonl` (id, title, text), of which each line becomes a
document, and `questions.jsonl` (id, question, answers, supporting_ids). Must not know language models.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import UsageProblem
from evals.metrics import bootstrap_ci95, mrr, ndcg_at_k, recall_at_k
from lm.embedding import Embedder
from lm.types import Frozen
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.index import Index
from retrieval.ingest import ingest
from retrieval.search import Searcher
from retrieval.types import SearchMode

Half = Literal["all", "tuning", "reporting"]
Progress = Callable[[str, int, int], None]  # stage, done, in all

RECALL_AT = (2, 5, 10, 20)
_DEPTH = max(RECALL_AT)
_RANKED_AT = 10


class Question(BaseModel):
    """One line of `questions.jsonl`; other keys are not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question: str
    answers: tuple[str, ...] = ()
    supporting_ids: tuple[str, ...] = ()


class RetrievalOptions(Frozen):
    """Which questions are asked, how, and the seed of the intervals' resampling."""

    mode: SearchMode = "hybrid"
    half: Half = "all"
    limit: int | None = Field(default=None, ge=1)
    seed: int = 0


class RetrievalScores(Frozen):
    """Means over the questions that have supporting documents (`n` of them), and their 95 % intervals.

    Seconds are of one search each, the embedding of what was never visited before included.
    """

    data: str
    mode: SearchMode
    half: Half
    seed: int
    n: int
    n_without_support: int
    n_supporting_ids_missing: int
    n_documents: int
    means: dict[str, float]
    ci95: dict[str, tuple[float, float]]
    seconds_p50: float
    seconds_p95: float

    def flat(self) -> dict[str, object]:
        """One JSON object: each measure is a key of its own, its interval is under ``ci95``."""
        fields = self.model_dump(mode="json", exclude={"means", "ci95"})
        return {"suite": "retrieval", **fields, **self.means, "ci95": self.model_dump(mode="json")["ci95"]}


def half_of(question_id: str) -> Half:
    """Which half a question is in, by a hash of its id: parameters are chosen on ``tuning`` only."""
    return "tuning" if hashlib.sha256(question_id.encode()).digest()[0] % 2 == 0 else "reporting"


def read_questions(path: Path) -> list[Question]:
    """The questions of a set, in file order.

    Raises:
        UsageProblem: the file is missing, or a line is no question.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"cannot read {path}: {error}", hint="--data wants a folder of a question set") from error
    questions = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                questions.append(Question.model_validate_json(line))
            except ValidationError as error:
                raise UsageProblem(
                    f"{path}, line {number} is no question: {error.errors()[0]['msg']}",
                    hint='a line is like {"id": "q1", "question": "…", "supporting_ids": ["p1"]}',
                ) from error
    return questions


def run_retrieval_suite(
    data: Path,
    home: Path,
    *,
    static: Embedder,
    dense: Embedder | None,
    clock: Callable[[], float],
    options: RetrievalOptions | None = None,
    progress: Progress | None = None,
) -> RetrievalScores:
    """Ingest the passages of a set into `home`, ask its questions, and compare with the supporting ids.

    Args:
        data: folder with `passages.jsonl` and `questions.jsonl`.
        home: where corpus, index and vectors are kept; used again when they are up to date.
        static: embeds everything.
        dense: embeds what searches visit; None searches without it.
        clock: seconds, monotonic.
        options: None for the defaults.
        progress: called with a stage's name and how far it is.

    Raises:
        UsageProblem: the folder is not in the format, or no question names a supporting document.
    """
    options = options or RetrievalOptions()
    passages = data / "passages.jsonl"
    if not passages.is_file():
        raise UsageProblem(f"{passages} is missing", hint="--data wants a folder of a question set")
    wanted = ("tuning", "reporting") if options.half == "all" else (options.half,)
    asked = [q for q in read_questions(data / "questions.jsonl") if half_of(q.id) in wanted][: options.limit]
    supported = [question for question in asked if question.supporting_ids]
    if not supported:
        raise UsageProblem(f"no question of {data} names a supporting document", hint="check --data and --half")
    with ExitStack() as stack:
        corpus = stack.enter_context(Corpus.open(home / "corpus.sqlite"))
        ingest([passages], corpus)
        index = Index.open(corpus, home / "index", static, progress=_stage(progress, "index"))
        cache = None
        if dense is not None:
            cache = stack.enter_context(closing(DenseCache(home / "index" / "dense.sqlite", dense)))
        searcher = Searcher(corpus, index, cache)
        rankings, seconds = _ask(searcher, supported, options.mode, clock, progress)
        known = {document.id for document in corpus.documents()}
    values = _values(supported, rankings)
    return RetrievalScores(
        data=data.name,
        mode=options.mode,
        half=options.half,
        seed=options.seed,
        n=len(supported),
        n_without_support=len(asked) - len(supported),
        n_supporting_ids_missing=sum(id_ not in known for q in supported for id_ in q.supporting_ids),
        n_documents=len(known),
        means={name: float(np.mean(column)) for name, column in values.items()},
        ci95={name: _interval(column, options.seed) for name, column in values.items()},
        seconds_p50=float(np.quantile(seconds, 0.5)),
        seconds_p95=float(np.quantile(seconds, 0.95)),
    )


def _interval(values: Sequence[float], seed: int) -> tuple[float, float]:
    # A generator for each measure: its interval must not depend on which others there are.
    return bootstrap_ci95(values, np.random.default_rng(seed))


def _ask(
    searcher: Searcher,
    questions: Sequence[Question],
    mode: SearchMode,
    clock: Callable[[], float],
    progress: Progress | None,
) -> tuple[list[list[str]], list[float]]:
    rankings, seconds = [], []
    for done, question in enumerate(questions, start=1):
        started = clock()
        hits = searcher.search_documents(question.question, _DEPTH, mode=mode)
        seconds.append(clock() - started)
        rankings.append([hit.document.id for hit in hits])
        if progress is not None:
            progress("ask", done, len(questions))
    return rankings, seconds


def _values(questions: Sequence[Question], rankings: Sequence[Sequence[str]]) -> dict[str, list[float]]:
    pairs = [(ranked, frozenset(q.supporting_ids)) for ranked, q in zip(rankings, questions, strict=True)]
    values = {f"recall@{k}": [recall_at_k(ranked, gold, k) for ranked, gold in pairs] for k in RECALL_AT}
    values[f"mrr@{_RANKED_AT}"] = [mrr(ranked, gold, _RANKED_AT) for ranked, gold in pairs]
    values[f"ndcg@{_RANKED_AT}"] = [ndcg_at_k(ranked, gold, _RANKED_AT) for ranked, gold in pairs]
    return values


def _stage(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(name, done, total)
