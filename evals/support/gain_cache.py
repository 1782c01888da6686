"""Bits of claims after their evidence, kept in a file: scoring is slow, may be stopped at any time, and goes on later.

One JSON line a claim. Knows texts and a scorer; no labels.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from agent.claims.token_gains import VERSION, TokenGains, token_gains
from agent.errors import UsageProblem
from lm.scoring import LogProbScorer, Unavailable

_LOT = 16  # claims of one evidence that are scored, and kept, together


@dataclass(frozen=True)
class Scored:
    """How far scoring came."""

    n_wanted: int
    n_known: int
    n_new: int
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.n_known + self.n_new == self.n_wanted


class GainCache:
    """Token gains by the content of claim and evidence, of one scorer and one version of the features."""

    def __init__(self, path: Path, *, scorer: str) -> None:
        """Read the file; one that is not there is made when something is kept.

        Args:
            path: Lines of other scorers or versions in it stay, and count for nothing; so does one torn by a kill.
            scorer: Fingerprint of the scorer; empty: the first that is met.

        Raises:
            UsageProblem: the file cannot be read.
        """
        self._path, self.scorer = path, scorer
        self._kept: dict[str, TokenGains] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        except (OSError, UnicodeError) as cause:
            raise UsageProblem(f"{path} cannot be read: {cause}", hint="name another file of scored claims") from cause
        for line in lines:
            self._take(line)

    def find(self, claim: str, evidence: str) -> TokenGains | None:
        """What is kept of it."""
        return self._kept.get(key_of(claim, evidence))

    def fill(
        self,
        pairs: Sequence[tuple[str, str]],
        open_scorer: Callable[[], LogProbScorer],
        *,
        seconds: float,
        tell: Callable[[str], None],
    ) -> Scored:
        """Score what is not kept yet, evidence by evidence in the order given, and keep it at once.

        Args:
            pairs: claim and evidence.
            open_scorer: called when there is something to score.
            seconds: after which no further lot is begun.
            tell: hears now and then how far it is.

        Raises:
            UsageProblem: the scorer does not score given text.
        """
        began = time.monotonic()
        missing: dict[str, list[str]] = {}
        wanted = dict.fromkeys(pairs)
        for claim, evidence in wanted:
            if self.find(claim, evidence) is None:
                missing.setdefault(evidence, []).append(claim)
        n_missing = sum(map(len, missing.values()))
        n_new, scorer = 0, open_scorer() if missing and seconds > 0 else None
        lots = [(claims[at : at + _LOT], evidence) for evidence, claims in missing.items()
                for at in range(0, len(claims), _LOT)]  # fmt: skip
        for lot, (claims, evidence) in enumerate(lots):
            if scorer is None or time.monotonic() - began > seconds:
                break
            self._score(claims, evidence, scorer)
            n_new += len(claims)
            if lot % 20 == 0:
                tell(f"scored {n_new} of {n_missing} claims in {time.monotonic() - began:.0f} s")
        return Scored(len(wanted), len(wanted) - n_missing, n_new, time.monotonic() - began)

    def _score(self, claims: Sequence[str], evidence: str, scorer: LogProbScorer) -> None:
        found = token_gains(claims, evidence, scorer)
        if isinstance(found, Unavailable):
            raise UsageProblem(f"the scorer cannot tell: {found.reason}", hint="leave the scorer's features out")
        self.scorer = self.scorer or found[0].scorer
        if others := {gains.scorer for gains in found} - {self.scorer}:
            raise UsageProblem(
                f"{self._path} holds what {self.scorer} says, not {', '.join(sorted(others))}",
                hint="name another file",
            )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            for claim, gains in zip(claims, found, strict=True):
                key = key_of(claim, evidence)
                self._kept[key] = gains
                file.write(json.dumps({"key": key, "version": VERSION, "gains": gains.model_dump()}) + "\n")

    def _take(self, line: str) -> None:
        try:
            row = json.loads(line)
            gains = TokenGains.model_validate(row["gains"])
        except (ValueError, KeyError, TypeError, ValidationError):
            return
        if row.get("version") == VERSION and gains.scorer == (self.scorer or gains.scorer):
            self.scorer = gains.scorer
            self._kept[str(row["key"])] = gains


def key_of(claim: str, evidence: str) -> str:
    """SHA-256, as hex, of both texts."""
    return sha256(json.dumps([claim, evidence]).encode()).hexdigest()
