"""Settings from flags, environment, files and defaults; each value remembers where it came from.

The only module that reads the environment. Order, strongest first: flags, WELLREAD_* variables,
./wellread.toml (or the file named by --config), the user's configuration file, defaults.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_origin

import platformdirs
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent.config_value import (
    STRENGTH,
    ConfigError,
    Layer,
    Offer,
    allowed_keys,
    checked,
    leaf_fields,
    meaning_of,
    near_misses,
    submodel,
)
from agent.model_settings import CHAT_ROLES, USED_BY_KIND, RoleSettings, model_kind
from agent.settings import Settings

__all__ = ["ConfigError", "Loaded", "Offer", "load"]

ENV_PREFIX = "WELLREAD_"
ENV_SHORT = {"HOME": "home", "MODELS": "models_dir", "OFFLINE": "offline"}
FILE_NAME = "wellread.toml"
DEFAULT = "default"
_OTLP_KEY, _OTLP_VARIABLE = "telemetry.otlp_endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT"
_OTEL_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
# Of variables; a path behind such a name (SSH_AUTH_SOCK, a file of credentials) is no secret.
_NAMED_LIKE_KEY = re.compile(r"(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(?:_|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Loaded:
    """Settings, and for each dotted key what every source said, the winner first."""

    settings: Settings
    offers: Mapping[str, tuple[Offer, ...]]


def load(
    *,
    flags: Mapping[str, object] | None = None,
    config_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user_file: Path | None = None,
) -> Loaded:
    """Read every source and merge them.

    Args:
        flags: dotted key to value; a value of None was not given.
        config_file: read in place of `cwd`/wellread.toml; must exist.
        environ: the process's environment unless given.
        cwd: the working folder unless given.
        user_file: `user_config_file()` unless given.

    Raises:
        ConfigError: an unknown key, a bad value, an option that the chosen model ignores, or a folder's path that is
            no UTF-8.
    """
    cwd = cwd or Path.cwd()
    found: dict[str, list[Offer]] = {key: [] for key, _ in leaf_fields()}
    for key, offer in _all_offers(
        flags or {},
        os.environ if environ is None else environ,
        cwd,
        config_file,
        user_file or user_config_file(),
    ):
        found[key].append(offer)
    found[_OTLP_KEY] += _standard_endpoint(os.environ if environ is None else environ)
    for key, field in leaf_fields():
        default = field.get_default(call_default_factory=True)
        found[key].append(Offer("default", DEFAULT, cwd / default if isinstance(default, Path) else default))
    _fall_back_to_writer(found)
    _refuse_unused(found)
    for key, offers in found.items():
        if isinstance(offers[0].value, Path):
            _require_text(key, offers[0])
    values = {key: offers[0].value for key, offers in found.items()}
    return Loaded(Settings.model_validate(_nested(values)), {key: tuple(offers) for key, offers in found.items()})


def user_config_file() -> Path:
    """Where the user's own settings live on this system."""
    return platformdirs.user_config_path("wellread") / FILE_NAME


def config_files(config_file: Path | None = None) -> list[Path]:
    """The files that `load` reads, strongest first, whether they exist or not."""
    return [config_file or Path.cwd() / FILE_NAME, user_config_file()]


def meaning(key: str) -> str:
    """What a known key is for, and its default."""
    return meaning_of(dict(leaf_fields())[key])


def api_key(role: RoleSettings) -> str | None:
    """The role's key from the environment, or None when it names no variable.

    Raises:
        ConfigError: the named variable is not set.
    """
    if role.api_key_env is None:
        return None
    key = os.environ.get(role.api_key_env, "").strip()
    if not key:
        raise ConfigError(
            f"the model {role.model} needs the environment variable {role.api_key_env}, which is not set",
            hint=f"export {role.api_key_env}=… or change api_key_env of that role",
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        # The key itself is not shown: it may be right but for one character.
        raise ConfigError(
            f"the key in {role.api_key_env} holds a space, a line break or a letter that no key has",
            hint=f"set {role.api_key_env} again, without what was pasted around the key",
        )
    return key


def key_is_set(role: RoleSettings) -> bool:
    """Whether the environment variable that the role names holds something."""
    return bool(role.api_key_env and os.environ.get(role.api_key_env, "").strip())


def secret_values(settings: Settings | None = None) -> tuple[str, ...]:
    """What the environment holds that nobody else may read: the roles' keys, and variables that are named like keys.

    Args:
        settings: name the variables of the roles' keys; without them only names tell.
    """
    named = {getattr(settings.roles, role).api_key_env for role in CHAT_ROLES} if settings else set()
    values = {
        text.strip()
        for name, text in os.environ.items()
        if name in named or (_NAMED_LIKE_KEY.search(name) and not text.startswith(os.sep))
    }
    return tuple(sorted(value for value in values if value))


def editor() -> str | None:
    """The command that VISUAL or EDITOR names, if one of them is set."""
    return os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip() or None


def no_colour_wanted() -> bool:
    """Whether NO_COLOR is set to anything (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def _all_offers(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    cwd: Path,
    config_file: Path | None,
    user_file: Path,
) -> Iterator[tuple[str, Offer]]:
    for key, value in flags.items():
        if value is not None:
            yield key, checked(Offer("flag", f"flag for {key}", value), key, cwd)
    yield from _env_offers(environ, cwd)
    if config_file is not None and not config_file.is_file():
        raise ConfigError(f"there is no file {config_file}", hint="name an existing file with --config")
    near = config_file or cwd / FILE_NAME
    if _is_there(near):
        yield from _file_offers(near, "file")
    if _is_there(user_file) and user_file.resolve() != near.resolve():
        yield from _file_offers(user_file, "user file")


def _env_offers(environ: Mapping[str, str], cwd: Path) -> Iterator[tuple[str, Offer]]:
    fields = dict(leaf_fields())
    known = [ENV_PREFIX + name for name in ENV_SHORT] + [_env_name(key) for key in fields if "." in key]
    by_name = {_env_name(key): key for key in fields} | {ENV_PREFIX + name: key for name, key in ENV_SHORT.items()}
    for name, text in environ.items():
        if not name.startswith(ENV_PREFIX) or text == "":
            continue
        key = by_name.get(name.upper())
        if key is None:
            near = near_misses(name.upper(), known)
            raise ConfigError(
                f"the environment variable {name} sets nothing",
                hint=f"did you mean {' or '.join(near)}?" if near else f"unset {name}; see `wellread config show`",
            )
        source = f"environment variable {name}"
        yield key, checked(Offer("env", source, _from_text(text, fields[key], source)), key, cwd)


def _standard_endpoint(environ: Mapping[str, str]) -> list[Offer]:
    """What other programs set for all that send spans: weaker than our own settings, and nothing where the extra that
    would send them is not installed."""
    url = environ.get(_OTLP_VARIABLE, "").strip()
    return [Offer("env", f"environment variable {_OTLP_VARIABLE}", url)] if url and has_otel() else []


def has_otel() -> bool:
    """Whether the extra `otel` is installed."""
    try:
        return all(find_spec(name) is not None for name in _OTEL_PACKAGES)
    except ModuleNotFoundError:  # of a package above them
        return False


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:  # a folder on the way that may not be looked into
        hint = "let the folder be read, or name another file with --config"
        raise ConfigError(f"{path} cannot be looked at: {error.strerror}", hint=hint) from error


def _env_name(key: str) -> str:
    return ENV_PREFIX + key.replace(".", "__").upper()


def _from_text(text: str, field: FieldInfo, source: str) -> object:
    """A variable's text as TOML would have given it: lists are split at commas, tables are inline TOML."""
    kind = get_origin(field.annotation)
    if kind is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is dict:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(
                f"{source} is no inline TOML table: {error}",
                hint=meaning_of(field),
            ) from error
    return text


def _file_offers(path: Path, layer: Layer) -> Iterator[tuple[str, Offer]]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", hint="mend the line that it names") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint="make it readable, or remove it") from error
    for key, value in _walk(tree, Settings, "", path):
        yield key, checked(Offer(layer, str(path), value), key, path.resolve().parent)


def _walk(tree: dict[str, Any], model: type[BaseModel], prefix: str, path: Path) -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        key = prefix + name
        field = model.model_fields.get(name)
        if field is None:
            raise ConfigError(f"{path}: unknown key {key}", hint=allowed_keys(key, model, prefix))
        inner = submodel(field)
        if inner is None:
            yield key, value
        elif isinstance(value, dict):
            yield from _walk(value, inner, f"{key}.", path)
        else:
            raise ConfigError(f"{path}: {key} is a table, not a value", hint=f"write [{key}] and keys below it")


def _fall_back_to_writer(found: dict[str, list[Offer]]) -> None:
    """A helper or judge without a model of its own takes each option that it does not set from the writer."""
    for role in ("helper", "judge"):
        if found[f"roles.{role}.model"][0].layer != DEFAULT:
            continue
        for name in RoleSettings.model_fields:
            offers = found[f"roles.{role}.{name}"]
            winner = found[f"roles.writer.{name}"][0]
            if offers[0].layer == DEFAULT and winner.layer != DEFAULT:
                offers.insert(0, replace(winner, source=f"roles.writer ({winner.source})"))


def _refuse_unused(found: dict[str, list[Offer]]) -> None:
    """No option may be silently ignored.

    An option from a weaker source than the model's was meant for another model: it gives way, and says so.
    One from the same or a stronger source is a mistake.
    """
    for role in CHAT_ROLES:
        model = found[f"roles.{role}.model"][0]
        used = USED_BY_KIND[model_kind(str(model.value))]
        for name in RoleSettings.model_fields:
            offers = found[f"roles.{role}.{name}"]
            if name == "model" or name in used or offers[0].layer == DEFAULT or offers[0].value is None:
                continue
            if STRENGTH.index(offers[0].layer) <= STRENGTH.index(model.layer):
                raise ConfigError(
                    f"{offers[0].source}: roles.{role}.{name} is set, but {model.value} makes no use of it",
                    hint=f"remove roles.{role}.{name}, or set roles.{role}.model (now from {model.source})",
                )
            losers = [replace(offer, note=f"not used by {model.value}") for offer in offers[:-1]]
            offers[:] = [offers[-1], *losers]


def _require_text(key: str, offer: Offer) -> None:
    """Refuse a folder whose path is no text: libraries that write files there take text only."""
    try:
        str(offer.value).encode()
    except UnicodeEncodeError as error:
        shown = str(offer.value).encode(errors="backslashreplace").decode()
        raise ConfigError(
            f"{offer.source}: {key} is {shown}, which is not UTF-8", hint=f"set {key} to another folder"
        ) from error


def _nested(values: Mapping[str, object]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *parents, name = key.split(".")
        table = tree
        for parent in parents:
            table = table.setdefault(parent, {})
        table[name] = value
    return tree
