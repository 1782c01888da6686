"""What a run's record says of its drafts, and the table over runs."""

import pytest

from benchmarks.draft_sampling import WAYS, Written, read, table


def test_worths_and_tokens_are_read_off_a_run():
    events = [
        {"name": "drafted", "block": "s01b01", "numbers": {"sentences": 3}},
        {"name": "draft_chosen", "block": "s01b01", "numbers": {"worth": 0.6, "first": 0.5, "least": 0.1}},
    ]
    usage = {
        "by_role": {
            "writer": {"prompt_tokens": 5, "completion_tokens": 2, "replayed_tokens": 30},
            "helper": {"prompt_tokens": 900},
        }
    }
    assert read(events, usage) == Written(best={"s01b01": 0.6}, first={"s01b01": 0.5}, tokens=37)


def test_only_blocks_that_all_ways_have_are_compared():
    written = {
        "independent": {"a": Written({"x": 0.5, "y": 0.4}, {"x": 0.3, "y": 0.4}, 100)},
        "tree": {"a": Written({"x": 0.7}, {"x": 0.3}, 60)},
        "particles": {"a": Written({"x": 0.5, "z": 1.0}, {"x": 0.5, "z": 1.0}, 80)},
    }
    rows = [line.split("|") for line in table(written).splitlines()[2:]]
    assert [row[1].strip() for row in rows] == list(WAYS)
    assert [row[2].strip() for row in rows] == ["1"] * 3
    assert [row[4].split()[0] for row in rows] == ["+0.200", "+0.400", "+0.000"]
    assert rows[1][5].split()[0] == "+0.200"
    assert [row[6].strip() for row in rows] == ["100", "60", "80"]


def test_nothing_to_compare_is_an_error():
    written = {way: {"a": Written({}, {}, 0)} for way in WAYS}
    with pytest.raises(ValueError, match="no block has several drafts"):
        table(written)
