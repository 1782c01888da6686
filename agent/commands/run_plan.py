"""The blocks of a run, for a person: what each was to tell, behind what, and on which evidence."""

from itertools import groupby
from pathlib import Path

from agent.block_plans import BlockPlan, BlockPlans
from agent.counting import counted
from agent.errors import UsageProblem
from agent.run_folder import RunFolder


def blocks_of_run(folder: Path) -> BlockPlans:
    """What a run's `blocks.json` holds.

    Raises:
        UsageProblem: the run has none yet, or the file is damaged.
    """
    try:
        found = RunFolder(folder).read_blocks()
    except (OSError, ValueError) as error:
        raise UsageProblem(
            f"{folder / 'blocks.json'} cannot be read: {error}",
            hint=f"move it away, and `wellread runs resume {folder.name}` writes it again",
        ) from error
    if found is None:
        raise UsageProblem(
            f"the run {folder.name} has no blocks.json",
            hint=f"it is written with the report: `wellread runs resume {folder.name}`",
        )
    return found


def blocks_text(plans: BlockPlans) -> str:
    """All blocks under their sections, each with its evidence by document."""
    parts = [f"{plans.title} (planned: {plans.origin})"]
    for title, blocks in groupby(plans.blocks, key=lambda block: block.section):
        parts += [title, *(_block_text(block) for block in blocks)]
    return "\n\n".join(parts)


def _block_text(block: BlockPlan) -> str:
    lines = [f"{block.id}  {block.goal} ({block.words} words)"]
    lines += [f"  needs     {', '.join(block.needs)}"] if block.needs else []
    lines += [f"  behind    {', '.join(block.depends_on)}"] if block.depends_on else []
    n = len(block.evidence)
    n_cited = sum(piece.number is not None for piece in block.evidence)
    lines.append(f"  evidence  {counted(n, 'piece')}, {n_cited} cited")
    spans: dict[str, list[str]] = {}
    for one in block.evidence:
        number = f" [{one.number}]" if one.number else ""
        spans.setdefault(one.document, []).append(f"{one.start}-{one.end}{number}")
    return "\n".join([*lines, *(f"    {document}: {', '.join(own)}" for document, own in spans.items())])
