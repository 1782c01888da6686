"""`wellread config`: the settings, and which source won."""

import click
from pydantic import BaseModel

from agent import config
from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.config_value import Offer, near_misses, toml_text
from agent.model_settings import RoleSettings
from agent.settings import Settings


@click.group("config")
def config_group() -> None:
    """Show the settings and where they come from."""


@config_group.command()
@pass_invocation
def show(call: Invocation) -> None:
    """Every setting, its value and the source that it comes from. Keys are never shown."""
    loaded = call.load()
    rows = [(key, toml_text(offers[0].value), offers[0].source) for key, offers in loaded.offers.items()]
    keys = _keys_set(loaded.settings)
    remarks = [f"{name}: {'set' if is_set else 'NOT set'} in the environment" for name, is_set in keys.items()]
    call.emit(
        {
            "settings": loaded.settings.model_dump(mode="json"),
            "sources": {key: offers[0].source for key, offers in loaded.offers.items()},
            "keys_set": keys,
        },
        "\n".join([rows_text(rows, ("key", "value", "source")), *remarks]),
    )


@config_group.command()
@click.argument("key")
@pass_invocation
def explain(call: Invocation, key: str) -> None:
    """What KEY means, its value, which source won and what the others said."""
    loaded = call.load()
    if key not in loaded.offers:
        near = near_misses(key, list(loaded.offers))
        raise config.ConfigError(
            f"unknown key {key}",
            hint=f"did you mean {' or '.join(near)}?" if near else "`wellread config show` lists all keys",
        )
    offers = loaded.offers[key]
    meaning = config.meaning(key)
    call.emit(
        {
            "key": key,
            "meaning": meaning,
            "value": _plain(offers[0].value),
            "source": offers[0].source,
            "offers": [
                {"layer": offer.layer, "source": offer.source, "value": _plain(offer.value), "note": offer.note}
                for offer in offers
            ],
        },
        "\n".join([f"{key} = {toml_text(offers[0].value)}", f"  {meaning}", *map(_line, offers)]),
    )


@config_group.command()
@pass_invocation
def path(call: Invocation) -> None:
    """Files that settings are read from, strongest first, and whether they exist."""
    files = config.config_files(call.config_file)
    call.emit(
        {"files": [{"path": str(file), "exists": file.is_file()} for file in files]},
        "\n".join(f"{file}{'' if file.is_file() else '  (absent)'}" for file in files),
    )


def _plain(value: object) -> object:
    """Tables of models as tables, for JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def _line(offer: Offer) -> str:
    return f"  {offer.source}: {toml_text(offer.value)}" + (f"  ({offer.note})" if offer.note else "")


def _keys_set(settings: Settings) -> dict[str, bool]:
    roles: list[RoleSettings] = [settings.roles.writer, settings.roles.helper, settings.roles.judge]
    return {role.api_key_env: config.key_is_set(role) for role in roles if role.api_key_env}
