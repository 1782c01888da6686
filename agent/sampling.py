"""Several drafts of one paragraph, three ways: independent samples, branches of a tree, particles.

A draft is a list of sentences, and sentences are the steps at which a draft is left or resampled: a schema holds for
what follows them, and any chat model can go on from them. Every decision is told. Who draws pays for each call, and a
budget that ends leaves what was drawn before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agent.draft import Candidate, Paragraph, n_sentences_of
from agent.entropy.particles import EntropicResampler, log_weights
from agent.entropy.tree import Part, tree_rollouts
from agent.progress import Event
from agent.settings import Sampling
from lm.errors import BudgetExceeded, MalformedReply

_TEMPERATURE = 0.7
# ETTRL's two forks of two branches: five drafts for three fifths of the tokens.
_FORKS, _BRANCHES = 2, 2
_MOST_ALTERNATIVES = 20

Draft = list[Candidate]


@dataclass(frozen=True)
class Site:
    """Where drafts are drawn: the paragraph, what a draft of it is worth (0 to 1), and who hears of decisions."""

    paragraph: Paragraph
    seed: int
    worth: Callable[[Sequence[Candidate]], float]
    tell: Callable[[Event], None]

    @property
    def temperature(self) -> float:
        """Of all draws but the likeliest one."""
        return max(_TEMPERATURE, self.paragraph.block.temperature)

    def told(self, name: str, message: str = "", **numbers: float) -> None:
        """Tell an event of this paragraph's block."""
        self.tell(Event(name=name, block=self.paragraph.block.id, message=message, numbers=numbers))


def draw(site: Site, n: int, how: Sampling) -> tuple[list[Draft], BudgetExceeded | None]:
    """At most n drafts, and the budget that left some out; those that took no form are missing.

    Raises:
        MalformedReply: none took the form.
        BudgetExceeded: the budget ended before the first.
    """
    ways = {"independent": _independent, "tree": _by_tree, "particles": _by_particles}
    drafts: list[Draft] = []
    failure: MalformedReply | None = None
    try:
        # One draft alone is drawn as it always was.
        for drawn in ways[how if n > 1 else "independent"](site, n):
            if isinstance(drawn, MalformedReply):
                failure = drawn
            else:
                drafts.append(drawn)
    except BudgetExceeded as error:
        if not drafts:
            raise
        return drafts, error
    if not drafts and failure is not None:
        raise failure
    return drafts, None


def _independent(site: Site, n: int) -> Iterator[Draft | MalformedReply]:
    for i in range(n):
        # The first is the writer's likeliest, as it would be alone.
        temperature = site.temperature if i else site.paragraph.block.temperature
        try:
            yield site.paragraph.draft(seed=site.seed + i, temperature=temperature).candidates
        except MalformedReply as error:
            yield error


def _by_tree(site: Site, n: int) -> Iterator[Draft | MalformedReply]:
    """Drafts that leave a first one where the writer was least sure of how to go on (ETTRL, arXiv 2508.11356).

    The paper forks at tokens; here a fork is a sentence's beginning, and its entropy that of its first tokens.
    """
    failures: list[MalformedReply] = []

    def sample(begun: Sequence[Candidate], seed: int) -> list[Part[Candidate]]:
        try:
            if begun:
                more = site.paragraph.go_on(begun, seed=seed, temperature=site.temperature)
                return [Part(sentence, None) for sentence in more]
            temperature = site.temperature if seed > site.seed else site.paragraph.block.temperature
            drafted = site.paragraph.draft(seed=seed, temperature=temperature, top_logprobs=_MOST_ALTERNATIVES)
        except MalformedReply as error:
            failures.append(error)
            return []
        nats = drafted.entropies_nats()
        if None in nats:
            site.told("draft_no_entropy", "the writer gives no log-probabilities: this draft has no branches")
        return [Part(sentence, value) for sentence, value in zip(drafted.candidates, nats, strict=True)]

    for rollout in tree_rollouts(sample, n_rollouts=n, n_forks=_FORKS, n_branches=_BRANCHES, seed=site.seed):
        numbers: dict[str, float] = {"tree": rollout.tree, "new": rollout.n_new}
        if rollout.fork is not None:
            numbers |= {"fork": rollout.fork, "nats": round(rollout.nats or 0.0, 4)}
        site.told("draft_rollout", "", **numbers)
        if rollout.n_new:
            yield list(rollout.parts)
    yield from failures


def _by_particles(site: Site, n: int) -> Iterator[Draft | MalformedReply]:
    """Drafts that grow side by side, a sentence at a time; those that are worth more go on (ePF, arXiv 2510.05825)."""
    rng, resampler = np.random.default_rng(site.seed), EntropicResampler()
    n_steps = n_sentences_of(site.paragraph.block)
    particles: list[Draft] = [[] for _ in range(n)]
    failures: list[MalformedReply] = []
    for step in range(n_steps):
        for i, particle in enumerate(particles):
            seed = site.seed + step * n + i
            try:
                more = site.paragraph.go_on(particle, most=1, seed=seed, temperature=site.temperature)
            except MalformedReply as error:
                failures.append(error)
            except BudgetExceeded:
                yield from filter(None, particles)
                raise
            else:
                particles[i] = particle + more
        if step < n_steps - 1:
            particles = _resampled(particles, site, resampler, step, n_steps, rng)
    yield from filter(None, particles)
    yield from failures


def _resampled(
    particles: Sequence[Draft],
    site: Site,
    resampler: EntropicResampler,
    step: int,
    n_steps: int,
    rng: np.random.Generator,
) -> list[Draft]:
    scores = [_promise(particle, site) for particle in particles]
    drawn = resampler.step(log_weights(scores), step, n_steps, rng)
    site.told(
        "drafts_resampled",
        f"after sentence {step + 1}: {', '.join(map(str, drawn.indices))} go on",
        step=step,
        of=n_steps,
        effective=round(drawn.effective, 4),
        temperature=round(drawn.temperature, 4),
        kept=len(set(drawn.indices)),
        best=round(max(scores), 4),
        least=round(min(scores), 4),
    )
    return [list(particles[i]) for i in drawn.indices]


def _promise(particle: Sequence[Candidate], site: Site) -> float:
    """What a part of a draft is worth, 0 to 1: of the statements only as many count as it has sentences, since a
    beginning cannot tell them all."""
    n_statements = len(site.paragraph.statements)
    n_expected = min(n_statements, len(particle))
    return min(1.0, site.worth(particle) * n_statements / n_expected) if n_expected else 0.0
