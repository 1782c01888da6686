from types import SimpleNamespace

import numpy as np
import pytest

from agent.relevance import (
    Asked,
    Contexts,
    document_worth,
    fit,
    near_enough,
    not_far,
    passage_worth,
    topic_worth,
    word_matches,
)
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

EMBEDDER = BagEmbedder()
PAID = statement("It went to a consultancy in nine parts.", doc_id="ledger", start=0)
JAM = statement("It swells in salt water.", doc_id="gates", start=0)
STATEMENTS = [PAID, JAM]
AROUND = Contexts(
    texts={
        PAID.passage_id: "The ledger. The money went round in a circle.",
        JAM.passage_id: "The gates. Why gates jam.",
    },
    documents={PAID.passage_id: "ledger", JAM.passage_id: "gates"},
)


def best_by_block(asked, around=AROUND, statements=STATEMENTS):
    return fit(statements, asked, around, EMBEDDER).argmax(axis=0).tolist()


def test_a_statement_fits_the_block_that_its_passage_speaks_of():
    assert best_by_block([Asked("Where did the money go?", "x"), Asked("Why did the gates jam?", "y")]) == [0, 1]


def test_the_heading_that_a_statement_stands_under_counts():
    one = statement("It was so.", start=0, heading_path=("Wages",))
    two = statement("It was thus.", start=50, heading_path=("Tides",))
    around = Contexts({one.passage_id: "same", two.passage_id: "same"}, {one.passage_id: "d", two.passage_id: "d"})
    assert best_by_block([Asked("q", "Tides"), Asked("q", "Wages")], around, [one, two]) == [1, 0]


def test_a_title_that_names_the_part_counts_where_the_heading_does_not():
    """Under "The Act of 2024" in "Aftermath: the reform of sea works" reforms are told."""
    one = statement("It was so.", start=0, heading_path=("Act",), title="Reform of sea works")
    two = statement("It was thus.", start=50, heading_path=("Act",), title="Minutes of the board")
    around = Contexts({one.passage_id: "same", two.passage_id: "same"}, {one.passage_id: "d", two.passage_id: "d"})
    assert best_by_block([Asked("q", "Minutes"), Asked("q", "Reform")], around, [one, two]) == [1, 0]


def test_an_entry_of_a_glossary_fits_less_than_what_is_told_in_the_same_words():
    """The same words in another order: the embedder sees a bag of them."""
    entry = statement("Surge: The surge is a flood.", start=0)
    told = statement("The surge is a flood: surge.", start=90)
    around = Contexts({entry.passage_id: "a", told.passage_id: "a"}, {entry.passage_id: "d", told.passage_id: "d"})
    fits = fit([entry, told], [Asked("The surge", "x"), Asked("zz", "y")], around, EMBEDDER)
    assert fits[1, 0] > fits[0, 0]


def test_under_reforms_what_came_before_the_event_fits_less():
    named = [statement(f"The dam broke on {i} May 2019.", doc_id=f"d{i}", start=0) for i in range(1, 6)]
    law, old = statement("The law came in 2021.", doc_id="x", start=0), statement("The law came in 2007.", doc_id="y")
    around = Contexts({one.passage_id: "a" for one in (*named, law, old)}, dict.fromkeys([law.passage_id], "x"))
    fits = fit([*named, law, old], [Asked("law", "Reforms"), Asked("law", "Causes")], around, EMBEDDER)
    assert fits[-2, 0] - fits[-1, 0] > fits[-2, 1] - fits[-1, 1] + 0.5


def test_what_is_told_under_a_common_name_counts_though_the_name_is_not_said():
    born = statement("She was born there and grew up with her parents.", start=0)
    won = statement("She was there and looked on with them.", start=90)
    around = Contexts({born.passage_id: "a", won.passage_id: "a"}, {born.passage_id: "d", won.passage_id: "d"})
    fits = fit([born, won], [Asked("zz", "Early life")], around, EMBEDDER)[:, 0]
    assert fits[0] > fits[1]


def test_no_statement_is_nearer_to_a_topic_for_what_all_documents_say():
    texts = ["barrage money", "barrage gate", "barrage tide"]
    found = word_matches(texts, "money of the barrage", EMBEDDER.encode)
    assert found[0] == pytest.approx(1.0)
    assert found[1] == found[2] < 0.5


def test_a_topic_without_words_matches_nothing():
    assert word_matches(["a text"], "of the", EMBEDDER.encode).tolist() == [0.0]


def test_a_passage_shares_in_the_nearness_of_its_document():
    around = Contexts({"a": "storm damage", "b": "and so on", "c": "and so forth"}, {"a": "x", "b": "x", "c": "y"})
    worth = passage_worth("storm damage", around, EMBEDDER, EMBEDDER.encode)
    assert worth["a"] > worth["b"] > worth["c"]


def test_a_statement_shares_in_the_nearness_of_its_document_to_the_subject():
    storm = statement("Storm damage was seen.", doc_id="x", start=0)
    beside = statement("And so on.", doc_id="x", start=90)
    other = statement("And so forth.", doc_id="y", start=0)
    three = [storm, beside, other]
    around = Contexts({one.passage_id: one.sentence for one in three}, {one.passage_id: one.doc_id for one in three})
    worth = document_worth(three, "storm damage", around, EMBEDDER, EMBEDDER.encode)
    assert worth[0] == worth[1] > worth[2]


def test_a_document_that_has_the_words_of_the_subject_is_on_it_however_little_like_it():
    short = statement("The failure of the barrage.", doc_id="x", start=0)
    money = statement(
        "Invoices of the barrage " + "and more invoices of others " * 9 + "before the failure.", doc_id="y"
    )
    other = statement("Cats sleep.", doc_id="z", start=0)
    three = [short, money, other]
    around = Contexts({one.passage_id: one.sentence for one in three}, {one.passage_id: one.doc_id for one in three})
    worth = document_worth(three, "The failure of the barrage", around, EMBEDDER, EMBEDDER.encode)
    assert worth.tolist() == [1.0, 1.0, 0.0]


def test_a_row_of_a_table_is_judged_without_its_neighbours():
    row = statement("Towns: insured loss; 291.4", kind="row", start=0)
    prose = statement("It was so.", start=0)
    passage = SimpleNamespace(text="insured loss 291.4, deaths 7, homes 2316")
    around = Contexts.of([row, prose], {row.passage_id: passage})
    assert sorted(around.texts.values()) == ["Minutes. Towns: insured loss; 291.4", f"Minutes. {passage.text}"]


def test_a_topic_that_asks_for_a_part_prefers_what_is_told_of_this_part():
    dead = statement("Three people were killed and houses destroyed.", doc_id="n", start=0)
    name = statement("It has its name from a list.", doc_id="n", start=80)
    around = Contexts({dead.passage_id: "a", name.passage_id: "a"}, {dead.passage_id: "n", name.passage_id: "n"})
    worth = topic_worth([dead, name], "Storm Eunice – impact", around, EMBEDDER, EMBEDDER.encode)
    assert worth[0] > worth[1]


def test_what_is_much_farther_than_the_nearest_is_not_near_enough():
    assert near_enough(np.array([1.0, 0.9, 0.2, 0.95], dtype=np.float32)) == [0, 1, 3]


def test_an_aspect_may_be_told_without_naming_its_subject_though_not_from_anywhere():
    near = statement("The barrage cost more than was said.", start=0)
    off = statement("Cats sleep.", doc_id="pets", start=0)
    around = Contexts(
        {near.passage_id: "The barrage and its cost", off.passage_id: "Cats"},
        {near.passage_id: "d1", off.passage_id: "pets"},
    )
    assert not_far([near, off], "The barrage", around, EMBEDDER) == [0]
