"""The graph of passages and names, and searches that walk on it: a made-up corpus with a second hop and a third."""

import math

import pytest

from retrieval.index import Index
from retrieval.links import TitleLinks
from retrieval.name_graph import TITLE_WEIGHT, NameGraph
from retrieval.pagerank import personalised_pagerank
from retrieval.search import Searcher
from tests.bag_embedder import BagEmbedder
from tests.retrieval.small_corpus import entry, small_corpus

CROWD = 12  # passages that name Senegal: too many for a name to lead to
HOPS = [
    ("film", "Night Ferry", "Night Ferry is a film that Anna Brandt directed in Senegal for Zenith Pictures."),
    ("person", "Anna Brandt", "She grew up with two brothers by the Kelder Canal."),
    ("canal", "Waterways", "One is the Kelder Canal, dug by monks."),
    ("studio", "Lots of the coast", "Here lies that of Zenith Pictures, by the water."),
    ("country", "Senegal", "A country on the coast."),
    ("apart", "Pictures of the night", "The zenith of the pictures was in May."),
    *((f"film{n}", f"Film number {n}", f"Another film, of cooks and their pots {n}.") for n in range(6)),
    *((f"land{n}", f"Land {n}", f"Ships sail to Senegal, route {n}.") for n in range(CROWD)),
]
QUESTION = "Where did the director of the film Night Ferry grow up?"


@pytest.fixture
def corpus(tmp_path):
    with small_corpus(tmp_path, {id_: (title, [text]) for id_, title, text in HOPS}) as corpus:
        yield corpus


def open_index(corpus, tmp_path):
    return Index.open(corpus, tmp_path / "index", BagEmbedder())


def graph_of(corpus, tmp_path, query=QUESTION, **options):
    index = open_index(corpus, tmp_path)
    titles = TitleLinks(index.rows.titles)

    def present(rows):
        return dict(zip(rows, corpus.passages([index.rows.passage_ids[row] for row in rows]), strict=True))

    rows = {index.rows.doc_ids[index.document_of(row)]: row for row in range(len(index))}
    return NameGraph(query, index=index, titles=titles, present=present, **options), rows


def ids(hits):
    return [hit.passage.doc_id for hit in hits]


def walked(corpus, tmp_path, query=QUESTION, k=30, **options):
    return Searcher(corpus, open_index(corpus, tmp_path), None, mode="pagerank").search_passages(query, k, **options)


def test_edges_weigh_what_hand_worked_counts_give(corpus, tmp_path):
    graph, rows = graph_of(corpus, tmp_path)
    n = len(HOPS)
    edges = graph.edges_of([rows["film"], "zenith pictures", "anna brandt", "senegal"])
    # "Zenith Pictures" stands in two passages of n, "Anna Brandt" in hers, by its title, and in the film's.
    assert edges["zenith pictures"] == pytest.approx({rows["film"]: math.log(n / 2), rows["studio"]: math.log(n / 2)})
    title = TITLE_WEIGHT * math.log(n / 2)
    assert edges["anna brandt"] == pytest.approx({rows["film"]: math.log(n / 2), rows["person"]: title})
    # Senegal stands in too many to lead to them: only to the document of that title, here also by its title.
    assert edges["senegal"] == pytest.approx({rows["country"]: TITLE_WEIGHT * math.log(n / (CROWD + 2))})
    assert edges[rows["film"]] == pytest.approx(
        {"anna brandt": math.log(n / 2), "zenith pictures": math.log(n / 2), "senegal": math.log(n / (CROWD + 2))}
    )


def test_names_of_the_query_and_documents_that_are_not_allowed_have_no_edges(corpus, tmp_path):
    graph, rows = graph_of(corpus, tmp_path, "What did Anna Brandt do for Zenith Pictures?")
    assert graph.edges_of([rows["film"]])[rows["film"]].keys() == {"senegal"}
    graph, rows = graph_of(corpus, tmp_path, allowed=frozenset([0]))
    assert graph.edges_of([rows["film"]])[rows["film"]] == {}


def test_a_walk_reaches_those_whom_the_best_hit_names(corpus, tmp_path):
    hits = walked(corpus, tmp_path)
    led_by = {hit.passage.doc_id: hit.led_by for hit in hits}
    assert hits[0].passage.doc_id == "film" and hits[0].led_by == ""
    assert led_by["person"] == "Anna Brandt in Night Ferry"
    assert all("pagerank" in hit.scores for hit in hits if hit.led_by)


def test_mass_goes_on_to_the_third_hop_and_less_of_it_than_to_the_second(corpus, tmp_path):
    graph, rows = graph_of(corpus, tmp_path)
    masses = personalised_pagerank({rows["film"]: 1.0}, graph.edges_of, damping=0.5, tolerance=1e-6)
    reached = {doc_id: masses[row] for doc_id, row in rows.items() if row in masses}
    assert reached.keys() == {"film", "person", "studio", "country", "canal"}
    assert reached["person"] > reached["studio"] > reached["canal"]
    assert graph.leading_names(masses, [rows["canal"]]) == {rows["canal"]: (rows["person"], "kelder canal")}


def test_rewired_edges_find_the_second_hop_less_often(corpus, tmp_path):
    searcher = Searcher(corpus, open_index(corpus, tmp_path), None, mode="pagerank")
    true = ids(searcher.search_passages(QUESTION, 4))
    rewired = [ids(searcher.rewired(seed).search_passages(QUESTION, 4)) for seed in range(24)]
    assert "person" in true
    assert sum("person" in found for found in rewired) <= 8  # 24 documents, of which walks reach up to 15


def test_a_new_document_is_walked_to_by_the_next_search(corpus, tmp_path):
    assert "mill" not in ids(walked(corpus, tmp_path))
    before = walked(corpus, tmp_path)
    corpus.add_many([entry("mill", "Mills", ["They were filmed by Zenith Pictures."])])
    after = {hit.passage.doc_id: hit for hit in walked(corpus, tmp_path)}
    assert after["mill"].led_by == "Zenith Pictures in Night Ferry"
    assert {hit.passage.doc_id for hit in before} <= after.keys()
    corpus.remove(["person"])
    assert "person" not in ids(walked(corpus, tmp_path))


def test_a_question_whose_hits_name_nothing_further_keeps_its_ranking(corpus, tmp_path):
    searcher = Searcher(corpus, open_index(corpus, tmp_path), None)
    for question in ("cooks and their pots", "Which film has cooks and pots?"):
        plain = searcher.search_passages(question, 10, mode="hybrid")
        found = searcher.search_passages(question, 10, mode="pagerank")
        assert [(hit.passage.id, hit.score) for hit in found] == [(hit.passage.id, hit.score) for hit in plain]


def test_walks_stay_in_the_documents_that_are_asked_for(corpus, tmp_path):
    allowed = ["film", "film1", "film2", "studio"]
    assert {*ids(walked(corpus, tmp_path, doc_ids=allowed))} <= {*allowed}


def test_a_title_that_passages_share_is_named_only_where_nothing_else_led_there(tmp_path):
    words = "was played by the water every evening of that long and quiet summer for whoever came"
    documents = {
        "canal": ("Kelder Canal", [f"The zither {words}.", f"A zither, {words}.", "Stones on stones."]),
        **{f"x{n}": (f"Wall {n}", [f"Stones of row {n}."]) for n in range(8)},
    }
    with small_corpus(tmp_path, documents) as corpus:
        hits = walked(corpus, tmp_path, "Which zither and which stones?", 12)
        assert {hit.passage.ordinal: hit.led_by for hit in hits if hit.passage.doc_id == "canal"} == {
            0: "",
            1: "",
            2: "another passage of Kelder Canal",
        }
        corpus.add_many([entry("ships", "Zithers of the ships", ["A zither, a zither from the Kelder Canal."])])
        hits = walked(corpus, tmp_path, "Which zither and which stones?", 12)
        led_by = {hit.passage.text: hit.led_by for hit in hits}
        assert led_by["Stones on stones."] == "Kelder Canal in Zithers of the ships"
