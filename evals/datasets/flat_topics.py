"""Topics to lay out, from data that have an article of each: half of the topics are asked, and their articles stand in
the corpus as flat text; the other half lends its tables of contents.

Otherwise a planner would copy the gold headings from the article that it is measured by. An article's own text is the
evidence for its topic, for want of the sources that its authors had.
"""

import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset
from evals.datasets.load import load
from lm.files import write_atomically

_HEADING = re.compile(r"^#{1,6}\s")
_FORM = "flat-1"  # part of the data's hash: another form is other data


def load_flat_topics(path: Path, *, workdir: Path) -> Dataset:
    """Every second topic, with a corpus in `workdir`: its article without headings but for the title, and all other
    documents as they are.

    Raises:
        UsageProblem: the data cannot be used, or a topic has no article among the documents.
    """
    whole = load(path, workdir=workdir, format="topics")
    documents = {file.name: file for place in whole.corpus if place.is_dir() for file in sorted(place.glob("*.md"))}
    asked = whole.items[::2]
    for item in asked:
        if not documents.keys() & set(item.supporting_ids):
            raise UsageProblem(
                f"{whole.places.get(item.id, path)}: the topic {item.id!r} has no article",
                hint="`doc` names a Markdown file below docs/",
            )
    flat = {name for item in asked for name in item.supporting_ids}
    folder = workdir / "documents"
    _write(folder, documents, flat)
    digest = sha256(f"{_FORM} {whole.sha256}".encode()).hexdigest()
    return replace(whole, items=asked, corpus=(folder,), sha256=digest)


def without_headings(text: str) -> str:
    """Markdown without its headings but the first."""
    lines = text.splitlines(keepends=True)
    title = next((i for i, line in enumerate(lines) if _HEADING.match(line)), None)
    return "".join(line for i, line in enumerate(lines) if i == title or not _HEADING.match(line))


def _write(folder: Path, documents: dict[str, Path], flat: set[str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in documents.items():
            text = file.read_text(encoding="utf-8")
            write_atomically(folder / name, without_headings(text) if name in flat else text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{folder} cannot be made: {error}", hint="check docs/ and the home's folder") from error
