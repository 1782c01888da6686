import Stemmer

from agent.grounding.restatement import restatement_faults

ORIGINAL = "Viktor Hale is the brother-in-law of Casper Ruhn, who was finance director from 2009 until 30 June 2019."
STEM = Stemmer.Stemmer("english").stemWord


def test_a_sentence_restates_itself():
    assert restatement_faults(ORIGINAL, ORIGINAL, STEM) == []


def test_small_words_may_change():
    text = ORIGINAL.replace("who was finance director", "the finance director")
    assert restatement_faults(text, ORIGINAL, STEM) == []


def test_swapped_roles_are_found():
    text = "Viktor Hale, finance director, is the brother-in-law of Casper Ruhn from 2009 until 30 June 2019."
    assert "it changes the order of what is said" in restatement_faults(text, ORIGINAL, STEM)


def test_an_addition_is_found():
    assert restatement_faults(ORIGINAL[:-1] + " in disgrace.", ORIGINAL, STEM) == ["it adds disgrac"]


def test_an_omission_is_found():
    faults = restatement_faults("Viktor Hale is the brother-in-law of Casper Ruhn.", ORIGINAL, STEM)
    assert faults[0].startswith("it keeps")


def test_a_negation_turned_round_is_found():
    assert "it turns a negation round" in restatement_faults(
        "Hale was not paid by Ruhn.", "Hale was paid by Ruhn.", STEM
    )
