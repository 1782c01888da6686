from prompts.attributing import attributed


def test_attribution_keeps_names_and_lowers_common_words():
    assert attributed("The board paid 5 million.", "Minutes") == "According to Minutes, the board paid 5 million."
    assert attributed("Sorrow expects 5 crops.", "Minutes") == "According to Minutes, Sorrow expects 5 crops."
    assert attributed("Brackwick asked for 5.", "Minutes") == "According to Minutes, Brackwick asked for 5."
    assert attributed("A gate cost 5 million.", "Minutes") == "According to Minutes, a gate cost 5 million."
    assert attributed("PEP 8 lists 5 rules.", "Minutes") == "According to Minutes, PEP 8 lists 5 rules."


def test_an_ordinary_word_is_lowered_and_a_name_is_not():
    said = attributed("Residues of grease were found at 5 pins.", "Minutes", ordinary={"residues"})
    assert said == "According to Minutes, residues of grease were found at 5 pins."
    assert attributed("Hale paid 5 million.", "Minutes", ordinary={"gates"}).endswith(", Hale paid 5 million.")


def test_an_ordinary_word_that_opens_a_name_keeps_its_capital():
    said = attributed("Storm Isolde lasted 5 hours.", "Minutes", ordinary={"storm"})
    assert said == "According to Minutes, Storm Isolde lasted 5 hours."


def test_an_acronym_keeps_its_capitals():
    assert attributed("IT costs 5 million.", "Minutes", ordinary={"it"}) == "According to Minutes, IT costs 5 million."


def test_a_participle_with_its_object_is_no_name():
    said = attributed("Replacing the bushings would have cost 5 million.", "Minutes")
    assert said == "According to Minutes, replacing the bushings would have cost 5 million."
    assert attributed("Reading paid 5 million.", "Minutes") == "According to Minutes, Reading paid 5 million."
