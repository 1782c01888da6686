from prompts.extractive import select
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

GATES = statement("The gates jammed because the bushings swelled.", title="T", start=0)
AGAIN = statement("The gates jammed because the bushings swelled!", title="T", start=50)
WHY = statement("Engineers found why the gates jammed: salt.", title="T", start=100)
WEATHER = statement("Rain crossed northern coasts on Sunday.", title="T", start=200)


def chosen(statements, **options):
    found = select(statements, "Why did the gates jam?", embedder=BagEmbedder(), **options)
    return [selected.statement for selected in found]


def test_the_most_relevant_comes_first_and_the_irrelevant_never():
    assert chosen([WEATHER, GATES, WHY], max_words=100) == [WHY, GATES]


def test_what_was_said_is_not_selected_again():
    assert AGAIN not in chosen([GATES, AGAIN, WHY], max_words=100)


def test_selection_stops_at_the_words_asked_for():
    assert len(chosen([GATES, WHY], max_words=3)) == 1


def test_nothing_comes_from_nothing():
    assert chosen([], max_words=100) == []
