"""Drafts from trees and from particles: what is asked, what goes on, what is told."""

import json
import math
import re

import pytest

from agent.draft import Paragraph
from agent.graph import run_unkept
from agent.sampling import Site, draw
from agent.types import AtomicBlock, Report
from lm.errors import BudgetExceeded, MalformedReply
from lm.scripted import ScriptedLM
from lm.types import ChatReply, TokenLogProb
from tests.agent.affair import TOPIC
from tests.agent.scripted_writers import evidence_of, kind_of, lying, paragraph
from tests.agent.statement_factory import statement

SENTENCES = [
    "The rope was laid in 2009 by a firm from Tolland.",
    "The grips were never weighed after the first winter.",
    "A warning of soft springs was filed in 2016.",
    "The brake froze on a cold morning in March.",
]
BLOCK = AtomicBlock(id="s01b01", question="Why did the brake freeze?", target_words=88)
SURE, UNSURE = (("a", 0.0),), (("a", math.log(0.5)), ("b", math.log(0.5)))
SPENT = BudgetExceeded("max_tokens=9 would be broken", limit="max_tokens")


def so_far(request):
    """What the prompt shows of the paragraph; None where a whole one is asked for."""
    found = re.search(r"The paragraph so far:\n(.*)\n", request.messages[-1].content)
    return found and found.group(1)


def telling(request):
    """The sentences that are not there yet, each marked by the seed that it was drawn with."""
    n_said = (so_far(request) or "").count("(seed")
    said = [f"{text[:-1]} (seed {request.seed})." for text in SENTENCES[n_said:]]
    return paragraph((text, [n_said + n]) for n, text in enumerate(said, start=1))


class UnsureLM(ScriptedLM):
    """A scripted model that gives log-probabilities: unsure where the third and fourth sentence begin."""

    def chat(self, request) -> ChatReply:
        reply = super().chat(request)
        if not request.top_logprobs:
            return reply
        unsure = {reply.text.find(text[:12]) for text in SENTENCES[2:]}
        tokens = [
            TokenLogProb(token=letter, log_prob_nats=0.0, top=UNSURE if i in unsure else SURE)
            for i, letter in enumerate(reply.text)
        ]
        return reply.model_copy(update={"log_probs": tuple(tokens)})


@pytest.fixture
def events():
    return []


def site_of(writer, events, worth=len):
    statements = [statement(text) for text in SENTENCES]
    drafted = Paragraph(BLOCK, "Causes", "The cableway", statements, writer)
    return Site(drafted, seed=66, worth=worth, tell=events.append)


def seeds_of(draft):
    return [int(re.search(r"seed (\d+)", candidate.text).group(1)) for candidate in draft]


def test_a_tree_is_left_at_the_unsurest_sentences_and_shares_what_stands_before(events):
    writer = UnsureLM(telling)
    drafts, stop = draw(site_of(writer, events), 5, "tree")
    assert stop is None
    assert [seeds_of(draft) for draft in drafts] == [
        [66, 66, 66, 66], [66, 66, 67, 67], [66, 66, 68, 68], [66, 66, 66, 69], [66, 66, 66, 70],
    ]  # fmt: skip
    assert [len(draft) for draft in drafts] == [4] * 5
    assert len(writer.requests) == 5
    assert [request.temperature for request in writer.requests] == [0.0, 0.7, 0.7, 0.7, 0.7]
    assert [request.top_logprobs for request in writer.requests] == [20, 0, 0, 0, 0]
    told = [event.numbers for event in events if event.name == "draft_rollout"]
    assert [(numbers.get("fork"), numbers["new"]) for numbers in told] == [(None, 4), (2, 2), (2, 2), (3, 1), (3, 1)]
    assert all(numbers["nats"] > 0 for numbers in told[1:])


def test_a_writer_without_log_probabilities_draws_independent_drafts_and_says_so(events):
    by_tree, alone = ScriptedLM(telling), ScriptedLM(telling)
    drafts, _ = draw(site_of(by_tree, events), 3, "tree")
    assert drafts == draw(site_of(alone, []), 3, "independent")[0]
    assert [request.model_copy(update={"top_logprobs": 0}) for request in by_tree.requests] == list(alone.requests)
    assert sum(event.name == "draft_no_entropy" for event in events) == 3


def test_particles_take_a_call_for_each_sentence_and_the_better_supported_go_on(events):
    def worth(draft):
        """Only what begins by seed 68 stands."""
        return 0.9 * len(draft) / len(SENTENCES) if seeds_of(draft)[0] == 68 else 0.0

    writer = ScriptedLM(telling)
    drafts, _ = draw(site_of(writer, events, worth), 3, "particles")
    assert len(writer.requests) == 3 * 4  # 88 words are four sentences
    assert [request.seed for request in writer.requests] == list(range(66, 78))
    assert {seeds_of(draft)[0] for draft in drafts} == {68}
    assert [len(draft) for draft in drafts] == [4, 4, 4]
    assert [seeds_of(draft)[-1] for draft in drafts] == [75, 76, 77]
    told = [event.numbers for event in events if event.name == "drafts_resampled"]
    assert [(numbers["step"], numbers["of"]) for numbers in told] == [(0, 4), (1, 4), (2, 4)]
    assert told[0]["effective"] == pytest.approx(1.0)
    assert told[0]["temperature"] == pytest.approx(3.0)  # few hold the weight, and it is early
    assert told[2]["kept"] == 3
    schema = json.loads(writer.requests[0].json_schema.schema_text)
    assert schema["properties"]["sentences"]["maxItems"] == 1


@pytest.mark.parametrize(("how", "n_before"), [("independent", 2), ("tree", 2), ("particles", 4)])
def test_a_budget_that_ends_leaves_what_was_drawn_before(events, how, n_before):
    drafts, stop = draw(site_of(UnsureLM(telling, errors={n_before: SPENT}), events), 3, how)
    assert stop is SPENT
    assert [len(draft) for draft in drafts] == {"independent": [4, 4], "tree": [4, 4], "particles": [2, 1, 1]}[how]
    with pytest.raises(BudgetExceeded):
        draw(site_of(UnsureLM(telling, errors={0: SPENT}), events), 3, how)


@pytest.mark.parametrize("how", ["independent", "tree", "particles"])
def test_what_takes_no_form_is_left_out_and_an_error_only_where_nothing_does(events, how):
    def failing(request):
        return '{"sentences": [' if request.seed == 67 else telling(request)

    drafts, _ = draw(site_of(UnsureLM(failing), events), 3, how)
    assert len(drafts) == {"independent": 2, "tree": 2, "particles": 3}[how]
    with pytest.raises(MalformedReply):
        draw(site_of(UnsureLM(lambda request: "no"), events), 3, how)


@pytest.mark.parametrize("how", ["tree", "particles"])
def test_one_draft_alone_is_drawn_as_ever(events, how):
    writer = UnsureLM(telling)
    draw(site_of(writer, events), 1, how)
    assert events == []
    assert [(request.temperature, request.top_logprobs) for request in writer.requests] == [(0.0, 0)]


@pytest.mark.parametrize("how", ["tree", "particles"])
def test_in_a_run_the_draft_that_is_worth_most_is_kept(make_context, events, how):
    def reply(request):
        if kind_of(request) != "paragraph":
            return ""
        begun = so_far(request) or ""
        told = [(text, [number]) for number, text in evidence_of(request)]
        new = [pair for pair in told if pair[0] not in begun]
        return lying(request) if request.seed == 66 and not begun else paragraph((new or told)[:2])

    context = make_context(ScriptedLM(reply), drafting="paragraph", candidates=2, sampling=how, planner="rules")
    report = context.store.get_model(run_unkept(TOPIC, "report", context)["report_id"], Report)
    actions = [claim.action for claim in report.claims]
    assert actions.count("kept") > actions.count("quoted")
    assert "draft_chosen" in {event.name for event in events}


@pytest.mark.model
def test_a_real_small_model_tells_where_it_was_unsure_and_goes_on(embedded_chat):
    block = BLOCK.model_copy(update={"target_words": 40})
    statements = [statement(text) for text in SENTENCES[:2]]
    drafted = Paragraph(block, "Causes", "The cableway", statements, embedded_chat)
    # At temperature 0: sampled ones of a model so small often take no form.
    draft = drafted.draft(seed=66, temperature=0.0, top_logprobs=20)
    nats = draft.entropies_nats()
    assert nats
    assert all(value is not None and value > 0.0 for value in nats)
    (more,) = drafted.go_on(draft.candidates[:1], most=1, seed=66, temperature=0.0)
    assert more.text
    assert more.sources
