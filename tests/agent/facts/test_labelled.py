"""Labelled lines are read without a model, and what is more than number, unit and date is left alone."""

import time

import pytest

from agent.facts.contradictions import contradictions
from agent.facts.labelled import LabelledLines
from agent.facts.readers import RuleFirst, fact_reader
from agent.facts.registry import call_of
from agent.facts.spans import ReadPassage
from agent.facts.types import Quantity
from agent.reading import Unit
from agent.stemming import english_stem
from lm.scripted import ScriptedLM
from retrieval.types import Passage

STEM = english_stem()


def passage(*lines, path=("Economy", "Trade"), title="Orland"):
    """Lines under one heading, as an extractor reads them."""
    text, units = "\n".join(lines), []
    for line in lines:
        start = units[-1].end + 1 if units else 0
        units.append(Unit(start, start + len(line), line, path))
    whole = Passage(id="p", doc_id="orland.md", ordinal=0, start=0, end=len(text), text=text, heading_path=path)
    return ReadPassage(whole, title, tuple(units))


def read(*lines, **place):
    return LabelledLines(stem=STEM).extract(passage(*lines, **place))


@pytest.mark.parametrize(
    ("line", "measure", "value", "unit", "as_of"),
    [
        ("- total: 38.6 km (2019)", "Economy / Trade / total", "38.6", "km", "2019"),
        (
            "- Exports 2017: $624.3 million (2017 est.)",
            "Economy / Trade / Exports 2017",
            "624.3",
            "million $",
            "2017 est.",
        ),
        ("- balance: -$25.8 billion (2023 est.)", "Economy / Trade / balance", "-25.8", "billion $", "2023 est."),
        (
            "-1.1 migrant(s)/1,000 population (2025 est.)",
            "Economy / Trade",
            "-1.1",
            "migrant(s)/1,000 population",
            "2025 est.",
        ),
        ("26.9% of total population", "Economy / Trade", "26.9", "% of total population", None),
        ("land: arable land: 1,204 sq km", "Economy / Trade / land: arable land", "1204", "sq km", None),
        ("0-14 years: 1.03 male(s)/female", "Economy / Trade / 0-14 years", "1.03", "male(s)/female", None),
        ("crews: 12", "Economy / Trade / crews", "12", "", None),
        ("2017: 12 km", "Economy / Trade / 2017", "12", "km", None),
        ("spirits: 9.2 liters of pure alcohol", "Economy / Trade / spirits", "9.2", "liters of pure alcohol", None),
        (
            "solar: 3% of total installed capacity",
            "Economy / Trade / solar",
            "3",
            "% of total installed capacity",
            None,
        ),
        ("PM: 12.5 micrograms per cubic meter", "Economy / Trade / PM", "12.5", "micrograms per cubic meter", None),
    ],
)
def test_a_figure_behind_a_label_or_under_a_heading_is_a_quantity_of_the_title(line, measure, value, unit, as_of):
    result = read(line)
    assert result.rejected == ()
    (fact,) = result.facts
    assert fact.stated == Quantity(subject="Orland", measure=measure, value=value, unit=unit, as_of=as_of)
    assert fact.span.text == line


@pytest.mark.parametrize(
    "line",
    [
        "- founded: 1921",
        "Postal code: 75001",
        "China 48%, Japan 21% (2023)",
        "total: 4.6 million KABUL (capital) (2023)",
        "total: 4.6 million Kabul",
        "total: 5 to 6 km",
        "total: 12 km; note: disputed",
        "total: 12 km (disputed)",
        "total: 3 km of road and 4 km of rail",
        "24 people died in the fire.",
        "total: about 12 km",
        "opening hours: 9:30",
        "12",
        "- 12",
        "1987",
        "value: 5 not known",
        "score: 5 of ten",
        "cases: 12 confirmed not deaths",
        "cases: 12 still open at",
        "area: 6 sq km less than",
        "a ship: 19 th-century sailing ship",
        "rate: 5 people in long and weary waiting rooms",
        "Chapter: 3",
        "Chapter 3: 4",
        "Founded in: 1,987",
        "Page no.: 3",
        "Question: 3",
        "Step: 3",
        "Room: 3",
        "Figure: 3",
        "Table: 3",
    ],
)
def test_lists_ranges_names_years_codes_and_sentences_are_not_understood_and_not_read(line):
    assert read(line).facts == ()


def seconds(line):
    """Of the fastest of three readings."""
    taken, whole = [], passage(line)
    for _ in range(3):
        began = time.process_time()
        assert LabelledLines(stem=STEM).extract(whole).facts == ()
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        ("", "a: "),
        ("", "a "),
        ("", "1 "),
        ("total: 1", " km"),
        ("", "(s)"),
        ("a: 1 (", "2000 "),
        ("", "- "),
        ("-", " "),
        ("1", ","),
        ("a: 1 k", "(s"),
        ("a: 1 k.", " "),
    ],
)
def test_a_line_takes_time_as_its_length_and_not_as_its_square(begin, more):
    # Eight times as long: 64 times as much where it is the square.
    assert seconds(begin + more * 16_000 + "x:") < 24 * seconds(begin + more * 2_000 + "x:") + 0.002
    assert seconds(begin + more * 16_000) < 24 * seconds(begin + more * 2_000) + 0.002


def test_the_title_among_the_headings_is_no_part_of_the_measure():
    (fact,) = read("total: 12 km", path=("ORLAND", "Trade")).facts
    assert fact.stated.measure == "Trade / total"


def test_what_stands_under_two_chapters_is_no_contradiction():
    home = read("total: 35 goals", path=("Home team", "Goals scored")).facts
    away = read("total: 41 goals", path=("Away team", "Goals scored")).facts
    assert (len(home), len(away)) == (1, 1)
    moved = away[0].model_copy(update={"span": away[0].span.model_copy(update={"document": "other.md"})})
    assert contradictions([*home, moved], STEM) == []


def test_a_line_without_a_label_has_a_unit_or_a_currency():
    assert [len(read(line).facts) for line in ("12", "12 km", "$12", "12%")] == [0, 1, 1, 1]


def test_without_a_title_or_a_measure_nothing_is_read():
    assert read("total: 12 km", title="").facts == ()
    assert read("12 km", path=()).facts == ()
    assert read("12 km", path=("Orland",)).facts == ()


def test_the_model_reads_what_the_rule_leaves_and_nothing_else():
    said = Quantity(subject="Orland", measure="ferries", value=7, unit="ferries", as_of="2018")
    model = ScriptedLM([f"[{call_of(said)}]"])
    both = RuleFirst(model, stem=STEM)
    result = both.extract(passage("total: 38.6 km (2019)", "Orland bought 7 ferries in 2018."))
    assert [str(fact.stated.value) for fact in result.facts] == ["38.6", "7"]
    (request,) = model.requests
    assert "7 ferries" in request.messages[-1].content
    assert "total: 38.6 km (2019)\n\n```python" not in request.messages[-1].content
    assert both.extract(passage("total: 38.6 km (2019)")).is_readable
    assert len(model.requests) == 1


@pytest.mark.parametrize(("facts", "kind"), [("off", type(None)), ("rule", LabelledLines), ("model", RuleFirst)])
def test_the_setting_names_who_reads(facts, kind):
    assert type(fact_reader(facts, ScriptedLM([]), stem=STEM, seed=1)) is kind
