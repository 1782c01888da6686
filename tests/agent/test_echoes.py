import pytest

from agent.allocate import distinct
from agent.echoes import without_echoes
from agent.stemming import english_stem
from tests.agent.statement_factory import statement

DESIGN = "The design level of the Ulver Barrage was 5.55 m, which has a return period of 1,000 years."
LEVEL = "The Ulver Barrage was designed for a water level of 5.55 metres above Tessmark Datum."


def left(*sentences):
    made = [statement(text, doc_id=f"d{i}", title=f"Paper {i}", start=0) for i, text in enumerate(sentences)]
    return without_echoes(made, english_stem())


def test_of_two_sentences_with_the_same_figure_of_the_same_thing_the_fuller_stays():
    (one,) = left(LEVEL, DESIGN)
    assert one.sentence == DESIGN
    assert [echo.sentence for echo in one.echoes] == [LEVEL]


def test_units_are_converted_before_figures_are_compared():
    (one,) = left("The Orme rope is 12 km long.", "The Orme rope was 12,000 metres long and weighed 40 tonnes.")
    assert one.sentence.endswith("40 tonnes.")


def test_what_is_left_out_where_statements_are_given_to_blocks_is_an_echo_too():
    found = distinct([statement(LEVEL, doc_id="d1"), statement(DESIGN, doc_id="d2")])
    assert [one.sentence for one in found] == [DESIGN]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The repair of Orme cost 214 million crowns.", "The repair of Orme cost 341 million crowns."),
        ("The hole at caisson C6 was 8.2 metres deep.", "The hole at caisson C7 was 8.2 metres deep."),
        ("Brackwick lost 31 houses and a mill.", "Haldermouth lost 31 houses and a mill."),
        ("The Orme rope held 12 tonnes in 2018.", "The Orme rope held 12 tonnes in 2019."),
        ("The Orme rope held 12 tonnes.", "The Orme rope never held 12 tonnes."),
        ("The Orme repair cost 12 million crowns.", "The Orme repair may cost 12 million crowns."),
        ("Reke bought the Orme rope for 12 million crowns.", "Reke sold the Orme rope for 12 million crowns."),
        ("The Orme staff fell from 46 people in 2016 to 19 in 2021.", "The Orme staff were 46 people."),
        ("The Orme rope held more than 12 tonnes.", "The Orme rope held 12 tonnes."),
        ("The Orme rope weighs 12 tonnes.", "At noon Reke moved 12 tonnes of gravel to Orme by lorry."),
        ("The Orme Fund paid 12 million marks in 45 parts.", "In 2019 the Orme Fund paid 12 million marks."),
        ("Orme paid 12 million marks for 7 gates.", "Orme paid 12 million marks to Harrow Consult."),
        ("Harrow Consult paid 12 million marks to Vesk.", "Vesk paid 12 million marks to Harrow Consult."),
        ("Python 2.8 will never come out officially.", "Python 2.8 comes out officially."),
    ],
)
def test_what_differs_in_a_figure_day_name_sign_or_matter_stays(one, other):
    assert len(left(one, other)) == 2


def test_where_nothing_is_named_the_same_day_makes_it_the_same_thing():
    reset = "On 8 May 2020 the pressure alarm was reset from 225 to 245 bar."
    assert len(left(reset, "8 May 2020: The pressure alarm is reset to 245 bar.")) == 1
    assert (
        len(left(reset.replace("8 May", "In May").replace("On ", ""), "The pressure alarm was reset to 245 bar.")) == 2
    )


def test_four_digits_that_count_something_are_a_figure_and_no_day():
    flow = "The Orme plant gave 1500 MW of power on 1,600 days."
    assert len(left(flow, "The Orme plant gave 1,500 MW of power.")) == 1
    assert len(left(flow, "The Orme plant gave 1600 MW of power.")) == 2


def test_a_month_is_no_name_that_two_sentences_share():
    assert len(left("The hole in June was 8.2 metres deep.", "In June the pole of Orme was a hole of 8.2 metres.")) == 2


def test_a_sentence_that_stands_alone_is_kept_before_a_fuller_one_that_leans():
    full = statement(DESIGN, doc_id="d1").model_copy(update={"is_anaphoric": True})
    short = statement("The design level of the Ulver Barrage was 5.55 m.", doc_id="d2")
    found = without_echoes([full, short], english_stem())
    assert short.key in [one.key for one in found]
