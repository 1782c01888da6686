import pytest

from agent.leaning import dated_source, day_word, unsaid_thing
from agent.stemming import english_stem

STEM = english_stem()
TITLE = "Five warnings: how the danger to the barrage was set aside"


def thing(sentence, before="", title=TITLE):
    return unsaid_thing(sentence, before, title=title, stem=STEM)


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("The Authority today celebrates the opening of the barrage.", "today"),
        ("Today, the hall is a museum.", "Today"),
        ("Marten Sills is in charge until further notice.", "until further notice"),
        ("The cooperative currently has fourteen members.", "currently"),
        ("The stone is now an exhibit in the court.", "is now"),
        ("Prices rose by 4 per cent last year.", "last year"),
        ("Tolls will be raised next month.", "next month"),
        ("Two gates were repaired three weeks ago.", "three weeks ago"),
        ("The Falcon was recently sold to Brenn.", "recently"),
        ("Aldous Krenn will visit the town tomorrow.", "tomorrow"),
        ("The chief engineer wants them to live elsewhere this winter.", "this winter"),
        ("The wall was raised 12 years ago.", "12 years ago"),
        ("The wall was raised twenty years ago.", "years ago"),
        ("By now the fund has paid 45 people.", "By now"),
        ("By now it has paid those who were hurt.", "By now"),
        ("Until now the crossing has been free.", "Until now"),
        ("“Tomorrow the gates close,” said the warden.", "Tomorrow"),
    ],
)
def test_a_word_of_the_day_of_writing_is_found(sentence, word):
    assert day_word(sentence) == word


@pytest.mark.parametrize(
    "sentence",
    [
        "USA Today reported the sale of the barrage.",
        "The hole was now deeper than the caisson allowed.",
        "The void grew in the last year of the war.",
        "Cells of this kind emerged two billion years ago.",
        "The lime had recently been delivered when the gate broke.",
        "On 9 June 2016 the Authority said that it now had 420 staff and would open today.",
        "In 2019, prices were lower than last year.",
        "The next month brought four storms.",
        "The gates were dated to the present century.",
        "The ice sheet melted some 10,000 years ago.",
        "The ice sheet melted 12000 years ago.",
        "Thousands of years ago the ice sheet melted.",
        "The ice sheet melted thousands of years ago.",
        "Five hundred years ago the dunes were woods.",
        "What is now Ulver was a swamp.",
        "By now the river had risen.",
        "The river had by now risen.",
        "Until now the board had refused.",
        "From now on the gates were shut at night.",
        "John Oliver told of it in Last Week Tonight.",
    ],
)
def test_what_is_told_of_a_stated_or_past_day_is_not(sentence):
    assert day_word(sentence) == ""


@pytest.mark.parametrize(
    ("sentence", "before", "said"),
    [
        ("The report was promised for December.", "I asked in 2018 for a report on the hinges.", "report"),
        ("The caisson had been below the threshold.", "Drilling found holes beneath caisson C6.", "caisson"),
        ("The Act was adopted by 112 votes to 71.", "The bill became the Ulver Barrage Act 2007.", "Act"),
        ("The hospital remained closed until March.", "Haldermouth General Hospital lost its power.", "hospital"),
        ("The gauge was built in 2015.", "Mercer Quay is a wharf with a gauge of its own.", "gauge"),
        ("In 2015, the gauge was moved.", "Mercer Quay is a wharf with a gauge of its own.", "gauge"),
        ("The three items together amount to 261.0 million crowns.", "", "items"),
        ("The repair would have cost 2,300 crowns.", "The radio link had failed its test.", "repair"),
    ],
)
def test_a_bare_thing_leans_on_the_paragraph_that_introduces_it(sentence, before, said):
    assert thing(sentence, before) == said


@pytest.mark.parametrize(
    ("sentence", "before"),
    [
        ("The barrage closed at night.", "A barrage was built at Ulver."),  # the title names it
        ("The board voted against it.", "The board had met in May."),  # nobody introduces it here
        ("The report of the divers was late.", "I asked for a report."),  # it says which
        ("The report that Solle wrote was late.", "I asked for a report."),
        ("The gate 17 failed first.", "A gate is a door."),
        ("The largest report had 44 pages.", "Lantern Bay sent a report."),
        ("The man killed in Merseyside was a passenger.", "One man had been hurt before."),
        ("The government raised the tax.", "A government of three parties was formed."),
        ("The officials left.", "Two government officials came, and the mayor."),
        ("Gate 17 failed at 23:52.", "A gate was stuck."),
    ],
)
def test_a_thing_that_is_known_or_named_stands_alone(sentence, before):
    assert thing(sentence, before) == ""


def test_a_counted_thing_of_the_title_stands_alone():
    assert thing("The five warnings reached the board.") == ""


def test_a_date_is_taken_from_the_title_before_the_headings():
    assert dated_source("Press release of 9 June 2016", ["3 May 2017"]) == "Press release of 9 June 2016"
    assert dated_source("Letters", ["2016", "Letter of 3 May 2017"]) == "Letters, Letter of 3 May 2017"
    assert dated_source("Report 2016", ["In May 2017"]) == ""
