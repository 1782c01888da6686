"""A LangChain vector store as the dense index: LangChain's own store in memory, and its fake embeddings."""

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

from retrieval.errors import RetrievalError
from retrieval.index import Index
from retrieval.search import Searcher
from retrieval.vector_store import Synced, VectorStoreIndex
from tests.bag_embedder import BagEmbedder
from tests.retrieval.small_corpus import DOCUMENTS, entry, small_corpus

N_PASSAGES = sum(len(texts) for _, texts in DOCUMENTS.values())


class BagEmbeddings(Embeddings):
    """The tests' embedder as LangChain wants it."""

    def embed_documents(self, texts):
        return BagEmbedder().encode(texts).tolist()

    def embed_query(self, text):
        return self.embed_documents([text])[0]


class KeepingStore(InMemoryVectorStore):
    """A store that can neither delete nor look up."""

    def delete(self, ids=None, **kwargs):
        raise NotImplementedError

    def get_by_ids(self, ids, /):
        raise NotImplementedError


class RefusingStore(InMemoryVectorStore):
    """A store that takes no document under an id that it holds, as FAISS does not."""

    def add_documents(self, documents, ids=None, **kwargs):
        if held := set(ids or ()) & self.store.keys():
            raise ValueError(f"ids that already exist: {held}")
        return super().add_documents(documents, ids=ids, **kwargs)


@pytest.fixture
def corpus(tmp_path):
    with small_corpus(tmp_path) as corpus:
        yield corpus


@pytest.fixture
def store():
    return InMemoryVectorStore(DeterministicFakeEmbedding(size=64))


def searching(corpus, tmp_path, index):
    return Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), None, elsewhere=index)


def in_step(store, corpus, **options):
    index = VectorStoreIndex(store, **options)
    index.sync(corpus)
    return index


def test_the_store_holds_each_passage_under_its_id(corpus, store):
    index = VectorStoreIndex(store)
    assert index.sync(corpus) == Synced(added=N_PASSAGES, removed=0)
    assert store.store.keys() == {row.passage.id for row in corpus.iter_passages()}
    assert index.sync(corpus) == Synced(added=0, removed=0)


def test_what_leaves_the_corpus_leaves_the_store_and_what_comes_is_added(corpus, store):
    index = in_step(store, corpus)
    moon = {passage.id for passage in corpus.passages_of("moon")}
    corpus.remove(["moon"])
    corpus.add_many([entry("mars", "Mars", ["Mars is red."])])
    assert index.sync(corpus) == Synced(added=1, removed=2)
    assert not moon & store.store.keys()
    assert {row.passage.id for row in corpus.iter_passages()} == store.store.keys()


def test_a_new_title_embeds_the_passages_anew(corpus, store):
    index = in_step(store, corpus)
    corpus.add_many([entry("moon", "The Moon", DOCUMENTS["moon"][1])])
    assert index.sync(corpus) == Synced(added=2, removed=0)
    (first, _) = corpus.passages_of("moon")
    assert store.store[first.id]["text"].startswith("The Moon. ")


def test_what_is_held_is_remembered_beside_a_store_that_outlives_the_process(corpus, store, tmp_path):
    in_step(store, corpus, held=tmp_path / "held.json")
    corpus.remove(["moon"])
    again = VectorStoreIndex(store, held=tmp_path / "held.json")
    assert again.sync(corpus) == Synced(added=0, removed=2)


def test_a_store_that_refuses_the_ids_it_holds_goes_on_after_a_sync_that_was_cut_short(corpus, tmp_path):
    store = RefusingStore(DeterministicFakeEmbedding(size=64))
    in_step(store, corpus, held=tmp_path / "held.json")
    (tmp_path / "held.json").unlink()  # killed after the store had taken them
    again = VectorStoreIndex(store, held=tmp_path / "held.json")
    assert again.sync(corpus) == Synced(added=N_PASSAGES, removed=0)
    assert store.store.keys() == {row.passage.id for row in corpus.iter_passages()}
    corpus.add_many([entry("moon", "The Moon", DOCUMENTS["moon"][1])])
    assert again.sync(corpus) == Synced(added=2, removed=0)


def test_a_change_that_was_killed_before_it_was_added_forgets_nothing_else(corpus, tmp_path):
    store = RefusingStore(DeterministicFakeEmbedding(size=64))
    in_step(store, corpus, held=tmp_path / "held.json")
    changed = min(store.store)
    title = store.store[changed]["metadata"]["document"]
    others = next(name for name in DOCUMENTS if name != title)
    corpus.add_many([entry(title, "Another title", DOCUMENTS[title][1])])
    corpus.remove([others])
    store.add_documents = None  # the kill
    with pytest.raises(TypeError):
        VectorStoreIndex(store, held=tmp_path / "held.json").sync(corpus)
    del store.add_documents
    VectorStoreIndex(store, held=tmp_path / "held.json").sync(corpus)
    assert store.store.keys() == {row.passage.id for row in corpus.iter_passages()}


@pytest.mark.parametrize("damage", ["", "[", "3"])
def test_a_store_that_lost_all_or_an_account_that_is_damaged_is_filled_again(corpus, store, tmp_path, damage):
    in_step(store, corpus, held=tmp_path / "held.json")
    if damage:
        (tmp_path / "held.json").write_text(damage)
        again = VectorStoreIndex(store, held=tmp_path / "held.json")
    else:
        again = VectorStoreIndex(InMemoryVectorStore(store.embedding), held=tmp_path / "held.json")
    assert again.sync(corpus) == Synced(added=N_PASSAGES, removed=0)


def test_a_store_that_cannot_delete_says_so_when_it_must(corpus):
    index = VectorStoreIndex(KeepingStore(BagEmbeddings()))
    index.sync(corpus)
    assert index.sync(corpus) == Synced(added=0, removed=0)
    corpus.remove(["moon"])
    with pytest.raises(RetrievalError, match="KeepingStore cannot delete, and 2 passages"):
        index.sync(corpus)


def test_alone_it_ranks_as_the_store_does(corpus, store, tmp_path):
    index = in_step(store, corpus)
    query = "canal locks"
    hits = searching(corpus, tmp_path, index).search_passages(query, 5, mode="dense")
    assert [hit.passage.id for hit in hits] == [document.id for document in store.similarity_search(query, k=20)][:5]
    assert [hit.ranks["dense"] for hit in hits] == [1, 2, 3, 4, 5]


def test_ranks_become_likenesses_that_fall_evenly(corpus, store):
    found = in_step(store, corpus).nearest("canal", 4)
    assert [score for _, score in found] == [1.0, 0.75, 0.5, 0.25]


def test_cosines_of_the_store_are_taken_as_they_are(corpus):
    index = in_step(InMemoryVectorStore(BagEmbeddings()), corpus, scores="cosine")
    (best, score), *_ = index.nearest("Moon. Its far side was seen in 1959.", 3)
    assert score == pytest.approx(1.0)
    assert corpus.passage(best).text == "Its far side was seen in 1959."


def test_it_brings_candidates_that_words_do_not_find_and_moves_the_ranking(corpus, tmp_path):
    # The made-up likeness is of the query's vector alone: the store is filled so that bread is nearest to "canal".
    class BreadIsACanal(BagEmbeddings):
        def embed_query(self, text):
            return BagEmbeddings().embed_query("Sourdough. Patience makes it sour.")

    index = in_step(InMemoryVectorStore(BreadIsACanal()), corpus, scores="cosine")
    without = Searcher(corpus, Index.open(corpus, tmp_path / "index", BagEmbedder()), None)
    found = searching(corpus, tmp_path, index).search_passages("canal", 9, mode="hybrid")
    texts = [hit.passage.text for hit in found]

    assert without.search_passages("canal", 1, mode="hybrid")[0].passage.doc_id != "bread"
    assert texts[0] == "Patience makes it sour."
    # .4 * words, of which bread has none, + .6 * a cosine of 1.
    assert found[0].score == pytest.approx(0.6)
    assert found[0].ranks["dense"] == 1
    assert "bm25" not in found[0].ranks


def test_only_the_documents_asked_for_are_found_however_deep_they_stand(corpus, store, tmp_path):
    index = in_step(store, corpus)
    hits = searching(corpus, tmp_path, index).search_passages("canal", 2, mode="dense", doc_ids=["bread"])
    assert len(hits) == 2
    assert {hit.passage.doc_id for hit in hits} == {"bread"}


@pytest.mark.parametrize("mode", ["hybrid", "rrf", "linked", "dense"])
def test_passages_that_only_the_store_still_has_are_not_found(corpus, store, tmp_path, mode):
    searcher = searching(corpus, tmp_path, in_step(store, corpus))
    corpus.remove(["moon"])
    assert "moon" not in {hit.passage.doc_id for hit in searcher.search_passages("moon far side", 9, mode=mode)}


def test_two_dense_indexes_are_refused(corpus, store, tmp_path):
    from retrieval.dense_cache import DenseCache

    index = Index.open(corpus, tmp_path / "index", BagEmbedder())
    dense = DenseCache(tmp_path / "v.sqlite", BagEmbedder())
    with pytest.raises(ValueError, match="one dense index"):
        Searcher(corpus, index, dense, elsewhere=VectorStoreIndex(store))
    dense.close()
