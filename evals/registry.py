"""The suites by name."""

import difflib
from importlib import import_module

from agent.errors import UsageProblem
from evals.suite import Suite

# Loaded when asked for: some bring heavy libraries with them.
_MODULES = {
    "qa": "evals.suites.qa",
    "retrieval": "evals.suites.retrieval",
    "evidence": "evals.suites.evidence",
    "report": "evals.suites.report",
    "citations": "evals.suites.citations",
    "faithfulness": "evals.suites.faithfulness",
    "cliff": "evals.suites.cliff",
    "injection": "evals.suites.injection",
    "foraging": "evals.suites.foraging",
    "facts": "evals.suites.facts",
    "compression": "evals.suites.compression",
    "compressed": "evals.suites.compressed",
    "outlines": "evals.suites.outlines",
}


def suite_names() -> tuple[str, ...]:
    """All of them."""
    return tuple(_MODULES)


def find_suite(name: str) -> Suite:
    """The suite of that name.

    Raises:
        UsageProblem: there is none.
    """
    if name not in _MODULES:
        near = difflib.get_close_matches(name, _MODULES, n=1)
        guess = f"did you mean {near[0]}?" if near else f"there are {', '.join(_MODULES)}"
        raise UsageProblem(f"there is no suite {name!r}; {guess}", hint="wellread eval ls")
    suite: Suite = import_module(_MODULES[name]).SUITE
    return suite
