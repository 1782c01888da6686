"""Counts in words: "1 cluster", "2 clusters"."""


def counted(n: int, noun: str) -> str:
    """A number with its noun, whose plural is an s."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
