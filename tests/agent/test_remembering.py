"""A finished report in long-term memory: what of it is kept, once, and that it can do without."""

import pytest

from agent.home import Home
from agent.ledger import Ledger
from agent.long_term import PROJECT
from agent.past_runs import settings_of, spent_before
from agent.run import resume, start
from agent.settings import MemorySettings
from lm.scripted import ScriptedLM
from memory.unit_store import UnitStore
from tests.agent.affair import DOCUMENTS, INJECTION, TOPIC
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful
from tests.bag_embedder import BagEmbedder


class Place:
    """Writes reports in one home, and looks at what is remembered of them."""

    def __init__(self, affair, home):
        self.affair, self.home = affair, home

    def write(self, *, mode="report", max_tokens=None, **memory):
        settings = settings_for(self.home).model_copy(update={"memory": MemorySettings(**memory)})
        with open_services(self.affair, settings, ScriptedLM(faithful), max_tokens=max_tokens) as services:
            return start(TOPIC, mode=mode, words=None, services=services)

    def resume(self):
        with Ledger(Home(self.home).ledger) as ledger:
            row = ledger.find("last")
        settings = settings_of(row.id, settings_for(self.home))
        already = spent_before(row.id, self.home)
        with open_services(self.affair, settings, ScriptedLM(faithful), already=already) as services:
            return resume("last", services=services)

    def units(self, kind=None):
        with UnitStore(Home(self.home).long_term, BagEmbedder()) as store:
            return [held.unit for held in store.units(PROJECT, kind=kind)]

    def stats(self):
        with UnitStore(Home(self.home).long_term, BagEmbedder()) as store:
            return store.stats(PROJECT).model_dump(exclude={"file_bytes"})


@pytest.fixture
def place(affair, tmp_path):
    return Place(affair, tmp_path / "home")


def test_every_cited_claim_is_a_fact_with_its_source(place):
    report = place.write().report
    facts = {unit.parents[0]: unit for unit in place.units("fact")}
    cited = [claim for claim in report.claims if claim.citations]
    evidence = {source.number: source for source in report.evidence}
    assert facts
    assert facts.keys() <= {f"{report.run_id}:{claim.id}" for claim in cited}
    assert len(facts) > len(cited) / 2
    for claim in cited:
        unit = facts.get(f"{report.run_id}:{claim.id}")
        if unit is None:
            continue
        source = evidence[claim.citations[0]]
        assert unit.text.startswith(claim.sentence) or "According to the same source" in claim.sentence
        assert source.title in unit.text or source.document in unit.text
        assert unit.parents[1:] == tuple(f"{report.run_id}:source:{number}" for number in claim.citations)


def test_a_section_is_summed_up_in_sentences_of_its_own(place):
    report = place.write().report
    shown = {f"{report.run_id}:{claim.id}": claim.sentence for claim in report.claims}
    summaries = place.units("summary")
    assert summaries
    for unit in summaries:
        assert unit.text.endswith(" ".join(shown[parent] for parent in unit.parents))


def test_sources_that_were_left_out_are_named_with_the_reason_and_without_their_orders(make_affair, tmp_path):
    planted = {**DOCUMENTS, "board-2018.md": f"{DOCUMENTS['board-2018.md']}{INJECTION}\n"}
    place = Place(make_affair(planted), tmp_path / "home")
    report = place.write().report
    cited = {source.document for source in report.evidence}
    rejected = place.units("rejected")
    assert rejected
    for unit in rejected:
        document = unit.parents[0].removeprefix(f"{report.run_id}:read:")
        assert "spoke to a machine" in unit.reason or ("nothing was used" in unit.reason and document not in cited)
        assert unit.parents[1].startswith("passage:")
    assert any("1 sentence of it spoke to a machine" in unit.reason for unit in rejected)
    assert not any("SkyGrip" in f"{unit.text} {unit.reason}" for unit in place.units())


def test_a_report_written_out_again_doubles_nothing(place):
    place.write()
    before = place.stats()
    place.resume()
    assert place.stats() == before


def test_the_same_topic_again_brings_nothing_new_and_is_gated_out(place):
    place.write()
    n_units = len(place.units())
    place.write()
    assert len(place.units()) == n_units
    assert place.stats()["windows_dropped"] > 0


def test_what_the_gate_did_not_keep_can_be_found_in_the_log(place):
    report = place.write(gate_threshold=50.0).report
    assert place.units() == []
    with UnitStore(Home(place.home).long_term, BagEmbedder()) as store:
        assert store.search_turns(PROJECT, "haul rope springs brake", 5)
        assert len(store.turns(PROJECT)) >= len([claim for claim in report.claims if claim.citations]) / 2


def test_reports_are_the_same_with_and_without_memory(affair, tmp_path):
    on, off = (Place(affair, tmp_path / name) for name in ("on", "off"))
    with_memory, without = on.write().report, off.write(reports="off").report
    assert with_memory.model_copy(update={"run_id": "", "figures": without.figures}) == without.model_copy(
        update={"run_id": ""}
    )
    assert not Home(off.home).long_term.exists()


def test_a_memory_that_fails_is_a_remark_on_a_finished_report(place):
    Home(place.home).make().long_term.write_bytes(b"this is no database, not even a small one" * 20)
    result = place.write()
    assert result.exit_code == 0
    assert [remark for remark in result.remarks if remark.startswith("the report is not remembered: ")]
    with Ledger(Home(place.home).ledger) as ledger:
        assert ledger.find("last").status == "finished"


def test_a_report_that_a_budget_cut_short_is_not_remembered_until_it_is_whole(place):
    place.write(max_tokens=1)
    assert not Home(place.home).long_term.exists()


def test_an_answer_is_no_report(place):
    place.write(mode="answer")
    assert not Home(place.home).long_term.exists()
