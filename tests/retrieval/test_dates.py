import pytest

from retrieval.dates import covered, dates, unsupported_dates, without_days


def lost(claim, evidence):
    return [date.text for date in unsupported_dates(dates(claim), evidence)]


@pytest.mark.parametrize(
    "notation", ["19 April 2007", "April 19th, 2007", "2007-04-19", "19.04.2007", "19/4/2007", "19 Apr. 2007"]
)
def test_one_date_is_carried_in_any_notation(notation):
    assert lost("It opened on 19 April 2007.", f"opened: {notation}") == []
    assert lost(f"It opened on {notation}.", "It opened on 19 April 2007.") == []


def test_a_date_is_carried_by_a_fuller_one_and_not_the_other_way():
    assert lost("It opened in April 2007.", "It opened on 19 April 2007.") == []
    assert lost("It opened on 19 April.", "It opened on 19 April 2007.") == []
    assert lost("It opened on 19 April 2007.", "It opened in April 2007.") == ["19 April 2007"]
    assert lost("It opened on 19 April 2007.", "It opened in 2007.") == ["19 April 2007"]


def test_the_year_may_stand_over_the_day():
    assert lost("It opened on 19 April 2007.", "Chronicle of 2007 ; 19 April: the barrage opens") == []


def test_parts_of_two_dates_make_no_third():
    assert lost("It opened on 19 April 2007.", "On 19 May 2007 and in April 2007 it was closed.") == ["19 April 2007"]


def test_days_of_one_month_are_dates_each():
    assert [date.text for date in dates("on 4 and 5 February 2020")] == ["4 February 2020", "5 February 2020"]
    assert lost("on 4 and 6 February 2020", "on 4 and 5 February 2020") == ["6 February 2020"]


def test_either_reading_of_a_date_in_slashes_will_do():
    assert lost("It opened on 3/4/2007.", "It opened on 4 March 2007.") == []
    assert lost("It opened on 3/4/2007.", "It opened on 5 March 2007.") == ["3 April 2007", "4 March 2007"]


def test_what_only_looks_like_a_date_is_none():
    assert dates("May 5 million people, version 2.5 May, in May and March") == []


def test_the_text_without_dates_keeps_its_places():
    text = "On 19 April 2007 the Board met."
    assert covered(text) == "On 0000000000000 the Board met."
    assert without_days(text) == "On 2007          the Board met."
