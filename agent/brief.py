"""Preview: what the user asks for, and which of it a program can check.

Reads the request only. Whether the corpus can answer it is `align`'s business.
"""

import re
from collections.abc import Sequence

from agent.types import Brief
from prompts.plain_text import plain
from prompts.statements import short_title
from retrieval.types import Document

# "a 1,500-word report", "in 2,000 words"; not "the 30,000-word report of the commission": that is in the world.
_LENGTH = re.compile(
    r"(?:\b(?:in|of|about|around)\s+|\()(?:about\s+|around\s+)?~?(\d[\d,]{1,6})[\s-]*words?\b", re.IGNORECASE
)
_LENGTH_IN_ORDER = re.compile(r"(\d[\d,]{1,6})[\s-]*words?\b", re.IGNORECASE)
# An order, or a question that begins so; "All …" with a capital is a title, "all-electric" no quantity.
_ALL = re.compile(
    r"\b(?:lists?|names?|enumerates?|identif(?:y|ies)|finds?|counts?|collects?|gives?)\s+(?:me\s+|us\s+)?"
    r"(?-i:all|every|each)\b(?!-)(?!\s+of\s+(?:it|this|that)\b)"
    r"|^(?:which|what|who) (?:are|were) (?-i:all)\b(?!-)"
    r"|\b(?:complete|full|exhaustive) (?:list|inventory|enumeration|register) of\b",
    re.IGNORECASE,
)
_SECTIONS = re.compile(r"\b(?:in|with|into)\s+(?:exactly\s+)?(\d{1,2})\s+(?:sections|chapters|parts)\b", re.IGNORECASE)
_ORDER = re.compile(
    r"^(?:please\s+)?(?:write|prepare|draft|compose|produce|create|give me|make)\s+(?:me\s+)?(?:an?|the)?\s*"
    r"(?:[\w,-]+\s+){0,3}?(?:report|overview|essay|article|summary|briefing|brief|digest|analysis|survey|account|"
    r"dossier|review|memo|memorandum|post[- ]?mortem|explainer|deep[- ]dive|reconstruction|"
    r"profile|portrait|comparison)\s*"
    r"(?:for\s+[\w\s-]+?\s+)?(?:(?:that|which|about|on|of|covering|:)\s*)",
    re.IGNORECASE,
)
_VERBS = {
    "compares": "Comparing", "explains": "Explaining", "describes": "Describing", "examines": "Examining",
    "traces": "Tracing", "covers": "Covering", "discusses": "Discussing", "reviews": "Reviewing",
}  # fmt: skip


def subject_matter(topic: str) -> str:
    """The topic without the order ("Write a report that …") and without further sentences of instruction."""
    # "John C. Reilly" ends no sentence.
    first = re.split(r"(?<=[.!?])(?<!\b[A-Z]\.)\s+(?=[A-Z])", topic.strip(), maxsplit=1)[0]
    # Lengths first: they may stand within the order ("Write a report of 300 words on …").
    unmeasured = re.sub(r"\s+", " ", _SECTIONS.sub("", _LENGTH.sub("", first)))
    return _ORDER.sub("", unmeasured).strip(" .,;:-") or topic.strip()


def title_of(topic: str) -> str:
    """A heading made from the topic alone."""
    words = subject_matter(topic).split(" ")
    words[0] = _VERBS.get(words[0].lower(), words[0])
    title = " ".join(words)
    return title[:1].upper() + title[1:]


def length_of(topic: str) -> int | None:
    """The length in words that the request states, if it does."""
    order = _ORDER.match(topic)
    match = (_LENGTH_IN_ORDER.search(order.group(0)) if order else None) or _LENGTH.search(topic)
    return int(match.group(1).replace(",", "")) if match else None


def wants_all(topic: str) -> bool:
    """Whether all of something is asked for ("list all …"). Then no margin and no saturation is a reason to stop: the
    marginal value theorem does not hold where every item is required."""
    return _ALL.search(topic) is not None


def sections_of(topic: str) -> int | None:
    """The number of sections that the request states, if it does."""
    match = _SECTIONS.search(topic)
    return int(match.group(1)) if match else None


def named_documents(topic: str, documents: Sequence[Document]) -> tuple[str, ...]:
    """Ids of documents whose whole title the topic names, in order of mention; the longest title wins an overlap.

    A title of one common lower-case word in the topic is no mention: names keep their capital.
    """
    spans: list[tuple[int, int, str]] = []
    for document in documents:
        short = short_title(document.title)
        # A title's first part is a name of its own where it has a number: "PEP 526", "Directive 2002/58".
        names = {plain(document.title), short} if re.search(r"\d", short) else {plain(document.title)}
        for name in names:
            if len(name) >= 4 and name[0].isupper():
                found = re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", topic)
                spans += [(match.start(), match.end(), document.id) for match in found]
    kept: list[tuple[int, int, str]] = []
    for start, end, doc_id in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, doc_id))
    return tuple(dict.fromkeys(doc_id for _, _, doc_id in sorted(kept)))


def preview(topic: str, *, words: int | None, default_words: int, documents: Sequence[Document]) -> Brief:
    """The brief for a topic. A length given as an option wins over one in the text, and that over the default.

    Raises:
        ValueError: the topic is empty, the length is not between 50 and 10,000 words, or the sections not 1 to 20.
    """
    if not topic.strip():
        raise ValueError("the topic is empty")
    length = words or length_of(topic) or default_words
    if not 50 <= length <= 10_000:
        raise ValueError(f"a length of {length} words is not between 50 and 10,000")
    sections = sections_of(topic)
    if sections is not None and not 1 <= sections <= 20:
        raise ValueError(f"{sections} sections are not between 1 and 20")
    subjects = named_documents(topic, documents)
    return Brief(topic=topic.strip(), words=length, sections=sections, subjects=subjects, wants_all=wants_all(topic))


def preview_question(question: str, *, words: int) -> Brief:
    """The brief for an answer of at most `words`; lengths that the question speaks of are its own business.

    No document is its only source, even if the question names one: what is asked of somebody may stand elsewhere ("Who
    directed the film that Ann Lee starred in?").
    """
    return Brief(topic=question.strip(), words=words, wants_all=wants_all(question))
