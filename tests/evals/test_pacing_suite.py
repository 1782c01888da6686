"""The suite of pacing: one report twice, and what is told apart of the two."""

import pytest

from agent.settings import Settings, WriteSettings
from agent.types import Report
from evals.bench import Bench
from evals.items import Item
from evals.programs import pacing
from evals.registry import find_suite
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC, build_affair
from tests.agent.measuring.letter_scorer import LetterScorer

ITEM = Item(id="t", text=TOPIC)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(pacing, "open_scorer", lambda settings: LetterScorer())
    pacing._scorer.cache_clear()
    affair = build_affair(tmp_path)
    yield Bench(
        settings=Settings(home=tmp_path, write=WriteSettings(words=400)),
        evidence_tokens=200,
        seed=1,
        corpus_=affair.corpus,
        searcher_=affair.searcher,
        embedder_=affair.embedder,
        writer_=ScriptedLM(lambda request: ""),
    )
    affair.close()
    pacing._scorer.cache_clear()


def scores(program, bench):
    outcome = find_suite("pacing").programs[program]()(ITEM, bench)
    return {metric.name: metric.score(ITEM, outcome) for metric in find_suite("pacing").metrics}


def test_pacing_changes_the_rhythm_and_not_what_is_said(bench):
    plain, paced = scores("written", bench), scores("paced", bench)
    assert plain["changes"] == 0 < paced["changes"]
    assert paced["paragraph_cv"] > plain["paragraph_cv"]
    for name in ("same_facts", "same_citations", "citation_recall_lexical"):
        assert paced[name] == 1.0


def test_half_a_sentence_cites_what_the_whole_one_did(bench, monkeypatch):
    """A sentence that was split has two citations of one quotation; one that lost its own has other citations."""
    real = pacing.report_of

    def split(item, bench) -> Report:
        report = real(item, bench)
        if bench.settings.write.pacing == "off":
            return report
        whole = next(one for one in report.claims if one.block and one.citations)
        half = whole.model_copy(update={"id": "half", "sentence": "And so it was."})
        sections = [
            part.model_copy(
                update={
                    "paragraphs": tuple(
                        tuple(name for id_ in paragraph for name in ((id_, "half") if id_ == whole.id else (id_,)))
                        for paragraph in part.paragraphs
                    )
                }
            )
            for part in report.sections
        ]
        return report.model_copy(update={"sections": tuple(sections), "claims": (*report.claims, half)})

    monkeypatch.setattr(pacing, "report_of", split)
    assert scores("paced", bench)["same_citations"] == 1.0
    monkeypatch.setattr(pacing, "report_of", lambda item, bench: without_one_citation(real(item, bench), bench))
    assert scores("paced", bench)["same_citations"] == 0.0


def without_one_citation(report, bench):
    if bench.settings.write.pacing == "off":
        return report
    last = max(number for one in report.claims for number in one.citations)
    claims = [
        one.model_copy(update={"citations": tuple(n for n in one.citations if n != last)}) for one in report.claims
    ]
    return report.model_copy(update={"claims": tuple(claims)})


def test_what_a_report_says_otherwise_than_without_pacing_is_told(bench, monkeypatch):
    real = pacing.report_of

    def spoilt(item, bench) -> Report:
        report = real(item, bench)
        if bench.settings.write.pacing == "off":
            return report
        claims = [one.model_copy(update={"sentence": one.sentence.replace("2009", "2010")}) for one in report.claims]
        return report.model_copy(update={"claims": tuple(claims)})

    monkeypatch.setattr(pacing, "report_of", spoilt)
    assert scores("paced", bench)["same_facts"] == 0.0
