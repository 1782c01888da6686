"""Models folders whose files are not what was verified, though their sizes are."""

from pathlib import Path

from lm.catalog import ModelEntry
from lm.pull import Verified, VerifiedFile

GARBAGE = b"\x08\x00\x00\x00\x00\x00\x00\x00{garbage"


def put_damaged(entry: ModelEntry, models_dir: Path) -> Path:
    """Place a model of garbage that counts as present, as after a bit of the disk went bad; get its folder."""
    folder = models_dir / entry.name
    for file in entry.files:
        (folder / file.name).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(GARBAGE)
    files = tuple(VerifiedFile(name=f.name, sha256=f.sha256 or "0" * 64, size_bytes=len(GARBAGE)) for f in entry.files)
    (folder / "verified.json").write_text(Verified(entry=entry.name, source="test", files=files).model_dump_json())
    return folder
