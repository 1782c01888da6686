import pytest

from agent.assemble import assemble
from agent.errors import NotEnoughEvidence
from agent.facts.records import Contradiction, Fact, Span
from agent.facts.types import Quantity
from agent.frame import limits_of_length, limits_of_reading
from agent.render_html import render_html
from agent.render_markdown import check_references, render_markdown
from agent.settle import SettledBlock, SettledSentence
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from evals.report_text import read_report
from tests.agent.reading_record import READING
from tests.agent.statement_factory import statement

BRIEF = Brief(topic="The rope", words=400)
ROPE = statement("The rope of Orme held for 18 years.", title="Memo", start=0)
BRAKE = statement("The brake of Orme froze in the night.", title="Memo", start=100)
COURT = statement("The court of Hallin sentenced Aldo Fenn.", doc_id="d2", title="Judgment", start=0)


def settled(*statements, text=None, action="quoted", reasons=()):
    return SettledSentence(
        text=text or statements[0].sentence, sources=statements, support=0.9, action=action, reasons=reasons
    )


def section(number, kind="section", words=10, title=None):
    block = AtomicBlock(id=f"s{number:02d}b01", question="?", target_words=words)
    return SectionPlan(id=f"s{number:02d}", title=title or f"Part {'abcdef'[number]}", blocks=(block,), kind=kind)


def assembled(*blocks, sections=None, dropped=(), contradictions=()):
    """A section for each block of sentences."""
    sections = sections or [section(i) for i in range(1, len(blocks) + 1)]
    outline = Outline(title="The rope", sections=tuple(sections), origin="rules", reason="")
    done = {
        planned.blocks[0].id: SettledBlock(
            block=planned.blocks[0].id, sentences=tuple(sentences), dropped=tuple(dropped)
        )
        for planned, sentences in zip(sections, blocks, strict=True)
    }
    return assemble(BRIEF, outline, done, READING, contradictions)


def shown(report):
    by_id = {claim.id: claim for claim in report.claims}
    return [[by_id[i].sentence for p in part.paragraphs for i in p] for part in report.sections]


def test_evidence_is_numbered_in_the_order_of_citing_and_once():
    both = settled(BRAKE, ROPE, text="The brake froze although the rope of Orme held.", action="kept")
    report = assembled([settled(ROPE)], [both, settled(COURT)])
    assert [(e.number, e.quote) for e in report.evidence] == [(1, ROPE.quote), (2, BRAKE.quote), (3, COURT.quote)]
    assert [claim.citations for claim in report.claims] == [(1,), (1, 2), (3,)]
    assert check_references(render_markdown(report)) == []


def test_the_section_made_by_rule_counts_neither_as_support_nor_as_a_section():
    def passengers(number, start):
        said = f"{number} passengers"
        stated = Quantity(subject="Orme cableway", measure="passengers", value=number)
        span = Span(document="d", title="Memo", passage="p", start=start, end=start + len(said), text=said)
        return Fact(stated=stated, span=span)

    one = Contradiction(
        subject="Orme cableway",
        measure="passengers",
        as_of=None,
        values=("62", "48"),
        one=passengers(62, 0),
        other=passengers(48, 50),
    )
    plain, told = (assembled([settled(ROPE)], contradictions=found) for found in ((), (one,)))
    assert len(told.sections) == len(plain.sections) + 1
    assert told.figures.mean_support == plain.figures.mean_support == 0.9
    assert told.figures.sections == plain.figures.sections == 1
    assert read_report(render_markdown(told)).sections == read_report(render_markdown(plain)).sections


def test_a_sentence_that_a_section_has_said_is_dropped_from_the_next():
    report = assembled([settled(ROPE)], [settled(ROPE), settled(COURT)])
    assert shown(report) == [[ROPE.sentence], [COURT.sentence]]
    repeated = next(claim for claim in report.claims if claim.action == "dropped")
    assert repeated.reasons == ("another section already says it",)
    assert repeated.citations == ()


def test_case_and_punctuation_do_not_hide_a_repetition():
    report = assembled([settled(ROPE)], [settled(ROPE, text="The rope of ORME held, for 18 years."), settled(COURT)])
    assert shown(report)[1] == [COURT.sentence]


def test_a_dropped_sentence_is_filed_and_not_shown():
    lie = settled(ROPE, text="The rope tore.", action="dropped", reasons=("it is a lie",))
    report = assembled([settled(ROPE)], dropped=[lie])
    assert shown(report) == [[ROPE.sentence]]
    assert [(c.sentence, c.action, c.reasons) for c in report.claims][1] == (
        "The rope tore.",
        "dropped",
        ("it is a lie",),
    )


@pytest.mark.parametrize(
    ("topic", "origin", "is_told"),
    [
        ("The rope", "rules", False),
        ("The rope", "model", False),
        ("The rope", "user", True),
        ("The rope", "schema", True),
        ("The rope: the making, the tests and the failure", "rules", True),
    ],
)
def test_a_section_that_found_nothing_is_printed_only_where_it_was_asked_for(topic, origin, is_told):
    sections = (section(1), section(2, title="Its colour"), section(3, kind="conclusion"))
    outline = Outline(title="The rope", sections=sections, origin=origin, reason="")
    done = {"s01b01": SettledBlock(block="s01b01", sentences=(settled(ROPE),))}
    page = render_markdown(assemble(Brief(topic=topic, words=400), outline, done, READING))
    assert ("## Its colour\n\n*The documents hold nothing on this" in page) is is_told
    assert ("Least was found on “Its colour”" in page) is is_told
    assert "No sentence that stands on a quotation was found for “?”." in page


def test_a_source_named_twice_running_is_the_same_source():
    first = settled(ROPE, text="According to Memo, the rope held.")
    second = settled(BRAKE, text="According to Memo, the brake froze.")
    assert shown(assembled([first, second])) == [
        ["According to Memo, the rope held.", "According to the same source, the brake froze."]
    ]


def test_the_same_source_is_that_of_the_sentence_shown_before_it():
    rope = settled(ROPE, text="According to Memo, the rope held.")
    brake = settled(BRAKE, text="According to Memo, the brake froze.")
    _, second = shown(assembled([rope], [rope, brake]))
    assert second == ["According to Memo, the brake froze."]


def test_a_sentence_said_in_its_short_form_is_not_said_again():
    rope = settled(ROPE, text="According to Memo, the rope held.")
    brake = settled(BRAKE, text="According to Memo, the brake froze.")
    court = settled(COURT)
    _, second = shown(assembled([rope, brake], [court, brake]))
    assert second == [COURT.sentence]


def test_another_source_in_between_is_named_again():
    first, other = settled(ROPE, text="According to Memo, the rope held."), settled(COURT)
    second = settled(BRAKE, text="According to Memo, the brake froze.")
    assert shown(assembled([first, other, second]))[0][2] == "According to Memo, the brake froze."


def test_a_thin_section_says_so():
    report = assembled([settled(ROPE)], sections=[section(1, words=100)])
    assert "shorter than planned" in report.sections[0].notice


def test_a_report_without_any_sentence_is_refused():
    with pytest.raises(NotEnoughEvidence):
        assembled([], [])


def test_an_introduction_alone_carries_no_report():
    with pytest.raises(NotEnoughEvidence):
        assembled([settled(ROPE)], [], sections=[section(0, "introduction"), section(1)])


def test_the_frame_speaks_of_the_report_and_cites_nothing():
    sections = [section(0, "introduction"), section(1), section(2), section(3, "conclusion")]
    report = assembled([settled(ROPE)], [settled(BRAKE)], [settled(COURT)], [], sections=sections)
    frame = [claim for claim in report.claims if not claim.citations]
    assert {claim.kind for claim in frame} == {"introduction"}
    assert shown(report)[0][0] == "The subject of this report is “The rope”."
    assert shown(report)[0][-1] == ROPE.sentence
    assert [part.kind for part in report.sections] == ["introduction", "section", "section"]  # no empty conclusion


def test_long_sections_are_cut_into_even_paragraphs():
    sentences = [
        settled(statement(f"Part {'abcdefghij'[i]} of Orme is " + "very " * 26 + "old.", start=i * 200))
        for i in range(8)
    ]
    (only,) = assembled(sentences, sections=[section(1, words=250)]).sections
    # 8 × 32 words: 256 words make two paragraphs of about a hundred.
    assert [len(paragraph) for paragraph in only.paragraphs] == [4, 4]


def test_figures_count_what_is_shown():
    lie = settled(ROPE, text="The rope tore.", action="dropped")
    figures = assembled([settled(ROPE), settled(BRAKE)], dropped=[lie]).figures
    assert (figures.words, figures.sections, figures.citations, figures.sources, figures.documents) == (16, 1, 2, 2, 1)
    assert figures.claims == {"dropped": 1, "quoted": 2}
    written = len(ROPE.sentence) + len(BRAKE.sentence) + 2
    assert figures.characters_written == written
    assert figures.saturation_ratio == pytest.approx(3_000 / written, abs=0.01)
    assert figures.mean_support == pytest.approx(0.9)


def test_a_report_says_where_it_falls_short_of_what_was_asked():
    (short,) = assembled([settled(ROPE)]).limits
    assert short.startswith("This report has 8 words where 400 were asked for")
    assert f"*{short}*" in render_markdown(assembled([settled(ROPE)]))


def test_a_report_says_that_it_is_longer_than_what_was_asked():
    figures = assembled([settled(ROPE)]).figures.model_copy(update={"words": 461, "saturation_ratio": 10.0})
    (long,) = limits_of_length(400, figures)
    assert long.startswith("This report has 461 words where 400 were asked for; its parts end with whole sentences")
    report = assembled([settled(ROPE)]).model_copy(update={"limits": (long,)})
    assert f"*{long}*" in render_markdown(report)
    assert long in render_html(report)


@pytest.mark.parametrize(
    ("words", "ratio", "n"),
    [(340, 10.0, 0), (339, 10.0, 1), (460, 10.0, 0), (461, 10.0, 1), (340, 9.9, 1), (100, 5.0, 2)],
)
def test_limits_are_a_length_15_per_cent_off_and_a_ratio_under_the_one_aimed_for(words, ratio, n):
    figures = assembled([settled(ROPE)]).figures.model_copy(update={"words": words, "saturation_ratio": ratio})
    assert len(limits_of_length(400, figures) + limits_of_reading(READING, figures)) == n


def test_a_report_that_stands_on_little_says_so():
    figures = assembled([settled(ROPE)]).figures.model_copy(update={"words": 400, "saturation_ratio": 10.0})
    reading = READING.model_copy(update={"unique_characters": 9_300, "floor_characters": 15_000})
    (limit,) = limits_of_reading(reading, figures)
    assert limit.startswith("It stands on 9,300 distinct characters of evidence; under 15,000")
    assert limits_of_reading(reading.model_copy(update={"unique_characters": 15_000}), figures) == ()


def test_paragraphs_that_were_decided_stand_as_decided_and_a_block_may_run_on():
    first = SettledBlock(block="s01b01", sentences=(settled(ROPE), settled(BRAKE)), paragraphs=(1, 1))
    second = SettledBlock(block="s01b02", sentences=(settled(COURT),), paragraphs=(1,), runs_on=True)
    blocks = tuple(AtomicBlock(id=done.block, question="?", target_words=10) for done in (first, second))
    outline = Outline(
        title="The rope",
        sections=(SectionPlan(id="s01", title="Part a", blocks=blocks),),
        origin="rules",
        reason="",
    )
    report = assemble(BRIEF, outline, {done.block: done for done in (first, second)}, READING)
    assert report.sections[0].paragraphs == (("c0001",), ("c0002", "c0003"))


def test_a_decided_paragraph_goes_without_what_another_section_has_said():
    said = SettledBlock(block="s01b01", sentences=(settled(ROPE),))
    again = SettledBlock(block="s02b01", sentences=(settled(BRAKE), settled(ROPE), settled(COURT)), paragraphs=(2, 1))
    outline = Outline(title="The rope", sections=(section(1), section(2)), origin="rules", reason="")
    report = assemble(BRIEF, outline, {done.block: done for done in (said, again)}, READING)
    assert shown(report) == [[ROPE.sentence], [BRAKE.sentence, COURT.sentence]]
    assert [len(paragraph) for paragraph in report.sections[1].paragraphs] == [1, 1]
