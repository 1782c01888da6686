"""Rollouts that fork where the model was least sure, and share what stands before (ETTRL, arXiv 2508.11356).

M trees, each one whole sample; its N tokens of highest entropy are forks; from each, B continuations. M(1 + BN) texts
for about (1 + BN/2)/(1 + BN) of the tokens that as many independent samples take. Branches of a tree share a beginning,
so their votes are not independent.
"""

from collections.abc import Callable, Sequence

from agent.entropy.steps import TOP, token_entropy
from lm.types import Frozen, TokenLogProb

# Continues a text by tokens with their alternatives; the number is the seed.
Continue = Callable[[str, int], Sequence[TokenLogProb]]


class Rollout(Frozen):
    """One text. `fork` is the position at which it left its tree's trunk; None: it is the trunk. `n_new` counts the
    tokens that were generated for it."""

    tree: int
    fork: int | None
    text: str
    n_new: int


def fork_positions(steps: Sequence[TokenLogProb], n: int) -> list[int]:
    """The n positions of highest entropy, in the order of the text; the earlier of equals.

    The first token is one too: a fork there is a fresh sample.

    Raises:
        ValueError: there are fewer tokens than forks, or a token has no alternatives.
    """
    if len(steps) < n:
        raise ValueError(f"{n} forks in {len(steps)} tokens")
    entropies = [token_entropy([log_prob for _, log_prob in step.top], top=TOP) for step in steps]
    return sorted(sorted(range(len(steps)), key=lambda i: (-entropies[i], i))[:n])


def tree_rollouts(sample: Continue, *, n_trees: int, n_forks: int, n_branches: int, seed: int) -> list[Rollout]:
    """n_trees·(1 + n_branches·n_forks) texts, tree by tree, the trunk first.

    Args:
        sample: Continues a text, the empty one too; see `lm.continuing`.
        n_trees: M.
        n_forks: N.
        n_branches: B.
        seed: Of the first call; each further call takes the next.

    Raises:
        ValueError: a count is negative or there is no tree; or as in `fork_positions`.
    """
    if n_trees < 1 or min(n_forks, n_branches) < 0:
        raise ValueError(f"n_trees={n_trees}, n_forks={n_forks}, n_branches={n_branches}")
    found: list[Rollout] = []
    for tree in range(n_trees):
        trunk = sample("", seed + len(found))
        tokens = [step.token for step in trunk]
        found.append(Rollout(tree=tree, fork=None, text="".join(tokens), n_new=len(tokens)))
        for fork in fork_positions(trunk, n_forks):
            before = "".join(tokens[:fork])
            for _ in range(n_branches):
                branch = sample(before, seed + len(found))
                text = before + "".join(step.token for step in branch)
                found.append(Rollout(tree=tree, fork=fork, text=text, n_new=len(branch)))
    return found
