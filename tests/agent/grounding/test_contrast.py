import pytest
import Stemmer

from agent.grounding.contrast import certainty_faults, opposites

STEM = Stemmer.Stemmer("english").stemWord


@pytest.mark.parametrize(
    ("text", "evidence", "found"),
    [
        ("The vote came after the report.", "The vote came before the report.", [("after", "before")]),
        ("The board rejected the plan.", "The board approved the plan.", [("rejected", "approved")]),
        ("The board accepted the plan.", "The board approved the plan.", []),
        ("Losses grew.", "Losses fell in May and rose in June.", []),
        ("The rope is longer.", "The rope is 12 metres.", []),
    ],
)
def test_an_opposite_is_a_word_whose_counterpart_alone_stands_in_the_evidence(text, evidence, found):
    assert opposites(text, evidence, STEM) == found


@pytest.mark.parametrize(
    ("text", "evidence", "n"),
    [
        ("The rope may have torn.", ["The rope tore."], 1),
        ("The rope tore.", ["The rope may have torn."], 1),
        ("The rope tore.", ["The rope may have torn.", "The rope tore at noon."], 0),
        ("The rope tore in May.", ["The rope tore in May."], 0),
        ("Repairs will begin.", ["Repairs began."], 1),
        ("Repairs are due in 2020.", ["Repairs will begin in 2020."], 1),
    ],
)
def test_a_sentence_keeps_the_certainty_of_its_evidence(text, evidence, n):
    assert len(certainty_faults(text, evidence)) == n
