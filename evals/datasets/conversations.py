"""Long conversations with questions about them, in LoCoMo's parts: a folder with `questions.jsonl` and the turns in
`passages.jsonl`.

The conversations that come first are the tuning half: there are too few to draw lots.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset, check_items
from evals.datasets.reading import Filled, Row, RowId, digest_of, read_jsonl
from evals.items import Item
from memory.units import Turn

QUESTIONS, TURNS = "questions.jsonl", "passages.jsonl"
_TUNING_SHARE = 0.4
_TIME = "%I:%M %p on %d %B, %Y"


class TurnRow(Row):
    """One line of `passages.jsonl`: `text` begins with the speaker's name."""

    id: RowId
    text: Filled
    conversation_id: Filled
    session: int | str
    date_time: Filled
    speaker: Filled


class QuestionRow(Row):
    """One line of `questions.jsonl`; an adversarial one has no answer."""

    id: RowId
    conversation_id: Filled
    question: Filled
    answers: tuple[str, ...] = ()
    supporting_ids: tuple[str, ...] = ()
    type: str = ""
    unanswerable: bool = False
    adversarial_answer: str | None = Field(default=None)


def load_conversations(path: Path, *, workdir: Path) -> Dataset:
    """Questions as items, each with the folder of its turns; a cluster is a conversation.

    Raises:
        UsageProblem: a file is missing or wrong, or a question is about a conversation or a turn that is not there.
    """
    folder = path if path.is_dir() else path.parent
    for name in (QUESTIONS, TURNS):
        if not (folder / name).is_file():
            raise UsageProblem(f"{folder} has no {name}", hint="give a folder with questions.jsonl and passages.jsonl")
    turns = {read.row.id: read.row.conversation_id for read in read_jsonl(folder / TURNS, TurnRow)}
    numbered = [(read.line, _item(read.row, folder)) for read in read_jsonl(folder / QUESTIONS, QuestionRow)]
    for line, item in numbered:
        _check(item, turns, f"{folder / QUESTIONS}, line {line}")
    conversations = list(dict.fromkeys(turns.values()))
    places = check_items(folder / QUESTIONS, numbered)
    return Dataset(
        name=folder.name,
        items=tuple(item for _, item in numbered),
        sha256=digest_of([folder / QUESTIONS, folder / TURNS]),
        places=places,
        tuning=frozenset(conversations[: max(1, int(_TUNING_SHARE * len(conversations)))]),
    )


def _check(item: Item, turns: Mapping[str, str], where: str) -> None:
    if item.cluster not in turns.values():
        problem = f"there is no conversation {item.cluster} in {TURNS}"
    elif strange := [id_ for id_ in item.supporting_ids if turns.get(id_) != item.cluster]:
        problem = f"{strange[0]} is no turn of {item.cluster} in {TURNS}"
    else:
        return
    raise UsageProblem(f"{where}: {problem}", hint="supporting_ids are ids of turns of the question's conversation")


def _item(row: QuestionRow, folder: Path) -> Item:
    return Item(
        id=row.id,
        text=row.question,
        answers=tuple(answer for answer in row.answers if answer.strip()),
        supporting_ids=row.supporting_ids,
        cluster=row.conversation_id,
        kind=row.type,
        gold={"turns": str(folder), "unanswerable": row.unanswerable, "adversarial": row.adversarial_answer},
    )


@lru_cache(maxsize=4)
def sessions_of(folder: str, conversation: str) -> tuple[tuple[Turn, ...], ...]:
    """The sessions of a conversation in order.

    Raises:
        UsageProblem: a time is written in another way than "4:06 pm on 23 January, 2023".
    """
    path = Path(folder) / TURNS
    sessions: dict[str, list[Turn]] = {}
    for read in read_jsonl(path, TurnRow):
        if read.row.conversation_id == conversation:
            turn = _turn(read.row, f"{path}, line {read.line}")
            sessions.setdefault(turn.session, []).append(turn)
    return tuple(tuple(turns) for turns in sessions.values())


def _turn(row: TurnRow, where: str) -> Turn:
    try:
        at = datetime.strptime(row.date_time, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageProblem(
            f"{where}: the time {row.date_time!r}", hint='as in "4:06 pm on 23 January, 2023"'
        ) from error
    return Turn(
        id=row.id,
        session=f"{row.conversation_id}:{row.session}",
        speaker=row.speaker,
        text=row.text.removeprefix(f"{row.speaker}:").strip(),
        at=at,
    )


def turns_of(item: Item) -> Sequence[Turn]:
    """All turns of an item's conversation in order."""
    return [turn for session in sessions_of(str(item.gold["turns"]), item.cluster) for turn in session]
