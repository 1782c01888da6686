import pytest

from agent.pair.remarks import PairWatch
from agent.progress import Event


def watched(*events):
    watch = PairWatch()
    for event in events:
        watch(event)
    return watch


BEGUN = Event(name="preview")
CONDENSED = Event(name="condensed", block="s01b01")


def read_by(who, message=""):
    return Event(name="source_read", message=message, words={"by": who})


@pytest.mark.parametrize(("restates", "why"), [(True, "restates one statement"), (False, "told line by line")])
def test_a_pair_that_condensed_nothing_says_so_and_why(restates, why):
    (remark,) = watched(BEGUN).remarks(writer="small", restates=restates)
    assert "nothing was condensed" in remark
    assert why in remark


def test_what_was_condensed_needs_no_remark():
    assert watched(BEGUN, read_by("helper"), CONDENSED).remarks(writer="large", restates=False) == []


def test_a_resumed_sitting_cannot_know_that_nothing_was_condensed():
    assert watched().remarks(writer="small", restates=True) == []


def test_a_helper_that_failed_is_told_with_its_reason_and_how_often():
    watch = watched(BEGUN, read_by("helper"), read_by("rule", "no valid reply"), read_by("nobody"), CONDENSED)
    assert watch.remarks(writer="large", restates=False) == [
        "1 of 2 sources were read by the rule in place of who was to read them: no valid reply"
    ]
