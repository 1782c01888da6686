"""Answers from compressed evidence: what the reader still gets right when twenty documents are a quarter as long."""

from functools import partial

from agent.compression.names import COMPRESSORS, MeasuredName
from evals.bench import Program
from evals.programs.compression import read_compressed
from evals.suite import Suite
from evals.suites.qa import METRICS
from evals.suites.qa import SUITE as QA

_RATE = 0.25


def _reading(name: MeasuredName | None) -> Program:
    return read_compressed(name, _RATE)


SUITE = Suite(
    name="compressed",
    about="Short answers from twenty documents that a compressor has cut to a quarter; `whole` reads all of them.",
    wants=QA.wants,
    load=QA.load,
    programs={**{name: partial(_reading, name) for name in COMPRESSORS}, "whole": partial(_reading, None)},
    metrics=tuple(metric for metric in METRICS if metric.name not in ("atoms", "answer_in_cited")),
    needs_model=frozenset({*COMPRESSORS, "whole"}),
    variants=frozenset(COMPRESSORS) - {"extractive", "random"},
    default_data=QA.default_data,
)
