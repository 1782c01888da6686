"""Pairs of names: their weight against the law of chance, which pairs there are, and in which order."""

import math
import random
import time

import pytest

from retrieval.corpus_rows import PassageRow
from retrieval.entity_pairs import MAX_PASSAGES, EntityPair, NameTable, as_written, ppmi
from retrieval.types import Passage


def row(number, text, *, doc=None, title=""):
    doc = doc or f"d{number}"
    passage = Passage(id=f"p{number}", doc_id=doc, ordinal=0, start=0, end=len(text), text=text)
    return PassageRow(number, passage, title, ())


def table(*texts):
    return NameTable([row(number, text) for number, text in enumerate(texts)])


def by_names(pairs):
    return {pair.names: pair for pair in pairs}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((2, 2, 4, 16), math.log(4)),  # 2 * 16 / (2 * 4)
        ((1, 4, 4, 16), 0.0),  # as often as chance would have it
        ((1, 8, 8, 16), 0.0),  # rarer than that: cut off
        ((0, 2, 4, 16), 0.0),
        ((3, 3, 3, 3), 0.0),  # in all passages: says nothing
    ],
)
def test_ppmi_of_hand_worked_counts(counts, expected):
    assert ppmi(*counts) == pytest.approx(expected)


def drawn_counts(n, rng):
    one = {i for i in range(n) if rng.random() < 0.1}
    other = {i for i in range(n) if rng.random() < 0.1}
    return len(one & other), len(one), len(other), n


def test_independent_names_have_the_weight_zero_in_expectation():
    rng = random.Random(1)
    means = {}
    for n in (500, 2_000, 8_000):
        counts = [drawn_counts(n, rng) for _ in range(60)]
        lift = sum(both * n / (one * other) for both, one, other, _ in counts) / len(counts)
        assert lift == pytest.approx(1.0, abs=0.12)  # what the logarithm is taken of has its mean where that is 0
        means[n] = sum(ppmi(*found) for found in counts) / len(counts)
    assert means[500] > means[2_000] > means[8_000] < 0.06  # what cutting off leaves goes to 0


def test_independent_rare_names_lose_their_edges_as_the_corpus_grows():
    def mean_edge(n):
        rng = random.Random(2)
        texts = [[] for _ in range(n)]
        names = [f"Orla {chr(65 + i)}{chr(97 + j)}rn" for i in range(10) for j in range(4)]
        for name in names:
            for place in rng.sample(range(n), MAX_PASSAGES):
                texts[place].append(f"{name} came.")
        found = table(*(" ".join(text) or "Nobody came." for text in texts))
        edges = [found.edge(one.lower(), other.lower()) for one in names for other in names if one < other]
        return sum(edges) / len(edges)

    small, large = mean_edge(200), mean_edge(6_000)
    assert small > 0.2
    assert large < 0.08


def test_a_pair_that_shares_passages_has_them_as_parents_and_then_those_of_either_in_the_same_documents():
    rows = [
        row(0, "It was Jonas Reke who wrote to Mira Tolland.", doc="a"),
        row(1, "The reply to Jonas Reke is lost.", doc="a"),
        row(2, "The aunt of Mira Tolland lives elsewhere.", doc="b"),
        *(row(number, "Nobody is named here.") for number in range(3, 8)),
    ]
    pair = by_names(NameTable(rows).best_pairs(5))["jonas reke", "mira tolland"]
    assert (pair.parents, pair.bridge) == (("p0", "p1"), "")
    assert pair.weight == pytest.approx(math.log(1 * 8 / (2 * 2)))


def test_a_pair_over_a_bridge_joins_two_documents_that_share_a_third_name():
    found = table(
        "It was Lene Marsk who paid Harrow Consult.",
        "The owner of Harrow Consult was Petra Fenn.",
        "Nobody is named here.",
        "Nor is anybody here.",
    )
    (pair,) = found.best_pairs(5)
    assert pair == EntityPair(("lene marsk", "petra fenn"), ("p0", "p1"), math.log(4 / 2), 1.0, "harrow consult")


def test_what_one_passage_says_of_both_is_no_pair():
    assert table("It was Lene Marsk who paid Harrow Consult.", "Nobody is named here.").best_pairs(5) == []


def test_names_that_many_passages_have_join_nothing():
    texts = [f"The Hallin Transit Office met {name}." for name in ("Ada Lund", "Bo Stern", "Cy Vance")]
    assert table(*texts, *["It was quiet."] * 9).best_pairs(9)
    crowd = ["The Hallin Transit Office met nobody."] * MAX_PASSAGES
    assert table(*texts, *crowd, *["It was quiet."] * 9).best_pairs(9) == []


def test_relevance_to_a_goal_reorders_and_leaves_out_what_has_nothing_to_do_with_it():
    found = table(
        "It was Lene Marsk who paid Harrow Consult.",
        "The owner of Harrow Consult was Petra Fenn.",
        "It was Osk Vane who met Pellmar Ropeworks.",
        "The owner of Pellmar Ropeworks was Ilse Raun.",
        "Nobody is named here.",
    )
    assert len(found.best_pairs(9)) == 2
    assert found.best_pairs(1)[0].names == ("ilse raun", "osk vane")  # of equals the first by name
    pairs = found.best_pairs(9, relevance={"p0": 0.8, "p1": 0.4, "p2": 0.0})
    assert [pair.names for pair in pairs] == [("lene marsk", "petra fenn")]
    assert pairs[0].relevance == pytest.approx(0.6)


def test_a_name_and_a_part_of_it_are_no_pair_and_dates_are_no_names():
    found = table(
        "On 4 May 2019 Mr. Rook called. Anselm Rook was asked.",
        "On 4 May 2019 Anselm Rook called. Then Rook was asked.",
        "Nobody is named here.",
    )
    assert found.best_pairs(9) == []


def test_a_name_does_not_run_over_the_end_of_a_sentence():
    found = table(
        "We met Lene Marsk. The Harrow Consult men left.", "We met Lene Marsk. Harrow Consult had gone.", "No."
    )
    assert [pair.names for pair in found.best_pairs(9)] == [("harrow consult", "lene marsk")]


def test_the_order_of_pairs_does_not_hang_on_the_order_of_passages():
    texts = [f"It was {a} who met {b}." for a in ("Ada Lund", "Bo Stern") for b in ("Cy Vance", "Di Moor", "Ed Hale")]
    rows = [row(number, text) for number, text in enumerate(texts)]
    forward, backward = NameTable(rows).best_pairs(9), NameTable(rows[::-1]).best_pairs(9)
    assert [(pair.names, pair.weight) for pair in forward] == [(pair.names, pair.weight) for pair in backward]


def test_k_below_one_is_refused():
    with pytest.raises(ValueError, match="k is 0"):
        table("Nobody.").best_pairs(0)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("hallin transit office", "the Hallin\nTransit Office", "Hallin Transit Office"),
        ("osk vane", "Osk & Vane built it", "Osk & Vane"),
        ("rook", "Rooks", ""),
    ],
)
def test_a_name_is_shown_as_a_text_writes_it(name, text, expected):
    assert as_written(name, text) == expected


def test_thousands_of_passages_take_seconds():
    rng = random.Random(3)
    people = [
        f"Ada{chr(97 + i)}{chr(97 + j)} Lund{chr(97 + k)}" for i in range(26) for j in range(26) for k in range(5)
    ]
    texts = [
        f"It was {rng.choice(people)} who met {rng.choice(people)} and paid {rng.choice(people)}." for _ in range(3_000)
    ]
    began = time.process_time()
    assert len(table(*texts).best_pairs(100)) == 100
    assert time.process_time() - began < 4.0
