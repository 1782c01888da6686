"""Gates: a condition on a figure that decides a run's exit code, like ``f1>=.40``."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.errors import UsageProblem
from evals.summary import Estimate

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

    def fault(self, estimates: Mapping[str, Estimate]) -> str | None:
        """What breaks the gate; None when it holds. A figure that could not be measured breaks it."""
        if self.name not in estimates:
            return f"gate {self}: the run has no figure {self.name}; it has {', '.join(estimates) or 'none'}"
        value = estimates[self.name].value
        return None if _HOLDS[self.sign](value, self.bound) else f"gate {self}: {self.name} is {value:.4f}"
