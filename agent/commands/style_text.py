"""The style of a text, and how two differ, as lines for a terminal."""

from collections.abc import Iterator, Mapping

from agent.commands.invocation import rows_text
from agent.measuring.reference import GenreQuantiles, Reference, human_reference
from agent.measuring.style_records import NO_VERDICT, SegmentStyle, TextStyle

_HEADER = (
    "part",
    "words",
    "D nats",
    "error",
    "surprisal",
    "variance",
    "lag 1",
    "first",
    "slope",
    "sentences",
    "cv",
    "paragraphs",
    "cv",
    "new pairs",
    "copied",
)
_REFERRED = (
    ("d_nats", "D", "{:+.2f}"),
    ("surprisal_variance", "variance", "{:.1f}"),
    ("first_share", "first", "{:.0%}"),
)


def style_text(style: TextStyle) -> str:
    """A table of the whole and its parts, why parts have no figures, and what human texts have."""
    parts = [style.whole, *style.parts]
    table = rows_text([_row(part, whole=style.whole) for part in parts], _HEADER)
    short = sum(part.smoothing is None for part in style.parts)
    lines = [f"style: {NO_VERDICT}", table]
    if style.whole.refused:
        lines.append(f"  no figures by a model: {style.whole.refused}")
    elif short:
        lines.append(f"  {short} of {len(style.parts)} parts are too short for figures by a model")
    return "\n".join([*lines, *_reference_lines(style.scorer, human_reference())])


def difference_text(mine: Mapping[str, float], other: Mapping[str, float], *, error: float | None) -> str:
    """What two texts of one scorer differ in; `error` is that of the difference in D."""
    rows = [
        (name, f"{mine[name]:.3f}", f"{other[name]:.3f}", f"{mine[name] - other[name]:+.3f}")
        for name in mine
        if name in other
    ]
    told = "" if error is None else f"\n  the difference in D has a standard error of {error:.3f} nats"
    return rows_text(rows, ("figure", "this", "the other", "difference")) + told


def _row(part: SegmentStyle, *, whole: SegmentStyle) -> tuple[str, ...]:
    name = "all" if part is whole else part.heading or f"{part.start}-{part.end}"
    rhythm, found = part.rhythm, part.smoothing
    figures = ("",) * 7
    if found is not None:
        figures = (
            f"{found.d_nats:+.2f}",
            f"{found.d_error_nats:.2f}",
            f"{found.log_perplexity_nats:.2f}",
            f"{found.surprisal_variance:.1f}",
            f"{found.lag1:+.2f}",
            f"{found.first_share:.0%}",
            f"{found.slope_nats:+.2f}",
        )
    return (
        name,
        f"{part.words:,}",
        *figures,
        str(rhythm.sentences),
        _share(rhythm.sentence_cv),
        str(rhythm.paragraphs),
        _share(rhythm.paragraph_cv),
        f"{part.distinct_2:.0%}",
        "" if part.copied is None else f"{part.copied:.0%}",
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _reference_lines(scorer: str, reference: Reference) -> Iterator[str]:
    if not scorer:
        return
    if not reference.compares_with(scorer):
        yield "  what human texts have was measured by another scorer, and is not comparable"
        return
    told = [
        f"{name} {form.format(low)} to {form.format(high)}"
        for figure, name, form in _REFERRED
        for low, high in [reference.range_of(figure) or (0.0, 0.0)]
    ]
    kinds = _genres(reference.genres)
    yield f"  human texts of up to {reference.most_tokens} tokens, medians of {kinds}: {', '.join(told)}"


def _genres(genres: tuple[GenreQuantiles, ...]) -> str:
    return f"{len(genres)} kinds ({sum(one.n for one in genres)} texts)"
