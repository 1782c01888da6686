"""Labelled lines are read without a model, and what is more than number, unit and date is left alone."""

import time

import pytest

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
        ("- total: 38.6 km (2019)", "Trade / total", "38.6", "km", "2019"),
        ("- Exports 2017: $624.3 million (2017 est.)", "Trade / Exports 2017", "624.3", "million $", "2017 est."),
        ("- balance: -$25.8 billion (2023 est.)", "Trade / balance", "-25.8", "billion $", "2023 est."),
        ("-1.1 migrant(s)/1,000 population (2025 est.)", "Trade", "-1.1", "migrant(s)/1,000 population", "2025 est."),
        ("26.9% of total population", "Trade", "26.9", "% of total population", None),
        ("land: arable land: 1,204 sq km", "Trade / land: arable land", "1204", "sq km", None),
        ("0-14 years: 1.03 male(s)/female", "Trade / 0-14 years", "1.03", "male(s)/female", None),
        ("crews: 12", "Trade / crews", "12", "", None),
        ("2017: 12 km", "Trade / 2017", "12", "km", None),
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
    ],
)
def test_lists_ranges_names_years_codes_and_sentences_are_not_understood_and_not_read(line):
    assert read(line).facts == ()


@pytest.mark.parametrize("line", ["a: " * 3_000, "a " * 5_000, "1 " * 5_000, "total: 1" + " km" * 3_000, "(s)" * 3_000])
def test_a_long_line_is_read_in_no_time(line):
    began = time.process_time()
    assert read(line).facts == ()
    assert time.process_time() - began < 1.0


def test_without_a_title_or_a_measure_nothing_is_read():
    assert read("total: 12 km", title="").facts == ()
    assert read("12 km", path=()).facts == ()


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
