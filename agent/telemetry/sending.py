"""Sends spans to a collector from a thread of its own; gives up on it in bounded time, and says so once."""

import logging
import threading
from collections.abc import Sequence
from typing import Self

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer

from agent.version import program_version

logger = logging.getLogger(__name__)

_ONE_TRY_S = 3.0
_CLOSING_S = 5.0  # a run that is done waits so long for its last spans, and no longer
_SCOPE = "wellread"


class Sender:
    """A tracer whose spans go to one collector until it is closed."""

    def __init__(self, url: str, *, host: str) -> None:
        """Args: host: names the collector in what is said of it."""
        # Its own complaints have tracebacks; ours is one line.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._counted = _Counted(OTLPSpanExporter(endpoint=url, timeout=_ONE_TRY_S))
        self._host = host
        self._provider = provider_of(BatchSpanProcessor(self._counted, schedule_delay_millis=1000))
        self.tracer: Tracer = self._provider.get_tracer(_SCOPE, program_version())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        closing = threading.Thread(target=self._provider.shutdown, name="telemetry", daemon=True)
        closing.start()
        closing.join(_CLOSING_S)
        if closing.is_alive() or self._counted.n_lost:
            n_lost = str(self._counted.n_lost) if not closing.is_alive() else "some"
            logger.warning("%s spans were not delivered to %s", n_lost, self._host)


def provider_of(*processors: BatchSpanProcessor) -> TracerProvider:
    """What makes spans and hands them to these."""
    resource = Resource.create({"service.name": _SCOPE, "service.version": program_version()})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


class _Counted(SpanExporter):
    """Counts what the exporter within could not deliver."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self.n_lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.n_lost += len(spans)  # until it is known better: what is raised is caught above
        result = self._inner.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.n_lost -= len(spans)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()
