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
    "saturation": "evals.suites.saturation",
    "injection": "evals.suites.injection",
    "foraging": "evals.suites.foraging",
    "facts": "evals.suites.facts",
    "compression": "evals.suites.compression",
    "compressed": "evals.suites.compressed",
    "outlines": "evals.suites.outlines",
    "aboutness": "evals.suites.aboutness",
    "pacing": "evals.suites.pacing",
    "memory": "evals.suites.memory",
    "conversation": "evals.suites.conversation",
}
# The same suites with another judge, by an option of `eval run`; known by name, so that their runs can be resumed.
_VARIANTS = {"citations-probability": "evals.suites.citations_probable"}


def suite_names() -> tuple[str, ...]:
    """All of them, variants apart."""
    return tuple(_MODULES)


def find_suite(name: str) -> Suite:
    """The suite of that name.

    Raises:
        UsageProblem: there is none.
    """
    modules = _MODULES | _VARIANTS
    if name not in modules:
        near = difflib.get_close_matches(name, _MODULES, n=1)
        guess = f"did you mean {near[0]}?" if near else f"there are {', '.join(_MODULES)}"
        raise UsageProblem(f"there is no suite {name!r}; {guess}", hint="wellread eval ls")
    suite: Suite = import_module(modules[name]).SUITE
    return suite
