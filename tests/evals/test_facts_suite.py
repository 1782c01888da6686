"""The suite of typed facts, over three made-up profiles."""

import json
from pathlib import Path

import pytest

from agent.facts.registry import call_of
from agent.facts.types import Person, Quantity
from agent.settings import Settings
from evals.bench import Bench, Unparsed
from evals.items import Outcome
from evals.metrics.extraction import SaidFigure, extraction_scores
from evals.metrics.facts import GoldFact
from evals.registry import find_suite
from evals.suite import Metric
from lm.scripted import ScriptedLM
from tests.agent.affair import PROFILES, build_affair

SUITE = find_suite("facts")
FACTS = {
    "People and Society / Birth rate": ("39.2 births/1,000 population (2024 est.)", 39.2),
    "People and Society / Unemployment rate": ("7.9% (2023 est.)", 7.9),
    "Transportation / Railways / total": ("total: 1,204 km (2019)", 1204.0),
}


@pytest.fixture
def folder(tmp_path):
    """Two tasks that share a fact of Orland."""
    place = tmp_path / "book"
    (place / "docs").mkdir(parents=True)
    for name, text in PROFILES.items():
        (place / "docs" / name).write_text(text)
    gold = [
        {"country": "Orland", "doc": "orland", "field": field, "value": value, "number": number}
        for field, (value, number) in FACTS.items()
    ]
    tasks = [
        {"id": "a", "task": "Write.", "supporting_ids": ["orland", "vesk"], "gold_facts": gold[:2]},
        {"id": "b", "task": "Write.", "supporting_ids": ["orland"], "gold_facts": gold[1:]},
    ]
    (place / "report_tasks.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))
    return place


@pytest.fixture(scope="module")
def profiles(tmp_path_factory):
    found = build_affair(tmp_path_factory.mktemp("profiles"), PROFILES)
    yield found
    found.close()


def done(program, folder, profiles, tmp_path, reply=""):
    (item,) = SUITE.load(folder, workdir=tmp_path).items
    model = ScriptedLM(lambda request: reply)
    bench = Bench(
        settings=Settings(home=Path("unused")), evidence_tokens=1, seed=1, corpus_=profiles.corpus, writer_=model
    )
    outcome = SUITE.programs[program]()(item, bench)
    return {metric.name: metric.score(item, outcome) for metric in SUITE.metrics if isinstance(metric, Metric)}


def test_an_item_is_a_profile_with_the_facts_that_all_tasks_have_of_it(folder, tmp_path):
    (item,) = SUITE.load(folder, workdir=tmp_path).items
    assert (item.id, item.supporting_ids, len(item.gold["gold_facts"])) == ("orland.md", ("orland.md",), 4)


def test_figures_are_judged_and_refusals_shared_out_by_reason(folder, profiles, tmp_path):
    stated = [
        Quantity(subject="Orland", measure="Birth rate", value="39.2", unit="births/1,000 population", as_of="2024"),
        Quantity(subject="Orland", measure="Unemployment rate", value="2023", unit="est."),
        Quantity(subject="Orland", measure="Birth rate", value="41"),
        Person(name="Orland Bloom"),
    ]
    reply = f"results = [{', '.join(map(call_of, stated))}]"
    scores = done("extract", folder, profiles, tmp_path, reply)
    assert scores["precision"] == 0.5  # a year taken for the rate: grounded, under its heading, and wrong
    assert scores["recall_of_read"] == pytest.approx(1 / 3)
    assert (scores["figures"], scores["judged"]) == (2.0, 2.0)
    assert (scores["unreadable_replies"], scores["cut_off_replies"]) == (0.0, 0.0)
    n_refused = sum(value for name, value in scores.items() if name.startswith("rejected_"))
    assert 0.0 < n_refused < 1.0
    assert scores["rejected_name_not_found"] > 0.0
    assert scores["rejected_number_not_found"] > 0.0
    assert scores["rejected_syntax"] == 0.0


def test_a_model_that_writes_no_list_is_unparsed_and_not_wrong(folder, profiles, tmp_path):
    with pytest.raises(Unparsed, match="held a list of calls"):
        done("extract", folder, profiles, tmp_path, "I am sorry.")


def test_the_rule_for_labelled_lines_reads_a_profile_without_a_call(folder, profiles, tmp_path):
    scores = done("labelled-lines", folder, profiles, tmp_path)
    assert (scores["precision"], scores["recall_of_read"]) == (1.0, 1.0)


def test_a_program_that_says_nothing_has_no_precision_and_no_recall(folder, tmp_path):
    (item,) = SUITE.load(folder, workdir=tmp_path).items
    scores = {metric.name: metric.score(item, Outcome(text="")) for metric in SUITE.metrics}
    assert (scores["precision"], scores["recall_of_read"]) == (None, 0.0)


GOLD = [
    GoldFact("Orland", "92.5 deaths/1,000 live births", 92.5, "People and Society / Infant mortality rate / female"),
    GoldFact("Orland", "$549 million (2018 est.)", 549e6, "Economy / Budget / expenditures"),
]


@pytest.mark.parametrize(
    ("said", "judged", "right"),
    [
        (SaidFigure("Orland", "Infant mortality rate / female", "92.5 deaths"), 1, 1),
        (SaidFigure("Orland", "female infant mortality rates of Orland, deaths", "92.5"), 1, 1),
        (SaidFigure("Orland", "Infant mortality rate / female", "93 deaths"), 1, 0),
        (SaidFigure("Orland", "Infant mortality rate", "101.3 deaths"), 0, 0),
        (SaidFigure("Orland", "Infant mortality rate / male and female", "99 deaths"), 0, 0),
        (SaidFigure("Vesk", "Infant mortality rate / female", "92.5 deaths"), 0, 0),
        (SaidFigure("Orland", "Budget expenditures", "549 million USD"), 1, 1),
        (SaidFigure("Orland", "Budget expenditures", "549"), 1, 0),
        (SaidFigure("Orland", "", "92.5"), 0, 0),
        (SaidFigure("Orland", "State / Budget / expenditures", "549 million USD"), 1, 1),
        (SaidFigure("Orland", "State / Budget / expenditures", "93"), 1, 0),
        (SaidFigure("Orland", "State / Army / Budget / expenditures", "93"), 0, 0),
        (SaidFigure("Orland", "Army / Budget expenditures", "93"), 0, 0),
    ],
)
def test_only_a_figure_of_a_gold_field_is_judged(said, judged, right):
    scores = extraction_scores(GOLD, [said])
    assert (scores.n_judged, scores.n_right, scores.n_found, scores.n_gold) == (judged, right, right, 2)
    assert scores.precision == (right / judged if judged else None)
