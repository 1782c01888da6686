"""What a file keeps of a corpus: which documents are near, and whether each part still tells which passage it is of.

The passage that a part is "of" is the one that search puts first for it, by words and vectors; whether the part is
likelier after this one than after others of the same corpus is then the model's word. The others are those that search
puts next: hard to tell apart, so that names that all of them have do not count.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from agent.measuring.reading import MeasuredText, Window
from agent.measuring.records import EmbeddingBits, KeptBits, NearDocument, PartBits, SourcesFound
from agent.searching import Searching
from lm.density import compression_distance
from lm.embedding_information import estimate_from_embeddings
from lm.information_result import MIResult
from lm.mutual_information import WindowedScorer, estimate_mi
from lm.scoring import LogProbScorer, Unavailable, nats_to_bits
from retrieval.types import Hit

Progress = Callable[[int, int], None]

_QUERY_CHARS = 1000
_HITS = 20
_NEAR_DOCUMENTS = 5
_MIN_WORDS = 8
_PART_TOKENS = 128
_CONTEXT_TOKENS = 384


@dataclass(frozen=True)
class _Part:
    """A part of the file, and what search finds for it, best first."""

    window: Window
    hits: Sequence[Hit]


def measure_sources(
    file: MeasuredText,
    searching: Searching,
    scorer: LogProbScorer,
    *,
    n_parts: int,
    n_contexts: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> SourcesFound | Unavailable:
    """Hold a file against a corpus.

    Args:
        file: a report, a summary, a compression. A document of the corpus with the very same text is left out.
        searching: the corpus.
        scorer: scores given text, and counts tokens.
        n_parts: parts that are scored, evenly over the file; the others are only embedded.
        n_contexts: passages that each is told apart from, at most.
        seed: of the estimates.
        progress: hears how far the scoring is.

    Returns:
        `Unavailable` where there are fewer than two passages to tell apart, no part of eight words, or no
        log-probabilities.
    """
    found = _parts(file, searching)
    if not found:
        return Unavailable("no part of the file has eight words and a passage near it")
    chosen = [found[at * len(found) // n_parts] for at in range(n_parts)] if len(found) > n_parts else found
    contexts = _contexts(chosen, n_contexts)
    if len(contexts) < 2:
        return Unavailable("the corpus has but one passage near the file: there is nothing to tell it apart from")
    places = {hit.passage.id: at for at, hit in enumerate(contexts)}
    texts: list[list[str]] = [[] for _ in contexts]
    for part in chosen:
        texts[places[part.hits[0].passage.id]].append(_shown(file.text_of(part.window), scorer))
    result = estimate_mi(
        [hit.passage.text for hit in contexts],
        texts,
        scorer,
        kept_tokens=[[_n_tokens(text, scorer) for text in of_context] for of_context in texts],
        max_context_tokens=_CONTEXT_TOKENS if isinstance(scorer, WindowedScorer) else None,
        seed=seed,
        progress=progress,
    )
    if isinstance(result, Unavailable):
        return result
    # The estimate's rows go by context, and within one in the order of the file.
    ordered = sorted(chosen, key=lambda part: places[part.hits[0].passage.id])
    return SourcesFound(
        near=_near(file, found, searching),
        kept=_kept(result, len(contexts)),
        parts=_part_bits(ordered, contexts, result),
        embeddings=_embedded(file, found, searching, seed),
    )


def _parts(file: MeasuredText, searching: Searching) -> list[_Part]:
    same = {
        document.id
        for document in searching.corpus.documents()
        if document.n_chars == len(file.text) and searching.corpus.text(document.id) == file.text
    }
    parts = []
    for window in file.windows:
        text = file.text_of(window)
        if len(text.split()) < _MIN_WORDS:
            continue
        hits = searching.searcher.search_passages(text[:_QUERY_CHARS], _HITS, mode="hybrid")
        hits = [hit for hit in hits if hit.passage.doc_id not in same]
        if hits:
            parts.append(_Part(window, hits))
    return parts


def _contexts(parts: Sequence[_Part], most: int) -> list[Hit]:
    """The passages that parts are of, and then those that search puts next, rank by rank."""
    found: dict[str, Hit] = {}
    for rank in range(_HITS):
        for part in parts:
            if rank < len(part.hits) and (rank == 0 or len(found) < most):
                found.setdefault(part.hits[rank].passage.id, part.hits[rank])
    return list(found.values())


def _shown(text: str, scorer: LogProbScorer) -> str:
    return scorer.beginning(text, _PART_TOKENS) if isinstance(scorer, WindowedScorer) else text


def _n_tokens(text: str, scorer: LogProbScorer) -> int:
    return scorer.count_tokens(text) if isinstance(scorer, WindowedScorer) else len(text.split())


def _near(file: MeasuredText, parts: Collection[_Part], searching: Searching) -> tuple[NearDocument, ...]:
    """The documents that come first for most parts, nearest first."""
    counts: dict[str, float] = {}
    titles: dict[str, str] = {}
    for part in parts:
        for rank, hit in enumerate(part.hits):
            counts[hit.passage.doc_id] = counts.get(hit.passage.doc_id, 0.0) + 1.0 / (1 + rank)
            titles[hit.passage.doc_id] = hit.title
    best = sorted(counts, key=lambda doc_id: (-counts[doc_id], doc_id))[:_NEAR_DOCUMENTS]
    near = [
        NearDocument(
            document=doc_id,
            title=titles[doc_id],
            distance=compression_distance(file.text, searching.corpus.text(doc_id)),
        )
        for doc_id in best
    ]
    return tuple(sorted(near, key=lambda one: one.distance))


def _kept(result: MIResult, n_passages: int) -> KeptBits:
    best = result.best
    return KeptBits(
        bits=best.clipped_bits,
        interval_bits=best.interval_bits,
        ceiling_bits=result.ceiling_bits,
        is_saturated=result.is_saturated,
        raw_bits=result.plain.bits,
        raw_interval_bits=result.plain.interval_bits,
        temperatures=result.temperatures,
        negative_share=best.negative_share,
        top1=result.top1,
        parts=result.n_samples,
        own_passages=result.n_contexts,
        passages=n_passages,
        mean_tokens=result.mean_tokens,
        bits_per_token=result.bits_per_token,
        context_tokens=result.context_tokens,
        cut_passages=result.n_cut,
        scorer=result.scorer,
    )


def _part_bits(parts: Sequence[_Part], contexts: Sequence[Hit], result: MIResult) -> tuple[PartBits, ...]:
    found = [
        PartBits(
            start=part.window.start,
            end=part.window.end,
            heading_path=part.window.heading_path,
            document=part.hits[0].passage.doc_id,
            passage=part.hits[0].passage.id,
            bits=nats_to_bits(float(nats)),
            likeliest=contexts[int(at)].passage.id,
        )
        for part, nats, at in zip(parts, result.terms_nats, result.likeliest, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: one.start))


def _embedded(file: MeasuredText, parts: Sequence[_Part], searching: Searching, seed: int) -> EmbeddingBits:
    own = searching.searcher.static_vectors([part.hits[0].passage.text for part in parts])
    said = searching.searcher.static_vectors([file.text_of(part.window) for part in parts])
    found = estimate_from_embeddings(own, said, seed=seed)
    interval = found.interval_nats
    return EmbeddingBits(
        bits=None if found.nats is None else nats_to_bits(found.nats),
        interval_bits=None if interval is None else (nats_to_bits(interval[0]), nats_to_bits(interval[1])),
        control_bits=nats_to_bits(found.control_nats),
        pairs=found.n_pairs,
        refused=found.refused,
    )
