"""Rollouts that fork where the model was least sure, and share what stands before (ETTRL, arXiv 2508.11356).

Trees, each one whole sample; its N parts of highest entropy are forks; from each, B continuations. M trees are
M(1 + BN) texts for about (1 + BN/2)/(1 + BN) of the tokens that as many independent samples take. Branches of a tree
share a beginning, so their votes are not independent.

The paper's parts are tokens. They may be sentences: then a beginning can be shown to a model that would not go on with
half a token, and a schema holds for what follows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P")


@dataclass(frozen=True)
class Part(Generic[P]):
    """A token or a sentence, and how unsure the model was where it began, in nats; None: it does not say."""

    value: P
    nats: float | None


# What follows a beginning, part by part; the number is the seed. Nothing: it failed.
Continue = Callable[[Sequence[P], int], Sequence[Part[P]]]


@dataclass(frozen=True)
class Rollout(Generic[P]):
    """One text. `fork` is the position at which it left its tree's trunk, `nats` how unsure the trunk was there; None:
    it is the trunk. `n_new` counts the parts that were generated for it."""

    tree: int
    parts: tuple[P, ...]
    n_new: int
    fork: int | None = None
    nats: float | None = None


def fork_positions(nats: Sequence[float | None], n: int) -> list[int]:
    """The n positions of highest entropy, in the order of the text; the earlier of equals, and fewer where fewer tell
    theirs.

    The first part is one too: a fork there is a fresh sample.
    """
    known = [(-value, i) for i, value in enumerate(nats) if value is not None]
    return sorted(i for _, i in sorted(known)[:n])


def tree_rollouts(
    sample: Continue[P], *, n_rollouts: int, n_forks: int, n_branches: int, seed: int
) -> Iterator[Rollout[P]]:
    """So many texts, tree by tree, the trunk first; a tree has at most 1 + n_branches·n_forks, and the last one what is
    left.

    Where entropies are not told no trunk has forks, and the texts are independent samples.

    Args:
        sample: Continues a text, the empty one too.
        n_rollouts: In all; a multiple of the tree's makes all trees whole.
        n_forks: N.
        n_branches: B.
        seed: Of the first call; each further call takes the next.

    Raises:
        ValueError: a count is negative, or there is no rollout.
    """
    if n_rollouts < 1 or min(n_forks, n_branches) < 0:
        raise ValueError(f"n_rollouts={n_rollouts}, n_forks={n_forks}, n_branches={n_branches}")
    tree = done = 0
    while done < n_rollouts:
        trunk = sample((), seed + done)
        values = tuple(part.value for part in trunk)
        yield Rollout(tree=tree, parts=values, n_new=len(values))
        done += 1
        forks = fork_positions([part.nats for part in trunk], n_forks)
        for fork in [fork for fork in forks for _ in range(n_branches)][: n_rollouts - done]:
            branch = tuple(part.value for part in sample(values[:fork], seed + done))
            yield Rollout(tree, values[:fork] + branch, len(branch), fork, trunk[fork].nats)
            done += 1
        tree += 1
