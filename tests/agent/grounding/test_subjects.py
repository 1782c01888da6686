import pytest

from agent.grounding.subjects import Source, misattributed_figures, mislabelled_figures
from agent.stemming import english_stem

KAZAKHSTAN = Source("total: 13,364 km", "Kazakhstan", ("Kazakhstan", "Geography", "Land boundaries"))
BORDERS = Source(
    "border countries: China 1,765 km; Kyrgyzstan 1,212 km", "Kazakhstan", ("Kazakhstan", "Land boundaries")
)


def test_a_figure_under_its_own_subject_stands():
    assert misattributed_figures("Kazakhstan’s land boundary is 13,364 km.", [KAZAKHSTAN]) == []


def test_a_true_figure_under_a_neighbours_name_fails():
    assert misattributed_figures("Kyrgyzstan’s land boundary is 13,364 km.", [KAZAKHSTAN]) == ["13364: Kyrgyzstan"]


def test_in_a_list_each_figure_belongs_to_the_name_before_it():
    assert misattributed_figures("Kazakhstan borders China for 1,765 km.", [BORDERS]) == []
    assert misattributed_figures("Kazakhstan borders China for 1,212 km.", [BORDERS]) == ["1212: China"]


def test_two_subjects_in_one_sentence_are_told_apart():
    kyrgyzstan = Source("24.6 deaths", "Kyrgyzstan")
    kazakhstan = Source("8.2 deaths", "Kazakhstan")
    right = "In Kazakhstan it is 8.2 deaths, in Kyrgyzstan 24.6 deaths."
    wrong = "In Kazakhstan it is 24.6 deaths, in Kyrgyzstan 8.2 deaths."
    assert misattributed_figures(right, [kazakhstan, kyrgyzstan]) == []
    assert misattributed_figures(wrong, [kazakhstan, kyrgyzstan]) == ["24.6: Kazakhstan", "8.2: Kyrgyzstan"]


def test_a_figure_of_nobody_fails():
    assert misattributed_figures("the rate is 8.2 deaths.", [Source("8.2 deaths", "Kazakhstan")]) == ["8.2: nobody"]


def test_a_title_owns_no_figure_of_a_quotation_that_says_of_whom_it_tells():
    source = Source("Pruitt Delmar Civil had 2,050 employees.", "Interview with Birgit Pruitt")
    assert misattributed_figures("Pruitt Delmar Civil had 2,050 employees.", [source]) == []
    assert misattributed_figures("Birgit Pruitt had 2,050 employees.", [source]) == ["2050: Birgit Pruitt"]


@pytest.mark.parametrize(
    "line",
    [
        "Land boundaries 3,200 km",
        "Land boundaries: 3,200 km",
        "Merchant ships 3,200",
        "| Internet users | 3,200 |",
        "Foreign workers: 3,200 (2017 est.)",
    ],
)
def test_a_title_owns_the_figures_of_its_lines_and_rows(line):
    assert misattributed_figures("Orme has 3,200 of them.", [Source(line, "Orme")]) == []


def test_a_title_completes_the_short_name_of_a_quotation():
    source = Source("The Authority paid 12 million marks.", "Minutes of the Orme Harbour Authority")
    assert misattributed_figures("The Orme Harbour Authority paid 12 million marks.", [source]) == []


def test_years_are_not_bound():
    assert misattributed_figures("Kyrgyzstan joined in 2015.", [Source("joined in 2015", "Kazakhstan")]) == []


def test_four_digits_with_a_unit_are_a_figure_and_no_year():
    sources = [Source("Brenn gives 1600 MW and Orme 1500 MW.", "Plants")]
    assert misattributed_figures("Brenn gives 1500 MW.", sources) == ["1500: Brenn"]
    assert misattributed_figures("Orme gives 1500 MW.", sources) == []


def test_the_numbers_of_a_title_are_part_of_a_name():
    source = Source("the arms bent at 245 bar", "Why gates 17 and 18 failed")
    assert misattributed_figures("According to “Why gates 17 and 18 failed”, the arms bent at 245 bar.", [source]) == []


def test_a_figure_in_another_notation_is_bound_too():
    source = Source("the fine of Orla Finch was 2 million marks, that of Casper Ruhn 1.5 million", "The fines")
    assert misattributed_figures("Casper Ruhn paid 1,500,000 marks.", [source]) == []
    assert misattributed_figures("Orla Finch paid 1,500,000 marks.", [source]) == ["1500000: Orla Finch"]


def test_a_letter_in_quotation_marks_owns_no_figure():
    source = Source("the agency lowered the rating of Orme Holdings to 'C' after 12 days", "Ratings")
    claim = "The agency lowered the rating of Orme Holdings to 'C' after 12 days."
    assert misattributed_figures(claim, [source], lexicon={"the"}) == []
    assert misattributed_figures(claim.replace("Orme", "Vesk"), [source], lexicon={"the"}) == ["12: Vesk Holdings"]


def test_a_day_of_the_month_is_no_figure_of_a_name():
    source = Source("lowered to C on 4 and 5 February 2020", "Ratings")
    assert misattributed_figures("Hallin was lowered to C on 4 and 5 February 2020.", [source]) == []


def test_a_figure_in_another_unit_is_bound_to_its_name():
    source = Source("border countries: China 100 km; Kyrgyzstan 200 km", "Kazakhstan")
    assert misattributed_figures("Kyrgyzstan has 124 miles.", [source]) == []
    assert misattributed_figures("China has 124 miles.", [source]) == ["124: China"]


def test_a_figure_under_another_heading_or_label_is_named():
    stem = english_stem()
    assert mislabelled_figures("Kazakhstan’s land boundary is 13,364 km.", [KAZAKHSTAN], stem) == []
    assert mislabelled_figures("Kazakhstan’s coastline is 13,364 km.", [KAZAKHSTAN], stem) == [
        "13364: Land boundaries total:"
    ]


PEP_563 = Source(
    "The features proposed in this PEP never became the default behaviour,\nand have been replaced with deferred "
    "evaluation of annotations,\nas proposed by :pep:`649` and :pep:`749`.",
    "PEP 563 – Postponed Evaluation of Annotations",
    ("Resolution",),
)
PEP_7 = Source("No line should be longer than 79 characters.", "PEP 7 – Style Guide for C Code", ("Code lay-out",))
PEP_11 = Source(
    "the latest feature release of a major version (Windows 10, Windows 11)\ngenerally receives new updates for at "
    "least 10 years following release.",
    "PEP 11 – CPython platform support",
    ("Microsoft Windows",),
)
PEP_245 = Source(
    "The\n'inheritance' behavior is unchanged as defined in Section 7.6 of\nthe Language Reference.",
    "PEP 245 – Python Interface Syntax",
)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("PEP 563 never became the default.", PEP_563),
        ("What PEP 649 and PEP 749 propose has taken the place of PEP 563.", PEP_563),
        ("PEP 7 has 79 characters to a line.", PEP_7),
        ("Windows 11 gets new updates for at least 10 years.", PEP_11),
        ("Section 7.6 of the Language Reference still defines how inheritance behaves.", PEP_245),
    ],
)
def test_a_number_that_is_part_of_a_name_is_no_figure_of_it(claim, source):
    assert misattributed_figures(claim, [source]) == []


@pytest.mark.parametrize(
    ("claim", "source", "fault"),
    [
        ("PEP 484 never became the default.", PEP_563, "484: PEP 484"),
        ("PEP 8 has 79 characters to a line.", PEP_7, "79: PEP 8"),
        ("Windows 12 gets new updates for at least 10 years.", PEP_11, "12: Windows"),
        ("Section 7.5 of the Language Reference defines inheritance.", PEP_245, "7.5: Section 7.5"),
    ],
)
def test_another_number_makes_another_name(claim, source, fault):
    assert fault in misattributed_figures(claim, [source])


def test_a_figure_that_follows_a_name_is_still_its_figure():
    source = Source("In 2019 Arlen had 412 households and Brisk had 300.", "Towns")
    assert misattributed_figures("In 2019 Arlen 412 households.", [source]) == []
    assert misattributed_figures("In 2019 Brisk 412 households.", [source]) == ["412: Brisk"]


def test_of_two_sources_each_figure_stays_with_the_number_of_its_name():
    pep_8 = Source("Limit all lines to 72 characters.", "PEP 8 – Style Guide for Python Code")
    assert misattributed_figures("PEP 7 allows 79 characters, PEP 8 allows 72.", [PEP_7, pep_8]) == []
    assert misattributed_figures("PEP 7 allows 72 characters, PEP 8 allows 79.", [PEP_7, pep_8]) == [
        "72: PEP 7",
        "79: PEP 8",
    ]


def test_a_row_gives_the_number_of_a_name_by_itself():
    row = Source("17 ; 0.31 ; 245", "Gate friction test")
    assert misattributed_figures("Gate 17 had a friction of 0.31.", [row]) == []
    assert misattributed_figures("Gate 18 had a friction of 0.31.", [row]) == ["18: Gate 18", "0.31: Gate 18"]
    assert misattributed_figures("The friction at gate 17 was 0.31.", [row]) == []


def test_what_is_numbered_in_small_letters_owns_a_figure_where_no_name_does():
    source = Source("The arms of gate 17 bent at 245 bar, those of gate 18 at 250 bar.", "Report")
    assert misattributed_figures("The arms of gate 17 bent at 245 bar.", [source]) == []
    assert misattributed_figures("The arms of gate 18 bent at 245 bar.", [source]) == ["245: gate 18"]
