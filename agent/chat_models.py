"""Language models from the settings: `Watched(Metered(Replay(Retrying(Limited(Hushed(Attempted(backend)))))))` for each
role.

One limiter stands before each endpoint, and one embedded server serves all roles that name its model. Nothing here
decides what is asked of a model.
"""

import ipaddress
import os
import random
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from agent import config
from agent.home import Home
from agent.model_settings import CHAT_ROLES, ChatRole, RoleSettings, model_kind
from agent.settings import Settings
from lm.capabilities import CapabilityFile
from lm.catalog import CATALOG, find_entry
from lm.embedded import EmbeddedServer
from lm.errors import EndpointRefused, EndpointUnreachable
from lm.flops import ModelSize, SizeTable
from lm.hiding import Hushed
from lm.limited import Limited
from lm.limiting import Limiter, LimiterState, Limits
from lm.loading import load_verified
from lm.metering import Meter, Metered, Price, PriceTable
from lm.openai_chat import OpenAIChat
from lm.replay import CallCache, Replay
from lm.retrying import Retrying, RetryPolicy
from lm.scripted import ScriptedLM
from lm.severing import Severing
from lm.types import ChatModel
from lm.watching import Attempted, Watched

OPENAI_URL = "https://api.openai.com/v1"
# Without a word from the user: what is safe with small models and unknown servers, and with OpenAI's own.
CONTEXT_TOKENS = 8192
OPENAI_CONTEXT_TOKENS = 32_768
# An embedded model on a busy machine is slow, not gone.
_TIMEOUT_S, _EMBEDDED_TIMEOUT_S = 120.0, 900.0
_REACH_TIMEOUT_S = 10.0

_T = TypeVar("_T")


class ChatModels:
    """Opens the chat models of one run; they share the call cache and the meter."""

    def __init__(self, settings: Settings, backends: "Backends", *, cache: CallCache, meter: Meter) -> None:
        """Args: backends: what answers; runs side by side may share it."""
        self._settings, self._backends, self._cache, self._meter = settings, backends, cache, meter

    def open(self, role: ChatRole) -> ChatModel:
        """The model of a role. Its server is started, or its endpoint has answered.

        Raises:
            ConfigError: the setting cannot be followed: no key, or a remote endpoint while offline.
            ModelMissing: the embedded model's file is not on this machine.
            EndpointUnreachable: nothing answers at the endpoint.
            PriceUnknown: money is limited, and nobody said what the model costs.
        """
        chosen = role_settings(self._settings, role)
        # Before the server is started or the endpoint is asked: this needs neither.
        self._meter.check_price(name_of(chosen))
        backend = self._backends.find(chosen)
        rng = random.Random(f"{self._settings.write.seed}:{role}")
        retrying = Retrying(backend, RetryPolicy(), sleep=time.sleep, rng=rng)
        return Watched(Metered(Replay(retrying, self._cache), role, self._meter), role, self._meter.calls)


class Backends:
    """Servers and endpoints, each opened once, when it is first asked for, and closed with `stack`. Threads may share
    it."""

    def __init__(self, settings: Settings, stack: ExitStack, *, reuse_prefix: bool = True) -> None:
        """Args: reuse_prefix: of embedded models; see `ChatRequest.reuse_prefix`."""
        self._settings, self._stack, self._reuse_prefix = settings, stack, reuse_prefix
        self._servers: dict[str, EmbeddedServer] = {}
        self._found: dict[RoleSettings, ChatModel] = {}
        self._limiters: dict[str, Limiter] = {}
        self._lock = threading.Lock()

    def find(self, chosen: RoleSettings) -> ChatModel:
        """What answers for a role that is set so. Its server is started, or its endpoint has answered.

        Raises:
            ConfigError, ModelMissing, EndpointUnreachable: see `ChatModels.open`.
        """
        with self._lock:  # two runs that begin at once must not start one model twice
            if chosen not in self._found:
                attempted = Attempted(self._backend(chosen))
                backend = Hushed(attempted, config.secret_values(self._settings))
                limiter = self._limiter(chosen)
                self._found[chosen] = Limited(backend, limiter) if limiter else backend
            return self._found[chosen]

    def traffic(self) -> dict[str, LimiterState]:
        """How the door of each endpoint stands, by its name."""
        with self._lock:
            limiters = dict(self._limiters)
        return {name: limiter.snapshot() for name, limiter in limiters.items()}

    def _limiter(self, chosen: RoleSettings) -> Limiter | None:
        """The door of the endpoint that serves the role's model; all roles of one endpoint share it."""
        limits = self._limits(chosen)
        if limits is None:
            return None
        name = endpoint_of(chosen)
        if name not in self._limiters:
            self._limiters[name] = Limiter(limits)
            self._stack.callback(self._limiters[name].close)
        return self._limiters[name]

    def _limits(self, chosen: RoleSettings) -> Limits | None:
        match model_kind(chosen.model):
            case "scripted":
                return None
            case "embedded":
                # What waits in the server's own queue is timed as if it were being answered.
                return Limits(max_concurrent=self._n_parallel(chosen))
            case _:
                given = self._settings.limits.get(endpoint_of(chosen))
                return Limits(**given.model_dump()) if given else Limits()

    def _n_parallel(self, chosen: RoleSettings) -> int:
        return max(role.n_parallel for role in self._alike(chosen))

    def _alike(self, chosen: RoleSettings) -> list[RoleSettings]:
        """All that is set of roles with the same model."""
        return [role for role in (chosen, *map(self._role, CHAT_ROLES)) if role.model == chosen.model]

    def _backend(self, chosen: RoleSettings) -> ChatModel:
        match model_kind(chosen.model):
            case "embedded":
                server = self._server(chosen)
                timeout_s = chosen.timeout_s or _EMBEDDED_TIMEOUT_S
                chat = server.chat_model(name_of(chosen), timeout_s=timeout_s, reuse_prefix=self._reuse_prefix)
                return self._stack.enter_context(closing(chat))
            case "openai":
                return self._openai(chosen)
            case "langchain":
                return self._langchain(chosen)
            case "scripted":
                # Says nothing, so every step takes its deterministic way out, and sentences are quoted.
                return ScriptedLM(lambda request: "", context_tokens=chosen.context_tokens or CONTEXT_TOKENS)

    def _server(self, chosen: RoleSettings) -> EmbeddedServer:
        """The server of an embedded model, large enough for every role that names it."""
        entry = find_entry(_model_of(chosen))
        if entry.name not in self._servers:
            alike = self._alike(chosen)
            window = max(role.context_tokens or CONTEXT_TOKENS for role in alike)

            def start(folder: Path) -> EmbeddedServer:
                return EmbeddedServer(
                    folder / entry.files[0].name,
                    context_tokens=min(window, entry.context_tokens or window),
                    n_parallel=self._n_parallel(chosen),
                    n_threads=max((role.n_threads or 0 for role in alike), default=0) or usable_cores(),
                ).start()

            self._servers[entry.name] = load_verified(entry, self._settings.models_dir, start)
            self._stack.callback(self._servers[entry.name].stop)
        return self._servers[entry.name]

    def _role(self, role: ChatRole) -> RoleSettings:
        return role_settings(self._settings, role)

    def _openai(self, chosen: RoleSettings) -> ChatModel:
        url, model = chosen.base_url or OPENAI_URL, _model_of(chosen)
        refuse_remote(chosen, self._settings)
        key = config.api_key(chosen) or ""
        reach(url, key)
        remembered = CapabilityFile(Home(self._settings.home).capabilities)
        default = CONTEXT_TOKENS if chosen.base_url else OPENAI_CONTEXT_TOKENS
        chat = OpenAIChat(
            name=name_of(chosen),
            base_url=url,
            api_key=key,
            model=model,
            context_tokens=chosen.context_tokens or default,
            timeout_s=chosen.timeout_s or _TIMEOUT_S,
            capabilities=remembered.find(url, model),
        )
        chat.remember_with(lambda learned: remembered.remember(url, model, learned))
        return self._stack.enter_context(closing(chat))

    def _langchain(self, chosen: RoleSettings) -> ChatModel:
        refuse_remote(chosen, self._settings)
        # Here and not above: LangChain takes a second to import, and few need it.
        from lm.langchain_chat import LangChainChat

        return LangChainChat(
            _model_of(chosen),
            name=name_of(chosen),
            context_tokens=chosen.context_tokens or CONTEXT_TOKENS,
            api_key=config.api_key(chosen) or "",
            timeout_s=chosen.timeout_s or _TIMEOUT_S,
        )


def role_settings(settings: Settings, role: ChatRole) -> RoleSettings:
    """What a role was set to."""
    found: RoleSettings = getattr(settings.roles, role)
    return found


def name_of(chosen: RoleSettings) -> str:
    """The model's name in the call cache: the same model at another endpoint is another model."""
    return f"{chosen.model}@{urlsplit(chosen.base_url).netloc}" if chosen.base_url else chosen.model


def endpoint_of(chosen: RoleSettings) -> str:
    """Whose limits a model's calls count against: the base URL, or where there is none the model's provider."""
    if chosen.base_url:
        return chosen.base_url.rstrip("/")
    kind, _, name = chosen.model.partition(":")
    match kind:
        case "openai":
            return OPENAI_URL
        case "langchain":
            return f"langchain:{name.partition(':')[0]}"
        case _:
            return chosen.model


def price_table(settings: Settings) -> PriceTable:
    """The prices by `name_of`; the user gives them by the model's setting."""
    prices = {name: Price(input=p.input, output=p.output) for name, p in settings.prices.items()}
    free = {"scripted": Price(input=0.0, output=0.0)}
    return PriceTable(by_model=_by_name(free | prices, settings))


def size_table(settings: Settings) -> SizeTable:
    """The sizes by `name_of`: those of the catalogue's models, and what the user says of others."""
    known = {f"embedded:{entry.name}": entry.size for entry in CATALOG if entry.size}
    given = {name: ModelSize(**size.model_dump()) for name, size in settings.sizes.items()}
    nothing = {"scripted": ModelSize(parameters=0, layers=0, width=0)}
    return SizeTable(by_model=_by_name(known | nothing | given, settings))


def _by_name(by_setting: dict[str, _T], settings: Settings) -> dict[str, _T]:
    """What is said of a model holds at whichever endpoint it is served, unless another word is given for that one."""
    chosen = [role_settings(settings, role) for role in CHAT_ROLES]
    return {name_of(one): by_setting[one.model] for one in chosen if one.model in by_setting} | by_setting


def refuse_remote(chosen: RoleSettings, settings: Settings) -> None:
    """Keep what is said to a model on this machine while offline.

    Raises:
        ConfigError: offline is set, and the model's endpoint is elsewhere.
    """
    if settings.offline and not is_local(chosen.base_url):
        raise config.ConfigError(
            f"offline is set, but {chosen.model} is served at {chosen.base_url or 'its provider'}",
            hint="unset offline, or choose an embedded: model or one served on 127.0.0.1",
        )


def reach(url: str, key: str, *, limit_s: float = _REACH_TIMEOUT_S) -> None:
    """Ask an endpoint for its list of models, to hear of a dead one now and not after a minute of retries.

    Raises:
        EndpointUnreachable: nothing answers.
        EndpointRefused: it answers that the key is wrong.
    """
    host = urlsplit(url).netloc
    severing = Severing()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        # trust_env: a proxy set for the web must not swallow calls to this very machine.
        # The status is enough: a body that drips in byte by byte would hold up the start for ever.
        with (
            severing.within(limit_s),
            httpx.Client(
                timeout=limit_s, trust_env=not is_local(url), event_hooks={"request": [severing.watch]}
            ) as http,
            http.stream("GET", f"{url.rstrip('/')}/models", headers=headers) as answer,
        ):
            status_code = answer.status_code
    except (httpx.TransportError, httpx.InvalidURL, TimeoutError) as error:
        raise EndpointUnreachable(
            f"nothing answers at {url}: {type(error).__name__}: {error}",
            hint="start the server, or mend base_url; `wellread doctor` tries every endpoint",
        ) from error
    if status_code in (401, 403):
        raise EndpointRefused(
            f"{host} refuses the key (status {status_code})",
            hint="set api_key_env to the environment variable that holds a valid key",
        )


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _model_of(chosen: RoleSettings) -> str:
    return chosen.model.partition(":")[2]


def is_local(url: str | None) -> bool:
    """Whether an endpoint is on this very machine."""
    host = urlsplit(url or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
