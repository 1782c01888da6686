"""From questions with known answers to what `ask` needs fitted: thresholds of the pursuit, cut-offs of difficulty.

Asks exactly as a pursuit does, but looks up sub-questions at random: what is fitted holds for posteriors made alike.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.craft_ask import questioner_for
from agent.difficulty import N_ANSWERS, Difficulty, Signs, difficulty_of, signs_of
from agent.pursuit.conformal import Scored
from agent.pursuit.posterior import OTHER, Posterior
from agent.pursuit.pursue import wander
from agent.pursuit.questioner import evidence_line
from agent.short_answers import draw_answers
from evals.items import Item
from evals.metrics.answers import contains_answer
from lm.types import ChatModel
from retrieval.search import Searcher


@dataclass(frozen=True)
class Observed:
    """What the model showed on one question: posteriors after 0, 1, … queries with their true labels, and signs."""

    posteriors: tuple[Posterior, ...]
    truths: tuple[str, ...]
    signs: Signs
    difficulty: Difficulty

    @property
    def points(self) -> list[Scored]:
        """Calibration points, one for each length of history."""
        pairs = zip(self.posteriors, self.truths, strict=True)
        return [Scored(k, posterior.score(truth)) for k, (posterior, truth) in enumerate(pairs)]


def true_label(posterior: Posterior, answers: Sequence[str]) -> str:
    """The most probable of the labels that hold a right answer; `OTHER` where none does."""
    pairs = zip(posterior.probabilities, posterior.labels, strict=True)
    right = [(p, label) for p, label in pairs if label != OTHER and contains_answer(label, answers)]
    return max(right)[1] if right else OTHER


def observe(item: Item, searcher: Searcher, writer: ChatModel, *, length: int, seed: int, max_tokens: int) -> Observed:
    """Ask one question after 0 to `length` sub-questions drawn at random.

    Raises:
        ValueError: the item has no answers.
        LMError: a call failed.
    """
    questioner = questioner_for(item.text, searcher, writer, seed=seed, max_tokens=max_tokens)
    posteriors = tuple(wander(questioner, length=length, rng=random.Random(f"{seed}:{item.id}")))
    lines = [evidence_line(hit) for hit in questioner.first]
    answers = draw_answers(item.text, lines, writer=writer, n=N_ANSWERS, seed=seed, max_tokens=max_tokens)
    return Observed(
        posteriors=posteriors,
        truths=tuple(true_label(posterior, item.answers) for posterior in posteriors),
        signs=signs_of(answers, lines),
        difficulty=difficulty_of(sum(contains_answer(answer, item.answers) for answer in answers), N_ANSWERS),
    )


def observe_all(
    items: Sequence[Item],
    searcher: Searcher,
    writer: ChatModel,
    *,
    length: int,
    seed: int,
    max_tokens: int,
    tell: Callable[[int, int], None],
) -> list[Observed]:
    """`observe` each item; `tell` hears how many are done, and of how many."""
    found = []
    for done, item in enumerate(items, start=1):
        found.append(observe(item, searcher, writer, length=length, seed=seed, max_tokens=max_tokens))
        tell(done, len(items))
    return found
