import threading

import pytest

from retrieval.dense_cache import DenseCache
from retrieval.index import Index
from retrieval.search import Searcher
from tests.bag_embedder import BagEmbedder
from tests.retrieval.small_corpus import entry, small_corpus

MODES = ["bm25", "static", "dense", "hybrid", "rrf", "linked", "pagerank"]


@pytest.fixture
def corpus(tmp_path):
    with small_corpus(tmp_path) as corpus:
        yield corpus


@pytest.fixture
def searcher(corpus, tmp_path):
    cache = DenseCache(tmp_path / "index" / "dense.sqlite", BagEmbedder())
    yield Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), cache)
    cache.close()


def texts(hits):
    return [hit.passage.text for hit in hits]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_finds_the_passage_that_says_it(searcher, mode):
    assert texts(searcher.search_passages("moon far side seen", 1, mode=mode)) == ["Its far side was seen in 1959."]


def test_hits_carry_title_score_and_each_retrievers_rank(searcher):
    hits = searcher.search_passages("canal locks", 3)
    assert hits[0].title == "Kiel Canal"
    assert hits[0].passage.text == "Locks stand at both ends."
    assert hits[0].ranks == {"bm25": 1, "static": 1, "dense": 1}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_ranks_say_only_what_a_retriever_found(searcher):
    assert searcher.search_passages("moon", 1, mode="bm25")[0].ranks.keys() == {"bm25"}


def test_a_document_is_found_by_its_title(searcher):
    assert all(hit.passage.doc_id == "suez" for hit in searcher.search_passages("Suez", 3))


def test_only_the_documents_asked_for_are_searched(searcher):
    for mode in MODES:
        hits = searcher.search_passages("canal", 10, mode=mode, doc_ids=["kiel"])
        assert {hit.passage.doc_id for hit in hits} == {"kiel"}
    assert searcher.search_passages("canal", 10, doc_ids=[]) == []


def test_a_query_without_a_known_word_is_answered_by_static_vectors(searcher):
    # "the" is a stop word to BM25, a word like any other to the embedder.
    assert searcher.search_passages("the", 5, mode="bm25") == []
    hits = searcher.search_passages("the", 5)
    assert hits and all("bm25" not in hit.ranks for hit in hits)


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_an_empty_query_is_refused(searcher, query):
    with pytest.raises(ValueError, match="empty"):
        searcher.search_passages(query, 5)
    with pytest.raises(ValueError, match="empty"):
        searcher.search_documents(query, 5)


def test_k_below_one_is_refused(searcher):
    with pytest.raises(ValueError, match="at least 1"):
        searcher.search_passages("moon", 0)


def test_more_passages_than_there_are_may_be_asked_for(searcher, corpus):
    assert len(searcher.search_passages("canal", 1000)) == corpus.passage_count()


def test_without_a_dense_encoder_words_and_static_vectors_search(corpus, tmp_path):
    searcher = Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), None)
    hits = searcher.search_passages("far side of the moon", 2)
    assert hits[0].passage.text == "Its far side was seen in 1959."
    assert "dense" not in hits[0].ranks
    with pytest.raises(ValueError, match="dense"):
        searcher.search_passages("moon", 2, mode="dense")


@pytest.mark.parametrize("mode", MODES)
def test_a_removed_document_is_never_returned_by_an_index_that_still_holds_it(searcher, corpus, mode):
    corpus.remove(["moon"])
    hits = searcher.search_passages("moon far side seen in 1959 canal", 20, mode=mode)
    assert hits and all(hit.passage.doc_id != "moon" for hit in hits)
    assert all(hit.document.id != "moon" for hit in searcher.search_documents("moon canal", 20, mode=mode))


def test_a_changed_document_is_never_quoted_as_it_was(searcher, corpus):
    corpus.add_many([entry("moon", "Moon", ["It is made of rock."])])
    assert "Its far side was seen in 1959." not in texts(searcher.search_passages("moon far side", 20))


def test_a_reopened_index_finds_what_is_new(searcher, corpus, tmp_path):
    corpus.add_many([entry("mars", "Mars", ["The red planet."])])
    cache = DenseCache(tmp_path / "index" / "dense.sqlite", BagEmbedder())
    again = Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), cache)
    assert texts(again.search_passages("red planet", 1)) == ["The red planet."]
    cache.close()


def test_only_what_a_query_visits_is_embedded(corpus, tmp_path):
    seen = []

    class Recording(BagEmbedder):
        def encode(self, texts):
            seen.extend(texts)
            return super().encode(texts)

    many = {f"d{i:03}": (f"Title {i}", [f"word{i} filler{i} text{i}"]) for i in range(400)}
    (tmp_path / "many").mkdir()
    with small_corpus(tmp_path / "many", many) as large:
        cache = DenseCache(tmp_path / "many" / "dense.sqlite", Recording())
        searcher = Searcher(large, Index.open(large, tmp_path / "many" / "index", BagEmbedder()), cache)
        searcher.search_passages("word7", 5)
        assert 0 < len(seen) <= 51
        before = len(seen)
        searcher.search_passages("word7", 5)
        cache.close()
    assert len(seen) == before


def test_documents_gather_their_passages_best_first(searcher):
    hits = searcher.search_documents("Suez canal 1869", 3)
    assert hits[0].document.id == "suez"
    assert len(hits[0].passage_ids) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.document.id for hit in hits}) == len(hits)


def test_many_middling_passages_do_not_beat_the_one_that_says_it(tmp_path):
    documents = {
        "long": ("Chronicle", [f"A harbour pilot went home on day {i}." for i in range(40)]),
        "short": ("Answer", ["The harbour pilot of Kronstadt was Nikolai."]),
    }
    with small_corpus(tmp_path, documents) as corpus:
        searcher = Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), None)
        hits = searcher.search_documents("harbour pilot of Kronstadt", 2)
    assert [hit.document.id for hit in hits] == ["short", "long"]


def test_a_long_document_does_not_crowd_out_the_others(tmp_path):
    documents = {
        "long": ("Chronicle", ["The pilot went home."] * 120),
        "short": ("Notes", ["A pilot and much else."]),
    }
    with small_corpus(tmp_path, documents) as corpus:
        searcher = Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), None)
        hits = searcher.search_documents("pilot went home", 2)
    assert [hit.document.id for hit in hits] == ["long", "short"]


def test_the_same_question_gets_the_same_answer_cold_and_warm(searcher):
    cold = searcher.search_passages("canal in the earth", 9)
    assert searcher.search_passages("canal in the earth", 9) == cold


def test_threads_may_search_together(searcher):
    queries = ["canal", "moon", "bread salt", "1869", "locks at both ends"] * 4
    expected = {query: searcher.search_passages(query, 5) for query in set(queries)}
    wrong = []

    def check(query):
        if searcher.search_passages(query, 5) != expected[query]:
            wrong.append(query)

    threads = [threading.Thread(target=check, args=(query,)) for query in queries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.model
def test_the_real_encoder_finds_a_paraphrase_that_shares_no_word(corpus, tmp_path, minilm_folder):
    from lm.minilm import MiniLMEmbedder

    cache = DenseCache(tmp_path / "real.sqlite", MiniLMEmbedder(minilm_folder))
    searcher = Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), cache)
    hits = searcher.search_passages("lunar satellite orbiting our planet", 1)
    cache.close()
    assert hits[0].passage.doc_id == "moon"


def open_search(tmp_path, corpus, *, dense=True, **options):
    cache = DenseCache(tmp_path / "index" / "dense.sqlite", BagEmbedder()) if dense else None
    return Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), cache, **options)


HOPS = [
    ("film", "Night Ferry", "Night Ferry is a film that Anna Brandt directed in Senegal for Zenith Pictures."),
    ("person", "Anna Brandt", "She came from Kiel and had two brothers."),
    ("studio", "Lots of the coast", "Among the lots is that of Zenith Pictures, by the water."),
    *((f"film{n}", f"Film number {n}", f"Another film, of cooks and their pots {n}.") for n in range(6)),
    *((f"land{n}", f"Land {n}", f"Ships sail to Senegal, route {n}.") for n in range(12)),
]
QUESTION = "Where was the director of the film Night Ferry born?"


@pytest.fixture
def hops(tmp_path):
    with small_corpus(tmp_path, {id_: (title, [text]) for id_, title, text in HOPS}) as corpus:
        yield corpus


@pytest.mark.parametrize("dense", [True, False])
def test_a_title_in_the_best_hit_leads_to_its_document(hops, tmp_path, dense):
    searcher = open_search(tmp_path, hops, dense=dense)
    plain = [hit.passage.doc_id for hit in searcher.search_passages(QUESTION, 4, mode="hybrid")]
    linked = searcher.search_passages(QUESTION, 4)
    assert plain[0] == "film" and "person" not in plain
    person = next(hit for hit in linked if hit.passage.doc_id == "person")
    assert person.led_by == "Anna Brandt in Night Ferry"
    assert person.ranks["links"] == 1
    assert linked[0].passage.doc_id == "film" and linked[0].led_by == ""


def test_a_rare_name_leads_to_those_who_share_it_and_a_common_one_nowhere(hops, tmp_path):
    found = open_search(tmp_path, hops).search_passages(QUESTION, 30)
    led_by = {hit.passage.doc_id: hit.led_by for hit in found}
    assert led_by["studio"] == "Zenith Pictures in Night Ferry"
    assert not any("senegal" in led for led in led_by.values())


def test_links_lead_only_to_documents_that_may_be_searched_and_are_there(hops, tmp_path):
    searcher = open_search(tmp_path, hops)
    allowed = [id_ for id_, *_ in HOPS if id_ != "person"]
    assert "person" not in {hit.passage.doc_id for hit in searcher.search_passages(QUESTION, 30, doc_ids=allowed)}
    hops.remove(["person"])
    assert "person" not in {hit.passage.doc_id for hit in searcher.search_passages(QUESTION, 30)}


def test_rewired_links_find_the_second_hop_no_better_than_none(hops, tmp_path):
    searcher = open_search(tmp_path, hops)
    ranks = []
    for seed in range(12):
        hits = searcher.rewired(seed).search_passages(QUESTION, 30)
        ranks.append([hit.passage.doc_id for hit in hits[:4]].count("person"))
    assert sum(ranks) <= 3


def test_the_mode_of_a_searcher_is_that_of_searches_that_name_none(hops, tmp_path):
    plain = open_search(tmp_path, hops, mode="hybrid")
    assert plain.search_passages(QUESTION, 5) == plain.search_passages(QUESTION, 5, mode="hybrid")


NAMED = {
    "ferry": (
        "Night Ferry",
        ["Anna Brandt directed Night Ferry on the Kelder Canal.", "The ferry of the film burned in May at dusk."],
    ),
    "canal": ("Kelder Canal, Lower Reach", ["Monks dug it with spades."]),
    "review": ("A review", ["The critic slept through Night Ferry twice."]),
    **{f"wall{n}": (f"Stones {n}", [f"Stones of the wall, row {n}."]) for n in range(8)},
}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (
            "linked",
            [
                ("ferry", 0, 0.941039133, ""),
                ("canal", 0, 0.611675436, "Kelder Canal in Night Ferry"),
                ("review", 0, 0.398899933, "its mention of Night Ferry"),
                ("ferry", 1, 0.01118034, ""),
            ],
        ),
        (
            "pagerank",
            [
                ("ferry", 0, 0.941039133, ""),
                ("ferry", 1, 0.471625985, "Night Ferry in A review"),
                ("canal", 0, 0.449278374, "Kelder Canal in Night Ferry"),
                ("review", 0, 0.01490712, ""),
            ],
        ),
    ],
)
def test_what_led_to_a_hit_is_the_name_as_the_better_hit_says_it_and_changes_no_score(tmp_path, mode, expected):
    # The scores are those of before names were told so.
    with small_corpus(tmp_path, NAMED) as corpus:
        hits = open_search(tmp_path, corpus, dense=False, mode=mode).search_passages("What did Anna Brandt make?", 4)
    assert [(hit.passage.doc_id, hit.passage.ordinal, hit.led_by) for hit in hits] == [
        (doc_id, ordinal, led_by) for doc_id, ordinal, _, led_by in expected
    ]
    assert [hit.score for hit in hits] == pytest.approx([score for *_, score, _ in expected], abs=1e-8)


def test_relevance_counts_from_the_next_passage_after_the_best(hops, tmp_path):
    searcher = open_search(tmp_path, hops)
    scores = [hit.score for hit in searcher.search_passages(QUESTION, 4)]
    relevance = list(searcher.relevance_to(QUESTION, 3).values())
    floor = scores[3]
    assert relevance == pytest.approx([(score - floor) / (scores[0] - floor) for score in scores[:3]])
    assert relevance[0] == 1.0
    everything = searcher.relevance_to(QUESTION, 100)
    assert list(everything.values())[1] == pytest.approx(scores[1] / scores[0])  # none comes after them: from 0


def test_a_search_within_documents_never_leaves_them(searcher):
    within = searcher.within(["kiel"])
    for mode in MODES:
        assert {hit.passage.doc_id for hit in within.search_passages("canal moon", 10, mode=mode)} == {"kiel"}
    assert within.search_passages("canal", 10, doc_ids=["suez"]) == []
    assert {hit.passage.doc_id for hit in within.in_mode("bm25").search_passages("canal", 10)} == {"kiel"}


def test_a_corpus_within_documents_lists_and_counts_them_alone(corpus):
    within = corpus.within(["kiel"])
    assert [document.id for document in within.documents()] == ["kiel"]
    assert within.passage_count() == len(corpus.passages_of("kiel")) < corpus.passage_count()
