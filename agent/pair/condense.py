"""One block's sources condensed for the writer: MAP, ROUNDS and REDUCE in their order.

Knows what is asked of whom and when it ends; not how a source is read, nor where events go.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.pair.lines import TokenCounter, sheet_of, sheet_tokens, tokens_of_all
from agent.pair.records import NOTHING, Condensed, Found, Round, SourceRead
from agent.pair.reduce import Matter, Reduced, reduced, units_of
from agent.pair.rounds import Exchange
from agent.pair.sources import Reading, all_of
from agent.types import AtomicBlock


@dataclass(frozen=True)
class Allowance:
    """What the writer may read: a share of the sources' tokens, and no more than its window has room for. A share of 1
    is everything, and nobody need choose."""

    rate: float
    room: int
    count_tokens: TokenCounter


@dataclass(frozen=True)
class Told:
    """Who hears of each source that was read, and of each round."""

    source: Callable[[SourceRead], None]
    round: Callable[[Round], None]


def condense(
    block: AtomicBlock,
    matter: Matter,
    allowance: Allowance,
    *,
    reading: Reading,
    exchange: Exchange | None,
    most_rounds: int,
    told: Told,
    wanted: Found = NOTHING,
) -> Condensed:
    """What the writer reads of a block's sources.

    Args:
        block: Whose question is asked.
        matter: What its sources say.
        allowance: Of the writer's tokens.
        reading: Who reads the sources.
        exchange: Writer and helper, for rounds; None: there are none.
        most_rounds: At most so many.
        told: Hears of everything as it comes.
        wanted: Goes before everything that is found.

    Raises:
        LMError: the writer cannot be asked, but for a budget.
    """
    count_tokens = allowance.count_tokens
    before = tokens_of_all(matter.statements, count_tokens)
    everything = allowance.rate >= 1.0
    max_tokens = allowance.room if everything else min(int(allowance.rate * before), allowance.room)
    reads = []
    for one in all_of(matter.statements) if everything else reading.read_all(matter.statements, block.question):
        reads.append(_with_tokens(one, matter, count_tokens))
        told.source(reads[-1])

    def lines_now(brought: Sequence[Found]) -> Reduced:
        found = [one.found for one in reads]
        return reduced(found, [wanted, *brought], matter, max_tokens=max_tokens, count_tokens=count_tokens)

    rounds = []
    # Where it has read nothing it has failed at everything, or there was too little to leave anything out.
    if exchange is not None and any(one.by == "helper" for one in reads):
        for turn in exchange.rounds(most_rounds, lines_now):
            rounds.append(turn)
            told.round(turn)
    final = lines_now([turn.found for turn in rounds])
    return Condensed(
        block=block.id,
        reads=tuple(reads),
        rounds=tuple(rounds),
        units=final.units,
        n_filled=final.n_filled,
        tokens_before=before,
        tokens_after=final.tokens,
        tokens_spared=max(0, min(before, allowance.room) - final.tokens),
    )


def _with_tokens(read: SourceRead, matter: Matter, count_tokens: TokenCounter) -> SourceRead:
    own = [one for one in matter.statements if one.doc_id == read.document]
    units = units_of([read.found], matter.statements, count_tokens)
    return read.model_copy(
        update={
            "tokens_before": tokens_of_all(own, count_tokens),
            "tokens_after": sheet_tokens(sheet_of(units, matter.statements), count_tokens),
        }
    )
