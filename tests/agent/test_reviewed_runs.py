"""Second opinions and the writer's entropy through the whole graph over the affair."""

import math
from dataclasses import replace

import pytest

from agent.cascade import Cascade
from agent.claims.estimator import SupportEstimator
from agent.claims.probability import SupportModel
from agent.claims.window import Window
from agent.entropy.asking import Asked
from agent.graph import run_unkept
from agent.types import Report
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM
from lm.types import TokenLogProb
from tests.agent import scripted_writers as writers
from tests.agent.affair import TOPIC


def with_cascade(context, judge, **changes):
    model = SupportModel(
        features=("coverage",), means=(0.0,), scales=(1.0,), weights=(0.0,), intercept=0.0, slope=1.0, offset=0.0,
        fitted="", embedder=context.fine.fingerprint, fitted_on=(),
    )  # fmt: skip
    cascade = Cascade(
        estimator=SupportEstimator(
            model=model,
            embedder=context.fine,
            stem=context.stem,
            open_scorer=lambda: pytest.fail("the scorer was opened"),
        ),
        judge=judge,
        window=Window(boundary=0.5, share=1.0, low=0.0, high=1.0),
        budget=1.0,
        seed=1,
    )
    return replace(context, cascade=replace(cascade, **changes))


def report_of(context):
    state = run_unkept(TOPIC, "report", context)
    return context.store.get_model(state["report_id"], Report), state


def shown(report):
    ids = {i for section in report.sections for paragraph in section.paragraphs for i in paragraph}
    return [claim for claim in report.claims if claim.id in ids and claim.block]


def test_a_judge_who_refuses_everything_leaves_a_report_of_quotations(make_context, events):
    judge = ScriptedLM(lambda request: "no")
    context = with_cascade(make_context(ScriptedLM(writers.faithful), drafting="paragraph"), judge)
    report, _ = report_of(context)
    assert judge.requests
    assert {claim.action for claim in shown(report)} == {"quoted"}
    reviews = [event.numbers for event in events if event.name == "reviewed"]
    assert sum(one["refused"] for one in reviews) == sum(one["judged"] for one in reviews) > 0


def test_a_judge_who_agrees_changes_no_sentence_and_leaves_its_opinion(make_context):
    plain, _ = report_of(make_context(ScriptedLM(writers.faithful), drafting="paragraph"))
    judged, _ = report_of(
        with_cascade(
            make_context(ScriptedLM(writers.faithful), drafting="paragraph"), ScriptedLM(lambda request: "yes")
        )
    )
    assert [claim.sentence for claim in shown(judged)] == [claim.sentence for claim in shown(plain)]
    assert all(claim.doubt is None for claim in plain.claims)
    written = [claim for claim in shown(judged) if claim.action in ("kept", "revised")]
    assert written
    assert all((claim.doubt.p_yes, claim.doubt.by) == (1.0, "word") for claim in written)


def test_a_budget_that_ends_at_the_judge_stops_the_run_with_a_report(make_context):
    def judge(request):
        raise BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")

    context = with_cascade(make_context(ScriptedLM(writers.faithful), drafting="paragraph"), ScriptedLM(judge))
    report, state = report_of(context)
    assert "max_tokens" in state["stops"]
    assert shown(report)


class Unsure(ScriptedLM):
    """Writes the evidence again, and is equally unsure of every character."""

    def chat(self, request):
        reply = super().chat(request)
        if not request.top_logprobs:
            return reply
        top = tuple((f"t{i}", math.log(1 / 16)) for i in range(request.top_logprobs))
        tokens = tuple(TokenLogProb(token=letter, log_prob_nats=-1.0, top=top) for letter in reply.text)
        return reply.model_copy(update={"log_probs": tokens})


def test_each_written_sentence_keeps_how_unsure_the_writer_was(make_context):
    context = replace(make_context(Unsure(writers.faithful), drafting="paragraph"), asked=Asked(top_logprobs=15))
    report, _ = report_of(context)
    written = [claim for claim in shown(report) if claim.action == "kept"]
    assert written
    assert all(claim.uncertainty.epr_bits == pytest.approx(3.75) for claim in written)
    assert all(claim.uncertainty.risk is None for claim in written)
    assert all(claim.uncertainty is None for claim in shown(report) if claim.action == "quoted")


def test_without_being_asked_for_nothing_of_it_is_kept(make_context):
    writer = Unsure(writers.faithful)
    report, _ = report_of(make_context(writer, drafting="paragraph"))
    assert all(claim.uncertainty is None for claim in report.claims)
    assert {request.top_logprobs for request in writer.requests} == {0}
