"""From a finished `ask` and from memory to an answer, and the check of its sentences before any of them is shown.

The sentences from documents were verified while the answer was written; here the loop is closed once more: what a
sentence cites is listed, and stands in the stored text to the letter. So nothing unverified reaches a reader.
"""

from collections.abc import Callable, Iterator, Sequence

from agent.chat.antecedents import Asked
from agent.chat.quoting import quotation_of
from agent.chat.records import Answer, AnswerSentence, Considered, RecalledNote, Route
from agent.render_markdown import cited_evidence, shown_claims
from agent.types import Report

NOTHING_IN_CORPUS = "The documents hold no evidence that answers this."
NOTHING_IN_MEMORY = "Nothing in memory answers this."
NOTHING_NEW = "Nothing was found beyond what the last answer said."
NOTED = "Noted."
NOT_NOTED = "Memory is off, so this is not kept beyond this conversation."
GREETED = "Ask something: answers come from the documents, each with its sources."


def from_report(report: Report) -> Answer:
    """An answer with the report's shown sentences, its sources and its limits."""
    claims = [claim for section in shown_claims(report) for paragraph in section for claim in paragraph]
    return Answer(
        sentences=tuple(AnswerSentence(text=claim.sentence, sources=claim.citations) for claim in claims),
        evidence=tuple(cited_evidence(report)),
        limits=report.limits,
    )


def with_memory(answer: Answer, notes: Sequence[RecalledNote]) -> Answer:
    """The answer with a quotation of each note behind it."""
    quoted = [quotation_of(note, number) for number, note in enumerate(notes, start=len(answer.memories) + 1)]
    return answer.model_copy(
        update={
            "memories": (*answer.memories, *(quote for quote, _ in quoted)),
            "sentences": (*answer.sentences, *(sentence for _, sentence in quoted)),
        }
    )


def telling_repetition(draft: Answer, before: Sequence[Asked], question: str) -> Answer:
    """The draft, with a remark where another question gets but the sentences of the answer before it."""
    if not before or before[-1].question == question:
        return draft
    if all(sentence.text in before[-1].answer for sentence in draft.sentences):
        return draft.model_copy(update={"limits": (*draft.limits, NOTHING_NEW)})
    return draft


def without_evidence(route: Route, *, looked_in_corpus: bool) -> Answer:
    """What is said where nothing was found; it claims nothing, so it cites nothing."""
    said = [NOTHING_IN_MEMORY] if route == "memory" else []
    said += [NOTHING_IN_CORPUS] if looked_in_corpus else []
    return Answer(sentences=tuple(AnswerSentence(text=text) for text in said), is_grounded=False)


def noted(is_small_talk: bool, *, keeps: bool) -> Answer:
    """What is said where nothing was asked; `keeps`: whether there is a memory that it goes to."""
    said = GREETED if is_small_talk else NOTED if keeps else NOT_NOTED
    return Answer(sentences=(AnswerSentence(text=said),), is_grounded=False)


def verified(
    draft: Answer, considered: Considered, text_of: Callable[[str], str]
) -> Iterator[tuple[AnswerSentence, str]]:
    """Each sentence with what is wrong with it, "" for nothing, in order.

    Args:
        draft: The composed answer.
        considered: What was recalled for it.
        text_of: The stored text of a document by its id.
    """
    recalled = {note.id: note.text for note in considered.recalled}
    for sentence in draft.sentences:
        problems = [*_wrong_sources(sentence, draft, text_of), *_wrong_memories(sentence, draft, recalled)]
        yield sentence, "; ".join(problems)


def _wrong_sources(sentence: AnswerSentence, draft: Answer, text_of: Callable[[str], str]) -> Iterator[str]:
    evidence = {one.number: one for one in draft.evidence}
    for number in sentence.sources:
        if (cited := evidence.get(number)) is None:
            yield f"[{number}] is not listed"
        elif text_of(cited.document)[cited.start : cited.end] != cited.quote:
            yield f"the quotation of [{number}] is not in {cited.document}"


def _wrong_memories(sentence: AnswerSentence, draft: Answer, recalled: dict[str, str]) -> Iterator[str]:
    quotes = {one.number: one for one in draft.memories}
    for number in sentence.memories:
        if (quoted := quotes.get(number)) is None:
            yield f"[m{number}] is not listed"
        elif quoted.quote not in recalled.get(quoted.unit, ""):
            yield f"the quotation of [m{number}] is not in memory"
        elif (
            sentence.recalled is None or sentence.text[sentence.recalled.start : sentence.recalled.end] != quoted.quote
        ):
            yield f"the words of [m{number}] are not the unit's"
    if sentence.recalled is not None and not sentence.memories:
        yield "it quotes memory without saying so"


def checked(draft: Answer, shown: Sequence[AnswerSentence], refused: Sequence[str], seconds: float) -> Answer:
    """The answer of the sentences that were shown, with the sources that they cite; where all were refused, it says
    that there is no evidence."""
    if not shown:
        empty = without_evidence("corpus", looked_in_corpus=True)
        return empty.model_copy(update={"refused": tuple(refused), "seconds": seconds})
    sources = {number for sentence in shown for number in sentence.sources}
    memories = {number for sentence in shown for number in sentence.memories}
    return draft.model_copy(
        update={
            "sentences": tuple(shown),
            "evidence": tuple(one for one in draft.evidence if one.number in sources),
            "memories": tuple(one for one in draft.memories if one.number in memories),
            "refused": tuple(refused),
            "is_grounded": bool(sources or memories),
            "seconds": round(seconds, 2),
        }
    )
