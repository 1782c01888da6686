"""What is drawn on one line: the stages of the whole run one each, then the blocks, each with all its stages.

Both pictures have the same lanes, the one of the terminal and the one of the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.timeline.records import Call, Sitting, Stage

OUTSIDE = "(outside)"  # calls that no stage made


@dataclass(frozen=True)
class Lane:
    """A line of the picture, its stages and calls by time."""

    name: str
    is_block: bool
    stages: tuple[Stage, ...]
    calls: tuple[Call, ...]

    @property
    def seconds(self) -> float:
        """Of its stages."""
        return sum(stage.seconds for stage in self.stages)


def lanes_of(sitting: Sitting) -> list[Lane]:
    """In the order in which they begin; what was done before blocks and after them stands above and below."""
    blocks = list(dict.fromkeys(stage.block for stage in sitting.stages if stage.block))
    names = list(dict.fromkeys(stage.name for stage in sitting.stages if not stage.block))
    first = min((stage.began_s for stage in sitting.stages if stage.block), default=0.0)
    before = [name for name in names if _began(sitting, name) <= first]
    after = [name for name in names if name not in before]
    lanes = [
        *(_of_stage(sitting, name) for name in before),
        *(_of_block(sitting, block) for block in sorted(blocks)),
        *(_of_stage(sitting, name) for name in after),
        *_outside(sitting),
    ]
    return lanes


def _began(sitting: Sitting, name: str) -> float:
    return min(stage.began_s for stage in sitting.stages if stage.name == name and not stage.block)


def _of_stage(sitting: Sitting, name: str) -> Lane:
    stages = tuple(stage for stage in sitting.stages if stage.name == name and not stage.block)
    calls = tuple(call for call in sitting.calls if call.stage == name and not call.block)
    return Lane(name, is_block=False, stages=stages, calls=calls)


def _of_block(sitting: Sitting, block: str) -> Lane:
    stages = tuple(stage for stage in sitting.stages if stage.block == block)
    calls = tuple(call for call in sitting.calls if call.block == block)
    return Lane(block, is_block=True, stages=stages, calls=calls)


def _outside(sitting: Sitting) -> Iterator[Lane]:
    known = {(stage.name, stage.block) for stage in sitting.stages}
    calls = tuple(call for call in sitting.calls if (call.stage, call.block) not in known)
    if calls:
        yield Lane(OUTSIDE, is_block=False, stages=(), calls=calls)
