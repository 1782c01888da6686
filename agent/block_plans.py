"""The blocks of a report as they were planned and what each was given: goal, needs, length, dependencies, evidence.

A piece of evidence is a quotation at its place in a document, and belongs to one block.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.errors import PlanBroken
from agent.records import OwnedStatements, blocks_of
from agent.types import Evidence, Outline
from lm.types import Frozen
from prompts.statements import Statement

Place = tuple[str, int, int]


class EvidencePiece(Frozen):
    """A quotation that a block may use. `id` is its place, DOCUMENT:START-END; `number` is the report's where it cites
    the piece."""

    id: str
    document: str
    title: str
    start: int
    end: int
    number: int | None = None


class BlockPlan(Frozen):
    """A block of a section. `goal` is the question that it answers, `depends_on` are blocks that are told before it."""

    id: str
    section: str
    goal: str
    needs: tuple[str, ...] = ()
    words: int
    depends_on: tuple[str, ...] = ()
    evidence: tuple[EvidencePiece, ...] = ()


class BlockPlans(Frozen):
    """All of a report, in its order. `origin` says who planned."""

    title: str
    origin: str
    blocks: tuple[BlockPlan, ...]


def require_own_evidence(shares: Iterable[OwnedStatements]) -> None:
    """Raises PlanBroken where a piece of evidence belongs to two blocks, or twice to one."""
    owner: dict[Place, str] = {}
    for share in shares:
        for statement in _pieces(share):
            if statement.key in owner:
                blocks = f"block {owner[statement.key]} and to block {share.block}"
                raise PlanBroken(f"the evidence {_id_of(statement)} belongs to {blocks}")
            owner[statement.key] = share.block


def block_plans(outline: Outline, owned: Mapping[str, OwnedStatements], cited: Sequence[Evidence] = ()) -> BlockPlans:
    """The blocks with their evidence; `cited` is what the report cites."""
    numbers = {(one.document, one.start, one.end): one.number for one in cited}
    blocks = tuple(
        BlockPlan(
            id=block.id,
            section=section.title,
            goal=block.question,
            needs=block.needs,
            words=block.target_words,
            depends_on=block.depends_on,
            evidence=tuple(_piece(one, numbers) for one in _pieces(owned[block.id])) if block.id in owned else (),
        )
        for section, block in blocks_of(outline)
    )
    return BlockPlans(title=outline.title, origin=outline.origin, blocks=blocks)


def _pieces(share: OwnedStatements) -> Iterator[Statement]:
    """A block's statements, each with its echoes behind it: they may be cited beside it."""
    for statement in share.statements:
        yield from (statement, *statement.echoes)


def _piece(statement: Statement, numbers: Mapping[Place, int]) -> EvidencePiece:
    return EvidencePiece(
        id=_id_of(statement),
        document=statement.doc_id,
        title=statement.title,
        start=statement.start,
        end=statement.end,
        number=numbers.get(statement.key),
    )


def _id_of(statement: Statement) -> str:
    return f"{statement.doc_id}:{statement.start}-{statement.end}"
