"""Fitting lines into a window by the model's own count of tokens."""

from collections.abc import Callable, Sequence


def fit_lines(lines: Sequence[str], *, max_tokens: int, count_tokens: Callable[[str], int]) -> list[str]:
    """The longest run of first lines that fits into `max_tokens`; a newline counts as one token."""
    kept: list[str] = []
    used = 0
    for line in lines:
        used += count_tokens(line) + 1
        if used > max_tokens:
            break
        kept.append(line)
    return kept
