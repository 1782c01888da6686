import Stemmer
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agent.allocate import folded
from agent.export.content import paper_of
from agent.export.paper import Heading, Paragraph
from agent.front import MAX_SHARE, MIN_WORDS, front_of, front_words
from agent.render_html import render_html
from agent.render_markdown import check_references, render_markdown
from evals.report_text import read_report
from tests.agent.constraints.drafts import Place
from tests.agent.export.papers import BEGAN
from tests.bag_embedder import BagEmbedder

STEM = Stemmer.Stemmer("english").stemWord
THINGS = ["spring", "brake", "heater", "cabin", "rope", "board", "court", "loss", "letter", "auditor", "mayor", "grip"]
DULL = [f"Much has been said in Hallin of the {a} and the {b} of it." for a in THINGS for b in THINGS if a != b]
TELLING = [
    "Jonas Reke found that 41 per cent of the force of a spring was lost.",
    "The court of Hallin sentenced Aldo Fenn to 3 years in prison.",
    "The loss of money came to 1.1 million marks by June 2020.",
    "The frozen brake caused the fall of two cabins at Orme.",
    "The mayor resigned because the auditor had no report.",
]


def report_of(sections, title="The rope"):
    place = Place(*((f"Part {'abcdef'[i]} of it", 400, sentences, []) for i, sentences in enumerate(sections)))
    return place.assembled(place.draft).model_copy(update={"title": title})


LONG = report_of([[*DULL[:40], *TELLING[:3]], [*DULL[40:90], *TELLING[3:]]])


def front_in(report):
    front = front_of(report, BagEmbedder(), STEM)
    by_id = {claim.id: claim for claim in report.claims}
    return front, [by_id[i] for i in (*front.abstract, *front.findings)] if front else []


def with_front(report):
    return report.model_copy(update={"front": front_in(report)[0]})


def test_figures_and_verdicts_come_first():
    _, chosen = front_in(LONG)
    assert {claim.sentence for claim in chosen} >= {*TELLING}


def test_a_short_report_has_no_front():
    assert front_in(report_of([[*DULL[:40], *TELLING]])) == (None, [])


def test_a_report_without_a_figure_or_a_verdict_has_no_front():
    assert front_in(report_of([DULL[:50], DULL[50:100]])) == (None, [])


SENTENCES = st.lists(st.sampled_from([*DULL, *TELLING]), min_size=20, max_size=120, unique=True)


@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])
@given(SENTENCES)
def test_a_front_is_of_the_report_s_own_cited_sentences_none_twice_and_a_tenth_at_most(sentences):
    report = report_of([sentences[::2], sentences[1::2]])
    front, chosen = front_in(report)
    if front is None:
        return
    shown = {i for section in report.sections for paragraph in section.paragraphs for i in paragraph}
    assert report.figures.words >= MIN_WORDS
    assert {claim.id for claim in chosen} <= shown
    assert all(claim.citations for claim in chosen)
    assert len({folded(claim.sentence) for claim in chosen}) == len(chosen)
    assert front_words(report, front) <= MAX_SHARE * report.figures.words


def test_markdown_says_it_before_the_text_with_its_citations_and_evaluations_count_it_once():
    markdown, plain = render_markdown(with_front(LONG)), render_markdown(LONG)
    assert markdown.index("## Abstract") < markdown.index("## Key findings") < markdown.index("## Part a of it")
    assert check_references(markdown) == []
    assert read_report(markdown).sentences != ()
    told, same = read_report(markdown), read_report(plain)
    assert [s.text for s in told.sentences] == [s.text for s in same.sentences]
    assert (told.sections, told.n_markers) == (same.sections, same.n_markers)


def test_the_page_says_it_without_a_second_anchor():
    page = render_html(with_front(LONG))
    assert page.index('id="front"') < page.index('id="section-1"')
    anchors = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert len(anchors) == len(set(anchors))


def test_a_report_on_paper_says_it_too():
    paper = paper_of(with_front(LONG), created=BEGAN)
    headings = [part.text for part in paper.parts if isinstance(part, Heading) and part.level == 1]
    assert headings[:3] == ["Abstract", "Key findings", "Part a of it"]
    _, chosen = front_in(LONG)
    texts = ["".join(run.text for run in part.runs) for part in paper.parts if isinstance(part, Paragraph)]
    assert all(sum(claim.sentence in text for text in texts) >= 3 for claim in chosen)  # front, text and appendix
