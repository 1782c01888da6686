"""Whether damage to a home is found and told with its mend; and whether a sound home is called so."""

import errno
import json
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.batch.store import BatchStore, ItemRow
from agent.chat.sessions import ChatStore
from agent.errors import UsageProblem
from agent.home import Home
from agent.ledger import Ledger
from agent.main import run
from agent.past_runs import remove
from agent.run import start
from agent.run_folder import RunFolder
from agent.types import Report
from agent.verifying import verify_home
from lm.errors import EndpointUnreachable
from lm.scripted import ScriptedLM
from memory.sqlite_store import SqliteStore
from retrieval.dense_cache import DenseCache
from tests.agent.affair import TOPIC
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful
from tests.bag_embedder import BagEmbedder

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DEAD = EndpointUnreachable("nothing answers", hint="start the server")


@pytest.fixture(scope="module")
def made(affair, tmp_path_factory):
    """A home with a finished run, a run that failed halfway, a chat, a corpus and cached vectors."""
    home = tmp_path_factory.mktemp("made") / "home"
    for writer in (ScriptedLM(faithful), ScriptedLM(faithful, errors=dict.fromkeys(range(2, 99), DEAD))):
        with open_services(affair, settings_for(home), writer) as services:
            topic = TOPIC if not (home / "runs").exists() else f"{TOPIC}, and who paid"
            with suppress(EndpointUnreachable):
                start(topic, mode="report", words=None, services=services, clock=lambda: NOW)
    with ChatStore(Home(home).chats) as chats:
        chats.ask(chats.begin("user", NOW), "Who paid?", NOW)
    with BatchStore(Home(home).batch_items) as batches:
        batches.put(ItemRow(batch="b", item="one", asked="Who paid?", mode="answer", fingerprint="f"))
    with closing(DenseCache(Home(home).vectors, BagEmbedder())) as cache:
        cache.encode(["The tide rose.", "The gates failed."])
    with closing(sqlite3.connect(affair.corpus.path)) as corpus:
        corpus.execute("VACUUM INTO ?", (str(Home(home).corpus),))
    return home


@pytest.fixture
def home(made, tmp_path):
    """A copy, to be damaged."""
    return Home(shutil.copytree(made, tmp_path / "home"))


def wrong(home, status="fail"):
    return [(f.check, f.detail, f.fix) for f in verify_home(settings_for(home.root)) if f.status == status]


def finished(home):
    with Ledger(home.ledger) as ledger:
        return next(row for row in ledger.rows() if row.status == "finished")


def change(path, statement, *values):
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute(statement, values).rowcount > 0


def test_a_sound_home_is_called_so_store_by_store(home):
    findings = list(verify_home(settings_for(home.root)))
    assert [f for f in findings if f.status != "ok"] == []
    checked = {f.check.removeprefix("verify ") for f in findings}
    assert {
        "corpus",
        "vectors",
        "records",
        "chats",
        "calls",
        "checkpoints",
        "ledger",
        "runs",
        "states",
        "batches",
    } <= checked


def test_to_verify_leaves_every_table_as_it_was(home):
    def dump(path):
        with closing(sqlite3.connect(path)) as db:
            return list(db.iterdump())

    stores = sorted(home.root.glob("*.sqlite"))
    before = [dump(path) for path in stores]
    list(verify_home(settings_for(home.root)))
    assert sorted(home.root.glob("*.sqlite")) == stores
    assert [dump(path) for path in stores] == before


def test_nothing_is_made_where_nothing_is_kept(tmp_path):
    (finding,) = verify_home(settings_for(tmp_path / "none"))
    assert finding.status == "ok" and "nothing is kept" in finding.detail
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["corpus", "records", "chats", "calls", "checkpoints", "ledger", "vectors", "batches"])
def test_a_file_that_is_no_database_any_more_is_named_with_what_its_loss_costs(home, name):
    path = {"records": home.memory, "batches": home.batch_items}.get(name) or getattr(home, name)
    path.write_bytes(b"no database" * 1000)
    for beside in home.root.glob(f"{path.name}-*"):
        beside.unlink()
    told = {check: (detail, fix) for check, detail, fix in wrong(home)}
    detail, fix = told[f"verify {name}"]
    assert str(path) in detail and fix


def test_a_page_that_the_disk_has_lost_is_found(home):
    content = bytearray(home.memory.read_bytes())
    content[-3000:] = bytes(3000)
    home.memory.write_bytes(bytes(content))
    assert "verify records" in {check for check, _, _ in wrong(home)}


def test_a_record_that_does_not_hash_to_its_id_is_named(home):
    change(home.memory, "UPDATE records SET body = ? WHERE seq = 1", b'{"other":1}')
    (found, *_) = wrong(home)
    assert found[0] == "verify records" and "is damaged" in found[1]


def test_a_run_without_its_folder_is_named(home):
    row = finished(home)
    shutil.rmtree(home.runs / row.id)
    assert [(check, row.id in detail, fix[:16]) for check, detail, fix in wrong(home)] == [
        ("verify runs", True, "`wellread runs r")
    ]


def test_a_folder_that_no_row_tells_of_is_a_warning(home):
    shutil.copytree(home.runs / finished(home).id, home.runs / "2026-01-01T000000-lost-12345678")
    assert wrong(home) == []
    ((check, detail, fix),) = wrong(home, "warn")
    assert check == "verify runs" and "lost-12345678 is in no ledger" in detail and "runs rm 2026-01-01" in fix


@pytest.mark.parametrize("stop", ["row", "file"])
def test_a_removal_that_is_cut_short_leaves_no_row_of_a_run_without_its_report(home, monkeypatch, stop):
    row = finished(home)

    def fail(*_):
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(*((Ledger, "remove") if stop == "row" else (Path, "unlink")), fail)
    with pytest.raises(OSError, match="the disk fails"):
        remove(row.id, home.root)
    monkeypatch.undo()
    assert wrong(home) == []
    assert remove(row.id, home.root) == row.id
    assert not (home.runs / row.id).exists()
    assert wrong(home) == []


def test_a_folder_is_not_taken_for_a_run_by_a_part_of_its_name_that_others_share(home):
    for number in (1, 2):
        (home.runs / f"2026-01-01T000000-lost-last-0000000{number}").mkdir()
    for name in ("lost", "last-0000", "last/../"):
        with pytest.raises(UsageProblem):
            remove(name, home.root)
    assert len(list(home.runs.glob("*lost*"))) == 2


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_a_report_that_is_gone_can_be_written_again(home, name):
    (home.runs / finished(home).id / name).unlink()
    ((_, detail, fix),) = wrong(home)
    assert f"{name} is missing" in detail and "runs resume" in fix


def test_evidence_that_is_not_what_the_report_cites_is_found(home):
    path = home.runs / finished(home).id / "evidence.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines[0]["quote"] = "What nobody wrote."
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    ((_, detail, _),) = wrong(home)
    assert "evidence.jsonl is not the evidence" in detail


def test_a_quotation_may_hold_what_some_take_for_the_end_of_a_line(home):
    row = finished(home)
    with SqliteStore(home.memory) as store:
        report = store.get_model(row.report_id, Report)
        quoted = [one.model_copy(update={"quote": one.quote.replace(" ", "\u2028", 1)}) for one in report.evidence]
        odd = report.model_copy(update={"evidence": tuple(quoted), "run_id": row.id})
        report_id = store.put("report", odd, parents=store.parents(row.report_id))
    with Ledger(home.ledger) as ledger:
        ledger.update(row.model_copy(update={"report_id": report_id}))
    RunFolder(home.runs / row.id).write_report(odd, ("md", "html"), created=NOW)
    assert "\u2028" in (home.runs / row.id / "evidence.jsonl").read_text(encoding="utf-8")
    assert wrong(home) == []


def test_a_reference_that_points_to_nothing_is_found(home):
    path = home.runs / finished(home).id / "report.md"
    path.write_text(path.read_text(encoding="utf-8").replace("[1]", "[99]", 1), encoding="utf-8")
    assert any("[99] is cited but not listed" in detail for _, detail, _ in wrong(home))


@pytest.mark.parametrize("name", ["run.json", "usage.json"])
def test_a_damaged_file_of_a_run_is_named(home, name):
    (home.runs / finished(home).id / name).write_text("{", encoding="utf-8")
    ((check, detail, fix),) = wrong(home)
    assert check == "verify runs" and name in detail and fix


def test_a_run_whose_report_is_no_record_any_more_is_named(home):
    change(home.memory, "DELETE FROM records WHERE id = ?", finished(home).report_id)
    assert any("no record" in detail for _, detail, _ in wrong(home))


def test_a_state_that_names_records_which_are_gone_is_named(home):
    change(home.memory, "DELETE FROM records WHERE kind = 'brief'")
    assert any(check == "verify states" and "not there" in detail for check, detail, _ in wrong(home))


def test_a_state_that_cannot_be_read_is_named(home):
    change(home.checkpoints, "UPDATE checkpoints SET checkpoint = ?", b"\xc1")
    assert "verify states" in {check for check, _, _ in wrong(home)}


def test_a_run_that_was_killed_is_a_warning_with_how_to_go_on(home):
    row = finished(home)
    change(home.ledger, "UPDATE runs SET status = 'running', exit_code = NULL, report_id = NULL WHERE id = ?", row.id)
    (home.runs / row.id / f".report.md.{2**22 + 1}-1.part").write_text("half")
    with (home.runs / row.id / "events.jsonl").open("a") as events:
        events.write('{"at": "2026')
    assert wrong(home) == []
    fixes = {detail.partition(": ")[2].split(" ")[-1]: fix for _, detail, fix in wrong(home, "warn")}
    assert len(fixes) == 3 and f"wellread runs resume {row.id}" in fixes.values()


def test_what_refills_by_itself_is_a_warning(home):
    change(home.vectors, "UPDATE vectors SET vector = ? WHERE key IN (SELECT key FROM vectors LIMIT 1)", b"x")
    change(home.calls, "UPDATE calls SET reply = '{' WHERE key IN (SELECT key FROM calls LIMIT 1)")
    assert wrong(home) == []
    assert {check for check, _, _ in wrong(home, "warn")} == {"verify vectors", "verify calls"}


def test_a_question_of_no_session_and_an_answer_that_is_none_are_named(home):
    change(home.chats, "UPDATE exchanges SET status = 'answered'")
    change(home.chats, "DELETE FROM sessions")
    assert len([detail for check, detail, _ in wrong(home) if check == "verify chats"]) == 2


def test_a_file_that_is_no_json_is_named(home):
    home.wepr.write_bytes(b"\x00")
    ((check, detail, _),) = wrong(home)
    assert check == "verify wepr" and "no JSON" in detail


def test_a_store_of_another_release_is_not_called_damaged(home):
    with closing(sqlite3.connect(home.ledger)) as db, db:
        db.execute("PRAGMA user_version = 99")
    ((check, detail, fix),) = wrong(home)
    assert check == "verify ledger" and "newer release" in detail and "upgrade" in fix


def test_the_command_ends_with_1_where_something_is_wrong(home, capsys, monkeypatch):
    monkeypatch.chdir(home.root.parent)
    assert run(["doctor", "--verify", "--home", str(home.root)]) == 0
    (home.runs / finished(home).id / "report.md").unlink()
    capsys.readouterr()
    assert run(["doctor", "--verify", "--json", "--home", str(home.root)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["is_well"] is False
    assert all(finding["fix"] for finding in found["findings"] if finding["status"] != "ok")


def test_roles_and_files_are_two_questions(capsys):
    assert run(["doctor", "--verify", "--role", "writer"]) == 2
    assert "--verify is about files" in capsys.readouterr().err
