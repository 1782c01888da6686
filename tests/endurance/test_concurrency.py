"""A small crowd of the campaign: two processes on one home."""

import pytest

from benchmarks.endurance import concurrency
from benchmarks.endurance.crowd import DEEDS, Member, expected
from benchmarks.endurance.part import Options


@pytest.mark.model
def test_two_processes_on_one_home_lose_nothing_and_double_nothing(static_models, tmp_path):
    told = []
    options = Options(place=tmp_path, models_dir=static_models, seed=5, scale=0.1, tell=told.append)
    deeds = list({deed.kind: deed for deed in reversed(DEEDS)}.values())[::-1]  # the first of each kind
    result = concurrency.campaign(options, (2,), deeds)
    assert result.failures == ()
    assert [row.what for row in result.rows][-1] == "2 processes: the home afterwards"
    assert result.tried == result.survived == 2 * 4 + 4


def test_what_a_crowd_leaves_is_counted_from_what_it_does():
    assert expected(8, DEEDS) == {
        "documents": 20,
        "runs": 32,
        "reports": 32,
        "notes": 24,
        "the note of all": 8,
        "chat sessions": 8,
        "answered turns": 8,
    }


def test_each_member_has_things_of_its_own(tmp_path):
    first, second = (Member(number, tmp_path) for number in (0, 1))
    alike = [left[1] == right[1] for left, right in zip(first.calls(DEEDS), second.calls(DEEDS), strict=True)]
    assert alike.count(True) == 4  # two runs, a note, the word that opens a chat
    assert first.own != second.own
