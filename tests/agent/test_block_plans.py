import pytest

from agent.block_plans import block_plans, require_own_evidence
from agent.errors import PlanBroken
from agent.records import OwnedStatements
from agent.types import AtomicBlock, Evidence, Outline, SectionPlan
from tests.agent.statement_factory import statement


def owned(block, *statements):
    return OwnedStatements(block=block, statements=statements, fits=(1.0,) * len(statements))


FIRST, SECOND = statement("The springs broke."), statement("The rope held.", start=40)


def test_evidence_of_two_blocks_is_a_bug():
    with pytest.raises(PlanBroken, match="belongs to block s01b01 and to block s02b01") as broken:
        require_own_evidence([owned("s01b01", FIRST), owned("s02b01", SECOND, FIRST)])
    assert broken.value.exit_code == 6
    with pytest.raises(PlanBroken):
        require_own_evidence([owned("s01b01", FIRST, FIRST)])
    require_own_evidence([owned("s01b01", FIRST), owned("s02b01", SECOND)])


def test_a_block_has_its_goal_needs_length_dependencies_and_evidence():
    blocks = (
        AtomicBlock(id="s01b01", question="Why?", target_words=90, needs=("causes",)),
        AtomicBlock(id="s01b02", question="What then?", target_words=60, depends_on=("s01b01",)),
    )
    outline = Outline(
        title="T", origin="rules", reason="", sections=(SectionPlan(id="s01", title="Causes", blocks=blocks),)
    )
    cited = Evidence(
        number=3, document=FIRST.doc_id, title="T", passage="p", start=FIRST.start, end=FIRST.end, quote=FIRST.quote
    )
    found = block_plans(outline, {"s01b01": owned("s01b01", FIRST, SECOND)}, [cited])
    first, second = found.blocks
    assert (first.goal, first.needs, first.words, first.section) == ("Why?", ("causes",), 90, "Causes")
    assert [piece.number for piece in first.evidence] == [3, None]
    assert first.evidence[0].id == f"{FIRST.doc_id}:{FIRST.start}-{FIRST.end}"
    assert (second.depends_on, second.evidence) == (("s01b01",), ())


def test_an_echo_that_is_cited_belongs_to_the_block_of_what_it_echoes():
    block = AtomicBlock(id="s01b01", question="Why?", target_words=90)
    outline = Outline(
        title="T", origin="rules", reason="", sections=(SectionPlan(id="s01", title="C", blocks=(block,)),)
    )
    echo = statement("The springs were broken.", doc_id="d2")
    kept = FIRST.model_copy(update={"echoes": (echo,)})
    cited = [
        Evidence(number=n, document=one.doc_id, title="T", passage="p", start=one.start, end=one.end, quote=one.quote)
        for n, one in enumerate((FIRST, echo), 1)
    ]
    (found,) = block_plans(outline, {"s01b01": owned("s01b01", kept)}, cited).blocks
    assert [piece.number for piece in found.evidence] == [1, 2]
    with pytest.raises(PlanBroken):
        require_own_evidence([owned("s01b01", kept), owned("s02b01", echo)])
