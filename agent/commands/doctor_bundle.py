"""`wellread doctor --bundle`: the support archive, and what is in it."""

from datetime import UTC, datetime
from pathlib import Path

from agent.bundle.packing import default_name, pack
from agent.bundle.parts import Bundle
from agent.commands.invocation import Invocation, rows_text


def write_bundle(call: Invocation, name: str, *, with_texts: bool) -> None:
    """Write it, and list it on stdout. `name` is empty where none was given."""
    now = datetime.now(UTC)
    path = Path(name) if name else default_name(now)
    call.note("looking at everything that `wellread doctor` looks at; this takes some seconds")
    packed = pack(path, Bundle(call.load(), with_texts=with_texts).parts(), with_texts=with_texts, now=now)
    table = rows_text([(one.name, f"{one.bytes:,}", one.meaning) for one in packed], ("FILE", "BYTES", "WHAT"))
    said = "with texts" if with_texts else "without keys and texts; look through it before you send it"
    call.emit(
        {"bundle": str(path), "with_texts": with_texts, "files": [one.model_dump() for one in packed]},
        f"{table}\n\n{path}: {said}",
    )
