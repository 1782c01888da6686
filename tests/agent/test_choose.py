from agent.choose import choose, told_in_order
from agent.facts.records import Span
from agent.records import OwnedStatements
from agent.types import AtomicBlock
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

BLOCK = AtomicBlock(id="s01b01", question="Why did the springs of the grips lose their force?", target_words=20)
SPRINGS = statement("The springs of the grips lose their force in the cold of the Orme plateau.", start=0)
GRIPS = statement("The grips of the Orme cableway were measured by Jonas Reke in March.", doc_id="d2", start=0)
BREAD = statement("Flour makes loaves when bakers wait.", doc_id="d3", start=0)
IT = statement("It lost the springs of the grips and their force.", start=90).model_copy(update={"is_anaphoric": True})
ENDLESS = statement("The springs of the grips " + "lose their force and " * 12 + "break.", start=200)


def chosen(*statements, fits=None, block=BLOCK, surplus=4.0, figures=()):
    owned = OwnedStatements(block=block.id, statements=statements, fits=fits or (0.0,) * len(statements))
    return choose(block, owned, fine=BagEmbedder(), surplus=surplus, figures=figures)


def span_of(one):
    return Span(
        document=one.doc_id, title=one.title, passage=one.passage_id, start=one.start, end=one.end, text=one.quote
    )


def cell(facet, doc_id, words, start=0):
    return statement(words, doc_id=doc_id, title=doc_id, start=start, heading_path=(doc_id, facet), kind="attribute")


def test_the_most_relevant_statement_comes_first():
    assert chosen(GRIPS, SPRINGS) == [SPRINGS, GRIPS]


def test_a_statement_far_from_the_question_is_not_chosen():
    assert chosen(BREAD, SPRINGS) == [SPRINGS]


def test_a_statement_of_one_day_is_chosen_only_where_there_is_no_other():
    today = statement("The springs of the grips lose their force today.", start=300)
    today = today.model_copy(update={"is_undated": True})
    assert chosen(today, SPRINGS) == [SPRINGS]
    assert chosen(today, IT) == [today]


def test_a_statement_that_leans_on_another_is_not_chosen():
    assert chosen(IT, SPRINGS) == [SPRINGS]


def test_a_sentence_of_more_than_48_words_is_not_chosen():
    assert len(ENDLESS.sentence.split()) > 48
    assert chosen(ENDLESS, SPRINGS) == [SPRINGS]


def test_choosing_ends_when_the_words_are_full():
    # 15 words of the first statement are more than half of 20.
    assert chosen(GRIPS, SPRINGS, surplus=0.5) == [SPRINGS]


def test_fit_to_the_block_decides_between_statements_that_are_as_near():
    twin = SPRINGS.model_copy(update={"doc_id": "d9", "sentence": SPRINGS.sentence.replace("Orme", "Vorn")})
    assert chosen(SPRINGS, twin, fits=(0.0, 0.9), surplus=0.5) == [twin]


def test_a_figure_decides_between_statements_that_are_as_near_and_not_against_a_better_one():
    twin = SPRINGS.model_copy(update={"doc_id": "d9", "sentence": SPRINGS.sentence.replace("Orme", "Vorn")})
    assert chosen(SPRINGS, twin, surplus=0.5) == [SPRINGS]
    assert chosen(SPRINGS, twin, surplus=0.5, figures=[span_of(twin)]) == [twin]
    assert chosen(GRIPS, SPRINGS, figures=[span_of(GRIPS)]) == [SPRINGS, GRIPS]


def test_of_a_cell_the_statement_with_a_figure_is_told_first():
    block = BLOCK.model_copy(update={"facets": ("Births",), "subject_ids": ("A",), "target_words": 3})
    words, figure = cell("Births", "A", "A has births."), cell("Births", "A", "A has 39.", start=50)
    assert chosen(words, figure, block=block, surplus=1.0) == [words]
    assert chosen(words, figure, block=block, surplus=1.0, figures=[span_of(figure)]) == [figure]


def test_of_a_cell_a_figure_does_not_decide_against_a_statement_that_fits_much_better():
    block = BLOCK.model_copy(update={"facets": ("Births",), "subject_ids": ("A",), "target_words": 3})
    words, figure = cell("Births", "A", "A has births."), cell("Births", "A", "A has 39.", start=50)
    for statements, fits in (((words, figure), (0.9, 0.1)), ((figure, words), (0.1, 0.9))):
        assert chosen(*statements, fits=fits, block=block, surplus=1.0, figures=[span_of(figure)]) == [words]
    assert chosen(words, figure, fits=(0.51, 0.5), block=block, surplus=1.0, figures=[span_of(figure)]) == [figure]


def test_without_figures_a_cell_is_told_in_reading_order():
    block = BLOCK.model_copy(update={"facets": ("Births",), "subject_ids": ("A",), "target_words": 3})
    first, second = cell("Births", "A", "A has births."), cell("Births", "A", "A has 39.", start=50)
    assert chosen(first, second, fits=(0.1, 0.9), block=block, surplus=1.0) == [first]


def test_facets_are_chosen_round_by_round():
    block = BLOCK.model_copy(update={"facets": ("Births", "Rails"), "subject_ids": ("A", "B"), "target_words": 100})
    births_a, more_a = cell("Births", "A", "A has births."), cell("Births", "A", "A has more.", start=50)
    births_b, rails_b = cell("Births", "B", "B has births."), cell("Rails", "B", "B has rails.")
    # Each document's first statement on every facet, before any second one.
    assert chosen(rails_b, more_a, births_b, births_a, block=block) == [more_a, births_b, rails_b, births_a]


def test_facets_are_told_one_after_the_other_document_by_document():
    block = BLOCK.model_copy(update={"facets": ("Births", "Rails"), "subject_ids": ("B", "A")})
    births_a, births_b = cell("Births", "A", "A has births."), cell("Births", "B", "B has births.")
    rails_a = cell("Rails", "A", "A has rails.")
    assert told_in_order(block, [rails_a, births_a, births_b]) == [births_b, births_a, rails_a]


def test_otherwise_documents_keep_their_own_order_the_best_ones_first():
    late = statement("The springs broke in the end at Orme.", start=500)
    assert told_in_order(BLOCK, [late, GRIPS, SPRINGS]) == [SPRINGS, late, GRIPS]


def test_documents_speak_in_turn_unless_the_question_is_about_one_of_them():
    said = [
        "The springs of the grips of Arlen lose their force in the cold of winter.",
        "Why did the grips of Arlen lose force? Rust of their springs, said the Reke report.",
    ]
    of_brisk = "Springs of Brisk were changed by the works of Norling in March."
    read = [statement(text, doc_id="arlen", title="Arlen", start=n * 100) for n, text in enumerate(said)]
    read.append(statement(of_brisk, doc_id="brisk", title="Brisk", start=0))
    block = BLOCK.model_copy(update={"subject_ids": ("arlen", "brisk"), "target_words": 40})

    def first_two(question):
        asked = block.model_copy(update={"question": question})
        return [one.title for one in chosen(*read, fits=(0.9, 0.9, 0.0), block=asked)][:2]

    assert first_two(block.question) == ["Arlen", "Brisk"]
    assert first_two(f"Arlen: {block.question}") == ["Arlen", "Arlen"]
