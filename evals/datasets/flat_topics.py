"""Topics to lay out, from data that have an article of each: half of the topics are asked, and their articles stand in
the corpus as flat text; the other half lends its tables of contents.

Otherwise a planner would copy the gold headings from the article that it is measured by. An article's own text is the
evidence for its topic, for want of the sources that its authors had.
"""

import re
from collections.abc import Mapping
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
    documents = documents_of(whole)
    asked = whole.items[::2]
    for item in asked:
        if not documents.keys() & set(item.supporting_ids):
            raise UsageProblem(
                f"{whole.places.get(item.id, path)}: the topic {item.id!r} has no article",
                hint="`doc` names a Markdown file below docs/",
            )
    flat = {name for item in asked for name in item.supporting_ids}
    folder = workdir / "documents"
    texts = {name: article_text(file) for name, file in documents.items()}
    write_documents(folder, {name: without_headings(text) if name in flat else text for name, text in texts.items()})
    digest = sha256(f"{_FORM} {whole.sha256}".encode()).hexdigest()
    return replace(whole, items=asked, corpus=(folder,), sha256=digest)


def without_headings(text: str) -> str:
    """Markdown without its headings but the first."""
    lines = text.splitlines(keepends=True)
    title = next((i for i, line in enumerate(lines) if _HEADING.match(line)), None)
    return "".join(line for i, line in enumerate(lines) if i == title or not _HEADING.match(line))


def documents_of(data: Dataset) -> dict[str, Path]:
    """The Markdown files of a data set's folders by their names, which are the ids that an ingest gives them."""
    return {file.name: file for place in data.corpus if place.is_dir() for file in sorted(place.glob("*.md"))}


def article_text(article: Path) -> str:
    """What a Markdown file of a data set holds. Raises UsageProblem."""
    try:
        return article.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{article} cannot be read: {error}", hint="articles are UTF-8 Markdown files") from error


def write_documents(folder: Path, texts: Mapping[str, str]) -> None:
    """A folder to ingest, with each text in a file of its name. Raises UsageProblem."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_atomically(folder / name, text)
    except OSError as error:
        raise UsageProblem(f"{folder} cannot be made: {error}", hint="check the home's folder") from error
