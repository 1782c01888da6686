"""How near each statement is to what is asked: to the report's topic, and to each block of its plan.

A sentence alone says little of what it is about: it is judged with its passage, its heading and its document. The
weights were chosen on the tuning half of the suite `aboutness` (`docs/log.md`).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agent.aftermath import after_event, tells_what_followed
from lm.embedding import Embedder, FloatArray
from prompts.aspects import part_asked, sense_of
from prompts.instructions import gives_order, looks_like_instruction
from prompts.sentences import sentence_spans
from prompts.statements import Statement, defines_a_term
from retrieval.lexical import STOP_WORDS
from retrieval.types import Passage

StaticVectors = Callable[[Sequence[str]], FloatArray]

_WORD = re.compile(r"[^\W\d_]{3,}")
_BEST_OF_DOCUMENT = 3
DOCUMENT_WEIGHT = 1.5
_SENSE_WEIGHT = 0.3
_LEAF_WEIGHT = 0.5
# What a term means is near to whatever uses it, and tells nothing that happened.
_ENTRY_COST = 0.3
_AFTER_WEIGHT = 0.3
_MIN_TOPIC_SHARE, _MIN_NAMED_SHARE, _MIN_DOCUMENT_WORTH = 0.8, 0.55, 0.55
_NEAREST = 20


class Asked(NamedTuple):
    """A block as allocation sees it: its question, and the name of the section that it stands in."""

    question: str
    name: str


@dataclass(frozen=True)
class Contexts:
    """What statements are judged with: a sentence with its passage, a row of a table alone, for its neighbours are
    about other things.

    Attributes:
        texts: Title, heading and text of each, by its key.
        documents: Its document, by its key.
    """

    texts: Mapping[str, str]
    documents: Mapping[str, str]

    @staticmethod
    def of(statements: Sequence[Statement], passages: Mapping[str, Passage]) -> "Contexts":
        """Those of the statements; `passages` by their ids."""
        texts: dict[str, str] = {}
        documents: dict[str, str] = {}
        for one in statements:
            key = _key(one)
            if key not in texts:
                text = _without_orders(passages[one.passage_id].text) if one.kind == "prose" else one.sentence
                texts[key] = ". ".join([*dict.fromkeys(filter(None, (one.title, one.leaf))), text])
                documents[key] = one.doc_id
        return Contexts(texts, documents)


def _without_orders(text: str) -> str:
    """A passage without what speaks to a machine: that has no say in what is told."""
    if not looks_like_instruction(text):
        return text
    return " ".join(text[a:b] for a, b in sentence_spans(text) if not gives_order(text[a:b]))


def _key(statement: Statement) -> str:
    return statement.passage_id if statement.kind == "prose" else f"{statement.passage_id}@{statement.start}"


def fit(statements: Sequence[Statement], asked: Sequence[Asked], around: Contexts, embedder: Embedder) -> FloatArray:
    """How well each statement fits each block, (n_statements, n_blocks); comparable within one call only.

    Centred cosines of sentence and passage with the question, what is left of "the barrage" when everything is about
    it, and of the heading with the block's name; likeness to what is usually told under this name. Of one block alone,
    where nothing is to be told apart, the plain likeness of the passage.
    """
    said, passages = _vectors(statements, around, embedder)
    questions = embedder.encode([block.question for block in asked])
    worth = np.zeros((len(statements), len(asked)), dtype=np.float32)
    if len(asked) == 1:
        worth += 0.5 * passages @ questions.T
    else:
        names = embedder.encode([block.name for block in asked])
        worth += _contrast(said, questions) + _contrast(passages, questions)
        worth += _LEAF_WEIGHT * _under(statements, names, embedder)
    senses = [sense_of(block.name) for block in asked]
    known = [column for column, sense in enumerate(senses) if sense]
    if known:
        told = embedder.encode([senses[column] for column in known])
        near = (said + passages) @ told.T
        # Some of these queries are near to everything: what counts is who is nearer than others.
        worth[:, known] += _SENSE_WEIGHT * (near - near.mean(axis=0))
    follow = [column for column, block in enumerate(asked) if tells_what_followed(block.name)]
    if follow and len(asked) > 1:
        worth[:, follow] += _AFTER_WEIGHT * after_event(statements)[:, None]
    entries = [defines_a_term(statement.sentence) for statement in statements]
    worth -= _ENTRY_COST * np.array(entries, dtype=np.float32)[:, None]
    return worth


def topic_worth(
    statements: Sequence[Statement], topic: str, around: Contexts, embedder: Embedder, static: StaticVectors
) -> FloatArray:
    """How near each statement is to the topic, (n_statements,); see `passage_worth`."""
    said = embedder.encode([statement.sentence for statement in statements])
    by_passage = passage_worth(topic, around, embedder, static)
    around_them = np.array([by_passage[_key(one)] for one in statements])
    return (around_them + 0.5 * said @ _aim(topic, embedder)).astype(np.float32)


def passage_worth(topic: str, around: Contexts, embedder: Embedder, static: StaticVectors) -> dict[str, float]:
    """How near each passage is to the topic, by its key in `around`: its own likeness, that of its document's best
    passages, and how well its words match those of the topic that are rare among the passages."""
    texts = list(around.texts.values())
    vectors = embedder.encode(texts)
    documents = [around.documents[id_] for id_ in around.texts]
    own = 0.5 * vectors @ _aim(topic, embedder)
    worth = own + DOCUMENT_WEIGHT * of_documents(documents, vectors @ embedder.encode([topic])[0])
    worth += word_matches(texts, topic, static)
    return dict(zip(around.texts, worth.tolist(), strict=True))


def document_worth(
    statements: Sequence[Statement], subject: str, around: Contexts, embedder: Embedder, static: StaticVectors
) -> FloatArray:
    """How near the document of each statement is to the subject, (n_statements,) up to 1 for the nearest.

    By its best passages' likeness or by the words of the subject in it, whichever says more: all documents on an affair
    name it, and the one on its money is little like "the failure of the barrage".
    """
    vectors = embedder.encode(list(around.texts.values()))
    documents = [around.documents[key] for key in around.texts]
    likeness = of_documents(documents, vectors @ embedder.encode([subject])[0])
    texts: dict[str, list[str]] = defaultdict(list)
    for document, text in zip(documents, around.texts.values(), strict=True):
        texts[document].append(text)
    words = dict(zip(texts, word_matches([" ".join(own) for own in texts.values()], subject, static), strict=True))
    by_likeness = dict(zip(documents, likeness.tolist(), strict=True))
    most_like, most_words = max(by_likeness.values()), max(words.values())
    worth = {one: max(_share(by_likeness[one], most_like), _share(words[one], most_words)) for one in texts}
    return np.array([worth[one.doc_id] for one in statements], dtype=np.float32)


def _share(value: float, most: float) -> float:
    return float(value) / float(most) if most > 0 else 0.0


def of_documents(documents: Sequence[str], likeness: FloatArray) -> FloatArray:
    """(n,) for each passage the mean likeness of the three best of its document."""
    by_document: dict[str, list[float]] = defaultdict(list)
    for document, value in zip(documents, likeness.tolist(), strict=True):
        by_document[document].append(value)
    best = {document: float(np.mean(sorted(values)[-_BEST_OF_DOCUMENT:])) for document, values in by_document.items()}
    return np.array([best[document] for document in documents], dtype=np.float32)


def word_matches(texts: Sequence[str], topic: str, static: StaticVectors) -> FloatArray:
    """(n,) share of the topic's words that a text has, in [0, 1], each weighted by its rarity among the texts.

    A word is there as much as the text's nearest word is like it (squared cosine of static vectors): "payments" is met
    in part by "paid".
    """
    bags = [sorted({word.lower() for word in _WORD.findall(text)}) for text in texts]
    counts = Counter(word for bag in bags for word in bag)
    words = [word for word in dict.fromkeys(word.lower() for word in _WORD.findall(topic)) if word not in STOP_WORDS]
    if not words or not counts:
        return np.zeros(len(texts), dtype=np.float32)
    vocabulary = list(counts)
    place = {word: at for at, word in enumerate(vocabulary)}
    likeness = np.clip(static(vocabulary) @ static(words).T, 0.0, 1.0) ** 2
    rarity = np.array([math.log(1 + len(texts) / (1 + counts[word])) for word in words])
    rows = [likeness[[place[word] for word in bag]].max(axis=0) if bag else np.zeros(len(words)) for bag in bags]
    shares: FloatArray = (np.array(rows) @ rarity / rarity.sum()).astype(np.float32)
    return shares


def near_enough(worth: FloatArray) -> list[int]:
    """Rows of those that are not much farther from the topic than the twenty nearest.

    Saturation reads widely, and the margin of what it reads is about something else: to have been read is no reason to
    be quoted.
    """
    return _over(worth, _MIN_TOPIC_SHARE)


def on_subject(worth: FloatArray) -> list[int]:
    """Rows of those whose document is on the subject at all (`document_worth`): an aspect may be told without naming
    it."""
    rows: list[int] = np.flatnonzero(worth >= _MIN_DOCUMENT_WORTH).tolist()
    return rows


def not_far(statements: Sequence[Statement], subject: str, around: Contexts, embedder: Embedder) -> list[int]:
    """Rows as of `near_enough`, by likeness alone and with a lower bar: of documents that a topic names, little is
    beside it."""
    said, passages = _vectors(statements, around, embedder)
    return _over(np.float32(0.5) * (said + passages) @ embedder.encode([subject])[0], _MIN_NAMED_SHARE)


def _over(worth: FloatArray, share: float) -> list[int]:
    rows: list[int] = np.flatnonzero(worth >= share * float(np.sort(worth)[-_NEAREST:].mean())).tolist()
    return rows


def _under(statements: Sequence[Statement], names: FloatArray, embedder: Embedder) -> FloatArray:
    """(n, m) how well the heading of each statement, or its document's title if that says more, fits each name: in
    "Aftermath: the reform of sea-works safety", what stands under "The Act of 2024" is on reforms."""
    titles = _contrast(embedder.encode([statement.title for statement in statements]), names)
    leaves = _contrast(embedder.encode([statement.leaf or statement.title for statement in statements]), names)
    return np.maximum(titles, leaves)


def _vectors(statements: Sequence[Statement], around: Contexts, embedder: Embedder) -> tuple[FloatArray, FloatArray]:
    """Of each statement's sentence and passage, (n, dim) each."""
    said = embedder.encode([statement.sentence for statement in statements])
    at = {id_: row for row, id_ in enumerate(around.texts)}
    passages = embedder.encode(list(around.texts.values()))[[at[_key(statement)] for statement in statements]]
    return said, passages


def _contrast(rows: FloatArray, asked: FloatArray) -> FloatArray:
    """(n, m) cosines of centred vectors."""
    return _centred(rows) @ _centred(asked).T


def _centred(vectors: FloatArray) -> FloatArray:
    """Rows without what they all share, of length 1."""
    centred = vectors - vectors.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    rows: FloatArray = centred / np.where(norms == 0, 1.0, norms)
    return rows


def _aim(topic: str, embedder: Embedder) -> FloatArray:
    """(dim,) the topic's vector; with what is usually told of the one part that it asks for, where it asks for one."""
    sense = sense_of(part_asked(topic))
    together = embedder.encode([topic, sense] if sense else [topic]).sum(axis=0)
    aim: FloatArray = (together / (float(np.linalg.norm(together)) or 1.0)).astype(np.float32)
    return aim
