"""Writing a note: new lines from numbered passages, and queries for what the note still lacks.

The model writes; nothing that it writes is believed. A line must name passages that it was shown, and their statements
must carry it by the same checks that a sentence of a report has to pass (`agent.verify`): support, numbers, names.
Knows prompts and checks; not when to stop, nor which note is better.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from agent.citing import best_cited
from agent.draft import Candidate, whole_sentence
from agent.notes.note import Note, NoteLine
from agent.reading import Reader
from agent.verify import Verifier
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema, Message
from prompts.fit import fit_lines
from prompts.instructions import looks_like_instruction, oversteps
from prompts.statements import Statement
from prompts.templates import render
from retrieval.names import common_words
from retrieval.types import Passage

_MAX_LINES = 6
_LINES_TOKENS, _QUERIES_TOKENS = 90 * _MAX_LINES, 160
_OVERHEAD_TOKENS = 400  # the prompt's own words, the question, the chat template

Read = Mapping[str, Sequence[Statement]]  # passage id to what can be quoted from it


class ProposedLine(Frozen):
    """A line as the model hands it over; numbers of passages start at 1."""

    text: str = Field(min_length=8, max_length=300)
    passages: list[int] = Field(min_length=1, max_length=3)


class ProposedLines(Frozen):
    """New lines as the model hands them over; none where nothing helps."""

    lines: list[ProposedLine] = Field(max_length=_MAX_LINES)


class ProposedQueries(Frozen):
    """The next two queries."""

    queries: list[Annotated[str, Field(min_length=3, max_length=200)]] = Field(min_length=2, max_length=2)


@dataclass(frozen=True)
class Written:
    """Lines that their passages support, and how many others there were."""

    lines: tuple[NoteLine, ...]
    n_unsupported: int


@dataclass(frozen=True)
class Scribe:
    """Writes lines and queries.

    Attributes:
        model: Asked.
        reader: Cuts passages into what can be quoted; what speaks to a machine is left out there.
        verifier_of: The checks, from a lexicon of common words.
        stem: Folds word forms together.
        seed: Of every call.
    """

    model: ChatModel
    reader: Reader
    verifier_of: Callable[[frozenset[str]], Verifier]
    stem: Callable[[str], str]
    seed: int

    def read(self, passages: Sequence[Passage]) -> Read:
        """What can be quoted from each passage; passages without any of it are left out."""
        read: dict[str, list[Statement]] = {}
        for statement in self.reader.read(passages).statements:
            read.setdefault(statement.passage_id, []).append(statement)
        return read

    def fitting(self, note: Note, read: Read) -> Read:
        """The first passages that the window has room for beside the note; one at least."""
        room = self.model.context_tokens - _LINES_TOKENS - _OVERHEAD_TOKENS - self.model.count_tokens(note.text)
        shown = fit_lines(_numbered(read), max_tokens=room, count_tokens=self.model.count_tokens)
        return {passage_id: read[passage_id] for passage_id in list(read)[: max(1, len(shown))]}

    def lines(self, question: str, note: Note, read: Read, *, step: int) -> Written:
        """New lines for the note from what was read.

        Raises:
            MalformedReply: the replies never were lines.
            ContextOverflow: the passages do not fit into the window beside the note.
        """
        messages = render("note_lines", question=question, note=note.text, passages="\n".join(_numbered(read)))
        schema = ProposedLines.model_json_schema()
        schema["$defs"]["ProposedLine"]["properties"]["passages"]["items"] |= {"minimum": 1, "maximum": len(read)}
        proposed = ask_for_json(self.model, self._request(messages, "note_lines", schema, _LINES_TOKENS), ProposedLines)
        return self._supported(proposed, read, step)

    def queries(self, question: str, note: Note, asked: Sequence[str]) -> tuple[str, ...]:
        """The model's next two queries without those that were asked before; so there may be none.

        Raises:
            MalformedReply: the replies never were queries.
        """
        messages = render("note_queries", question=question, note=note.text, asked="\n".join(f"- {q}" for q in asked))
        schema = ProposedQueries.model_json_schema()
        request = self._request(messages, "note_queries", schema, _QUERIES_TOKENS)
        known = {_folded(query) for query in asked} | {""}
        new: dict[str, str] = {}
        for query in ask_for_json(self.model, request, ProposedQueries).queries:
            if not oversteps(query):
                new.setdefault(_folded(query), " ".join(query.split()))
        return tuple(query for key, query in new.items() if key not in known)

    def _request(
        self, messages: tuple[Message, ...], name: str, schema: dict[str, Any], max_tokens: int
    ) -> ChatRequest:
        json_schema = JsonSchema(name=name, schema_text=json.dumps(schema))
        return ChatRequest(
            messages=messages, max_tokens=max_tokens, temperature=0.0, seed=self.seed, json_schema=json_schema
        )

    def _supported(self, proposed: ProposedLines, read: Read, step: int) -> Written:
        texts = (f"{s.quote}\n{s.sentence}" for statements in read.values() for s in statements)
        verifier = self.verifier_of(frozenset(common_words("\n".join(texts))))
        lines = [self._checked(line, read, verifier, step) for line in proposed.lines]
        kept = tuple(line for line in lines if line is not None)
        return Written(kept, len(lines) - len(kept))

    def _checked(self, proposed: ProposedLine, read: Read, verifier: Verifier, step: int) -> NoteLine | None:
        """The line with the passages that carry it; None where a number is unknown, or they do not carry it."""
        ids = list(read)
        if not all(1 <= number <= len(ids) for number in proposed.passages):
            return None
        statements = [s for number in dict.fromkeys(proposed.passages) for s in read[ids[number - 1]]]
        text = whole_sentence(proposed.text)
        candidate = best_cited(Candidate(text=text, sources=()), statements, self.stem)
        verdict = verifier.verify(candidate, statements)
        # A figure under no name is nothing false; a note's line need not stand alone.
        if not verdict.is_supported and not verdict.lacks_only_a_name:
            return None
        quoted = [statements[i] for i in candidate.sources]
        sources = tuple(dict.fromkeys(statement.passage_id for statement in quoted))
        return NoteLine(text=text, sources=sources, quoted=tuple(s.key for s in quoted), step=step)


def _numbered(read: Read) -> list[str]:
    """The passages as the model reads them, each on one line."""
    return [
        f"[{number}] ({_title(statements[0])}) {' '.join(' '.join(s.sentence.split()) for s in statements)}"
        for number, statements in enumerate(read.values(), start=1)
    ]


def _title(statement: Statement) -> str:
    return "" if looks_like_instruction(statement.title) else statement.title


def _folded(query: str) -> str:
    return " ".join(re.findall(r"\w+", query.casefold()))
