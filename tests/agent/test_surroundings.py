from agent.stemming import english_stem
from agent.surroundings import Surroundings

TEXT = """The divers asked for a report on the hinges.

Mirela Brown wrote of Brown. The paint was brown. The gates rusted, and Isolde struck each gate.

Nobody read the report."""


def around(title="Letters to the editor of the Courier"):
    return Surroundings(TEXT, title, english_stem())


def test_a_thing_leans_on_its_own_paragraph_only():
    text = "The divers asked for a report. The report was late.\n\nThe report was lost."
    place = Surroundings(text, "Letters", english_stem())
    assert place.leans("The report was late.", text.index("The report was late"))
    assert not place.leans("The report was lost.", text.index("The report was lost"))


def test_a_word_written_small_elsewhere_is_ordinary_in_any_form():
    assert around().is_ordinary("Gates")
    assert around().is_ordinary("Hinge")


def test_a_word_written_large_inside_sentences_is_a_name():
    assert not around().is_ordinary("Isolde")
    assert not around().is_ordinary("Brown")


def test_a_word_of_a_title_that_is_a_name_is_a_name():
    assert not around("Gates (software)").is_ordinary("Gates")
