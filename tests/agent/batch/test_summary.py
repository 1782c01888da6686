import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.batch.page import Linked, batch_page
from agent.batch.store import ItemRow
from agent.batch.summary import summary_csv, write_summary


def row(**changes) -> ItemRow:
    known = {"batch": "b", "item": "a", "asked": "Locks", "mode": "report", "fingerprint": "f", "status": "finished"}
    return ItemRow.model_validate(known | {"run_id": "r1", "words": 1200, "tokens": 3000} | changes)


def test_each_item_is_a_line_with_the_way_to_its_report(tmp_path):
    (tmp_path / "runs" / "r1").mkdir(parents=True)
    for name in ("report.md", "report.html"):
        (tmp_path / "runs" / "r1" / name).write_text("x", encoding="utf-8")
    folder = tmp_path / "batches" / "b"
    folder.mkdir(parents=True)
    table, page = write_summary("b", [row(), row(item="c", run_id="", status="failed")], folder, runs=tmp_path / "runs")
    lines = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert [(line["item"], line["status"], line["report"]) for line in lines] == [
        ("a", "finished", "../../runs/r1/report.html"),
        ("c", "failed", ""),
    ]
    assert (folder / lines[0]["report"]).resolve().is_file()
    assert 'href="../../runs/r1/report.md"' in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2", "@SUM(A1)", "\tx"])
def test_a_spreadsheet_finds_no_formula(text):
    line = next(iter(csv.DictReader(io.StringIO(summary_csv([Linked(row(asked=text), ())])))))
    assert line["asked"] == "'" + text


HOSTILE = st.text(min_size=1).map(lambda text: f"<script>{text}</script>\"'><img src=x onerror=alert(1)>")


@given(item=st.text(min_size=1), asked=HOSTILE, title=HOSTILE, message=HOSTILE, answer=HOSTILE)
def test_the_page_escapes_whatever_it_shows(item, asked, title, message, answer):
    hostile = row(item=item, asked=asked, title=title, message=message, answer=answer)
    times = {"started_at": "2026-11-22T10:00:00+00:00", "ended_at": "2026-11-22T10:01:00+00:00"}
    page = batch_page("<b>", [Linked(hostile.model_copy(update=times), ('../runs/"><script>/report.html',))])
    inside = page.split("</style>")[1]
    assert not re.search(r"<(?:script|img|b>)", inside)
    assert "default-src 'none'" in page


def test_the_picture_has_a_bar_for_each_item_and_a_lane_for_each_that_was_open_at_once():
    def at(minute: int, seconds: int) -> dict[str, str]:
        return {
            "started_at": f"2026-11-22T10:{minute:02d}:00+00:00",
            "ended_at": f"2026-11-22T10:{minute:02d}:{seconds:02d}+00:00",
        }

    page = batch_page("b", [Linked(row(item=str(n), **at(n // 2, 50)), ()) for n in range(4)])
    bars = re.findall(r'<rect x="([\d.]+)" y="(\d+)"', page)
    assert [y for _, y in bars] == ["2", "16", "2", "16"]
    assert bars[0][0] == bars[1][0] == "0.0" < bars[2][0]


def test_a_batch_in_which_nothing_has_begun_has_no_picture():
    assert "<svg" not in batch_page("b", [Linked(row(status="waiting", run_id=""), ())])


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        ({"usd": 1.5, "calls": 4}, "cost $1.50,"),
        ({"usd": 1.5, "calls": 4, "unpriced": 2}, "cost over $1.50,"),
        ({"calls": 4, "unpriced": 4}, "cost unknown,"),
    ],
)
def test_money_that_nobody_can_know_is_not_called_nothing(spent, said):
    assert said in batch_page("b", [Linked(row(**spent), ())])
