"""The compressors that can be named: those of `[compress]`, and the control that they are measured against."""

from typing import Literal, get_args

from agent.settings import CompressorName

MeasuredName = Literal[CompressorName, "helper", "random"]
COMPRESSORS: tuple[MeasuredName, ...] = get_args(MeasuredName)
# These want something of the user's own: a classifier (compress.classifier_dir), or calls of the helper's model.
WANTING: frozenset[MeasuredName] = frozenset({"classifier", "llmlingua2", "helper"})
