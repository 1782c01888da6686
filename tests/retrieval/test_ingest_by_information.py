"""Ingest with passages of like information, by a scorer that knows a word's bits from a table."""

import json
from contextlib import closing

import pytest

from lm.scoring import ChatTopK
from retrieval.corpus import Corpus
from retrieval.equal_information import EqualInfoChunker
from retrieval.errors import RetrievalError
from retrieval.index import Index
from retrieval.ingest import ingest
from retrieval.ingest_types import IngestOptions
from retrieval.search import Searcher
from retrieval.surprisal_cache import SurprisalCache
from tests.bag_embedder import BagEmbedder
from tests.retrieval.table_scorer import TableScorer

BOILER = "All rights are kept with the owner of them as is said above here. "
DENSE = "Gate 17 jammed at 04:10 when two bushings swelled by 3 mm overnight. "
ONE = IngestOptions(n_workers=1)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "home" / "corpus.sqlite") as corpus:
        yield corpus


@pytest.fixture
def scorer():
    return TableScorer(dict.fromkeys(DENSE.split(), 12.0))


@pytest.fixture
def surprisals(tmp_path, scorer):
    with closing(SurprisalCache(tmp_path / "surprisals.sqlite", lambda: scorer, scorer_name="table")) as surprisals:
        yield surprisals


def counts(report):
    return (report.added, report.changed, report.removed, report.unchanged)


def scored_texts(scorer):
    return [text for _, text in scorer.scored]


def test_passages_have_like_information_keep_their_offsets_and_are_found(folder, corpus, surprisals, tmp_path):
    (folder / "a.md").write_text(f"# Terms\n\n{BOILER * 30}\n\n# Night\n\n{DENSE * 15}It was the heron's fault.\n")
    assert counts(ingest([folder], corpus, options=ONE, recutter=EqualInfoChunker(surprisals))) == (1, 0, 0, 0)
    text, passages = corpus.text("a.md"), corpus.passages_of("a.md")
    assert all(passage.text == text[passage.start : passage.end] for passage in passages)
    assert corpus.verify() == []
    longest = {
        heading: max(len(passage.text) for passage in passages if passage.heading_path == (heading,))
        for heading in ("Terms", "Night")
    }
    assert longest["Terms"] > 2 * longest["Night"]
    searcher = Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), None)
    assert "heron" in searcher.search_passages("whose fault was it, the heron's?", 1)[0].passage.text


def test_a_second_ingest_neither_reads_nor_scores_anything(folder, corpus, surprisals, scorer):
    (folder / "a.txt").write_text(BOILER * 40)
    chunker = EqualInfoChunker(surprisals)
    ingest([folder], corpus, options=ONE, recutter=chunker)
    n_scored, before = len(scorer.scored), list(corpus.iter_passages())
    assert counts(ingest([folder], corpus, options=ONE, recutter=chunker)) == (0, 0, 0, 1)
    assert len(scorer.scored) == n_scored
    assert list(corpus.iter_passages()) == before


def test_another_size_takes_effect_at_the_next_ingest_without_scoring_again(folder, corpus, surprisals, scorer):
    (folder / "a.txt").write_text(BOILER * 60)
    ingest([folder], corpus, options=ONE)
    by_length = corpus.passage_count()
    assert counts(ingest([folder], corpus, options=ONE, recutter=EqualInfoChunker(surprisals))) == (0, 1, 0, 0)
    by_information, n_scored = corpus.passage_count(), len(scorer.scored)
    finer = EqualInfoChunker(surprisals, bits=300.0)
    assert counts(ingest([folder], corpus, options=ONE, recutter=finer)) == (0, 1, 0, 0)
    assert corpus.passage_count() > 1.5 * by_information
    assert len(scorer.scored) == n_scored
    assert counts(ingest([folder], corpus, options=ONE)) == (0, 1, 0, 0)
    assert corpus.passage_count() == by_length


def test_of_a_file_of_many_documents_only_the_changed_ones_are_scored(folder, corpus, surprisals, scorer):
    def write(*texts):
        rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
        (folder / "a.jsonl").write_text("\n".join(rows))

    chunker = EqualInfoChunker(surprisals)
    write("text one", "text two")
    ingest([folder], corpus, options=ONE, recutter=chunker)
    write("text one", "text two changed")
    assert counts(ingest([folder], corpus, options=ONE, recutter=chunker)) == (0, 1, 0, 1)
    assert scored_texts(scorer) == ["text one", "text two", "text two changed"]


def test_records_of_a_table_stay_whole(folder, corpus, surprisals):
    (folder / "a.csv").write_text("name,age\n" + "".join(f"Ann {number},3. Or so\n" for number in range(300)))
    ingest([folder], corpus, options=ONE, recutter=EqualInfoChunker(surprisals))
    passages = corpus.passages_of("a.csv")
    assert len(passages) > 3
    assert all(passage.text.endswith("Or so") for passage in passages)


def test_progress_tells_how_many_characters_were_scored(folder, corpus, surprisals):
    (folder / "a.txt").write_text(BOILER * 300)
    (folder / "b.txt").write_text(DENSE * 10)
    told = []
    ingest([folder], corpus, options=ONE, recutter=EqualInfoChunker(surprisals), progress=told.append)
    measured = [step.measured_chars for step in told]
    assert measured == sorted(measured)
    assert measured[-1] == sum(document.n_chars for document in corpus.documents())
    assert len(set(measured)) > 4


def test_a_model_that_cannot_score_stops_the_ingest(folder, corpus, tmp_path):
    class Chat:
        name = "chat"

    (folder / "a.txt").write_text("text")
    with closing(SurprisalCache(tmp_path / "s.sqlite", lambda: ChatTopK(Chat()), scorer_name="chat")) as surprisals:
        with pytest.raises(RetrievalError, match="cannot be measured"):
            ingest([folder], corpus, options=ONE, recutter=EqualInfoChunker(surprisals))
    assert corpus.stats().documents == 0
