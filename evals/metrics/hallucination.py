"""How much of what was written is free of hallucination, by claim and by report?

Knows labels of claims. Must not know who gave them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class HallucinationFree:
    """Counts over reports. One without claims is in `n_empty` alone: silence must not pass for truth."""

    n_claims: int
    n_supported: int
    n_reports: int
    n_clean: int
    n_empty: int

    @property
    def by_claim(self) -> float | None:
        """Share of claims that are supported (FActScore's precision; Min et al., 2023), 0 to 1; None without claims."""
        return self.n_supported / self.n_claims if self.n_claims else None

    @property
    def by_report(self) -> float | None:
        """Share of reports with claims that have no unsupported one, 0 to 1; None without such reports."""
        return self.n_clean / self.n_reports if self.n_reports else None


def hallucination_free(reports: Sequence[Sequence[bool]]) -> HallucinationFree:
    """Count claims and reports.

    Args:
        reports: for each report, whether each of its claims is supported.
    """
    with_claims = [report for report in reports if report]
    return HallucinationFree(
        n_claims=sum(len(report) for report in with_claims),
        n_supported=sum(sum(report) for report in with_claims),
        n_reports=len(with_claims),
        n_clean=sum(all(report) for report in with_claims),
        n_empty=len(reports) - len(with_claims),
    )


def of_shares(shares: Iterable[tuple[int, float]]) -> HallucinationFree:
    """The same of reports of which only the number of claims and the share that is supported are known."""
    counts = [(n, round(share * n)) for n, share in shares]
    return hallucination_free([[at < n_supported for at in range(n)] for n, n_supported in counts])
