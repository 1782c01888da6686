from agent.constraints.gathering import bounds_of, gather, planned_demands, request_of
from agent.settings import WriteSettings
from agent.types import AtomicBlock, Outline, SectionPlan


def gathered(topic, *, words=400, is_named=False, **settings):
    write = WriteSettings(**settings)
    return gather(request_of(topic, write), write, words=words, is_named=is_named)


def test_options_come_before_the_request_s_own_words_and_nothing_twice():
    found = gathered("The rope. Do not mention the court or Petra Fenn.", avoid=("petra fenn", "delve"))
    avoided = [(demand.wanted, demand.origin) for demand in found if demand.kind == "avoid"]
    assert avoided == [("petra fenn", "settings"), ("delve", "settings"), ("court", "request")]


def test_sections_readers_and_language_of_an_option_replace_those_of_the_request():
    text = "The rope, in French. Sections: A part, B part. For laypeople."
    found = gathered(text, section_titles=("Causes",), language="German", audience="engineers")
    assert [d.wanted for d in found if d.kind in ("section", "language", "audience")] == ["Causes", "de", "engineers"]


def test_a_length_of_an_option_wins_over_bounds_of_the_request():
    (bounded,) = gathered("The rope, at most 500 words", words=470)
    (named,) = gathered("The rope, at most 500 words", words=800, is_named=True)
    assert (bounded.least, bounded.most, bounded.origin) == (423, 500, "request")
    assert (named.least, named.most, named.origin) == (720, 880, "settings")


def test_nothing_is_read_or_kept_where_the_ledger_is_off():
    assert gathered("The rope. Do not mention the court.", constraints="off") == ()
    assert request_of("The rope. Do not mention the court.", WriteSettings(constraints="off")).matter.endswith("court.")


def test_a_tolerance_is_never_less_than_half_a_sentence():
    assert bounds_of(60, 0.15) == (48, 72)
    assert bounds_of(1000, 0.15) == (850, 1150)


def test_the_plan_promises_each_section_its_share():
    blocks = tuple(AtomicBlock(id=f"b{i}", question="?", target_words=100) for i in range(2))
    sections = (
        SectionPlan(id="s00", title="Introduction", blocks=(), kind="introduction"),
        SectionPlan(id="s01", title="Money", blocks=blocks),
    )
    (share,) = planned_demands(Outline(title="", sections=sections, origin="rules", reason=""))
    assert (share.wanted, share.least, share.most, share.origin) == ("Money", 170, 230, "plan")
