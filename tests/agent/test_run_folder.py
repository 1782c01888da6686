import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from agent.errors import ReportBroken, UsageProblem
from agent.progress import Event
from agent.redacting import Redactor
from agent.run_folder import RunFolder, RunManifest, run_id
from agent.types import AtomicBlock, Outline, SectionPlan
from lm.spending import RoleSpend, Spend
from tests.agent.sample_report import one_sentence_report, sample_report

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
MANIFEST = RunManifest(
    run_id="r",
    topic="The rope",
    mode="report",
    words=None,
    started_at="2026-01-01T00:00:00+00:00",
    version="0",
    python="3",
    packages={},
    config={},
    seed=66,
    prompts={},
    corpus_generation=1,
    corpus_documents=12,
)


@pytest.fixture
def folder(tmp_path):
    made = RunFolder(tmp_path / "runs" / "r")
    made.create(MANIFEST)
    return made


def names(folder):
    return sorted(path.name for path in folder.path.iterdir())


def lines(folder, name):
    return [json.loads(line) for line in (folder.path / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("topic", "slug"),
    [
        ("The Brenholt cableway: causes!", "the-brenholt-cableway-causes"),
        ("word " * 30, "word-word-word-word-word-word-word-word"),
        ("電車", "run"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_an_id_has_the_time_in_utc_a_slug_and_the_suffix(topic, slug):
    now = datetime(2026, 3, 1, 1, 30, 5, tzinfo=timezone(timedelta(hours=2)))
    assert run_id(topic, now, "0123abcd") == f"2026-02-28T233005-{slug}-0123abcd"


def test_a_new_run_says_what_was_started(folder):
    assert names(folder) == ["run.json"]
    assert RunManifest.model_validate_json((folder.path / "run.json").read_bytes()) == MANIFEST


def test_events_are_lines_in_order_without_what_is_empty(folder):
    folder.append_event("t1", Event(name="plan", message="“Zwölf”"))
    folder.append_event("t2", Event(name="filed", block="s01b01", numbers={"sentences": 3}))
    assert lines(folder, "events.jsonl") == [
        {"at": "t1", "name": "plan", "message": "“Zwölf”"},
        {"at": "t2", "name": "filed", "block": "s01b01", "numbers": {"sentences": 3.0}},
    ]


def test_errors_are_lines_with_their_hint(folder):
    folder.append_error("t", UsageProblem("no", hint="yes"), Redactor())
    assert lines(folder, "errors.jsonl") == [{"at": "t", "type": "UsageProblem", "message": "no", "hint": "yes"}]


def test_a_report_is_written_with_its_evidence_claims_and_figures(folder):
    report = sample_report()
    written = folder.write_report(report, ["md", "html"], created=BEGAN)
    assert [path.name for path in written.files] == ["report.md", "report.html"]
    assert {"claims.jsonl", "evidence.jsonl", "metrics.json"} <= set(names(folder))
    assert lines(folder, "claims.jsonl") == [
        json.loads(claim.model_dump_json(exclude_none=True)) for claim in report.claims
    ]
    cited = {number for claim in report.claims for number in claim.citations}
    assert {line["number"] for line in lines(folder, "evidence.jsonl")} <= cited
    assert json.loads((folder.path / "metrics.json").read_text())["words"] == report.figures.words


def test_only_the_formats_asked_for_are_written(folder):
    written = folder.write_report(sample_report(), ["md"], created=BEGAN)
    assert [path.name for path in written.files] == ["report.md"]
    assert "report.html" not in names(folder)


def test_a_report_whose_references_do_not_close_is_not_written(folder):
    broken = one_sentence_report("The rope held for years.", "The rope held.", citations=(2,))
    with pytest.raises(ReportBroken):
        folder.write_report(broken, ["md", "html"], created=BEGAN)
    assert names(folder) == ["run.json"]


def test_a_plan_is_written_as_it_is(folder):
    block = AtomicBlock(id="s01b01", question="Why?", target_words=50)
    section = SectionPlan(id="s01", title="Causes", blocks=(block,))
    outline = Outline(title="T", sections=(section,), origin="rules", reason="r")
    folder.write_plan(outline)
    assert Outline.model_validate_json((folder.path / "plan.json").read_bytes()) == outline


def test_what_was_spent_is_read_back(folder):
    assert folder.read_usage() is None
    spent = Spend(by_role={"writer": RoleSpend(calls=2, prompt_tokens=10, completion_tokens=5, usd=0.25)})
    folder.write_usage(spent)
    assert folder.read_usage() == spent


def test_an_account_of_an_older_version_is_read(folder):
    old = {"calls": 2, "prompt_tokens": 10, "usd": 0.25}
    (folder.path / "usage.json").write_text(json.dumps({"by_role": {"writer": old}, "seconds": 3.5}))
    found = folder.read_usage()
    assert (found.total.usd, found.seconds, found.total.known_flops) == (0.25, 3.5, None)


def test_a_damaged_account_is_an_error_and_not_zero(folder):
    (folder.path / "usage.json").write_text('{"by_role": {"wri')
    with pytest.raises(ValueError, match="Spend"):
        folder.read_usage()


def test_a_torn_last_line_does_not_swallow_the_next_event(tmp_path):
    folder = RunFolder(tmp_path)
    folder.append_event("t1", Event(name="one"))
    with (tmp_path / "events.jsonl").open("a") as stream:
        stream.write('{"at": "t2", "na')
    folder.append_event("t3", Event(name="three"))
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert [json.loads(lines[i])["name"] for i in (0, 2)] == ["one", "three"]
