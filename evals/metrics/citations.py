"""Do the cited sources entail what cites them? Citation recall and precision of ALCE (Gao et al., EMNLP 2023).

Knows statements, numbered sources and a judge of entailment. Must not know which judge: its name belongs next to every
number. Copying a source word for word scores nearly 1: read these beside a measure of correctness and the copy rate.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Entails = Callable[[str, str], bool]  # premise, hypothesis

ALCE_MAX_CITATIONS = 3


@dataclass(frozen=True)
class Statement:
    """What is said, without its markers, and the numbers that it cites, in order."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """What a citation's number stands for."""

    title: str
    text: str

    @property
    def premise(self) -> str:
        """As ALCE words it."""
        return f"Title: {self.title}\n{self.text}"


@dataclass(frozen=True)
class StatementScore:
    """One statement judged. `is_supported`: its sources together entail it. `is_precise`: for each citation looked at,
    whether it helps."""

    is_supported: bool
    is_precise: tuple[bool, ...]


@dataclass(frozen=True)
class CitationScores:
    """The statements of one report, judged."""

    statements: tuple[StatementScore, ...]

    @property
    def n_citations(self) -> int:
        """Citations looked at."""
        return sum(len(one.is_precise) for one in self.statements)

    @property
    def recall(self) -> float | None:
        """Share of statements that their sources entail, 0 to 1; None without statements."""
        n = len(self.statements)
        return sum(one.is_supported for one in self.statements) / n if n else None

    @property
    def precision(self) -> float | None:
        """Share of citations that help, 0 to 1; 0 without citations, as in ALCE; None without statements."""
        if not self.statements:
            return None
        return sum(sum(one.is_precise) for one in self.statements) / max(1, self.n_citations)


def citation_scores(
    statements: Sequence[Statement],
    sources: Mapping[int, Source],
    entails: Entails,
    *,
    max_citations: int | None = None,
) -> CitationScores:
    """Judge every statement of one report.

    A statement is supported when it has citations, all name sources, and the sources together entail it. A citation of
    a supported statement is precise unless its source alone does not entail the statement while the others do; none of
    an unsupported statement's is. A single citation is judged with one call, k of them with at most 1 + 2k.

    Where ALCE's paper and its script differ this follows the paper: citations of a statement with a number out of range
    count as imprecise; the script leaves them out. Nothing is cut at the first newline.

    Args:
        statements: in the report's order.
        sources: by number.
        entails: whether a premise entails a hypothesis.
        max_citations: look at the first so many of a statement only: 3 in ALCE; None, all of them, for our reports.

    Raises:
        ValueError: `max_citations` is below 1.
    """
    if max_citations is not None and max_citations < 1:
        raise ValueError(f"max_citations is {max_citations}, must be at least 1")
    return CitationScores(tuple(_judged(one, sources, entails, max_citations) for one in statements))


def _judged(
    statement: Statement, sources: Mapping[int, Source], entails: Entails, max_citations: int | None
) -> StatementScore:
    cited = statement.citations[:max_citations]
    none_precise = (False,) * len(cited)
    # All numbers must be in range, those beyond the first few too: ALCE checks before it cuts.
    if not cited or any(number not in sources for number in statement.citations):
        return StatementScore(is_supported=False, is_precise=none_precise)
    premises = [sources[number].premise for number in cited]
    if not entails("\n".join(premises), statement.text):
        return StatementScore(is_supported=False, is_precise=none_precise)
    if len(premises) == 1:
        return StatementScore(is_supported=True, is_precise=(True,))
    precise = tuple(
        entails(premise, statement.text)
        or not entails("\n".join(premises[:position] + premises[position + 1 :]), statement.text)
        for position, premise in enumerate(premises)
    )
    return StatementScore(is_supported=True, is_precise=precise)
