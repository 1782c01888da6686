from dataclasses import replace

import pytest

from agent.forage import forage
from agent.forage_margin import forage_by_margin
from agent.foraged import DEPTHS, SPECIFIC, Basket, ForageGoal, Land
from agent.sweep import sweep
from agent.types import AtomicBlock
from retrieval.index import Index
from retrieval.near_duplicates import unique_characters
from retrieval.search import Searcher
from retrieval.types import Hit
from tests.agent.affair import DOCUMENTS, TOPIC
from tests.bag_embedder import BagEmbedder

BLOCK = AtomicBlock(
    id="s01b01", question="Why did the brake freeze?", queries=("soft springs of the grips",), target_words=50
)


def foraged_by_scores(passages, scale):
    """Steps by the margin where a search finds these passages, the next always half as near as the one before."""
    hits = [Hit(passage=passage, title="", score=scale * 0.5**n) for n, passage in enumerate(passages)]
    steps = []
    land = Land(
        look=lambda query, depth: hits[:depth],
        specific=None,
        neighbours=lambda passages: [],
        is_late=lambda: False,
        tell=steps.append,
    )
    forage_by_margin(["a"], Basket(ForageGoal(target=1500)), land)
    return steps


def foraged(place, block=BLOCK, *, is_late=lambda: False, **goal):
    steps = []
    found = forage(
        block,
        searcher=place.searcher,
        corpus=place.corpus,
        goal=ForageGoal(**{"target": 660, **goal}),
        topic=TOPIC,
        on_step=steps.append,
        is_late=is_late,
    )
    assert list(found.steps) == steps
    return found


def test_foraging_ends_when_the_share_is_read(affair):
    found = foraged(affair)
    assert found.unique_characters >= found.target_characters == 660
    assert found.stop_reason.startswith("saturated")
    assert [step.query for step in found.steps] == ["soft springs of the grips"]


def test_foraging_ends_when_the_corpus_has_no_more(affair):
    found = foraged(affair, target=330_000)
    assert found.stop_reason.startswith("nothing new")
    assert len(found.passages) == len(DOCUMENTS)


def test_gains_add_up_to_what_was_read(affair):
    found = foraged(affair, target=330_000)
    assert sum(step.gain for step in found.steps) == found.unique_characters
    assert unique_characters(affair.corpus.passages(found.passages)) == found.unique_characters


def test_only_the_subjects_of_a_block_are_read(affair):
    block = BLOCK.model_copy(update={"subject_ids": ("money.md", "court.md")})
    found = foraged(affair, block, target=330_000)
    assert {passage.doc_id for passage in affair.corpus.passages(found.passages)} <= {"money.md", "court.md"}


def test_a_reprint_is_not_read_twice(make_affair):
    text = DOCUMENTS["money.md"]
    place = make_affair({"money.md": text, "reprint.md": text.replace("# Where the money went", "# A reprint")})
    found = foraged(place, target=330_000)
    assert len(found.passages) == 1


def test_a_query_deeper_than_the_corpus_is_asked_a_finite_number_of_times(affair):
    found = foraged(affair, target=330_000)
    assert len(found.steps) <= 16


def test_late_foraging_asks_once_and_says_why_it_stopped(affair):
    found = foraged(affair, target=330_000, is_late=lambda: True)
    assert [step.query for step in found.steps] == [BLOCK.queries[0]]
    assert found.passages
    assert found.ending == "time"
    assert found.stop_reason.startswith("out of time")


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_query_is_not_asked(affair, blank):
    found = foraged(affair, BLOCK.model_copy(update={"queries": (blank,)}))
    assert found.steps[0].query == BLOCK.question


@pytest.mark.parametrize(
    ("question", "queries", "asked"),
    [
        ("Cost", ("Costa Rica",), ["Costa Rica", "Cost", TOPIC]),
        ("Cost", ("Cost, price and fee",), ["Cost, price and fee", TOPIC]),
        ("Cost", (f"{'long ' * 80}Cost",), [f"{'long ' * 80}", "Cost", TOPIC]),
    ],
    ids=["part of a word", "a query says more", "cut off"],
)
def test_a_question_is_left_to_a_query_that_is_asked_with_all_of_it(affair, question, queries, asked):
    found = foraged(affair, BLOCK.model_copy(update={"question": question, "queries": queries}), target=330_000)
    assert [step.query for step in found.steps if step.depth == DEPTHS[0] and step.query != "neighbours"] == asked


def test_by_the_margin_enough_is_read_and_each_visit_says_why_it_ended(affair):
    found = foraged(affair, way="margin")
    assert found.target_characters <= found.unique_characters
    assert found.stop_reason.startswith("saturated")
    assert all(step.left_because for step in found.steps)
    assert sum(step.gain for step in found.steps) == found.unique_characters


def test_by_the_margin_all_is_read_where_more_is_wanted_than_there_is(affair):
    found = foraged(affair, target=330_000, way="margin")
    assert found.stop_reason.startswith("nothing new")
    assert len(found.passages) == len(DOCUMENTS)
    assert found.steps[-1].environment_rate > 0


def test_by_the_margin_a_reprint_is_read_in_vain_once(make_affair):
    text = DOCUMENTS["money.md"]
    place = make_affair({"money.md": text, "reprint.md": text.replace("# Where the money went", "# A reprint")})
    found = foraged(place, target=330_000, way="margin")
    assert len(found.passages) == 1


def test_late_foraging_by_the_margin_still_asks_once(affair):
    found = foraged(affair, target=330_000, is_late=lambda: True, way="margin")
    assert len(found.steps) == 1
    assert found.passages
    assert found.ending == "time"


def test_by_the_margin_scores_of_any_scale_are_brought_to_one_unit(affair):
    passages = [row.passage for row in affair.corpus.iter_passages()]
    by_cosines = foraged_by_scores(passages, 0.8)
    assert by_cosines[0].why == "poorer"
    assert foraged_by_scores(passages, 24.0) == by_cosines
    assert foraged_by_scores(passages, 2 / 61) == by_cosines


@pytest.mark.parametrize("mode", ["bm25", "rrf"])
def test_by_the_margin_rates_are_comparable_whatever_the_search(affair, tmp_path, mode):
    index = Index.open(affair.corpus, tmp_path / "index", BagEmbedder())
    searcher = Searcher(affair.corpus, index, None, mode=mode)
    found = foraged(replace(affair, searcher=searcher), target=330_000, way="margin")
    assert 0.1 < found.steps[0].environment_rate < 1.0
    sections = sweep(TOPIC, searcher, doc_ids=None)
    assert 1.0 <= sections[0].score < 2.0


def test_who_wants_all_reads_past_the_target_to_the_end(affair):
    for way in ("rounds", "margin"):
        found = foraged(affair, wants_all=True, way=way)
        assert len(found.passages) == len(DOCUMENTS), way
        assert found.stop_reason.startswith("all is wanted"), way


def test_by_directions_reading_goes_on_while_passages_bring_new_ones(affair):
    by_characters = foraged(affair)
    by_directions = foraged(affair, sign="directions")
    assert len(by_directions.passages) > len(by_characters.passages)
    assert all(step.directions is not None for step in by_directions.steps)
    assert by_characters.steps[0].directions is None


@pytest.mark.parametrize("way", ["rounds", "margin"])
def test_by_directions_the_stop_reason_names_the_cap_that_ended_it(affair, way):
    found = foraged(affair, sign="directions", way=way)
    assert found.stop_reason.startswith("capped: 1.5 times the block's share of evidence is read")
    last = affair.corpus.passages(found.passages)[-1]
    # Whole passages: only the last one may pass the cap.
    assert 0 <= found.unique_characters - 1.5 * found.target_characters < len(last.text)


def test_by_directions_repetition_ends_the_reading(make_affair):
    """Rewordings of one text: new characters each time, and no new direction."""
    text = DOCUMENTS["money.md"]
    words = text.split()
    place = make_affair({f"{n}.md": f"# Copy {n}\n\n" + " ".join(words[n:] + words[:n]) for n in range(12)})
    found = foraged(place, sign="directions")
    assert found.unique_characters < 12 * len(text)


def test_with_dual_granularity_the_best_sections_are_read_for_figures(affair):
    found = foraged(affair, granularity="dual", target=330_000)
    assert any(step.query == SPECIFIC for step in found.steps)
    assert not any(step.query == SPECIFIC for step in foraged(affair, target=330_000).steps)
    assert sum(step.gain for step in found.steps) == found.unique_characters


def test_the_specific_passages_are_read_although_the_queries_would_fill_the_basket(affair):
    found = foraged(affair, granularity="dual", target=2_000)
    visited = [step.query for step in found.steps]
    assert SPECIFIC in visited
    assert BLOCK.queries[0] in visited
