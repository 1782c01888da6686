"""The foraging diary as a part of the report's page: folded, with its picture and every visit in words.

Knows HTML. Must not know how the diary came about, or where it is kept.
"""

from collections.abc import Iterator
from html import escape

from agent.diary import BlockDiary, Diary, Visit
from agent.render_markdown import one_line

ANCHOR, TITLE = "how-it-was-read", "How it was read"


def diary_section(diary: Diary) -> str:
    """The section; nothing in it needs a script."""
    # Only who shows a diary waits for matplotlib.
    from agent.diary_picture import NAME, described, diary_svg

    body = "".join(_block_rows(block, diary) for block in diary.blocks)
    head = "".join(f'<th scope="col">{name}</th>' for name in _columns(diary))
    remarks = "".join(f'<p class="notice">{_text(remark)}</p>' for remark in diary.remarks)
    return (
        f'<section class="diary" id="{ANCHOR}"><details><summary><h2>{TITLE}</h2></summary>'
        f"<p>{_text(lead(diary))}</p>{remarks}<figure>{diary_svg(diary)}"
        f'<figcaption id="{NAME}-title">{_text(described(diary))} Every visit is in the table below.</figcaption>'
        '</figure><div class="visits" tabindex="0" role="region" aria-label="Visits to queries">'
        f"<table><thead><tr>{head}</tr></thead>{body}</table></div></details></section>"
    )


def lead(diary: Diary) -> str:
    """What the diary's figures are, in a few sentences."""
    if diary.by_margin:
        said = (
            "Each block went to the query that promised most, and left it when its last passages gave less for each "
            "character read than all its foraging so far (the environment rate, the queries' cost included)."
        )
    else:
        said = (
            "Each block asked its queries in turn, deeper in each round, until its share was read; no rate decided "
            "when to leave, so the rate of each visit stands beside the mean of the block so far."
        )
    said = f"{said}{''.join(f' {more}' for more in _how_said(diary))}"
    account = diary.account
    if account is None:
        return said
    added = f", {account.topped_up:,} passages were added at the end" if account.topped_up else ""
    return (
        f"{said} The run as a whole read {account.unique:,} distinct characters of the {account.target:,} asked for: "
        f"the first retrieval counts{added}, and what several blocks read counts once."
    )


def _how_said(diary: Diary) -> Iterator[str]:
    """What the settings add to the way, and the settings themselves."""
    if diary.how is None:
        return
    if diary.how.granularity == "dual":
        yield "Beside its queries it read the best sections for figures, dates and quotations."
    if diary.how.saturation_sign == "directions":
        yield (
            "With its share read it went on, until half as much again was read, while its last passages still opened "
            "new directions (their gain in spectral entropy, as a share of the most that they could bring)."
        )
    yield f"Settings: {diary.how.told}."


def _columns(diary: Diary) -> tuple[str, ...]:
    rates = ("Rate when left", "Environment rate") if diary.by_margin else ("Rate", "Mean so far")
    directions = ("New directions",) if diary.has_directions else ()
    return ("Visit", "Query", "Depth", "Gain", *rates, *directions, "Left because")


def _block_rows(block: BlockDiary, diary: Diary) -> str:
    name = f"{block.id} · {block.title}" if block.title else block.id
    target = f" of {block.target:,}" if block.target is not None else ""
    end = block.stop_reason or "cut off"
    rows = "".join(_visit_row(visit, diary) for visit in block.visits)
    width = len(_columns(diary))
    return (
        f'<tbody><tr><th colspan="{width}" scope="rowgroup">{_text(name)}<span>{block.unique:,}{target} '
        f"characters; {_text(end)}</span></th></tr>{rows}</tbody>"
    )


def _visit_row(visit: Visit, diary: Diary) -> str:
    directions = f"<td>{rate(visit.directions)}</td>" if diary.has_directions else ""
    cells = (
        f"<td>{visit.number}</td><td>{_text(visit.query)}</td><td>{visit.depth}</td><td>{visit.gain:,}</td>"
        f"<td>{rate(visit.rate)}</td><td>{rate(visit.environment_rate)}</td>{directions}"
    )
    return f'<tr>{cells}<td><i class="why {visit.why}"></i>{_text(visit.reason)}</td></tr>'


def rate(value: float | None) -> str:
    """A rate as the diary shows it: new characters per character read, or a share."""
    return "–" if value is None else f"{value:.3f}"


def _text(text: str) -> str:
    return escape(one_line(text), quote=True)
