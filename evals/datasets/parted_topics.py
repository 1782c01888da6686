"""Requests whose evidence is known to the paragraph: articles as flat text, asked for by the headings taken out of it.

A report on an article's parts is to tell under each name what stood under it; a report on one part is to tell of that
part alone. The corpus is all articles without their headings, so that nothing is found by its heading, and under titles
that no request names: who names a document is answered from it alone.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from agent.errors import UsageProblem
from agent.headings import APPARATUS
from evals.datasets.dataset import Dataset
from evals.datasets.flat_topics import article_text, documents_of, without_headings, write_documents
from evals.datasets.load import load
from evals.items import Item
from retrieval.parsing.markdown import markdown_headings

_FORM = "parted-2"  # part of the data's hash: another form is other data
_PART = re.compile(r"^## +(.+?)\s*$")
_TITLE = re.compile(r"^(# +)", re.MULTILINE)
_DEEPER = re.compile(r"^#{1,6}\s")
_MIN_PART, _MIN_NARROW = 400, 800  # characters of a part that can be told of, and of one that is a topic by itself
_APPARATUS = re.compile(rf"(?:{APPARATUS})", re.IGNORECASE)
_FEWEST, _MOST = 3, 6
_MOST_WORDS = 6  # of a heading that may stand in a list of aspects
_WORDS_EACH, _WORDS_NARROW = 100, 150

PARTS, TEXTS = "parts", "texts"  # keys of an item's gold: the parts asked for, and what stands under each


def load_parted_topics(path: Path, *, workdir: Path) -> Dataset:
    """Two items for each article with parts enough: all its parts by name, and one of them.

    Raises:
        UsageProblem: the data cannot be used, or no article has parts.
    """
    whole = load(path, workdir=workdir, format="topics")
    texts = {name: article_text(file) for name, file in documents_of(whole).items()}
    folder = workdir / "documents"
    items: list[Item] = []
    for topic in whole.items:
        for name in texts.keys() & set(topic.supporting_ids):
            items += _items(topic, texts[name])
    if not items:
        raise UsageProblem(
            f"{path}: no article has {_FEWEST} parts", hint=f"parts are ## headings over {_MIN_PART} characters of text"
        )
    flat = {name: _TITLE.sub(r"\1An account of ", without_headings(text), count=1) for name, text in texts.items()}
    write_documents(folder, flat)
    digest = sha256(f"{_FORM} {whole.sha256}".encode()).hexdigest()
    places = {item.id: whole.places.get(item.cluster, str(path)) for item in items}
    return replace(whole, items=tuple(items), corpus=(folder,), sha256=digest, places=places)


def parts_of(markdown: str) -> dict[str, str]:
    """The text below each second-level heading, deeper headings left out; what stands before the first has no name.

    In fenced code nothing is a heading, as where documents are ingested.
    """
    starts = {heading.start for heading in markdown_headings(markdown)}
    parts: dict[str, list[str]] = {}
    name, at = "", 0
    for line in markdown.split("\n"):
        if at in starts and (match := _PART.match(line)):
            name = match[1]
        elif at not in starts or not _DEEPER.match(line):
            parts.setdefault(name, []).append(line)
        at += len(line) + 1
    return {name: "\n".join(lines).strip() for name, lines in parts.items()}


def _items(topic: Item, article: str) -> list[Item]:
    texts = {name: text for name, text in parts_of(article).items() if _is_tellable(name, text)}
    if len(texts) < _FEWEST:
        return []
    subject = topic.text
    asked = list(texts)[:_MOST]
    listed = f"{', '.join(name.lower() for name in asked[:-1])} and {asked[-1].lower()}"
    whole = f"Write a report of {_WORDS_EACH * len(asked)} words on {subject}: {listed}"
    items = [_item(topic, "parts", whole, {name: texts[name] for name in asked})]
    long_enough = [name for name in texts if len(texts[name]) >= _MIN_NARROW]
    if long_enough:
        # Any will do, but the same one each time.
        chosen = long_enough[int(sha256(topic.id.encode()).hexdigest(), 16) % len(long_enough)]
        part = f"Write a report of {_WORDS_NARROW} words on {subject} – {chosen.lower()}"
        items.append(_item(topic, "narrow", part, {chosen: texts[chosen]}))
    return items


def _item(topic: Item, kind: str, text: str, parts: Mapping[str, str]) -> Item:
    return Item(
        id=f"{topic.id}-{kind}",
        text=text,
        supporting_ids=topic.supporting_ids,
        cluster=topic.id,
        kind=kind,
        gold={PARTS: list(parts), TEXTS: dict(parts)},
    )


def _is_tellable(name: str, text: str) -> bool:
    """Whether a part can be asked for by its name in a list, and has something to tell."""
    if _APPARATUS.fullmatch(name):
        return False
    return (
        bool(name)
        and len(text) >= _MIN_PART
        and len(name.split()) <= _MOST_WORDS
        and not re.search(r"[,;:]| and ", name)
    )
