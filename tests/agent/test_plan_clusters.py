import numpy as np
import pytest

from agent.align import align
from agent.brief import preview
from agent.plan import PlanSize
from agent.plan_clusters import WHOLE, blocks_of_hits, cluster_outline, is_generic, name_of, year_of
from retrieval.types import Hit
from tests.agent.affair import DOCUMENTS

TOPIC = "The failure of the Brenholt cableway"
BRIEF = preview(TOPIC, words=400, default_words=1200, documents=[])


@pytest.fixture
def hits(affair):
    return align(TOPIC, affair.searcher, affair.embedder, k=20).hits


def outlined(affair, hits, seed=66):
    size = PlanSize(3, 1, 100)
    return cluster_outline(
        BRIEF,
        hits,
        affair.corpus,
        embedder=affair.embedder,
        static=affair.searcher.static_vectors,
        size=size,
        seed=seed,
    )


def hit_of(affair, doc_id):
    passage = affair.corpus.passages_of(doc_id)[0]
    return Hit(passage=passage, title=affair.corpus.document(doc_id).title, score=1.0)


def named(affair, *doc_ids, taken=(), topic=TOPIC):
    hits = [hit_of(affair, doc_id) for doc_id in doc_ids]
    centroid = affair.embedder.encode([hits[0].title])[0]
    return name_of(hits, centroid, list(taken), topic=topic, embedder=affair.embedder)


def test_sections_bear_headings_of_the_corpus_each_once(affair, hits):
    outline = outlined(affair, hits)
    titles = [section.title for section in outline.sections]
    known = {line.lstrip("# ") for text in DOCUMENTS.values() for line in text.splitlines() if line.startswith("#")}
    known |= {document.title for document in affair.corpus.documents()}
    assert 2 <= len(titles) == len(set(titles)) <= 3
    assert set(titles) <= known | {title.split(": ")[0] for title in known}


def test_a_section_of_several_documents_bears_no_title_of_one_and_no_kind_of_document(affair):
    hits = [hit_of(affair, doc_id) for doc_id in ("press-2019.md", "technical.md", "money.md", "court.md")]
    under = hits[1].passage.model_copy(update={"heading_path": ("The frozen brake",)})
    hits[1] = hits[1].model_copy(update={"passage": under})
    centroid = affair.embedder.encode([hits[0].title])[0]
    assert name_of(hits, centroid, [], topic="x", embedder=affair.embedder) == "The frozen brake"
    assert named(affair, "money.md", topic="x") == "Where the money went"


def test_where_all_that_stands_over_most_is_of_a_kind_no_title_of_one_document_takes_its_place(affair):
    hits = [hit_of(affair, doc_id) for doc_id in ("money.md", "technical.md", "court.md")]
    titled = [
        hit.model_copy(update={"title": title, "passage": hit.passage.model_copy(update={"heading_path": path})})
        for hit, title, path in zip(
            hits,
            ("The Ledger Of Harrow", "Sluice Gates Today", "Water And Salt"),
            ((), ("Timeline Of Events",), ()),
            strict=True,
        )
    ]
    centroid = affair.embedder.encode(["The Ledger Of Harrow"])[0]
    assert name_of(titled, centroid, [], topic="x", embedder=affair.embedder) == "Timeline Of Events"


@pytest.mark.parametrize("heading", ["See also", "Sources", "Table of contents", "Appendix B", "Rejected ideas"])
def test_what_stands_in_documents_on_anything_is_generic(heading):
    assert is_generic(heading)


@pytest.mark.parametrize(
    ("brief", "size", "reason"),
    [
        (BRIEF.model_copy(update={"sections": 1, "words": 3000}), PlanSize(1, 2, 50), "one section is asked for"),
        (
            BRIEF.model_copy(update={"words": 90}),
            PlanSize(1, 1, 100),
            "a report of 90 words has room for one section",
        ),
    ],
    ids=["asked for", "short"],
)
def test_a_plan_of_one_section_says_whether_it_was_asked_for(affair, hits, brief, size, reason):
    found = cluster_outline(
        brief, hits, affair.corpus, embedder=affair.embedder, static=affair.searcher.static_vectors, size=size, seed=1
    )
    assert found.reason == reason


def test_the_same_seed_gives_the_same_outline(affair, hits):
    assert outlined(affair, hits) == outlined(affair, hits)


def test_clusters_of_dated_documents_are_told_in_time_and_of_undated_ones_not(make_affair):
    """The order is worked out once, from what the plan is made of."""

    def chained(documents):
        place = make_affair(documents)
        hits = align("The springs of the cableway", place.searcher, place.embedder, k=20).hits
        sections = outlined(place, hits).sections
        ids = [section.blocks[0].id for section in sections]
        assert len(ids) >= 2
        return [section.blocks[0].depends_on for section in sections] == [(), *((id_,) for id_ in ids[:-1])]

    told = "The springs of the grips were made of {} and tested for {} weeks by the owner of the cableway."
    things = ["steel", "brass", "iron", "copper", "bronze", "nickel", "zinc", "wood", "rubber"]
    files = [f"Springs of {one}\n\n{told.format(one, n)}\n" for n, one in enumerate(things, 2)]
    assert chained({f"{n}.md": f"# Report of {1990 + n}: {file}" for n, file in enumerate(files)})
    assert not chained({f"{n}.md": f"# Report: {file}" for n, file in enumerate(files)})


def test_few_passages_near_the_topic_are_one_section_and_no_more(affair, hits):
    found = outlined(affair, hits[:1])
    assert found.reason == "1 passage is near enough to the topic to plan by"
    assert [section.title for section in found.sections] == [WHOLE]


def test_nothing_found_cannot_be_planned(affair):
    with pytest.raises(ValueError, match="no passages"):
        outlined(affair, [])


def test_a_cluster_is_named_by_its_nearest_heading(affair):
    assert named(affair, "money.md", "court.md") == "Where the money went"


def test_a_name_that_is_taken_is_not_used_again(affair):
    assert named(affair, "money.md", "court.md", taken=["Where the money went"]) == "The judgment of 2021"
    assert named(affair, "money.md", taken=["Where the money went"]) is None


def test_a_generic_heading_names_nothing(make_affair):
    place = make_affair(
        {"a.md": "# Introduction\n\nThe rope of Orme was new.\n\n## Summary\n\nThe rope of Orme tore.\n"}
    )
    assert named(place, "a.md") is None


def test_a_documents_year_is_the_first_in_its_title_or_opening(affair):
    years = {doc_id: year_of(affair.corpus, doc_id) for doc_id in ("board-2018.md", "history.md", "bread.md")}
    assert years == {"board-2018.md": 2018, "history.md": 2009, "bread.md": None}


def test_a_section_is_split_by_likeness_where_there_is_enough(affair):
    hits = [
        hit_of(affair, d)
        for d in ("money.md", "court.md", "night.md", "press-2019.md", "board-2018.md", "memo-2018.md")
    ]
    # Two directions, three passages each: the split must find them.
    vectors = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    blocks = blocks_of_hits(2, "Title", TOPIC, hits, vectors, BRIEF, PlanSize(3, 2, 50))
    assert [block.id for block in blocks] == ["s02b01", "s02b02"]
    # The last query of a block is the opening of its first passage.
    openings = [block.queries[-1].split("\n")[0][:24] for block in blocks]
    assert openings == ["# Where the money went T", "# Press release of 5 Feb"]


def test_few_passages_make_one_block_with_all_the_words(affair):
    hits = [hit_of(affair, "money.md"), hit_of(affair, "court.md")]
    vectors = np.eye(2, dtype=np.float32)
    (block,) = blocks_of_hits(1, "Title", TOPIC, hits, vectors, BRIEF, PlanSize(3, 2, 50))
    assert block.target_words == 100
