"""Time expressions on days of a known calendar: 9 February 2023 was a Thursday."""

from datetime import UTC, datetime

import pytest

from memory.time_words import resolve_times, times_in_question, with_meanings

THURSDAY = datetime(2023, 2, 9, 21, 3, tzinfo=UTC)


def meanings(text, at=THURSDAY):
    return [phrase.meaning for phrase in resolve_times(text, at)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I went there yesterday.", "8 February 2023"),
        ("We met the day before yesterday.", "7 February 2023"),
        ("Had a great time last night.", "8 February 2023"),
        ("I'm cooking tonight.", "9 February 2023"),
        ("See you the day after tomorrow!", "11 February 2023"),
        ("He died two days ago.", "7 February 2023"),
        ("It rang 22 hours ago.", "8 February 2023"),
        ("I lost it the other day.", "26 January to 8 February 2023"),
    ],
)
def test_words_for_days_are_counted_from_the_day(text, expected):
    assert meanings(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I finished it last week.", "30 January to 5 February 2023"),
        ("It was the week before last.", "23-29 January 2023"),
        ("We start next week.", "13-19 February 2023"),
        ("Two weeks ago I read it.", "23-29 January 2023"),
        ("We hiked last weekend.", "4-5 February 2023"),
        ("We hike this weekend.", "11-12 February 2023"),
        ("It rained for the last two weeks.", "26 January to 9 February 2023"),
        ("A couple of weeks ago I left.", "16-29 January 2023"),
        ("I'll be done in two weeks.", "20-26 February 2023"),
    ],
)
def test_weeks_run_from_monday_to_sunday(text, expected):
    assert meanings(text) == [expected]


def test_last_week_is_the_same_week_on_each_day_of_this_one():
    for day in range(6, 13):
        found = resolve_times("It broke last week.", datetime(2023, 2, day, tzinfo=UTC))
        assert (found[0].interval.start, found[0].interval.end) == ("2023-01-30", "2023-02-05")


def test_what_was_done_this_weekend_is_over_on_a_monday():
    assert meanings("We had fun this weekend.", datetime(2023, 2, 13, tzinfo=UTC)) == ["11-12 February 2023"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Last Tuesday I ran.", "7 February 2023"),
        ("Last Thursday I ran.", "2 February 2023"),
        ("We play next Saturday.", "11 February 2023"),
        ("On Friday I had a talk.", "3 February 2023"),
        ("How about Friday at 5?", "10 February 2023"),
        ("Let's meet on Monday morning.", "13 February 2023"),
        ("I told her this Tuesday.", "7 February 2023"),
    ],
)
def test_a_weekday_is_the_nearest_in_the_direction_of_the_tense(text, expected):
    assert meanings(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I met her in May.", "May 2022"),
        ("I'm going there in May.", "May 2023"),
        ("We will move in January.", "January 2024"),
        ("It was in late June.", "21-30 June 2022"),
        ("Last October it snowed.", "October 2022"),
        ("Two months ago we split.", "December 2022"),
        ("It is due next month.", "March 2023"),
        ("Earlier this month I fell.", "1-9 February 2023"),
        ("At the end of last month I fell.", "21-31 January 2023"),
        ("We married on 7 May.", "7 May 2022"),
        ("We'll marry on May 7th.", "7 May 2023"),
        ("The deadline is 3 March.", "3 March 2023"),
    ],
)
def test_a_month_without_a_year_is_the_nearest_in_the_direction_of_the_tense(text, expected):
    assert meanings(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She died last year.", "2022"),
        ("She died a few years ago.", "2017 to 2021"),
        ("I bought it a year ago.", "2022"),
        ("A year and a half ago I left.", "August 2021"),
        ("It was late last year.", "September to December 2022"),
        ("I saw it last summer.", "June to August 2022"),
        ("We wed next winter.", "December 2023 to February 2024"),
        ("We've been together for three years.", "since 2020"),
        ("I have lived here since last May.", "since May 2022"),
        ("I've had her for two weeks now.", "since 23 January 2023"),
    ],
)
def test_years_and_seasons_are_those_of_the_calendar(text, expected):
    assert meanings(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We moved in March 2020.", "March 2020"),
        ("It was on 19 April 2007.", "19 April 2007"),
        ("She gave it to me in 2010 in Paris.", "2010"),
        ("It was the summer of 2020.", "June to August 2020"),
        ("In the 1990s we had none.", "1990 to 1999"),
        ("It ran from 5 May 2021 to 7 June 2021.", "5 May to 7 June 2021"),
        ("It was the beginning of January 2023.", "1-10 January 2023"),
    ],
)
def test_dates_that_are_whole_are_not_relative(text, expected):
    found = resolve_times(text, THURSDAY)
    assert [(phrase.meaning, phrase.is_relative) for phrase in found] == [(expected, False)]


@pytest.mark.parametrize(
    "text",
    [
        "May I ask you something? It may rain. March on!",
        "Every Friday I run, and most Sundays.",
        "Black Friday is mad.",
        "I took it for two hours.",
        "I finished it in two weeks.",
        "Dinosaurs died 5000 years ago.",
        "Things were good lately.",
        "In fall of pride we trust.",
        "I wrote 2000 words.",
        "We meet on 31 June.",
    ],
)
def test_what_is_no_time_gets_none(text):
    assert meanings(text) == []


def test_words_over_the_turn_of_the_year():
    assert meanings("Last month and last week.", datetime(2023, 1, 3, tzinfo=UTC)) == [
        "December 2022",
        "26 December 2022 to 1 January 2023",
    ]


def test_the_phrase_is_where_it_stands():
    text = "Well, last  week was wild."
    (phrase,) = resolve_times(text, THURSDAY)
    assert text[phrase.start : phrase.end] == phrase.text == "last  week"


def test_a_meaning_stands_in_brackets_behind_relative_words_only():
    assert with_meanings("We met in 2010, and yesterday's class was fun.", THURSDAY) == (
        "We met in 2010, and yesterday's [8 February 2023] class was fun."
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What was she working on in the beginning of January 2023?", ("2023-01-01", "2023-01-10")),
        ("What did she finish last week before 23 January, 2023?", ("2023-01-16", "2023-01-22")),
        ("Which puppy did she get two weeks before August 11, 2023?", ("2023-07-24", "2023-07-30")),
        ("Where was she during the last week of August 2023?", ("2023-08-25", "2023-08-31")),
        ("What did she do after May 2023?", ("2023-05-31", "2023-10-01")),
        ("What did she do before June 2023?", ("0001-01-01", "2023-05-31")),
        ("What has she done since March?", ("2023-03-01", "2023-10-01")),
        ("What happened last month?", ("2023-09-01", "2023-09-30")),
        ("Where was she between May and July 2023?", ("2023-05-01", "2023-07-31")),
    ],
)
def test_a_question_asks_about_an_interval(question, expected):
    found = times_in_question(question, datetime(2023, 10, 1, tzinfo=UTC))
    assert [(interval.start, interval.end) for interval in found] == [expected]


def test_a_question_without_time_words_asks_about_none():
    assert times_in_question("Who is Anna?", THURSDAY) == []
