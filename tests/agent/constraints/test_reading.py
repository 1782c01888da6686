import pytest

from agent.constraints.reading import read_request


def wanted(text, kind):
    return [demand.wanted for demand in read_request(text).demands if demand.kind == kind]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("The rope. Do not mention Harrow Consult or the director.", ["Harrow Consult", "director"]),
        ("The rope. Please don't use the words “delve” and “tapestry”.", ["delve", "tapestry"]),
        ("Write a report on the rope without mentioning Harrow Consult", ["Harrow Consult"]),
        ("The rope, without naming Petra Fenn", ["Petra Fenn"]),
        ("Report on the rope. Avoid the word 'scandal', and keep it short.", ["scandal"]),
        ("The rope. Never mention the court, and write in 300 words.", ["court"]),
    ],
)
def test_what_a_clause_forbids_is_read(text, phrases):
    assert wanted(text, "avoid") == phrases


@pytest.mark.parametrize(
    "text",
    [
        "Why politicians never mention debt",
        "How he left without mentioning the debt",
        "What to avoid when using ropes",
        "The rules of gender in French",
        "Speeches at under 200 words per minute",
        "Vaccines for children",
        "The 30,000-word report of the commission",
        "Roads with sections of loose gravel",
        "Housing for the public",
        "A report in English law on trusts",
        "The failure of the cableway: causes, ignored warnings, money and reforms",
        "How steel is used in Chicago",
    ],
)
def test_what_is_said_of_the_world_is_no_demand(text):
    assert read_request(text).demands == ()
    assert read_request(text).matter == text


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("The rope. Sections: Causes, Money, and Reforms.", ["Causes", "Money", "Reforms"]),
        ("Compare Orland and Vesk with 3 sections: people, coast, rails", ["People", "Coast", "Rails"]),
        ("Write a report on the rope with sections on causes and reforms", ["Causes", "Reforms"]),
        ("The rope. Headings: Causes of it; Money, and who paid.", ["Causes of it", "Money, and who paid"]),
    ],
)
def test_sections_are_read_by_name_and_in_order(text, titles):
    assert wanted(text, "section") == titles


@pytest.mark.parametrize(
    ("text", "avoided", "mentioned", "titles"),
    [
        (
            "The rope, do not mention Harrow Consult, sections: Causes, Money",
            ["Harrow Consult"],
            [],
            ["Causes", "Money"],
        ),
        (
            "The rope, it must mention the ladder, with sections on causes and money",
            [],
            ["ladder"],
            ["Causes", "Money"],
        ),
        ("The rope. Sections: Causes, Money, avoiding Harrow Consult", [], [], ["Causes", "Money"]),
        ("The rope, do not mention debt, it must mention the ladder", ["debt"], ["ladder"], []),
    ],
)
def test_a_clause_ends_where_the_next_demand_begins(text, avoided, mentioned, titles):
    assert wanted(text, "avoid") == avoided
    assert wanted(text, "mention") == mentioned
    assert wanted(text, "section") == titles


def test_what_must_be_mentioned_is_read_item_by_item():
    text = "The rope. Make sure to mention the heater, the cost of the repair and the letter of Jonas Reke."
    assert wanted(text, "mention") == ["heater", "cost of the repair", "letter of Jonas Reke"]


@pytest.mark.parametrize(
    ("text", "words", "least", "most"),
    [
        ("The rope, in at most 900 words", 846, None, 900),
        ("The rope. No more than 1,000 words.", 940, None, 1000),
        ("The rope (at least 500 words)", 530, 500, None),
        ("The rope, between 500 and 700 words", 600, 500, 700),
    ],
)
def test_bounds_of_the_length_are_read_and_aimed_within(text, words, least, most):
    request = read_request(text)
    (length,) = [demand for demand in request.demands if demand.kind == "length"]
    assert (request.words, length.least, length.most) == (words, least, most)
    assert request.matter.strip(".") == "The rope"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("The rope, in French", "fr"),
        ("The rope. Write it in German, please.", "de"),
        ("Write a report in Spanish on the rope", "es"),
        ("Das Seil, auf Deutsch", "de"),
    ],
)
def test_a_language_is_read_where_it_is_the_report_s(text, tag):
    assert wanted(text, "language") == [tag]


@pytest.mark.parametrize(
    ("text", "readers"),
    [
        ("The rope, for a general reader", "a general reader"),
        ("The rope. For laypeople.", "laypeople"),
        ("Write a briefing for engineers about the brake", "engineers"),
        ("The rope. Audience: members of the board.", "members of the board"),
    ],
)
def test_readers_are_read(text, readers):
    assert wanted(text, "audience") == [readers]


def test_a_style_of_citing_is_read():
    assert wanted("The rope, in APA style", "citations") == ["APA"]
    assert wanted("The rope, with footnotes", "citations") == ["footnotes"]


def test_all_demands_of_a_request_leave_its_matter():
    text = (
        "The failure of the cableway, in 800 words. Sections: Causes, Money. Do not mention the court. It must mention "
        "the heater. For a general reader, in English."
    )
    request = read_request(text)
    assert request.matter == "The failure of the cableway, in 800 words."
    kinds = [demand.kind for demand in request.demands]
    assert sorted(kinds) == ["audience", "avoid", "language", "mention", "section", "section"]


def test_a_request_of_demands_alone_is_its_own_matter():
    assert read_request("Do not mention X.").matter == "Do not mention X."
    assert read_request("Do not mention X.").demands == ()
