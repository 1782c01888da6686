"""The faults of the endpoint part, in process and small; the campaign does them to real commands."""

import json
import random
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.endurance.endpoint import GROUPS, all_cases, chosen
from benchmarks.endurance.endpoint_case import SEATS, Case, Spoilt, plain, problems_of_end, problems_of_reports
from benchmarks.endurance.endpoint_echo import healthy, said
from benchmarks.endurance.endpoint_faults import ROLES, TRANSPORT, Fault
from benchmarks.endurance.endpoint_streams import STREAMS, StreamFault, stream_problem
from benchmarks.endurance.fault_server import FaultServer
from benchmarks.endurance.warm import Ended
from lm.errors import LMError
from lm.openai_chat import OpenAIChat
from lm.retrying import Retrying, RetryPolicy
from lm.types import ChatRequest, JsonSchema, Message

FAULTS = [fault for group in GROUPS.values() for fault in group]
# These wait for a timeout, or carry much: the campaign's business.
SLOW = ("stall", "drip", "for ever", "without an end", "100 MB", "1 GB", "5 MB", "gzip bomb")
QUICK = [fault for fault in FAULTS if not any(word in fault.name for word in SLOW)]
# What is no answer by its status, connection or refusal, and not only by its words, must not pass for one.
NO_REPLIES = [fault for group in TRANSPORT.values() for fault in group if 0 not in fault.always]
SCHEMA = {
    "type": "object",
    "properties": {
        "sentences": {"type": "array", "items": {"$ref": "#/$defs/One"}, "minItems": 1, "maxItems": 4},
        "is_whole": {"type": "boolean"},
        "tone": {"enum": ["plain", "grand"]},
    },
    "$defs": {
        "One": {
            "type": "object",
            "properties": {
                "text": {"type": "string", "maxLength": 40},
                "evidence": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 2}},
            },
        }
    },
}
PROMPT = "[1] (A, B) The barrage was closed in 1999.\n[2] (A, B) The barrage was opened in 1983."


def ask_of(fault: Fault) -> ChatRequest:
    if fault.roles == ("judge",):
        return ChatRequest(messages=(Message(role="user", content="Yes or no?"),), max_tokens=4, seed=1, top_logprobs=5)
    schema = JsonSchema(name="s", schema_text=json.dumps(SCHEMA))
    messages = (Message(role="system", content="Write."), Message(role="user", content=PROMPT))
    return ChatRequest(messages=messages, max_tokens=400, seed=1, json_schema=schema)


@pytest.mark.parametrize(("fault", "is_once"), [*((one, False) for one in QUICK), *((one, True) for one in QUICK[::3])])
def test_a_fault_ends_in_a_reply_or_in_an_error_of_the_tree_after_as_many_requests_as_allowed(
    fault: Fault, is_once: bool
):
    spoilt = Spoilt(Case(fault, SEATS[fault.roles[0]][0], is_once))
    waited = []
    with closing(FaultServer(spoilt.answer)) as server:
        chat = OpenAIChat(
            name="f:m", base_url=server.base_url, api_key="", model="m", context_tokens=8192, timeout_s=5.0
        )
        with closing(chat):
            retrying = Retrying(chat, RetryPolicy(), sleep=waited.append, rng=random.Random(0))
            reply = error = None
            try:
                reply = retrying.chat(ask_of(fault))
            except LMError as raised:
                error = raised
    assert len(server.bodies) <= fault.calls
    assert sum(waited) <= 120.0
    if is_once and fault.once == (0,):
        assert reply is not None, error
        return
    if not is_once and fault in NO_REPLIES:
        assert reply is None
    assert reply is None or len(reply.text.encode()) < 10**6
    assert error is None or error.hint


@pytest.mark.parametrize(
    "fault", [fault for fault in STREAMS if not any(word in fault.name for word in SLOW)], ids=lambda fault: fault.name
)
def test_a_faulty_stream_ends_in_a_reply_or_in_an_error_of_the_tree(fault: StreamFault):
    assert stream_problem(fault, is_once=False) == ""
    assert stream_problem(fault, is_once=True) == ""


def test_every_fault_is_done_to_each_role_that_makes_such_a_call_for_ever_and_once():
    cases = all_cases()
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40
    assert len(cases) == 2 * sum(len(fault.roles) for fault in FAULTS)
    assert {case.seat.role for case in cases} == set(ROLES)
    assert {case.seat for case in cases} == {seat for seats in SEATS.values() for seat in seats}


def test_a_part_of_the_cases_is_drawn_from_all_of_them():
    drawn = chosen(range(100), 0.2, seed=1)
    assert len(drawn) == 20 == len(set(drawn))
    assert drawn == sorted(drawn) == chosen(range(100), 0.2, seed=1)
    assert {number % 2 for number in drawn} == {0, 1}
    assert chosen(range(7), 1.0, seed=1) == list(range(7))


def test_the_healthy_model_fills_the_schema_with_what_the_prompt_says():
    body = {
        "messages": [{"content": "Write."}, {"content": PROMPT}],
        "response_format": {"json_schema": {"schema": SCHEMA}},
    }
    assert json.loads(said(body)) == {
        "sentences": [
            {"text": "The barrage was closed in 1999.", "evidence": [1]},
            {"text": "The barrage was opened in 1983.", "evidence": [2]},
        ],
        "is_whole": True,
        "tone": "plain",
    }
    assert json.loads(healthy(body).content)["choices"][0]["finish_reason"] == "stop"


def ended(code: int, stderr: str = "", *, is_late: bool = False) -> Ended:
    return Ended(code, "", stderr, seconds=1.0, is_late=is_late, max_rss_mb=1.0, cpu_s=1.0)


def test_an_end_is_survived_only_with_a_right_code_words_and_no_crash(tmp_path: Path):
    assert problems_of_end(ended(0), (0,), tmp_path) == []
    assert problems_of_end(ended(4, "error: gone\n  fix: wait"), (0, 4), tmp_path) == []
    assert problems_of_end(ended(4, "error: gone"), (0,), tmp_path) == ["exit code 4, not 0: error: gone"]
    assert problems_of_end(ended(4), (4,), tmp_path) == ["exit code 4 without a message"]
    assert "hangs" in problems_of_end(ended(-9, is_late=True), (0,), tmp_path)[0]
    assert problems_of_end(ended(4, "Traceback …\nerror: x"), (4,), tmp_path) == ["crashed: error: x"]
    (tmp_path / "crashes").mkdir()
    (tmp_path / "crashes" / "crash-1.json").touch()
    assert problems_of_end(ended(0), (0,), tmp_path) == ["crashed: "]


def test_a_report_is_whole_only_with_citations_that_resolve_and_quotations_that_somebody_wrote(tmp_path: Path):
    folder = tmp_path / "runs" / "1"
    folder.mkdir(parents=True)
    (folder / "report.md").write_text("# R\n\nIt fell. [1]\n\n## References\n\n[1] A (a.md): “It fell.”\n")
    (folder / "evidence.jsonl").write_text('{"quote": "It fell."}\n')
    assert problems_of_reports(tmp_path, plain("And then: It  fell.")) == []
    assert problems_of_reports(tmp_path, plain("It rose.")) == ["no document says 'It fell.'"]
    (folder / "report.md").write_text("# R\n\nIt fell. [2]\n\n## References\n\n[1] A (a.md): “It fell.”\n")
    assert len(problems_of_reports(tmp_path, plain("It fell."))) == 2


def test_the_same_request_may_come_again_only_as_often_as_the_fault_allows():
    fault = FAULTS[0]
    bodies = [{"messages": [{"content": "a"}], "seed": n} for n in range(fault.calls + 1)]
    spoilt = Spoilt(Case(fault, SEATS["writer"][0], is_once=False))
    spoilt.answer(bodies[0])
    assert spoilt.problems_of(bodies[:-1]) == []
    assert "13 times" in spoilt.problems_of(bodies)[0]
    assert spoilt.problems_of([]) == ["the writer was never asked"]


def test_a_fault_waits_for_a_request_to_which_it_can_be_done_and_one_that_never_was_is_not_survived():
    fault = next(fault for fault in FAULTS if fault.name == "parameter refused: seed")
    spoilt = Spoilt(Case(fault, SEATS["writer"][0], is_once=True))
    plain_body = {"messages": [{"content": "a"}]}
    assert spoilt.answer(plain_body).status == 200
    assert "not done" in spoilt.problems_of([plain_body])[0]
    statuses = [spoilt.answer(plain_body | {"seed": 1}).status for _ in range(2)]
    assert statuses == [400, 200]
    assert spoilt.problems_of([plain_body]) == []
