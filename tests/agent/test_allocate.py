from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from agent.allocate import _Bags, allocate, distinct
from agent.relevance import Asked, Contexts, fit
from agent.types import AtomicBlock
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

GATES = AtomicBlock(id="s01b01", question="Why did the gates jam?", target_words=100)
MONEY = AtomicBlock(id="s02b01", question="Where did the money go?", target_words=100)
JAM = statement("The gates jam because the bushings swell in salt water.", start=0)
PAID = statement("The money went to a consultancy in nine payments.", start=200)


def owned_by(blocks, read, **options):
    statements = distinct(read)
    around = Contexts(
        texts={one.passage_id: one.sentence for one in statements},
        documents={one.passage_id: one.doc_id for one in statements},
    )
    fits = fit(statements, [Asked(block.question, block.id) for block in blocks], around, BagEmbedder())
    shares = allocate(blocks, statements, fits, **options)
    return {block_id: [share.statement for share in own] for block_id, own in shares.items()}


def test_each_statement_goes_to_the_block_whose_question_it_fits_best():
    owned = owned_by([GATES, MONEY], [JAM, PAID])
    assert owned == {"s01b01": [JAM], "s02b01": [PAID]}


def test_a_single_block_owns_everything_that_was_read():
    assert owned_by([GATES], [JAM, PAID]) == {"s01b01": [JAM, PAID]}


def test_a_block_keeps_its_best_fitting_statements():
    small = GATES.model_copy(update={"target_words": 1})
    assert owned_by([small, MONEY], [PAID, JAM], surplus=1.0)["s01b01"] == [JAM]


def test_facets_own_the_statements_under_their_heading():
    block = AtomicBlock(id="s01b01", question="x", target_words=50, facets=("Birth rate",))
    inside = statement("Chad’s birth rate is 39.", heading_path=("Chad", "Birth rate"), start=0)
    outside = statement("Chad’s area is 1.28 million.", heading_path=("Chad", "Area"), start=90)
    assert owned_by([block], [inside, outside]) == {"s01b01": [inside]}


def test_a_reprint_with_a_few_words_changed_is_left_out():
    reprint = statement("The gates jam because the bushings do swell in salt water.", doc_id="d2")
    assert distinct([JAM, reprint]) == [JAM]


def test_sentences_that_differ_in_a_number_are_both_kept():
    low = statement("The barrage cost 1,612 million crowns in total by 2016.", doc_id="press")
    high = statement("The barrage cost 1,873 million crowns in total by 2016.", doc_id="audit")
    assert distinct([low, high]) == [low, high]


WORDS = st.sampled_from([*"abcdefghijklmn", "7", "w41"])


@given(st.lists(st.sets(WORDS, min_size=1), max_size=30), st.sampled_from([0.5, 0.75, 0.8, 0.9]))
def test_no_statement_that_shares_nearly_all_words_is_overlooked(sets, most):
    bags = _Bags(Counter(word for one in sets for word in one), most)
    for number, one in enumerate(sets):
        assert set(bags.alike(one)) == {
            i
            for i, other in enumerate(sets[:number])
            if len(one & other) / min(len(one), len(other)) > most and not any(map(str.isdigit, "".join(one ^ other)))
        }
        bags.add(one)
