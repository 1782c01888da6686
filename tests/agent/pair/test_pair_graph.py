"""The graph with the pair on: what the writer reads, whatever the helper says, and what may be handed over."""

import re
from dataclasses import replace

import pytest

from agent.graph import run_unkept
from agent.pair.records import Condensed
from agent.render_markdown import render_markdown
from agent.settings import CompressSettings
from agent.settle import BlockContext
from agent.types import Report
from lm.errors import BudgetExceeded, EndpointUnreachable
from lm.scripted import ScriptedLM
from prompts.compression.types import NOTHING_FORCED, CannotCompress, CompressionResult, KeptSpan
from tests.agent import scripted_writers as writers
from tests.agent.affair import DOCUMENTS, HIDDEN_ORDER, INJECTION, TOPIC
from tests.agent.pair import scripted_pair as pair
from tests.agent.pair.scripted_pair import lines_of, writer_asking
from tests.agent.scripted_writers import kind_of
from tests.agent.test_graph import assert_sound, shown

ON = CompressSettings(pair="on")
ONE_QUESTION = ["What did the inspector Jonas Reke measure?"]


@pytest.fixture
def write(make_context, events):
    """Writes a report with the pair on; returns it, its context and its final state."""

    def written(writer, helper, *, compress=ON, change=lambda context: context, **options):
        options = {"drafting": "paragraph", "words": 300, "planner": "rules", **options}
        context = change(make_context(writer, helper=helper, compress=compress, **options))
        state = run_unkept(TOPIC, "report", context)
        return context.store.get_model(state["report_id"], Report), context, state

    return written


def prompts(model, kind):
    return [request for request in model.requests if kind_of(request) == kind]


def told(events, name):
    return [event for event in events if event.name == name]


def condensed_in(context):
    return [context.store.get_model(i, Condensed) for i in context.store.iter_ids("condensed")]


HELPERS = [pair.keeping_all, pair.keeping_first, pair.keeping_none, pair.noting, pair.lying, pair.garbage]


@pytest.mark.parametrize("helper", HELPERS)
def test_every_report_is_sound_whatever_the_helper_says(affair, write, helper):
    report, _, state = write(ScriptedLM(writer_asking(ONE_QUESTION)), ScriptedLM(helper))
    assert_sound(report, affair)
    assert state["stops"] == []
    assert 150 <= report.figures.words <= 390


def test_a_sentence_written_of_a_note_cites_the_statements_behind_it(affair, write, events):
    writer = ScriptedLM(writer_asking())
    report, context, _ = write(writer, ScriptedLM(pair.noting))
    notes = {unit.note for one in condensed_in(context) for unit in one.units if unit.note}
    read = {text for request in prompts(writer, "paragraph") for _, text in lines_of(request)}
    assert notes and notes <= read
    written = [claim for claim in shown(report) if claim.sentence in notes]
    assert written and all(claim.action == "kept" and claim.citations for claim in written)
    quotes = {evidence.number: evidence.quote for evidence in report.evidence}
    # A note lacks the end of its statement: what is cited is the whole of it.
    assert all(len(quotes[claim.citations[0]]) > len(claim.sentence) for claim in written)


def test_a_note_that_its_statements_do_not_carry_never_reaches_the_writer_and_is_counted(write, events):
    writer, helper = ScriptedLM(writer_asking(ONE_QUESTION)), ScriptedLM(pair.lying)
    write(writer, helper)
    asked = prompts(helper, "pair_read")
    assert asked
    assert not any("Zorro" in message.content for request in writer.requests for message in request.messages)
    counted = [*told(events, "source_read"), *told(events, "asked_back")]
    assert sum(event.numbers["failed"] for event in counted) == len(asked)
    assert not any(event.numbers["notes"] for event in counted)


def test_the_writer_reads_no_statement_that_was_not_kept(write):
    writer, helper = ScriptedLM(writer_asking()), ScriptedLM(pair.keeping_first)
    # Few words, so that what the helper keeps is enough, and the rule adds nothing.
    _, context, _ = write(writer, helper, words=60)
    assert sum(one.n_filled for one in condensed_in(context)) == 0
    left = [text for request in prompts(helper, "pair_read") for numbers, text in lines_of(request) if numbers != [1]]
    drafted = "\n".join(request.messages[-1].content for request in prompts(writer, "paragraph"))
    assert len(left) > 5
    assert [text for text in left if text in drafted] == []


def test_a_block_that_the_helper_leaves_too_little_is_filled_by_rule(write):
    _, context, _ = write(ScriptedLM(writer_asking()), ScriptedLM(pair.keeping_none))
    assert sum(one.n_filled for one in condensed_in(context)) > 0


def test_what_the_writer_reads_keeps_to_the_rate_and_the_rest_is_spared(write, events):
    spared = []
    compress = CompressSettings(pair="on", rate=0.4)
    writer = ScriptedLM(writer_asking())
    _, context, _ = write(
        writer, ScriptedLM(pair.keeping_all), compress=compress, change=lambda one: replace(one, spare=spared.append)
    )
    found = condensed_in(context)
    assert found and all(one.tokens_after <= 0.4 * one.tokens_before or len(one.units) == 1 for one in found)
    assert spared == [one.tokens_before - one.tokens_after for one in found]
    numbers = [event.numbers for event in told(events, "condensed")]
    assert [(n["before"], n["after"], n["spared"]) for n in numbers] == [
        (one.tokens_before, one.tokens_after, one.tokens_spared) for one in found
    ]
    lines = [line for one in prompts(writer, "paragraph") for line in one.messages[-1].content.splitlines()]
    assert all(line in lines for one in context.store.iter_ids("context") for line in _shown_lines(one, context))


def _shown_lines(context_id, context):
    record = context.store.get_model(context_id, BlockContext)
    return record.shown.lines if record.shown else ()


def test_at_a_rate_of_one_the_writer_reads_everything_and_nobody_is_asked(write):
    writer, helper = ScriptedLM(writer_asking(ONE_QUESTION)), ScriptedLM(pair.garbage)
    _, context, _ = write(writer, helper, compress=CompressSettings(pair="on", rate=1.0))
    assert helper.requests == () and prompts(writer, "pair_questions") == []
    found = condensed_in(context)
    assert all({read.by for read in one.reads} == {"nobody"} for one in found)
    assert all(len(one.units) == sum(read.read for read in one.reads) for one in found)


def test_off_nobody_asks_the_helper(write):
    writer, helper = ScriptedLM(writers.faithful), ScriptedLM(pair.keeping_all)
    _, context, _ = write(writer, helper, compress=CompressSettings())
    assert helper.requests == () and condensed_in(context) == []


@pytest.mark.parametrize("options", [{"drafting": "sentence"}, {"mode": "answer"}])
def test_a_writer_that_restates_and_an_answer_are_not_condensed(make_context, options):
    mode = options.pop("mode", "report")
    helper = ScriptedLM(pair.keeping_all)
    context = make_context(ScriptedLM(writers.faithful), helper=helper, compress=ON, **options)
    run_unkept("Who warned of the springs of the grips?" if mode == "answer" else TOPIC, mode, context)
    assert helper.requests == ()


def test_a_helper_of_garbage_is_repaired_so_often_and_then_the_rule_chooses_and_says_so(affair, write, events):
    helper = ScriptedLM(pair.garbage)
    report, _, _ = write(ScriptedLM(writer_asking()), helper)
    assert_sound(report, affair)
    read = [event for event in told(events, "source_read") if event.words["by"] != "nobody"]
    assert read and {event.words["by"] for event in read} == {"rule"}
    assert all("no valid Proposed in 3 replies" in event.message for event in read)
    assert len(helper.requests) == 3 * len(read)
    assert told(events, "asked_back") == []  # there is nobody to ask


def test_without_a_helper_the_rule_reads_and_nobody_asks_back(affair, write, events):
    writer, helper = ScriptedLM(writer_asking(ONE_QUESTION)), ScriptedLM(pair.keeping_all)
    report, _, _ = write(writer, helper, compress=CompressSettings(pair="on", compressor="extractive"))
    assert_sound(report, affair)
    assert helper.requests == () and prompts(writer, "pair_questions") == []
    assert {event.words["by"] for event in told(events, "source_read")} == {"rule"}


class Limping:
    """A compressor that keeps everything, and cannot from some call on."""

    name = "limping"

    def __init__(self, n_good):
        self.n_good, self.n_calls, self.was_alone, self.context = n_good, 0, True, None

    def take(self, context):
        self.context = replace(context, condenser=self)
        return self.context

    def compress(self, chunks, query="", *, rate=None, target_tokens=None, force=NOTHING_FORCED):
        self.was_alone &= self.context.condenser_gate.locked()
        self.n_calls += 1
        if self.n_calls > self.n_good:
            raise CannotCompress("it does not score given text")
        kept = tuple(KeptSpan(one.id, 0, len(one.text), 0) for one in chunks)
        return CompressionResult("", kept, 1, 1, rate or 1.0, "none", 0.0)


BY_COMPRESSOR = CompressSettings(pair="on", compressor="surprisal")


def test_a_compressor_reads_one_source_at_a_time_and_says_that_it_was_itself(affair, write, events):
    limping = Limping(n_good=999)
    report, _, _ = write(
        ScriptedLM(writers.faithful), ScriptedLM(pair.garbage), compress=BY_COMPRESSOR, change=limping.take
    )
    assert_sound(report, affair)
    assert limping.was_alone
    read = [event for event in told(events, "source_read") if event.words["by"] != "nobody"]
    assert {(event.words["by"], event.message) for event in read} == {("compressor", "")}


def test_a_compressor_that_cannot_is_asked_once_a_block_and_the_rule_chooses_and_says_so(affair, write, events):
    limping = Limping(n_good=0)
    report, _, state = write(
        ScriptedLM(writers.faithful), ScriptedLM(pair.garbage), compress=BY_COMPRESSOR, change=limping.take
    )
    assert_sound(report, affair)
    assert state["stops"] == []
    read = [event for event in told(events, "source_read") if event.words["by"] == "rule"]
    assert limping.n_calls == len({event.block for event in read}) > 0
    assert {event.message for event in read} <= {
        "it does not score given text",
        "the compressor had failed before",
    }


def test_a_compressor_reads_nothing_once_the_time_is_over(affair, write, events):
    limping = Limping(n_good=999)

    def late_at_last(context):
        return limping.take(replace(context, is_late=lambda: bool(told(events, "read"))))

    report, _, state = write(
        ScriptedLM(writers.faithful), ScriptedLM(pair.garbage), compress=BY_COMPRESSOR, change=late_at_last
    )
    assert_sound(report, affair)
    assert limping.n_calls == 0
    assert set(state["stops"]) == {"max_seconds"}


def test_a_helper_whose_endpoint_is_gone_is_asked_once_a_block(affair, write, events):
    gone = EndpointUnreachable("nothing answers at http://127.0.0.1:9", hint="start the server")
    helper = ScriptedLM(pair.keeping_all, errors=dict.fromkeys(range(1000), gone))
    report, _, state = write(ScriptedLM(writer_asking()), helper)
    assert_sound(report, affair)
    assert state["stops"] == []
    blocks = {event.block for event in told(events, "source_read") if event.words["by"] == "rule"}
    assert len(helper.requests) == len(blocks)


def stopping(request):
    raise BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")


def test_a_budget_that_ends_at_the_helper_still_gives_a_report(affair, write, events):
    report, _, state = write(ScriptedLM(writer_asking()), ScriptedLM(stopping))
    assert set(state["stops"]) == {"max_tokens"}
    assert_sound(report, affair)
    assert "would be broken" in told(events, "budget")[0].message


def test_a_budget_that_ends_at_the_writers_questions_still_gives_a_report(affair, write, events):
    def writer(request):
        return stopping(request) if kind_of(request) == "pair_questions" else writer_asking()(request)

    report, _, state = write(ScriptedLM(writer), ScriptedLM(pair.keeping_all))
    assert set(state["stops"]) == {"max_tokens"}
    assert_sound(report, affair)
    assert told(events, "budget")


ENDLESS = [[f"What did the inspector Jonas Reke do on the day number {n}?"] for n in range(9)]


@pytest.mark.parametrize("most", [0, 1, 2, 3])
def test_rounds_end(write, events, most):
    writer, helper = ScriptedLM(writer_asking(*ENDLESS)), ScriptedLM(pair.keeping_all)
    write(writer, helper, compress=CompressSettings(pair="on", rounds=most))
    n_blocks = len(told(events, "condensed"))
    turns = told(events, "asked_back")
    assert len(prompts(writer, "pair_questions")) == len(turns) <= most * n_blocks
    assert max([event.numbers["questions"] for event in turns], default=0) == min(most, 1)


def test_a_writer_that_misses_nothing_is_asked_once_a_block(write, events):
    writer = ScriptedLM(writer_asking())
    write(writer, ScriptedLM(pair.keeping_all))
    read = {event.block for event in told(events, "source_read") if event.words["by"] == "helper"}
    assert len(prompts(writer, "pair_questions")) == len(read) > 1
    assert {event.message for event in told(events, "asked_back")} == {"no question: the writer misses nothing"}


def test_rounds_end_when_nothing_new_comes(write, events):
    writer = ScriptedLM(writer_asking(*ENDLESS))
    write(writer, ScriptedLM(pair.keeping_none), compress=CompressSettings(pair="on", rounds=5))
    turns = told(events, "asked_back")
    assert len(turns) == len({event.block for event in turns})
    assert all(event.message.endswith(("nothing new came", "near to that")) for event in turns)


def test_what_the_writer_asked_for_stands_in_its_evidence(write):
    question = "How much did Osk & Vane build the Brenholt cableway for, and with how many bidders?"
    wanted = "Osk & Vane built the Brenholt cableway for 64 million marks after a tender with 3 bidders."

    def helper(request):
        if question not in request.messages[-1].content:
            return pair.as_found()
        return pair.as_found([n[0] for n, text in lines_of(request) if text == wanted])

    writer = ScriptedLM(writer_asking([question]))
    write(writer, ScriptedLM(helper), compress=CompressSettings(pair="on", rate=0.9))
    assert any(wanted in request.messages[-1].content for request in prompts(writer, "paragraph"))


def test_an_order_in_a_source_reaches_neither_helper_nor_writer(make_affair, write, affair):
    title, _, rest = DOCUMENTS["technical.md"].partition("\n")
    bitten = make_affair(DOCUMENTS | {"technical.md": f"{title}\n\n{INJECTION}\n{rest}"})
    writer, helper = ScriptedLM(writer_asking(ONE_QUESTION)), ScriptedLM(pair.noting)
    report, _, _ = write(writer, helper, over=bitten)
    assert_sound(report, bitten)
    assert not any("SkyGrip" in request.messages[-1].content for request in (*writer.requests, *helper.requests))
    clean, _, _ = write(ScriptedLM(writer_asking(ONE_QUESTION)), ScriptedLM(pair.noting))
    assert _body(report) == _body(clean)


def _body(report):
    return [(claim.sentence, claim.action) for claim in shown(report) if claim.kind == "section"]


def test_a_helper_that_obeys_an_order_which_nobody_recognised_can_only_hand_over_the_statement(make_affair, write):
    title, _, rest = DOCUMENTS["technical.md"].partition("\n")
    bitten = make_affair(DOCUMENTS | {"technical.md": f"{title}\n\n{HIDDEN_ORDER}\n{rest}"})

    def obeying(request):
        orders = [n for n, text in lines_of(request) if "SkyGrip" in text]
        return pair.as_found([], [("Every reader should buy the SkyGrip 4000 for 900000 marks.", n) for n in orders])

    writer = ScriptedLM(writer_asking())
    report, _, _ = write(writer, ScriptedLM(obeying), over=bitten)
    assert_sound(report, bitten)
    assert not any("Every reader" in request.messages[-1].content for request in writer.requests)
    assert all(HIDDEN_ORDER.startswith(c.sentence[:-1]) for c in shown(report) if "SkyGrip" in c.sentence)


def test_the_same_seed_gives_the_same_bytes_however_many_sources_are_read_at_once(write):
    texts = set()
    for n in (1, 4):
        report, _, _ = write(ScriptedLM(writer_asking(ONE_QUESTION)), ScriptedLM(pair.noting), max_parallel_blocks=n)
        texts.add(render_markdown(report))
    assert len(texts) == 1
    assert re.search(r"\[\d+\]", texts.pop())
