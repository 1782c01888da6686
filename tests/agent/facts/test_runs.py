"""Facts within runs: `facts.json`, events, budgets, and nothing of it where they are off."""

import json
import re
from dataclasses import replace

import pytest

from agent.facts.extract import Extractor
from agent.facts.records import FactsFile
from agent.facts.registry import call_of
from agent.facts.types import Quantity
from agent.graph import run_unkept
from agent.run import resume, start
from agent.stemming import english_stem
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM
from tests.agent.affair import DOCUMENTS, TOPIC
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful

_SPRINGS = re.compile(r"were (\d\d) soft springs")
_SAYS = "The technical causes of the failure of the Brenholt cableway were {} soft springs."
_AGAINST = {
    "first.md": f"# The first count\n\n{_SAYS.format(62)}\n",
    "second.md": f"# The second\n\n{_SAYS.format(48)}\n",
}


def helper(request):
    """Reads how many springs there were, and adds an invention."""
    found = _SPRINGS.findall(request.messages[-1].content.rpartition("Passage:")[2])
    facts = [
        Quantity(subject="Brenholt cableway", measure="soft springs", value=value, unit="soft springs")
        for value in [*found, "999"]
    ]
    return f"results = [{', '.join(map(call_of, facts))}]"


def run(affair, home, model, *, listeners=(), max_tokens=None, **write):
    settings = settings_for(home, **{"facts": "model", **write})
    with open_services(affair, settings, ScriptedLM(faithful), helper=model, max_tokens=max_tokens) as services:
        return start(TOPIC, mode="report", words=None, services=services, listeners=listeners)


def test_a_run_writes_its_facts_and_the_contradictions_between_documents(make_affair, tmp_path):
    affair = make_affair(DOCUMENTS | _AGAINST)
    events = []
    result = run(affair, tmp_path, ScriptedLM(helper), listeners=[events.append])
    written = json.loads((tmp_path / "runs" / result.run_id / "facts.json").read_text())
    facts = FactsFile.model_validate(written)
    assert {(fact.span.document, str(fact.stated.value)) for fact in facts.facts} == {
        ("first.md", "62"),
        ("second.md", "48"),
    }
    assert all(affair.text(f.span.document)[f.span.start : f.span.end] == f.span.text for f in facts.facts)
    (found,) = facts.contradictions
    assert set(found.values) == {"62", "48"}
    # The invention falls in each passage: for its number, or for the name where not even that stands there.
    assert sum(facts.rejected_by_code.values()) == facts.passages
    assert facts.rejected_by_code.keys() <= {"number_not_found", "name_not_found"}
    told = [event for event in events if event.name == "contradiction"]
    assert [event.message for event in told] == [
        f"soft springs of Brenholt cableway: {found.values[0]} against {found.values[1]}"
    ]
    section = result.report.sections[-1]
    (claim,) = [claim for claim in result.report.claims if claim.kind == "disagreements"]
    assert (section.kind, section.paragraphs) == ("disagreements", ((claim.id,),))
    cited = {evidence.number: evidence.document for evidence in result.report.evidence}
    assert [cited[number] for number in claim.citations] == [found.one.span.document, found.other.span.document]
    assert "soft springs" in claim.sentence
    assert all(value in claim.sentence for value in found.values)
    by_block = [event for event in events if event.name == "facts"]
    assert len(by_block) == len({event.block for event in by_block}) > 1
    assert all(event.numbers["passages"] <= 6 for event in by_block)


def test_facts_leave_the_report_as_it_is_and_cost_nothing_where_they_are_off(affair, tmp_path):
    model = ScriptedLM(helper)
    off = run(affair, tmp_path / "off", model, facts="off")
    on = run(affair, tmp_path / "on", ScriptedLM(helper))
    assert model.requests == ()
    assert not (tmp_path / "off" / "runs" / off.run_id / "facts.json").exists()
    assert [claim.sentence for claim in on.report.claims] == [claim.sentence for claim in off.report.claims]


def test_a_finished_run_that_is_written_out_again_has_its_facts_again(affair, tmp_path):
    result = run(affair, tmp_path, ScriptedLM(helper))
    path = tmp_path / "runs" / result.run_id / "facts.json"
    before = path.read_bytes()
    path.unlink()
    silent = ScriptedLM(lambda request: "")
    settings = settings_for(tmp_path, facts="model")
    with open_services(affair, settings, ScriptedLM(faithful), helper=silent) as services:
        resume("last", services=services)
    assert path.read_bytes() == before
    assert silent.requests == ()


def test_a_budget_that_ends_within_the_facts_keeps_those_that_were_read(affair, make_context, events):
    spent = BudgetExceeded("no tokens are left", limit="max_tokens")
    model = ScriptedLM(helper, errors=dict.fromkeys(range(2, 1000), spent))
    context = replace(make_context(ScriptedLM(faithful)), extractor=Extractor(model, stem=english_stem()))
    state = run_unkept(TOPIC, "report", context)
    assert context.store.get_model(state["facts_id"], FactsFile).passages == 2
    assert "max_tokens" in state["stops"]
    assert "report_id" in state
    assert any(event.name == "budget" for event in events)


def test_a_question_is_answered_without_facts(affair, make_context):
    model = ScriptedLM(helper)
    context = replace(make_context(ScriptedLM(faithful)), extractor=Extractor(model, stem=english_stem()))
    state = run_unkept("Who warned the Hallin Transit Office about the springs?", "answer", context)
    assert "facts_id" not in state
    assert model.requests == ()


@pytest.mark.parametrize("reply", ["", "I cannot do that.", "results = [", "import os"])
def test_a_helper_that_says_nothing_usable_harms_no_report(affair, tmp_path, reply):
    result = run(affair, tmp_path, ScriptedLM(lambda request: reply))
    facts = FactsFile.model_validate_json((tmp_path / "runs" / result.run_id / "facts.json").read_bytes())
    assert (facts.facts, facts.contradictions) == ((), ())
    assert facts.unreadable + facts.cut_off == facts.passages > 0
    assert result.exit_code == 0
