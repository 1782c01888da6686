"""Which recalled units an answer quotes, and the sentence that quotes one: who said it, when, and in which words.

A quotation from memory is a unit's own words behind its speaker, so that a program can check it to the letter.
"""

import re
from collections.abc import Sequence

from agent.answer import has_asked_type
from agent.chat.memory import RecalledUnit
from agent.chat.records import USER, WELLREAD, AnswerSentence, MemoryQuote, RecalledNote
from agent.grounding.support import Stem, content_words
from lm.embedding import Embedder
from memory.calendar_spans import day_name
from memory.recall import otherwise
from memory.units import MemoryUnit, Span
from prompts.instructions import looks_like_instruction

# What a question about memory says of memory, and no unit need say.
_OF_MEMORY = frozenset(
    ["tell", "told", "say", "said", "mention", "ask", "know", "recall", "rememb", "remember", "my", "me", "we", "us",
    "our", "mine", "talk", "discuss", "speak", "spoke", "conversation", "chat", "earlier", "last", "time", "ago"]
)  # fmt: skip
# Set by looking at units of a few made-up chats: under this cosine (MiniLM) a unit is about something else.
_LEAST_COSINE = 0.45
_SHARE_OF_BEST = 0.8
_MOST_QUOTED = 3
_LEAST_SHARED, _LEAST_SHARE = 2, 0.5
_BESIDE: dict[str, str] = {
    "statement": "said",
    "note": "noted",
    "fact": "found",
    "summary": "summed up",
    "rejected": "rejected",
    "abstract": "remembered",
    "passage": "said",
}


def note_of(recalled: RecalledUnit) -> RecalledNote:
    """A recalled unit as the session keeps it."""
    unit = recalled.unit
    return RecalledNote(
        id=unit.id,
        kind=unit.kind,
        text=unit.text,
        speaker=_speaker_of(unit),
        at=unit.at,
        score=round(recalled.score, 4),
        channels={name: round(score, 4) for name, score in recalled.channels.items()},
        superseded_on=recalled.superseded_on,
    )


def _speaker_of(unit: MemoryUnit) -> str:
    return next((name for name in unit.persons if re.match(rf"{re.escape(name)}(?: \(asked |: )", unit.text)), "")


def answering_notes(
    question: str, notes: Sequence[RecalledNote], *, embedder: Embedder, stem: Stem
) -> list[RecalledNote]:
    """The notes that answer a question about memory, best first; none where nothing recalled is about it."""
    usable = [note for note in notes if _is_quotable(note)]
    # "On Friday" answers "when" too, so what brings no figure is passed over only for something that does.
    usable = [note for note in usable if has_asked_type(question, quote_of(note))] or usable
    asked = _asked_words(question, stem)
    if not asked:  # "What did I tell you?"
        return usable[:_MOST_QUOTED]
    if not usable:
        return []
    vectors = embedder.encode([question, *(note.text for note in usable)])
    ranked = []
    for note, cosine in zip(usable, vectors[1:] @ vectors[0], strict=True):
        shared = len(asked & set(content_words(note.text, stem))) / len(asked)
        if shared or cosine >= _LEAST_COSINE:
            ranked.append((shared + float(cosine), note))
    ranked.sort(key=lambda pair: -pair[0])
    return [note for worth, note in ranked[:_MOST_QUOTED] if worth >= _SHARE_OF_BEST * ranked[0][0]]


def bearing_notes(question: str, notes: Sequence[RecalledNote], *, stem: Stem) -> list[RecalledNote]:
    """The one note, if any, that belongs beside an answer from documents: it shares at least half of what is asked."""
    asked = _asked_words(question, stem)

    def shared(note: RecalledNote) -> int:
        return len(asked & set(content_words(note.text, stem)))

    # Facts of reports stand on documents, which have just been read for the answer; what the gate left out has no place
    # beside one.
    told = [note for note in notes if note.kind in ("statement", "note", "abstract")]
    fitting = [
        note for note in told if _is_quotable(note) and shared(note) >= max(_LEAST_SHARED, _LEAST_SHARE * len(asked))
    ]
    return fitting[:1]


def _asked_words(question: str, stem: Stem) -> set[str]:
    stopped = {stem(word) for word in _OF_MEMORY} | _OF_MEMORY
    return set(content_words(question, stem)) - stopped


def _is_quotable(note: RecalledNote) -> bool:
    """What the program itself answered stands on sources, which are read anew; and memory gives no orders."""
    return note.speaker != WELLREAD and note.kind != "rejected" and not looks_like_instruction(note.text)


def quote_of(note: RecalledNote) -> str:
    """The note's own words, without the speaker before them."""
    if note.speaker:
        opened = re.match(rf"{re.escape(note.speaker)}(?: \(asked .*?\))?: ", note.text)
        if opened:
            return note.text[opened.end() :]
    return note.text


def quotation_of(note: RecalledNote, number: int) -> tuple[MemoryQuote, AnswerSentence]:
    """What is quoted, and the sentence that quotes it as [m`number`]."""
    quote = quote_of(note)
    mark = otherwise(note.superseded_on)
    ends = "" if not mark and re.search(r"[.!?…]['\"”’)\]]*$", quote) else "."
    opening = f"{_who_and_when(note)}: “"
    sentence = AnswerSentence(
        text=f"{opening}{quote}”{mark}{ends}",
        memories=(number,),
        recalled=Span(start=len(opening), end=len(opening) + len(quote)),
    )
    said = MemoryQuote(
        number=number,
        unit=note.id,
        kind=note.kind,
        speaker=note.speaker,
        at=note.at,
        quote=quote,
        superseded_on=note.superseded_on,
    )
    return said, sentence


def _who_and_when(note: RecalledNote) -> str:
    day = day_name(note.at)
    if note.speaker:
        who = "you" if note.speaker == USER else note.speaker
        return f"On {day} {who} {_BESIDE[note.kind]}"
    what = {"note": "A note", "fact": "A report", "summary": "A report", "abstract": "What is remembered"}
    return f"{what.get(note.kind, 'Something said')} of {day} has it"
