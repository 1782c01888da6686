"""Gates: a condition on a figure that decides a run's exit code, like ``f1>=.40`` or ``failed==0``."""

import difflib
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from agent.errors import UsageProblem
from evals.summary import COUNTS, Estimate

_FORM = re.compile(r"\s*([A-Za-z][\w@.-]*?)\s*(>=|<=|>|<|==)\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*")
_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Gate:
    """A figure's name, the comparison, and the bound."""

    name: str
    sign: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> "Gate":
        """Read ``f1>=.40``.

        Raises:
            UsageProblem: it has another form.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            hint = 'a gate is like "f1>=.40": a figure, >= <= > < or ==, a number'
            raise UsageProblem(f"{text!r} is no gate", hint=hint)
        return cls(match[1], match[2], float(match[3]))

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{self.bound:g}"

    def check_known(self, names: Collection[str]) -> None:
        """Refuse, before anything is run, a figure that no run can have.

        Args:
            names: The suite's metrics; the counts of `COUNTS` are known besides.

        Raises:
            UsageProblem: the gate's figure is neither.
        """
        known = [*names, *COUNTS]
        if self.name not in known:
            near = difflib.get_close_matches(self.name, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise UsageProblem(
                f"gate {self}: there is no figure {self.name}", hint=f"{hint}it may be {', '.join(known)}"
            )

    def fault(self, estimates: Mapping[str, Estimate], counts: Mapping[str, float]) -> str | None:
        """What breaks the gate; None when it holds. A figure that could not be measured breaks it."""
        if self.name in estimates:
            value = estimates[self.name].value
        elif self.name in counts:
            value = counts[self.name]
        else:
            return (
                f"gate {self}: the run has no figure {self.name}; it has {', '.join([*estimates, *counts]) or 'none'}"
            )
        said = f"{value:,.0f}" if value.is_integer() and self.name not in estimates else f"{value:.4f}"
        return None if _HOLDS[self.sign](value, self.bound) else f"gate {self}: {self.name} is {said}"
