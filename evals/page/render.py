"""Evaluations as one HTML file that needs nothing from anywhere: figures, pictures, and every item.

Knows HTML. Must not know how runs are read. Without JavaScript the reader still has all tables, all pictures, and a
plain list of the items.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from evals.items import STATUSES
from evals.page.content import Group
from evals.page.item_data import items_json, items_table
from evals.page.markup import named, text
from evals.page.plot import Plot
from evals.page.plots import plots_of
from evals.page.tables import (
    comparison_block,
    fates_table,
    figures_table,
    kinds_block,
    making_block,
    reasons_block,
)

# Before the first paint, so that the page does not jump when the tools appear.
_FIRST_SCRIPT = 'document.documentElement.classList.add("js")'
_STATES = (*STATUSES, "not done")
_MAX_KINDS = 200


def render_page(groups: Sequence[Group]) -> str:
    """The page about these runs, a part for each suite."""
    script = _asset("page.js")
    title = _title(groups)
    parts = "".join(_part(group, is_alone=len(groups) == 1) for group in groups)
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="referrer" content="no-referrer"><title>{text(title)}</title>'
        f"<style>{_asset('page.css')}</style><script>{_FIRST_SCRIPT}</script></head>"
        f'<body><div class="page">{_head(groups, title)}<main>{parts}</main></div>'
        f"<script>{script}</script></body></html>\n"
    )
    # A half of a surrogate pair, as broken data have it, is no UTF-8.
    return page.encode("utf-8", errors="replace").decode("utf-8")


def _asset(name: str) -> str:
    return (files("evals") / "page" / "assets" / name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    # Browsers that know hashes run our two scripts only; older ones fall back to 'unsafe-inline'.
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
        for source in (_FIRST_SCRIPT, script)
    )
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {hashes} 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _title(groups: Sequence[Group]) -> str:
    said = []
    for group in groups:
        data = dict.fromkeys(run.manifest.data for run in group.runs)
        said.append(f"{group.suite.name} on {', '.join(data)}")
    return "; ".join(said)


def _head(groups: Sequence[Group], title: str) -> str:
    runs = [run for group in groups for run in group.runs]
    first = runs[0].manifest
    count = f"{len(runs)} runs" if len(runs) > 1 else text(first.run)
    lede = f'<p class="lede">{text(groups[0].suite.about)}</p>' if len(groups) == 1 else ""
    return (
        f'<header class="head"><p class="eyebrow"><b>Wellread</b>evaluation · {count}</p>'
        f"<h1>{text(title)}</h1>{lede}</header>"
    )


def _part(group: Group, *, is_alone: bool) -> str:
    name = text(group.suite.name)
    title = "" if is_alone else f'<h2 class="suite">{name}</h2><p class="lede">{text(group.suite.about)}</p>'
    compared = "".join(comparison_block(comparison, group) for comparison in group.comparisons)
    return (
        f'<section class="part" aria-label="{name}">{title}{_facts(group)}{_notices(group)}'
        f"<h2>Figures</h2>{figures_table(group)}{kinds_block(group)}"
        f"<h2>What became of the items</h2>{fates_table(group)}{reasons_block(group)}"
        f"{f'<h2>Differences</h2>{compared}' if compared else ''}"
        f"{_pictures(plots_of(group))}{_items(group)}</section>"
    )


def _facts(group: Group) -> str:
    """Who ran over what: a card for each run, and everything else behind a fold."""
    cards = "".join(
        f"<li><p>{named(run, number)}</p><dl><div><dt>Data</dt><dd>{text(run.manifest.data)}</dd></div>"
        f"<div><dt>Model</dt><dd>{text(run.manifest.model)}</dd></div>"
        f"<div><dt>Seed</dt><dd>{run.manifest.options.seed}</dd></div>"
        f"<div><dt>Evidence</dt><dd>{run.manifest.options.evidence_tokens:,} tokens</dd></div></dl></li>"
        for number, run in enumerate(group.runs)
    )
    return f'<ul class="cards">{cards}</ul>{making_block(list(enumerate(group.runs)))}'


def _notices(group: Group) -> str:
    unfinished = [
        f"Run {run.letter} is not finished: {run.summary.n_results:,} of {run.summary.n_expected:,} results."
        for run in group.runs
        if run.summary.n_results < run.summary.n_expected
    ]
    return "".join(f'<p class="notice">{text(said)}</p>' for said in (*unfinished, *group.remarks))


def _pictures(plots: Sequence[Plot]) -> str:
    if not plots:
        return ""
    figures = "".join(
        f'<figure class="plot" id="{text(plot.name)}"><h3 id="{text(plot.name)}-title">{text(plot.title)}</h3>'
        f"{plot.svg}<figcaption>{text(plot.caption)}</figcaption></figure>"
        for plot in plots
    )
    return f'<h2>Pictures</h2><div class="plots">{figures}</div>'


def _items(group: Group) -> str:
    return (
        f'<section class="items" aria-label="Items"><h2>Items</h2>{_tools(group)}'
        '<p class="found" aria-live="polite"></p><div class="list"></div>'
        '<button type="button" class="further" hidden>Show more</button>'
        f"<noscript>{items_table(group)}</noscript>"
        f'<script type="application/json">{items_json(group)}</script></section>'
    )


def _tools(group: Group) -> str:
    runs = [("any", "in any run"), ("every", "in every run")] if len(group.runs) > 1 else [("any", "in the run")]
    if len(group.runs) > 1:
        runs += [(str(number), f"in {run.letter}, {run.label}") for number, run in enumerate(group.runs)]
    scores = [("", "any score"), ("scored", "scored"), ("unscored", "without a score")]
    if group.is_share:
        scores[1:1] = [("right", f"right: {group.main} ≥ 0.5"), ("wrong", f"wrong: {group.main} < 0.5")]
    orders = [
        ("data", "as in the data"),
        ("low", f"lowest {group.main} first"),
        ("high", f"highest {group.main} first"),
    ]
    if len(group.runs) > 1:
        orders.append(("gap", "largest difference first"))
    kinds = sorted({item.kind for item in group.items})[:_MAX_KINDS]
    status = [("", "any status"), *((status, status) for status in _STATES)]
    differs = (
        '<label class="check"><input type="checkbox" name="differs"> differs between runs</label>'
        if len(group.runs) > 1
        else ""
    )
    return (
        '<form class="tools" autocomplete="off"><input type="search" name="words" placeholder="Search questions and '
        f'answers" aria-label="Search questions and answers">{_select("status", "Status", status)}'
        f"{_select('score', 'Score', scores)}{_select('run', 'Run', runs)}"
        + (_select("kind", "Kind", [("*", "any kind"), *((k, k or "(none)") for k in kinds)]) if len(kinds) > 1 else "")
        + f"{_select('order', 'Order', orders)}{differs}</form>"
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    shown = "".join(f'<option value="{text(value)}">{text(said)}</option>' for value, said in options)
    return f'<select name="{name}" aria-label="{label}">{shown}</select>'
