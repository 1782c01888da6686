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


def test_years_are_not_bound():
    assert misattributed_figures("Kyrgyzstan joined in 2015.", [Source("joined in 2015", "Kazakhstan")]) == []


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
