"""Spans of runs: into memory, to a collector on this machine, and to collectors that fail."""

import logging
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent.config import ConfigError, load
from agent.ledger import RunRow
from agent.progress import Event
from agent.run import start
from agent.settings import Settings, TelemetrySettings
from agent.telemetry.opening import require_telemetry, telemetry, traces_url
from lm.errors import ServerFailed
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful

ROW = RunRow(
    id="2026-11-22T100000-a-secret-topic-8f3a2b1c",
    topic="a secret topic",
    mode="report",
    words=None,
    status="running",
    exit_code=None,
    started_at="2026-11-22T10:00:00+00:00",
    updated_at="2026-11-22T10:00:00+00:00",
)


@pytest.fixture
def installed():
    pytest.importorskip("opentelemetry.sdk", reason="the extra is not installed: pip install 'wellread[otel]'")
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="pip install 'wellread[otel]'")


@pytest.fixture
def kept(installed):
    """Finished spans, and a listener that makes them."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from agent.telemetry.sending import provider_of
    from agent.telemetry.spans import SpanTeller

    exporter = InMemorySpanExporter()
    provider = provider_of(SimpleSpanProcessor(exporter))
    yield exporter, SpanTeller(provider.get_tracer("test"), ROW)
    provider.shutdown()


def run(affair, tmp_path, writer, *, listeners=(), endpoint=None, **options):
    settings = settings_for(tmp_path / "home").model_copy(
        update={"telemetry": TelemetrySettings(otlp_endpoint=endpoint)}
    )
    with open_services(affair, settings, writer, clock=time.monotonic, **options) as services:
        return start(TOPIC, mode="report", words=400, services=services, listeners=listeners)


def test_spans_are_a_tree_of_run_block_stage_and_call(affair, tmp_path, kept):
    exporter, teller = kept
    writer = ScriptedLM(faithful)
    run(affair, tmp_path, writer, listeners=[teller])
    spans = exporter.get_finished_spans()
    by_id = {span.context.span_id: span for span in spans}

    def path(span):
        above = by_id[span.parent.span_id] if span.parent else None
        return [*(path(above) if above else []), span.name.split(" ")[0]]

    (root,) = (span for span in spans if span.parent is None)
    assert root.name == "invoke_agent wellread"
    assert root.attributes["wellread.status"] == "finished"
    calls = [span for span in spans if span.attributes.get("gen_ai.operation.name") == "chat"]
    assert len(calls) == len(writer.requests)
    assert {tuple(path(span)) for span in calls if span.attributes["wellread.stage"] == "draft"} == {
        ("invoke_agent", "block", "draft", "chat")
    }
    assert {tuple(path(span)) for span in spans if span.name == "plan"} == {("invoke_agent", "plan")}
    for span in spans:
        assert span.start_time <= span.end_time
        if span.parent:
            assert by_id[span.parent.span_id].start_time <= span.start_time


@pytest.mark.parametrize("name", ["openai:small@2024:latest", "openai:small@[v1", "openai:small@host:99999"])
def test_no_name_of_a_model_ends_a_run(affair, tmp_path, kept, name):
    exporter, teller = kept
    assert run(affair, tmp_path, ScriptedLM(faithful, name=name), listeners=[teller]).exit_code == 0
    call = next(span for span in exporter.get_finished_spans() if span.name.startswith("chat "))
    assert call.attributes["gen_ai.request.model"] == "small"


def test_calls_have_the_attributes_of_the_conventions(affair, tmp_path, kept):
    exporter, teller = kept
    result = run(affair, tmp_path, ScriptedLM(faithful, name="openai:small@user:pw@127.0.0.1:8080"), listeners=[teller])
    calls = [span for span in exporter.get_finished_spans() if span.name.startswith("chat ")]
    known = calls[0].attributes
    assert (known["gen_ai.provider.name"], known["gen_ai.request.model"]) == ("openai", "small")
    assert (known["server.address"], known["server.port"]) == ("127.0.0.1", 8080)
    assert known["gen_ai.response.finish_reasons"] in (("stop",), ("length",))
    tokens = [
        span.attributes["gen_ai.usage.input_tokens"] + span.attributes["gen_ai.usage.output_tokens"] for span in calls
    ]
    assert sum(tokens) == result.report.figures.tokens


def test_no_span_has_a_word_of_topic_prompt_or_reply(affair, tmp_path, kept):
    exporter, teller = kept
    run(affair, tmp_path, ScriptedLM(faithful), listeners=[teller])
    shown = " ".join(span.to_json() for span in exporter.get_finished_spans())
    assert "secret" not in shown
    assert "cableway" not in shown.lower()


def test_a_failure_is_on_the_call_the_stage_and_the_run(affair, tmp_path, kept):
    exporter, teller = kept
    with pytest.raises(ServerFailed):
        run(
            affair,
            tmp_path,
            ScriptedLM(faithful, errors=dict.fromkeys(range(99), ServerFailed("x"))),
            listeners=[teller],
        )
    failed = [span for span in exporter.get_finished_spans() if not span.status.is_ok]
    assert {span.attributes.get("error.type") for span in failed} == {"ServerFailed", None}
    assert failed[-1].name == "invoke_agent wellread"
    assert failed[-1].attributes["wellread.exit_code"] == 4


def test_what_is_open_when_a_sitting_is_cut_off_is_ended(kept):
    exporter, teller = kept
    asked = {"stage": "draft", "role": "writer", "model": "scripted"}
    teller(Event(name="sitting_began"))
    teller(Event(name="stage_began", block="b1", words={"stage": "draft"}))
    teller(Event(name="call_sent", block="b1", words=asked, numbers={"call": 1, "attempt": 1}))
    teller.close()
    names = [span.name for span in exporter.get_finished_spans()]
    assert names == ["chat scripted", "draft", "block b1", "invoke_agent wellread"]


class Collector(ThreadingHTTPServer):
    """Takes spans on this machine, and answers as it was told to."""

    daemon_threads = True

    def __init__(self, status=200, wait_s=0.0):
        self.bodies, self.paths = [], []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(wait_s)
                collector.paths.append(self.path)
                collector.bodies.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format, *args):
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def __exit__(self, *args):
        self.shutdown()
        self._thread.join()
        super().__exit__(*args)

    def handle_error(self, request, client_address):
        """Who sent has left."""


def test_a_run_reaches_a_collector_with_all_its_spans(affair, tmp_path, installed):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    writer = ScriptedLM(faithful)
    with Collector() as collector:
        run(affair, tmp_path, writer, endpoint=collector.url)
    sent = [ExportTraceServiceRequest.FromString(body) for body in collector.bodies]
    spans = [
        span for one in sent for whole in one.resource_spans for scope in whole.scope_spans for span in scope.spans
    ]
    assert set(collector.paths) == {"/v1/traces"}
    assert sum(span.name.startswith("chat ") for span in spans) == len(writer.requests)
    assert len({span.trace_id for span in spans}) == 1


@pytest.mark.parametrize(
    ("status", "wait_s"), [(500, 0.0), (403, 0.0), (200, 60.0)], ids=["broken", "refuses", "stalls"]
)
def test_a_collector_that_fails_harms_no_run_and_is_told_of_once(
    affair, tmp_path, installed, caplog, status, wait_s, monkeypatch
):
    monkeypatch.setattr("agent.telemetry.sending._CLOSING_S", 0.5)
    with Collector(status, wait_s) as collector, caplog.at_level(logging.WARNING):
        result = run(affair, tmp_path, ScriptedLM(faithful), endpoint=collector.url)
    assert result.exit_code == 0
    told = [record.getMessage() for record in caplog.records if "not delivered" in record.getMessage()]
    assert len(told) == 1
    assert "Traceback" not in caplog.text


def test_nobody_listening_at_the_endpoint_harms_no_run(affair, tmp_path, installed, caplog, monkeypatch):
    monkeypatch.setattr("agent.telemetry.sending._CLOSING_S", 0.5)
    with Collector() as collector:
        url = collector.url
    assert run(affair, tmp_path, ScriptedLM(faithful), endpoint=url).exit_code == 0
    assert "not delivered to 127.0.0.1" in caplog.text


def test_nothing_is_sent_away_while_offline(installed, caplog):
    settings = Settings(offline=True, telemetry=TelemetrySettings(otlp_endpoint="http://key@collector.example:4318"))
    with telemetry(settings, ROW) as listeners:
        assert listeners == []
    assert "offline is set" in caplog.text
    assert "key" not in caplog.text


def test_without_an_endpoint_nobody_listens():
    with telemetry(Settings(), ROW) as listeners:
        assert listeners == []


def test_a_missing_extra_is_said_before_anything_is_begun(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    settings = Settings(telemetry=TelemetrySettings(otlp_endpoint="http://127.0.0.1:4318"))
    with pytest.raises(ConfigError, match="not installed") as caught:
        require_telemetry(settings)
    assert "wellread[otel]" in caught.value.hint


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4318", "ftp://x", "http://", "grpc://127.0.0.1:4317"])
def test_an_endpoint_that_is_no_url_is_refused(endpoint):
    with pytest.raises(ConfigError, match="no URL"):
        require_telemetry(Settings(telemetry=TelemetrySettings(otlp_endpoint=endpoint)))


def test_the_standard_variable_is_weaker_than_a_setting_of_our_own(tmp_path, installed):
    def endpoint(**more):
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", **more}
        loaded = load(environ=environ, cwd=tmp_path, user_file=tmp_path / "none.toml")
        return loaded.settings.telemetry.otlp_endpoint

    assert endpoint() == "http://127.0.0.1:1"
    assert endpoint(WELLREAD_TELEMETRY__OTLP_ENDPOINT="http://127.0.0.1:2") == "http://127.0.0.1:2"
    assert endpoint(WELLREAD_TELEMETRY__OTLP_ENDPOINT="none") is None


def test_the_standard_variable_means_nothing_where_the_extra_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    loaded = load(
        environ={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, cwd=tmp_path, user_file=tmp_path / "none.toml"
    )
    assert loaded.settings.telemetry.otlp_endpoint is None


def test_the_path_of_traces_is_added_where_it_is_missing():
    assert traces_url("http://127.0.0.1:4318/") == "http://127.0.0.1:4318/v1/traces"
    assert traces_url("http://127.0.0.1:4318/v1/traces") == "http://127.0.0.1:4318/v1/traces"
