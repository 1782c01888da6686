import pytest

from agent.commands.style_text import difference_text, style_text
from agent.measuring.reading import MeasuredText
from agent.measuring.reference import GenreQuantiles, Reference, figures_of, human_reference, quantiles_of
from agent.measuring.style import file_style, report_style, text_style
from agent.render_style import style_section
from lm.copying import copy_rate
from lm.scoring import Unavailable
from lm.smoothing import read_whole
from tests.agent.measuring.letter_scorer import ENTROPY_NATS, LetterScorer
from tests.agent.sample_report import sample_report

TEXT = "The rope of Orme held for eighteen years and more. It tore at last in the winter of the storm.\n\n" * 12


def test_d_is_the_surprisal_less_the_entropy_of_the_same_letters():
    found = text_style(TEXT, LetterScorer()).whole
    assert found.smoothing.mean_entropy_nats == pytest.approx(ENTROPY_NATS, abs=1e-5)
    assert found.smoothing.d_nats == pytest.approx(found.smoothing.log_perplexity_nats - ENTROPY_NATS, abs=1e-5)
    assert found.copied is None
    assert found.distinct_4 == pytest.approx(20 / (12 * 20 - 3))
    assert (found.rhythm.sentences, found.rhythm.paragraphs, found.rhythm.paragraph_cv) == (24, 12, 0.0)


def test_a_report_is_measured_section_by_section_against_its_own_quotations():
    report = sample_report()
    found = report_style(report, LetterScorer())
    assert [part.heading for part in found.parts] == [s.title for s in report.sections if s.paragraphs]
    assert found.parts[0].start == 0
    assert found.parts[-1].end == found.whole.end
    by_id = {claim.id: claim for claim in report.claims}
    shown = [by_id[i].sentence for s in report.sections for paragraph in s.paragraphs for i in paragraph]
    assert found.whole.words == sum(len(sentence.split()) for sentence in shown)
    assert found.whole.rhythm.sentences == len(shown)
    cited = {n for claim in report.claims for n in claim.citations if claim.sentence in shown}
    quotes = [evidence.quote for evidence in report.evidence if evidence.number in cited]
    assert found.whole.copied == pytest.approx(copy_rate([" ".join(shown)], quotes), abs=0.02)


def test_a_part_that_is_too_short_says_so_and_keeps_its_other_figures():
    style = text_style("The rope of Orme held for eighteen years and more in the storm.", LetterScorer())
    assert style.whole.smoothing is None
    assert "too few" in style.whole.refused
    assert style.whole.rhythm.sentences == 1
    assert "too few" in style_text(style)
    assert "too few" in style_section(style)


def test_a_file_is_measured_in_windows_and_by_what_a_model_saw_of_it():
    file = MeasuredText("a.txt", TEXT, ())
    read = read_whole(TEXT[:900], LetterScorer())
    found = file_style(file, read, most_chars=900, sources=[TEXT])
    assert found.whole.end == 900
    assert [part.end for part in found.parts][-1] == 900
    assert all(part.smoothing is not None for part in found.parts)
    assert found.whole.copied == pytest.approx(1.0, abs=0.05)
    unread = file_style(file, Unavailable("no model is here"), most_chars=900, sources=None)
    assert (unread.scorer, unread.parts, unread.whole.refused) == ("", (), "no model is here")
    assert "no model is here" in style_text(unread)


def test_the_reference_that_ships_has_figures_with_their_provenance_and_no_text():
    reference = human_reference()
    assert reference.scorer.startswith("transformers:")
    assert reference.label == "human"
    assert {genre.source for genre in reference.genres} == {"human_vs_machine", "freshwiki"}
    for genre in reference.genres:
        assert genre.n >= 3
        assert all(list(levels) == sorted(levels) for levels in genre.quantiles.values())
        assert "d_nats" in genre.quantiles
    low, high = reference.range_of("d_nats")
    assert 0.0 < low < high < 1.0


def test_figures_of_other_weights_are_not_held_against_the_reference_but_another_precision_is():
    reference = Reference(scorer="transformers:abc:bf16:0:8/4", most_tokens=400, label="human", genres=())
    assert reference.compares_with("transformers:abc:fp32:0:8/4")
    assert not reference.compares_with("transformers:abd:bf16:0:8/4")
    assert not reference.compares_with("transformers:abc:bf16:0:8/2")
    assert reference.range_of("d_nats") is None
    assert "another scorer" in style_text(text_style(TEXT, LetterScorer()))
    human = human_reference().scorer
    assert "human texts of up to 400 tokens" in style_text(text_style(TEXT, LetterScorer(human)))


def test_quantiles_are_of_the_texts_that_have_the_figure():
    styles = [text_style(TEXT[:chars], LetterScorer()) for chars in (700, 800, 900)]
    found = quantiles_of("essay", "a set", styles)
    middle = sorted(style.whole.smoothing.d_nats for style in styles)[1]
    assert isinstance(found, GenreQuantiles)
    assert found.n == 3
    assert found.quantiles["d_nats"][2] == pytest.approx(middle, abs=1e-4)
    with pytest.raises(ValueError, match="essay"):
        quantiles_of("essay", "a set", [])


def test_two_few_sentences_have_no_variation_to_compare():
    assert "sentence_cv" not in figures_of(text_style(TEXT[:200], LetterScorer()))
    assert "sentence_cv" in figures_of(text_style(TEXT, LetterScorer()))


def test_a_difference_is_told_with_its_error():
    told = difference_text({"d_nats": 0.5, "lag1": 0.1}, {"d_nats": 0.2}, error=0.125)
    assert "+0.300" in told
    assert "lag1" not in told
    assert "0.125 nats" in told


def test_the_page_shows_each_section_on_one_axis_and_gives_no_verdict():
    style = report_style(sample_report(), LetterScorer(human_reference().scorer))
    page = style_section(style)
    told = 1 + sum(part.smoothing is not None for part in style.parts)
    assert page.count("<circle") == told
    assert "no verdict on who wrote it" in page
    assert 'class="track"' in page
    assert 'class="track"' not in style_section(style.model_copy(update={"scorer": "letters:0:fp32:0:1/1"}))
    evil = style.model_copy(update={"parts": (style.whole.model_copy(update={"heading": '<b onclick="x">'}),)})
    assert "<b onclick" not in style_section(evil)
