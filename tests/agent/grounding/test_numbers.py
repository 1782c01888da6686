import pytest

from agent.grounding.numbers import figures, unsupported_figures


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,212 km and 1212 km", ["1212", "1212"]),
        ("5% of 5", ["5%", "5"]),
        ("5 percent", ["5%"]),
        ("1.987 million in 2023", ["1.987m", "2023"]),
        ("4.30 million, 2 thousand million", ["4.3m", "2000000000"]),
        ("5 hundred of 12", ["500", "12"]),
        ("30 years, 30.0 years", ["30", "30"]),
        ("version 3.7.1", ["3.7.1"]),
        ("Python 3.10 and 3.1", ["3.10", "3.1"]),
        ("three of the twelve", ["3", "12"]),
        ("one of them, or half", []),
        ("-0.4 migrants, .5 births", ["-0.4", "0.5"]),
        ("07 May 1999", ["7", "1999"]),
    ],
)
def test_numbers_have_one_form(text, values):
    assert [figure.value for figure in figures(text)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1\u2009765.0 and 12\u202f345\u202f678 and 4\u00a0300", ["1765", "12345678", "4300"]),
        ("1’765 and 1'765", ["1765", "1765"]),
        ("12 345", ["12", "345"]),
        ("in 2018\u00a0300 people", ["2018", "300"]),
        ("1,234\u2009567", ["1234", "567"]),
        ("1\u20092345", ["1", "2345"]),
    ],
)
def test_thin_and_no_break_spaces_group_digits_and_plain_ones_do_not(text, values):
    assert [figure.value for figure in figures(text)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('-5% and −5 and –5 and (-5) and "-5"', ["-5%", "-5", "-5", "-5", "-5"]),
        ("-$5 million, $-5, −€5", ["-5m", "-5", "-5"]),
        ("minus 5 degrees, minus five, negative 5", ["-5", "-5", "-5"]),
        ("pages 3-5, 3–5, 3 - 5, 3−5", ["3", "5", "3", "5", "3", "5", "3", "5"]),
        ("COVID-19, F-16 and pre-1900", ["19", "16", "1900"]),
        ("5%-10%, $5-$10, 2020-05-12", ["5%", "10%", "5", "10", "2020", "5", "12"]),
        ("5 minus 3, plus or minus 5, +/-5, ±5", ["5", "3", "5", "5", "5"]),
        ("cost – 5 million; -0", ["5m", "0"]),
    ],
)
def test_a_sign_is_part_of_a_number_and_a_range_has_none(text, values):
    assert [figure.value for figure in figures(text)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Twenty-one", ["21"]),
        ("twenty one", ["21"]),
        ("two hundred", ["200"]),
        ("one hundred and five", ["105"]),
        ("a hundred men", ["100"]),
        ("twelve hundred and thirty-four", ["1234"]),
        ("three thousand", ["3000"]),
        ("two thousand five hundred and sixty-one", ["2561"]),
        ("two million", ["2000000"]),
        ("one hundred and five thousand and two", ["105002"]),
        ("two and a half million", ["2500000"]),
        ("half a million, half a dozen, two dozen", ["500000", "6", "24"]),
        ("a million and a half", ["1500000"]),
        ("a thousand million", ["1000000000"]),
        ("forty-one per cent of five", ["41%", "5"]),
        ("one per cent", ["1%"]),
        ("the twenty-first of a two-hundred-year-old line", ["21", "200"]),
        ("between one hundred and two hundred", ["100", "200"]),
        ("between a thousand and twenty-two thousand", ["1000", "22000"]),
        ("twenty one-day trips", ["20"]),
        ("a hundred second delays", ["100"]),
        ("fifty-fifty; two, three and four", ["50", "50", "2", "3", "4"]),
        ("a quarter of a million", []),
        ("several hundred, hundreds, millions", ["hundreds", "m"]),
    ],
)
def test_numbers_in_words_are_read_whole(text, values):
    assert [figure.value for figure in figures(text)] == values


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The 2 engines failed.", "Both of the two engines failed."),
        ("The two engines failed.", "Engines 2 failed"),
        ("It cost 1,613 million.", "It cost 1.613 billion."),
        ("It cost 4.30 million.", "It cost 4.3 million."),
        ("It cost 1.2 million.", "It cost 1,200,000."),
        ("It cost $4.30.", "It cost $4.3."),
        ("It cost 4.5 euros.", "It cost 4.50 euros."),
        ("It grew by 6.1 per cent.", "It grew by 6.10%."),
        ("It is 3.1 km long.", "It is 3.10 km long."),
        ("Python 3.10 has it.", "It came with Python 3.10"),
        ("The rate is 8.20 deaths.", "Death rate: 8.20"),
        ("It took 30 days.", "It took 30.0"),
        ("It fell to −5 °C.", "It fell to -5 °C."),
        ("It fell to minus five.", "It fell to –5."),
        ("COVID-19 came.", "COVID 19 came."),
        ("Gates 3 to 5 failed.", "Gates 3-5 failed."),
        ("Twenty-one died.", "21 died."),
        ("3,000 died.", "Three thousand died."),
        ("3 thousand died.", "Three thousand died."),
        ("Two million left.", "2 million left."),
        ("Forty-one per cent left.", "41% left."),
        ("1,765 km", "1\u202f765 km"),
    ],
)
def test_what_the_evidence_states_in_another_notation_stands(claim, evidence):
    assert unsupported_figures(claim, evidence) == []


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("It cost 1,613 million.", "It cost 1,612 million.", ["1613m"]),
        ("It cost 1.6 billion.", "It cost 1.6 million.", ["1.6bn"]),
        ("Python 3.1 has it.", "Python 3.10 has it.", ["3.1"]),
        ("Python 3.10 has it.", "Python 3.1 has it.", ["3.10"]),
        ("Section 3.1", "It is 3.10 km long.", ["3.1"]),
        ("It rose by 5%.", "It changed by -5%.", ["5%"]),
        ("It rose by 5%.", "It changed by −5%.", ["5%"]),
        ("It changed by -5%.", "It rose by 5%.", ["-5%"]),
        ("It earned $5 million.", "It earned -$5 million.", ["5m"]),
        ("It was 5 degrees.", "It was minus five degrees.", ["5"]),
        ("20 died.", "Twenty-one died.", ["20"]),
        ("Twenty-one died.", "20 and 1 died.", ["21"]),
        ("Two died.", "Two hundred died.", ["2"]),
        ("100 died.", "Two hundred died.", ["100"]),
        ("100 died.", "Hundreds died.", ["100"]),
        ("Two hundred died.", "2 of 100 died.", ["200"]),
        ("A million left.", "Half a million left.", ["1000000"]),
        ("Five per cent left.", "5 left.", ["5%"]),
        ("765 km", "1\u2009765 km", ["765"]),
        ("5 per cent", ".5 per cent", ["5%"]),
    ],
)
def test_what_the_evidence_does_not_state_is_found(claim, evidence, found):
    assert unsupported_figures(claim, evidence) == found


def test_a_figure_tells_where_it_stands_with_its_sign_scale_and_per_cent():
    text = "Losses: -$5 million, minus twenty-one per cent"
    assert [text[figure.start : figure.end] for figure in figures(text)] == ["-$5 million", "minus twenty-one per cent"]


def test_a_very_long_number_keeps_every_digit():
    assert unsupported_figures("1" * 6000, "1" * 5999 + "2") == ["1" * 6000]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3½ more years", ["3.5"]),
        ("3⅓ cups", ["3⅓"]),
        ("12,5 % of 1,5 million", ["12.5%", "1.5m"]),
        ("1.234.567,89 Euro", ["1234567.89"]),
        ("€3,50 a day", ["3.50"]),
        ("₹ 1,00,000 and 12,34,567", ["100000", "1234567"]),
        ("£1.5m, $3k and $2 bn", ["1.5m", "3k", "2bn"]),
        ("a beam of 1.5m", ["1.5"]),
        ("gates 17,18 and 1,765 people in 2019,12 of them old", ["17", "18", "1765", "2019", "12"]),
    ],
)
def test_numbers_of_other_notations_are_read_as_they_are_meant(text, values):
    assert [figure.value for figure in figures(text)] == values


def test_a_part_of_a_number_does_not_carry_a_claim():
    assert unsupported_figures("It took 3 years.", "It took 3½ years.") == ["3"]
    assert unsupported_figures("It fell by 5%.", "It fell by 12,5 %.") == ["5%"]
    assert unsupported_figures("It cost £1.5.", "It cost £1.5m.") == ["1.5"]
    assert unsupported_figures("It cost £1.5 million.", "It cost £1.5m.") == []
