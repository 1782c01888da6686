"""Whole runs over a real corpus with a scripted writer: what is asked for is followed, checked, mended and told."""

import pytest

from agent.constraints.outcomes import limits_told
from agent.constraints.phrases import said_phrases
from agent.errors import UsageProblem
from agent.render_markdown import check_references, render_markdown
from agent.run import start
from agent.types import Outline
from lm.scripted import ScriptedLM
from tests.agent import scripted_writers as writers
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import evidence_of, kind_of, paragraph
from tests.agent.test_graph import TOPIC, report_of, run_graph, shown


def state_of(report, kind, wanted):
    (entry,) = [one for one in report.ledger.entries if (one.demand.kind, one.demand.wanted) == (kind, wanted)]
    return entry.state


def naming_the_director(request):
    """Puts a name that the request forbids into its sentences, where the evidence has it or not."""
    if kind_of(request) != "paragraph":
        return writers.faithful(request)
    told = [(text, [number]) for number, text in evidence_of(request)]
    return paragraph([*told[:4], ("The director Aldo Fenn led the Hallin Transit Office.", [1]), *told[4:]])


def test_what_a_request_forbids_is_said_nowhere_and_every_sentence_stands(affair, make_context):
    context = make_context(ScriptedLM(naming_the_director), words=400)
    report = report_of(context, f"{TOPIC}. Do not mention Aldo Fenn or the director.")
    assert report.topic == f"{TOPIC}."
    told = [report.title, *(s.title for s in report.sections), *(claim.sentence for claim in shown(report))]
    assert not any(said_phrases(text, ["Aldo Fenn", "director"]) for text in told)
    assert state_of(report, "avoid", "Aldo Fenn") == state_of(report, "avoid", "director") == "met"
    assert check_references(render_markdown(report)) == []
    for evidence in report.evidence:
        assert affair.text(evidence.document)[evidence.start : evidence.end] == evidence.quote


def test_with_the_ledger_off_a_request_is_what_it_was_before(make_context):
    context = make_context(ScriptedLM(writers.faithful), words=400, constraints="off", front="off")
    report = report_of(context, f"{TOPIC}. Do not mention Aldo Fenn.")
    assert (report.ledger, report.front, report.figures.demands) == (None, None, {})
    assert report.topic.endswith("Do not mention Aldo Fenn.")
    assert any("Aldo Fenn" in claim.sentence for claim in shown(report))


def test_sections_asked_for_by_name_are_the_report_s_and_one_without_evidence_is_told(make_context):
    context = make_context(ScriptedLM(writers.faithful), words=300)
    report = report_of(context, "The Brenholt cableway. Sections: Warnings, Money, Algae photosynthesis.")
    titles = [section.title for section in report.sections if section.kind == "section"]
    assert titles == ["Warnings", "Money", "Algae photosynthesis"]
    assert (state_of(report, "section", "Warnings"), state_of(report, "section", "Money")) == ("met", "met")
    unmet = {entry.demand.wanted for entry in report.ledger.unmet}
    assert all(report.limits[i] == line for i, line in enumerate(limits_told(report.ledger)))
    assert ("Algae photosynthesis" in unmet) == (not any("lgae" in c.sentence for c in shown(report)))


def test_what_must_be_mentioned_is_quoted_from_the_corpus(make_context):
    context = make_context(ScriptedLM(writers.faithful), words=200, mention=("heater switched off", "golden parrots"))
    report = report_of(context, "The money of the Brenholt cableway")
    assert state_of(report, "mention", "heater switched off") == "met"
    assert state_of(report, "mention", "golden parrots") == "unmet"
    assert any("golden parrots" in limit for limit in report.limits)
    assert report.figures.demands["unmet"] == len(report.ledger.unmet) >= 1


def test_a_length_that_the_corpus_cannot_give_is_told_and_no_sentence_is_invented(make_context):
    context = make_context(ScriptedLM(writers.faithful), words=3000)
    report = report_of(context)
    assert state_of(report, "length", "3,000 words") == "unmet"
    assert "what was read gives no more" in report.limits[0]
    assert all(claim.citations for claim in shown(report) if claim.block)


@pytest.mark.parametrize("words", [150, 300, 500])
def test_a_length_that_the_corpus_can_give_is_met(words, make_context):
    context = make_context(ScriptedLM(writers.lying), words=words)
    report = report_of(context)
    assert state_of(report, "length", f"{words:,} words") == "met"
    assert report.ledger.rounds <= 2


def test_the_plan_searches_for_what_must_be_mentioned_and_shares_out_all_words(make_context):
    context = make_context(ScriptedLM(writers.faithful), words=400, mention=("frostbite",))
    outline = context.store.get_model(run_graph(context, "The Brenholt cableway")["outline_id"], Outline)
    blocks = [block for section in outline.sections if section.kind == "section" for block in section.blocks]
    assert sum("frostbite" in block.queries for block in blocks) == 1
    assert 330 <= sum(block.target_words for block in blocks) <= 360


def test_a_run_keeps_its_demands_and_tells_of_them_in_its_files(affair, tmp_path):
    settings = settings_for(tmp_path, avoid=("Harrow Consult",), mention=("golden parrots",))
    with open_services(affair, settings, ScriptedLM(writers.faithful)) as services:
        result = start(TOPIC, mode="report", words=None, services=services)
    folder = tmp_path / "runs" / result.run_id
    assert '"golden parrots"' in (folder / "run.json").read_text()
    assert '"unmet"' in (folder / "metrics.json").read_text()
    assert "golden parrots" in (folder / "ledger.json").read_text()
    for name in ("report.md", "report.html"):
        assert "What was asked for" in (folder / name).read_text()


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        ({"avoid": ("money",), "section_titles": ("Where the money went",)}, "is to be avoided"),
        ({"language": "Klingon"}, "is not known here"),
        ({"mention": ("springs",), "constraints": "off"}, "would ignore it"),
    ],
)
def test_settings_that_nobody_could_meet_are_refused_at_the_door(write, complaint, affair, tmp_path):
    with open_services(affair, settings_for(tmp_path, **write), ScriptedLM(writers.faithful)) as services:
        with pytest.raises(UsageProblem, match=complaint):
            start(TOPIC, mode="report", words=None, services=services)


@pytest.mark.parametrize(
    ("demands", "complaint"),
    [
        ("At least 900 words, at most 500 words.", "“at least 900 words” and “at most 500 words” are both asked for"),
        ("In German. In English.", "a report in German and in English is asked for"),
        ("Do not mention springs. It must mention springs of steel.", "is to be avoided"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused_at_the_door(demands, complaint, affair, tmp_path):
    with open_services(affair, settings_for(tmp_path), ScriptedLM(writers.faithful)) as services:
        with pytest.raises(UsageProblem, match=complaint):
            start(f"{TOPIC}. {demands}", mode="report", words=None, services=services)
