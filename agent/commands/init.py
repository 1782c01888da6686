"""`wellread init`: a commented settings file and a home folder."""

import os
from pathlib import Path
from typing import Literal

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.config import FILE_NAME
from agent.config_value import leaf_fields, meaning_of, toml_text
from agent.errors import UsageProblem
from agent.home import Home

Preset = Literal["offline", "openai", "ollama"]

_PRESETS: dict[Preset, dict[str, object]] = {
    # All defaults: embedded models, and nothing leaves this machine. `offline = true` would forbid to pull them, too.
    "offline": {},
    "openai": {
        "roles.writer.model": "openai:gpt-5-mini",
        "roles.writer.api_key_env": "OPENAI_API_KEY",
    },
    "ollama": {
        "roles.writer.model": "openai:qwen3:8b",
        "roles.writer.base_url": "http://127.0.0.1:11434/v1",
        "roles.writer.context_tokens": 8192,
    },
}


@click.command()
@click.option("--preset", type=click.Choice(list(_PRESETS)), default="offline", help="Which models to start with.")
@pass_invocation
def init(call: Invocation, preset: Preset) -> None:
    """Write a commented wellread.toml here and make the home folder. Nothing is ever overwritten."""
    path = call.config_file or Path.cwd() / FILE_NAME
    _write_new(path, settings_text(preset))
    home = Home(call.settings().home).make()
    call.emit(
        {"config": str(path), "home": str(home.root), "preset": preset},
        f"wrote {path}\nmade {home.root}\nnext: wellread models pull, wellread ingest PATH, wellread doctor",
    )


def settings_text(preset: Preset) -> str:
    """The settings file: every key with its meaning, commented out unless the preset sets it."""
    chosen = _PRESETS[preset]
    lines = [f"# Settings of Wellread, preset {preset}. Remove the `#` before a key to change it."]
    table = ""
    # Keys without a table come first: below a header they would belong to it.
    for key, field in sorted(leaf_fields(), key=lambda item: "." in item[0]):
        parent, _, name = key.rpartition(".")
        if parent != table:
            table = parent
            lines += ["", f"[{table}]"]
        default = field.get_default(call_default_factory=True)
        value = toml_text(chosen.get(key, default))
        lines += [f"# {meaning_of(field) if key in chosen else field.description}"]
        lines += [f"{'' if key in chosen else '# '}{name} = {value}"]
    return "\n".join(lines) + "\n"


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as error:
        raise UsageProblem(
            f"{path} exists already, and init never overwrites",
            hint="edit it, or write another with --config FILE",
        ) from error
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written: {error.strerror}", hint="name another file with --config FILE"
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
