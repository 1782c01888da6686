"""What can be set of models: who plays which role, where endpoints are, and what they cost and allow.

Knows the forms of names and addresses, and refuses keys where a name should stand. Knows no source of values.
"""

import difflib
import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from lm.catalog import CATALOG
from lm.hiding import hide_keys, hide_keys_in_prose
from lm.types import Frozen

ChatRole = Literal["writer", "helper", "judge"]
ModelKind = Literal["embedded", "openai", "langchain", "scripted"]
CHAT_ROLES: tuple[ChatRole, ...] = get_args(ChatRole)

MODEL_FORMS = "embedded:NAME, openai:NAME, langchain:PROVIDER:MODEL or scripted"
DEFAULT_MODEL = "embedded:smollm2-135m"

# What a role's model makes use of; an option outside its set would be ignored, so setting it is an error.
USED_BY_KIND: dict[ModelKind, frozenset[str]] = {
    "embedded": frozenset({"context_tokens", "timeout_s", "n_parallel", "n_threads"}),
    "openai": frozenset({"base_url", "api_key_env", "context_tokens", "timeout_s"}),
    "langchain": frozenset({"api_key_env", "context_tokens", "timeout_s"}),
    "scripted": frozenset({"context_tokens"}),
}


def model_kind(model: str) -> ModelKind:
    """The kind of a role's model setting.

    Raises:
        ValueError: the setting has none of the forms in `MODEL_FORMS`.
    """
    kinds: tuple[ModelKind, ...] = get_args(ModelKind)
    word, _, name = model.partition(":")
    for kind in kinds:
        if word == kind and bool(name) == (kind != "scripted"):
            return kind
    near = difflib.get_close_matches(word, kinds, n=1)
    guess = f"{model!r} is none of them; did you mean {near[0]}? " if near and near[0] != word else ""
    raise ValueError(f"{guess}allowed are {MODEL_FORMS}")


def _checked_model(model: str) -> str:
    if hide_keys_in_prose(model) != model:
        raise ValueError(f"what stands here has the form of a key; allowed are {MODEL_FORMS}")
    kind, name = model_kind(model), model.partition(":")[2]
    if kind == "langchain" and not all(name.partition(":")[::2]):
        raise ValueError("allowed is langchain:PROVIDER:MODEL, for example langchain:anthropic:NAME")
    known = [entry.name for entry in CATALOG if entry.kind == "chat"]
    if kind == "embedded" and name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        guess = f"did you mean embedded:{near[0]}? " if near else ""
        raise ValueError(f"{guess}allowed are {', '.join('embedded:' + model for model in known)}")
    return model


def _checked_key_name(name: str) -> str:
    # The value is not repeated in the message: somebody who pastes the key itself must not find it in a log.
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        raise ValueError("allowed is the NAME of an environment variable (A-Z, 0-9, _) that holds the key, not the key")
    return name


def _checked_url(url: str) -> str:
    if not re.match(r"https?://[^\s/]", url):
        raise ValueError("allowed is an address that begins with http:// or https://")
    if "@" in url.split("/")[2]:
        raise ValueError("allowed is an address without user or password; name the key's variable in api_key_env")
    if hide_keys(url) != url:
        raise ValueError("allowed is an address without a key; name the key's variable in api_key_env")
    return url


def _checked_endpoint(model: str) -> str:
    kind, _, name = model.partition(":")
    if kind not in ("openai", "langchain") or not name:
        raise ValueError(f"{model!r}: allowed are openai:NAME and langchain:PROVIDER:MODEL; others need no entry")
    return model


def _checked_limited(name: str) -> str:
    if re.fullmatch(r"langchain:[\w-]+", name):
        return name
    return _checked_url(name).rstrip("/")


ModelName = Annotated[str, AfterValidator(_checked_model)]
EndpointModel = Annotated[str, AfterValidator(_checked_endpoint)]
KeyName = Annotated[str, AfterValidator(_checked_key_name)]
Url = Annotated[str, AfterValidator(_checked_url)]
Endpoint = Annotated[str, AfterValidator(_checked_limited)]


class RoleSettings(Frozen):
    """One chat role's model and endpoint."""

    model: ModelName = Field(default=DEFAULT_MODEL, description=f"{MODEL_FORMS}.")
    base_url: Url | None = Field(default=None, description="Endpoint of an openai: model; none: the provider's own.")
    api_key_env: KeyName | None = Field(
        default=None,
        description="Name of the environment variable that holds the endpoint's key; none: no key.",
    )
    context_tokens: int | None = Field(
        default=None,
        ge=512,
        description="Window to use, prompt plus completion; none: what the model is known to have.",
    )
    timeout_s: float | None = Field(
        default=None,
        gt=0.0,
        le=86_400.0,
        description="Longest wait for one call, seconds; none: 120, and 900 for an embedded model.",
    )
    n_parallel: int = Field(default=2, ge=1, le=64, description="Calls that an embedded model serves at once.")
    n_threads: int | None = Field(
        default=None, ge=1, description="Threads of an embedded model; none: one for each usable core."
    )


class ScorerSettings(Frozen):
    """The white-box role: log-probabilities of given text."""

    model: Literal["embedded:smollm2-135m"] = Field(
        default="embedded:smollm2-135m", description="Model whose log-probabilities are read."
    )


class EmbedderSettings(Frozen):
    """The role that turns text into vectors."""

    model: Literal["embedded:minilm", "embedded:minilm-static"] = Field(
        default="embedded:minilm",
        description="embedded:minilm adds the dense encoder; embedded:minilm-static is static vectors only.",
    )

    @property
    def is_dense(self) -> bool:
        """Whether the dense encoder is wanted besides the static vectors."""
        return self.model == "embedded:minilm"


class Roles(Frozen):
    """Who does what. `helper` and `judge` take the writer's settings unless they name a model.

    Reports use writer and embedder, the helper where `write.facts` is `model` or `compress.pair` is on, the judge where
    `verify.cascade` says so; notes use helper and judge; ingest uses the scorer where `retrieval.chunking` is
    `information`; `doctor` checks the other roles.
    """

    writer: RoleSettings = Field(default=RoleSettings(), description="Plans and drafts.")
    helper: RoleSettings = Field(
        default=RoleSettings(),
        description="Extracts typed facts (`wellread facts`, write.facts), takes notes for answers, writes derived "
        "notes (`wellread corpus relate`), and reads sources for the writer (compress.pair).",
    )
    judge: RoleSettings = Field(
        default=RoleSettings(),
        description="Judges which note is better, and whether a doubtful sentence is supported (verify.cascade).",
    )
    scorer: ScorerSettings = Field(
        default=ScorerSettings(),
        description="Scores given text, white box: `wellread measure`, `wellread compress`, compressors that weigh "
        "tokens (compress.compressor), and cutting by information (retrieval.chunking).",
    )
    embedder: EmbedderSettings = Field(default=EmbedderSettings(), description="Turns text into vectors.")


class ModelPrice(Frozen):
    """US dollars per million tokens."""

    input: float = Field(ge=0.0)
    output: float = Field(ge=0.0)


class ModelSize(Frozen):
    """What a model's FLOPs are counted from; see `lm.flops`."""

    parameters: int = Field(gt=0)
    layers: int = Field(gt=0)
    width: int = Field(gt=0)


class EndpointLimits(Frozen):
    """What may be asked of an endpoint, by all that runs in one process. None is no limit."""

    max_concurrent: int | None = Field(default=None, ge=1)
    requests_per_minute: float | None = Field(default=None, gt=0.0)
    tokens_per_minute: float | None = Field(default=None, gt=0.0)
