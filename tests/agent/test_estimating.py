from dataclasses import replace

import pytest

from agent.claims.estimator import SupportEstimator
from agent.claims.probability import load_support_model
from agent.estimating import estimate_of, is_own_sentence_in, with_probabilities
from agent.export.content import paper_of
from agent.graph import run_unkept
from agent.render_html import render_html
from agent.render_markdown import render_markdown
from agent.run import utc_now
from agent.settle import SettledBlock, SettledSentence
from agent.types import Doubt, Report
from lm.scripted import ScriptedLM
from tests.agent import scripted_writers as writers
from tests.agent.affair import TOPIC
from tests.agent.statement_factory import statement
from tests.agent.test_cascade import support_model
from tests.bag_embedder import BagEmbedder

SOURCE = statement("The board met on 3 May.")


def estimator(logit=0.0):
    return SupportEstimator(
        support_model(logit), BagEmbedder(), str.lower, lambda: pytest.fail("the scorer was opened")
    )


def sentence(text, action="kept", **changes):
    return SettledSentence(text=text, sources=(SOURCE,), support=0.9, action=action, **changes)


def probabilities(settled):
    found = with_probabilities(settled, estimator(), frozenset())
    return [s.doubt.probability if s.doubt else None for block in found.values() for s in block.sentences]


def test_own_sentences_get_a_probability_and_quotations_none():
    block = SettledBlock(
        block="b", sentences=(sentence("It met."), sentence("It met.", "revised"), sentence("The board.", "quoted"))
    )
    assert probabilities({"b": block}) == [0.5, 0.5, None]


def test_what_a_second_opinion_worked_out_is_not_worked_out_again():
    doubt = Doubt(probability=0.31, p_yes=0.9, by="word")
    block = SettledBlock(block="b", sentences=(sentence("It met.", doubt=doubt),))
    assert with_probabilities({"b": block}, estimator(), frozenset())["b"] == block


def test_a_report_of_quotations_has_no_own_sentence():
    quoted = SettledBlock(block="b", sentences=(sentence("The board.", "quoted"),))
    assert not is_own_sentence_in({"b": quoted})
    assert is_own_sentence_in({"b": SettledBlock(block="b", sentences=(sentence("It met."),))})


def test_the_shipped_model_says_of_itself_what_stands_in_its_file():
    model = load_support_model()
    told = estimate_of(model, decides=False).told
    whole = next(one for one in model.measured if one.name == "all")
    for part in (
        "fitted on 1,380 claims of halueval_qa, ragtruth_qa, summedits",
        f"all: {whole.auroc:.2f} and {whole.ece:.2f} ({whole.n:,} claims)",
        "summedits: 0.44 and 0.23",
        "Nothing was decided by it.",
        "Quotations need none.",
    ):
        assert part in told
    assert "Nothing was decided" not in estimate_of(model, decides=True).told


def report_of(make_context, script, **changes):
    context = replace(make_context(ScriptedLM(script)), **changes)
    state = run_unkept(TOPIC, "report", context)
    return context.store.get_model(state["report_id"], Report)


def test_every_page_shows_the_probability_of_own_sentences_with_its_footnote(make_context):
    report = report_of(make_context, writers.faithful, open_estimator=lambda: estimator(1.0))
    own = [claim for claim in report.claims if claim.block and claim.action in ("kept", "revised")]
    assert own
    assert {claim.doubt.probability for claim in own} == {0.7311}
    assert all(claim.doubt is None for claim in report.claims if claim.action == "quoted")
    markdown, page = render_markdown(report), render_html(report)
    assert "| no. | sentence | support | probability | how it fared | sources |" in markdown
    assert "| 0.73 | kept |" in markdown
    assert "The probability estimates how likely" in markdown
    assert '"probability":0.7311' in page
    assert 'id="estimate">The probability estimates' in page
    assert "probability 0.73" in repr(paper_of(report, created=utc_now()))


def test_without_static_vectors_a_report_has_no_such_column_and_the_same_sentences(make_context):
    without = report_of(make_context, writers.faithful)
    having = report_of(make_context, writers.faithful, open_estimator=lambda: estimator(-9.0))
    assert without.estimate is None
    assert "probability" not in render_markdown(without)
    assert [claim.sentence for claim in without.claims] == [claim.sentence for claim in having.claims]
    assert [claim.action for claim in without.claims] == [claim.action for claim in having.claims]
