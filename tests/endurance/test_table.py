from benchmarks.endurance.part import PartResult, Row
from benchmarks.endurance.table import Measured, add_result, page_of, read_campaign


def measured(part: str, survived: int, *, scale: float = 1.0, failures=()) -> Measured:
    rows = (Row(what="a | b", tried=4, survived=survived, note="two\nlines"),)
    result = PartResult(part=part, survives="it ends", seed=7, seconds=1.4, rows=rows, failures=failures)
    return Measured(result=result, at="2026-11-22T10:00:00+00:00", version="1", machine="2 cores", scale=scale)


def test_a_new_result_takes_the_place_of_the_parts_former_one_and_no_others(tmp_path):
    path = tmp_path / "endurance.json"
    add_result(path, measured("kills", 3))
    add_result(path, measured("disk", 4))
    add_result(path, measured("kills", 4))
    parts = read_campaign(path).parts
    assert list(parts) == ["disk", "kills"]
    assert parts["kills"].result.survived == 4


def test_the_page_says_how_much_of_each_part_was_done_and_what_was_not_survived(tmp_path):
    campaign = add_result(tmp_path / "c.json", measured("kills", 3, scale=0.25, failures=("write #3: exit code 6",)))
    page = page_of(campaign)
    assert "| kills | 0.25 | 4 | 3 | 1 | 2026-11-22, 2 cores |" in page
    assert "| a ¦ b | 4 | 3 | two lines |" in page
    assert "- write #3: exit code 6" in page
