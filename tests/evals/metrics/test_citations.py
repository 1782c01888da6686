import numpy as np
import pytest

from evals.metrics.citations import Source, Statement, citation_scores

# Each source supports the letters in its text, sources together those of all; a statement is supported by its letters.
SOURCES = {1: Source("One", "a"), 2: Source("Two", "b"), 3: Source("Three", "x"), 4: Source("Four", "c"),
           5: Source("Five", "d")}  # fmt: skip


def letters(premise):
    return {line for line in premise.split("\n") if not line.startswith("Title: ")}


def entails(premise, hypothesis):
    return set(hypothesis.split()) <= letters(premise)


FIGURE_3 = [Statement("a b", (1, 2)), Statement("y", (3,)), Statement("c d", (2, 4, 5))]


def test_figure_3_of_the_paper_comes_out():
    scores = citation_scores(FIGURE_3, SOURCES, entails, max_citations=3)
    assert (scores.recall, scores.precision) == (2 / 3, 4 / 6)
    assert [one.is_supported for one in scores.statements] == [True, False, True]
    assert [one.is_precise for one in scores.statements] == [(True, True), (False,), (False, True, True)]


def test_a_premise_is_title_and_text_of_each_source_on_lines():
    seen = []
    citation_scores([Statement("a", (2, 1))], SOURCES, lambda premise, hypothesis: bool(seen.append(premise)))
    assert seen == ["Title: Two\nb\nTitle: One\na"]


def test_a_statement_without_citations_lowers_recall_not_precision():
    scores = citation_scores([Statement("a", (1,)), Statement("a", ())], SOURCES, entails)
    assert (scores.recall, scores.precision) == (0.5, 1.0)


def test_a_number_out_of_range_spoils_its_statement():
    scores = citation_scores([Statement("a", (1, 9)), Statement("b", (2,))], SOURCES, entails)
    assert (scores.recall, scores.precision) == (0.5, 1 / 3)
    beyond = citation_scores([Statement("a", (1, 9))], SOURCES, entails, max_citations=1)
    assert beyond.recall == 0.0


def test_an_irrelevant_citation_lowers_precision_not_recall():
    clean = citation_scores([Statement("a", (1,))], SOURCES, entails)
    padded = citation_scores([Statement("a", (1, 3))], SOURCES, entails)
    assert (clean.recall, clean.precision) == (1.0, 1.0)
    assert (padded.recall, padded.precision) == (1.0, 0.5)


def test_two_sources_that_each_suffice_are_both_precise():
    sources = {1: Source("One", "a"), 2: Source("Two", "a")}
    assert citation_scores([Statement("a", (1, 2))], sources, entails).precision == 1.0


def test_only_the_first_citations_are_looked_at_when_told():
    statement = [Statement("d", (1, 2, 4, 5))]
    assert citation_scores(statement, SOURCES, entails).recall == 1.0
    cut = citation_scores(statement, SOURCES, entails, max_citations=3)
    assert (cut.recall, cut.n_citations) == (0.0, 3)
    with pytest.raises(ValueError, match="at least 1"):
        citation_scores(statement, SOURCES, entails, max_citations=0)


def test_shuffled_citations_collapse_both():
    sources = {n: Source(f"T{n}", f"w{n}") for n in range(60)}
    right = [Statement(f"w{n}", (n,)) for n in range(60)]
    order = np.random.default_rng(0).permutation(60)
    shuffled = [Statement(one.text, (int(order[n]),)) for n, one in enumerate(right)]
    assert citation_scores(right, sources, entails).recall == 1.0
    scores = citation_scores(shuffled, sources, entails)
    assert scores.recall < 0.1
    assert scores.precision < 0.1


def test_nothing_said_has_no_score_and_nothing_cited_has_zero():
    empty = citation_scores([], SOURCES, entails)
    assert (empty.recall, empty.precision) == (None, None)
    uncited = citation_scores([Statement("a", ())], SOURCES, entails)
    assert (uncited.recall, uncited.precision, uncited.n_citations) == (0.0, 0.0, 0)
