"""Arithmetic of the calendar, against days that were looked up in one."""

from datetime import date, timedelta

import pytest

from memory.calendar_spans import around, moved, part_of, season, span, weekday_beside, written
from memory.units import Interval

# A Thursday.
DAY = date(2023, 2, 9)


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("day", "2023-02-09", "2023-02-09"),
        ("week", "2023-02-06", "2023-02-12"),
        ("weekend", "2023-02-11", "2023-02-12"),
        ("month", "2023-02-01", "2023-02-28"),
        ("year", "2023-01-01", "2023-12-31"),
        ("decade", "2020-01-01", "2029-12-31"),
    ],
)
def test_a_unit_is_whole(unit, start, end):
    assert around(DAY, unit) == Interval(start=start, end=end)


def test_february_of_a_leap_year_has_29_days():
    assert around(date(2024, 2, 10), "month").end == "2024-02-29"


def test_winter_runs_over_the_year():
    assert season("winter", 2022) == Interval(start="2022-12-01", end="2023-02-28")


@pytest.mark.parametrize("days", range(14))
@pytest.mark.parametrize("weekday", range(7))
def test_the_nearest_weekday_is_that_weekday_and_one_to_seven_days_off(days, weekday):
    day = DAY + timedelta(days=days)
    for after, sign in ((True, 1), (False, -1)):
        found = weekday_beside(day, weekday, after=after)
        assert found.weekday() == weekday
        assert 1 <= sign * (found - day).days <= 7


@pytest.mark.parametrize(
    ("unit", "n", "expected"),
    [
        ("day", -2, date(2023, 2, 7)),
        ("week", -2, date(2023, 1, 26)),
        ("month", -2, date(2022, 12, 9)),
        ("month", 11, date(2024, 1, 9)),
        ("year", -3, date(2020, 2, 9)),
    ],
)
def test_a_day_moves_by_units(unit, n, expected):
    assert moved(DAY, unit, n) == expected


def test_the_31st_moves_to_the_last_day_of_a_shorter_month():
    assert moved(date(2023, 3, 31), "month", -1) == date(2023, 2, 28)


def test_the_thirds_of_a_month_meet_and_fill_it():
    early, mid, late = (part_of(around(DAY, "month"), part) for part in ("early", "mid", "late"))
    assert (early.start, late.end) == ("2023-02-01", "2023-02-28")
    for one, other in ((early, mid), (mid, late)):
        assert date.fromisoformat(one.end) + timedelta(days=1) == date.fromisoformat(other.start)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-05-07", "2023-05-07", "7 May 2023"),
        ("2023-01-16", "2023-01-22", "16-22 January 2023"),
        ("2023-01-30", "2023-02-05", "30 January to 5 February 2023"),
        ("2022-12-26", "2023-01-01", "26 December 2022 to 1 January 2023"),
        ("2023-05-01", "2023-05-31", "May 2023"),
        ("2022-06-01", "2022-08-31", "June to August 2022"),
        ("2022-12-01", "2023-02-28", "December 2022 to February 2023"),
        ("2022-01-01", "2022-12-31", "2022"),
        ("2017-01-01", "2021-12-31", "2017 to 2021"),
    ],
)
def test_an_interval_is_written_in_few_words(start, end, expected):
    assert written(Interval(start=start, end=end)) == expected


def test_a_year_of_few_digits_keeps_its_zeros():
    assert span(date(33, 4, 3), date(33, 4, 3)).start == "0033-04-03"
