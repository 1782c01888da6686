"""Foraging diaries made by hand, and the events that tell them."""

from agent.diary import BlockDiary, Diary, RunAccount, Visit, step_event
from agent.foraged import ForageGoal, ForageStep
from agent.progress import Event

WHYS = {True: ("poorer", "empty", "late", "full"), False: ("depth", "empty", "full")}


def step(query="why", *, gain=100, read=200, why="depth", reason="because", rate=0.0, environment=0.0, directions=None):
    return ForageStep(
        query=query,
        depth=10,
        new_passages=1,
        read=read,
        gain=gain,
        why=why,
        left_because=reason,
        patch_rate=rate,
        environment_rate=environment,
        directions=directions,
    )


def told(block, *steps, target=1000, is_whole=True, unique=None, **goal):
    """The events of one block's foraging."""
    wanted = ForageGoal(target=target, **goal)
    events = [step_event(one, block=block, visit=n, goal=wanted) for n, one in enumerate(steps, start=1)]
    if is_whole:
        gained = sum(one.gain for one in steps) if unique is None else unique
        numbers = {"unique": gained, "target": target, "passages": len(steps)}
        events.append(Event(name="foraged", block=block, message="saturated", numbers=numbers))
    return events


def account(unique=500, *, raw=700, target=2000, passages=9):
    return Event(name="read", numbers={"unique": unique, "raw": raw, "target": target, "passages": passages})


def made_diary(*visits_of_blocks, by_margin=False, query="why did it fail", how=None):
    """A diary with so many visits in each block; every reason of its way of foraging occurs in turn."""
    blocks = []
    for number, n_visits in enumerate(visits_of_blocks, start=1):
        visits = tuple(
            Visit(
                number=n,
                query=query,
                depth=10,
                new_passages=2,
                read=300,
                gain=1000 // n,
                unique=sum(1000 // m for m in range(1, n + 1)),
                rate=0.5 / n,
                environment_rate=0.4,
                why=WHYS[by_margin][n % len(WHYS[by_margin])],
                reason=f"reason {n}",
                directions=round(0.9 / n, 4) if how and how.saturation_sign == "directions" else None,
            )
            for n in range(1, n_visits + 1)
        )
        unique = visits[-1].unique
        blocks.append(
            BlockDiary(
                id=f"s{number:02d}b01", title=f"Part {number}", visits=visits, unique=unique, target=2000, passages=3,
                stop_reason="saturated",
            )
        )  # fmt: skip
    whole = RunAccount(unique=4000, raw=5000, target=4500, passages=12)
    return Diary(run="r", by_margin=by_margin, blocks=tuple(blocks), account=whole, how=how)
