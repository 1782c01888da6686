"""Whether and where a run's spans go. Loads nothing of OpenTelemetry unless they go somewhere."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from agent.chat_models import is_local
from agent.config import ConfigError, has_otel
from agent.ledger import RunRow
from agent.progress import Event
from agent.settings import Settings

logger = logging.getLogger(__name__)

Listener = Callable[[Event], None]
_PATH = "/v1/traces"


def require_telemetry(settings: Settings) -> None:
    """Refuse an endpoint that cannot be followed, before anything is begun.

    Raises:
        ConfigError: it is no URL, or the extra is not installed.
    """
    endpoint = settings.telemetry.otlp_endpoint
    if endpoint is None:
        return
    if urlsplit(endpoint).scheme not in ("http", "https") or not urlsplit(endpoint).hostname:
        raise ConfigError(
            "telemetry.otlp_endpoint is no URL of a collector",
            hint="write it as http://127.0.0.1:4318, or unset it",
        )
    if not has_otel():
        raise ConfigError(
            f"telemetry.otlp_endpoint is set ({_host(endpoint)}), but OpenTelemetry is not installed",
            hint="pip install 'wellread[otel]', or unset telemetry.otlp_endpoint",
        )


@contextmanager
def telemetry(settings: Settings, row: RunRow) -> Iterator[list[Listener]]:
    """Who hears the events of a run's sitting and sends them on as spans: nobody, or one.

    What cannot be delivered is left, after some seconds at most, and said; a run never fails of it.

    Raises:
        ConfigError: see `require_telemetry`.
    """
    endpoint = settings.telemetry.otlp_endpoint
    if endpoint is None:
        yield []
        return
    require_telemetry(settings)
    if settings.offline and not is_local(endpoint):
        logger.warning("no spans are sent to %s: offline is set", _host(endpoint))
        yield []
        return
    # Here and not above: few need it, and it takes a while to import.
    from agent.telemetry.sending import Sender
    from agent.telemetry.spans import SpanTeller

    with Sender(traces_url(endpoint), host=_host(endpoint)) as sender:
        teller = SpanTeller(sender.tracer, row)
        try:
            yield [teller]
        finally:
            teller.close()


def traces_url(endpoint: str) -> str:
    """Where spans go at a collector: its address, or the whole URL where it names the path of traces itself."""
    return endpoint if urlsplit(endpoint).path.endswith(_PATH) else endpoint.rstrip("/") + _PATH


def _host(endpoint: str) -> str:
    """The collector without what a URL may hold of keys."""
    return urlsplit(endpoint).netloc.rpartition("@")[2]
