"""An answer with a compressor: the writer reads more than it may fall back on."""

from dataclasses import replace

import pytest

from agent.errors import NotEnoughEvidence
from agent.pair.records import Condensed
from agent.settings import CompressSettings
from agent.settle import BlockContext
from agent.types import Report
from lm.scripted import ScriptedLM
from prompts.compression.extractive import Extractive
from tests.agent import scripted_writers as writers
from tests.agent.scripted_writers import kind_of
from tests.agent.test_graph import assert_sound, run_graph, shown
from tests.bag_embedder import BagEmbedder

QUESTION = "Who warned of the springs of the grips?"
ON = CompressSettings(pair="on", compressor="extractive", rate=0.3)


@pytest.fixture
def answer(make_context):
    """An answer's report and its context, with the extractive compressor or, of another name, without any."""

    def answered(writer, question=QUESTION, *, compress=ON, **options):
        context = make_context(writer, compress=compress, **{"drafting": "paragraph", **options})
        if compress.compressor == "extractive":
            context = replace(context, condenser=Extractive(BagEmbedder(), writer.count_tokens))
        state = run_graph(context, question, mode="answer")
        return context.store.get_model(state["report_id"], Report), context

    return answered


def records(context, kind, model):
    return [context.store.get_model(i, model) for i in context.store.iter_ids(kind)]


def test_the_writer_reads_what_is_nearest_first_and_then_what_the_compressor_keeps(answer, affair):
    off, on = ScriptedLM(writers.silent), ScriptedLM(writers.faithful)
    _, plain = answer(off, compress=CompressSettings())
    report, context = answer(on)
    assert_sound(report, affair)
    (nearest,) = records(plain, "context", BlockContext)
    record = records(context, "context", BlockContext)[-1]
    assert record.quotable == nearest.statements
    assert record.statements[: record.n_quotable] == nearest.statements
    (condensed,) = records(context, "condensed", Condensed)
    assert len(record.statements) > len(nearest.statements)
    assert condensed.tokens_after <= 0.3 * condensed.tokens_before
    (request,) = [one for one in on.requests if kind_of(one) == "paragraph"]
    lines = [line for line in request.messages[-1].content.splitlines() if line in record.shown.lines]
    assert lines == list(record.shown.lines)


def test_an_answer_reads_no_more_than_a_few_hundred_tokens_whatever_the_rate(answer):
    (condensed,) = records(
        answer(ScriptedLM(writers.faithful), compress=ON.model_copy(update={"rate": 1.0}))[1], "condensed", Condensed
    )
    assert condensed.tokens_after <= 400 < condensed.tokens_before


@pytest.mark.parametrize("writer", [writers.silent, writers.garbage, writers.lying])
def test_a_draft_that_falls_short_gives_way_to_what_is_nearest_and_to_nothing_else(answer, affair, writer):
    nearest, _ = answer(ScriptedLM(writers.silent), compress=CompressSettings())
    report, _ = answer(ScriptedLM(writer))
    assert_sound(report, affair)
    assert {claim.sentence for claim in shown(nearest)} <= {claim.sentence for claim in shown(report)}
    if writer is not writers.lying:  # what a lie names is quoted in its place
        assert shown(report) == shown(nearest)


def test_a_question_without_an_answer_is_refused_as_ever(answer):
    for compress in (CompressSettings(), ON):
        with pytest.raises(NotEnoughEvidence):
            answer(
                ScriptedLM(writers.faithful), "What did the Zubrowka Institute pay Quentin Ashgrove?", compress=compress
            )


def test_no_helper_reads_for_an_answer(answer):
    helper = CompressSettings(pair="on", compressor="helper")
    _, context = answer(ScriptedLM(writers.faithful), compress=helper)
    assert records(context, "condensed", Condensed) == []


def test_a_writer_that_restates_gets_what_is_nearest_alone(answer):
    _, context = answer(ScriptedLM(writers.faithful), drafting="sentence")
    assert records(context, "condensed", Condensed) == []
