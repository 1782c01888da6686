import pytest

from agent.grounding.polarity import turned_verbs
from agent.stemming import english_stem

STEM = english_stem()


@pytest.mark.parametrize(
    ("claim", "evidence", "fault"),
    [
        ("The board approved it.", "The board did not approve it.", "“approved” where the evidence says “not"),
        ("Hale did not resign.", "The board did not approve the plan, and Hale resigned.", "“not resign”"),
        ("The gates were opened.", "The crew failed to open the gates.", "“opened” where the evidence says “not open”"),
        ("The gates opened.", "None of the gates opened.", "“not opened”"),
        ("The council paid.", "Perhaps the council may have paid.", "“paid”, which the evidence gives as a doubt"),
        ("The lock closed.", "The lock would close.", "“closed”, which the evidence gives as a plan"),
    ],
)  # fmt: skip
def test_a_verb_that_lost_or_gained_a_not_or_a_doubt_is_named(claim, evidence, fault):
    assert fault in turned_verbs(claim, [evidence], STEM)[0]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The board did not approve the plan.", "The board failed to approve the plan."),
        ("Hale resigned.", "The board did not approve the plan, and Hale resigned."),
        ("The plan was approved.", "Nobody knew that the plan was approved."),
        ("The lock may close.", "The lock would close."),
        ("The gates opened.", "The gates did not open at noon. The gates opened at one."),
        ("The bridge fell.", "The bridge collapsed."),
    ],
)
def test_a_verb_that_is_meant_alike_somewhere_in_the_evidence_passes(claim, evidence):
    assert turned_verbs(claim, [evidence], STEM) == []
