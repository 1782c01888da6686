"""A corpus of a few documents for tests: each is a title and the texts of its passages."""

import hashlib

from retrieval.corpus import Corpus, CorpusEntry
from retrieval.types import Document, Passage

DOCUMENTS = {
    "suez": (
        "Suez Canal",
        [
            "The canal joins two seas.",
            "Ships wait at the northern end.",
            "It opened in 1869 after ten years.",
        ],
    ),
    "kiel": ("Kiel Canal", ["A waterway through Holstein.", "Locks stand at both ends."]),
    "bread": ("Sourdough", ["Flour, water and salt make bread.", "Patience makes it sour."]),
    "moon": ("Moon", ["The moon circles the earth.", "Its far side was seen in 1959."]),
}


def entry(doc_id, title, texts):
    text = "\n".join(texts)
    passages, start = [], 0
    for ordinal, part in enumerate(texts):
        id_ = hashlib.sha256(f"{doc_id}/{start}/{part}".encode()).hexdigest()[:16]
        end = start + len(part)
        passages.append(Passage(id=id_, doc_id=doc_id, ordinal=ordinal, start=start, end=end, text=part))
        start = end + 1
    document = Document(
        id=doc_id,
        title=title,
        source=f"{doc_id}.txt",
        media_type="text/plain",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        n_chars=len(text),
    )
    return CorpusEntry(document, text, passages, [])


def small_corpus(folder, documents=DOCUMENTS):
    corpus = Corpus.open(folder / "corpus.sqlite")
    corpus.add_many([entry(doc_id, title, texts) for doc_id, (title, texts) in documents.items()])
    return corpus
