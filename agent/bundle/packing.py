"""The support archive as a ZIP file for its owner alone, and the list of what is in it."""

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from agent.bundle.parts import Part
from agent.errors import UsageProblem
from lm.files import write_bytes_atomically
from lm.types import Frozen

_README = """What is in this archive, made by `wellread doctor --bundle`.

{listed}

{texts}
Keys, the user's name and the folders of the user are taken out of everything. Look through it before you send it.
"""
_WITHOUT = """Texts are left out: of topics, queries, titles, plans and messages only the length is told
(`--with-texts` would add them, with the report and its evidence)."""
_WITH = "It has texts: topics, the plan, the report and the evidence of the last run."
_MEANINGS = {
    "versions.json": "of the program, Python and its packages",
    "settings.json": "each setting, its value and where it comes from",
    "findings.json": "what `wellread doctor` finds",
    "verify.json": "what `wellread doctor --verify` finds",
    "stores.json": "sizes and numbers of rows",
    "ledger.json": "the runs: how they ended, what they took",
    "last-run/run.json": "what the newest run was started with",
    "last-run/events.jsonl": "what it did when",
    "last-run/errors.jsonl": "its errors",
    "last-run/usage.json": "what it took",
    "last-run/plan.json": "its plan",
    "last-run/blocks.json": "its blocks",
}


class Packed(Frozen):
    """A file of the archive, its size before packing, and what it is."""

    name: str
    bytes: int
    meaning: str


def default_name(now: datetime) -> Path:
    """In the working folder."""
    return Path(f"wellread-bundle-{now:%Y%m%dT%H%M%S}.zip")


def pack(path: Path, parts: Iterable[Part], *, with_texts: bool, now: datetime) -> list[Packed]:
    """Write the archive, and say what is in it.

    Raises:
        UsageProblem: it cannot be written there, or another file is there.
    """
    if path.exists():
        raise UsageProblem(f"{path} is there already", hint="name another file, or remove it")
    made = list(parts)
    packed = [Packed(name=part.name, bytes=len(_bytes_of(part)), meaning=_meaning(part.name)) for part in made]
    listed = "\n".join(f"{one.name}: {one.meaning}" for one in packed)
    readme = Part("README.txt", _README.format(listed=listed, texts=_WITH if with_texts else _WITHOUT))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in (readme, *made):
            entry = zipfile.ZipInfo(f"{path.stem}/{part.name}", date_time=now.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, _bytes_of(part))
    try:
        write_bytes_atomically(path, stream.getvalue())
        path.chmod(0o600)
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written: {error.strerror}",
            hint="name a file elsewhere: wellread doctor --bundle FILE.zip",
        ) from error
    return packed


def _bytes_of(part: Part) -> bytes:
    # A file's name may hold bytes that are no UTF-8, and Python's halves of characters for them cannot be written.
    return part.text.encode(errors="replace")


def _meaning(name: str) -> str:
    if name.startswith("crashes/"):
        return "an error that nobody foresaw"
    return _MEANINGS.get(name, "of the last run, with its texts")
