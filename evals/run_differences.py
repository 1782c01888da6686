"""What differs between two runs besides the program, in words.

Knows manifests. Must not know results.
"""

from collections.abc import Collection, Mapping
from itertools import chain

from pydantic import JsonValue

from evals.run_record import Manifest

# Settings that do not change what is written, and the model, of which the manifest speaks itself.
_NOT_REMARKED = ("home", "models_dir", "offline", "roles.writer.model")
_MAX_NAMED = 8


def run_differences(a: Manifest, b: Manifest) -> tuple[str, ...]:
    """A sentence for each thing: data, model, options, versions, prompts, settings; none where all are the same."""
    of_a, of_b = a.options, b.options
    pairs = (
        ("models", a.model, b.model),
        ("tokens of evidence", of_a.evidence_tokens, of_b.evidence_tokens),
        ("halves of the data", of_a.half, of_b.half),
        ("epochs", of_a.epochs, of_b.epochs),
        ("seeds", of_a.seed, of_b.seed),
        ("versions of Wellread", a.version, b.version),
    )
    told = [f"the {what} differ: {one} and {other}" for what, one, other in pairs if one != other]
    settings = [name for name in _differing(_flat(a.config), _flat(b.config)) if name not in _NOT_REMARKED]
    named = (
        ("prompts", _differing(a.prompts, b.prompts)),
        ("narrative schemas", _differing(a.schemas, b.schemas) if a.schemas and b.schemas else []),
        ("settings", settings),
        ("versions of packages", _differing(a.packages, b.packages)),
    )
    told += [f"the {what} differ: {_listed(names)}" for what, names in named if names]
    is_other = a.data_sha256 != b.data_sha256
    return (*(["the data differ: items are matched by id alone"] if is_other else []), *told)


def _flat(config: Mapping[str, JsonValue], under: str = "") -> dict[str, JsonValue]:
    """Settings by their full names."""
    parts = (
        _flat(value, f"{under}{name}.") if isinstance(value, dict) else {f"{under}{name}": value}
        for name, value in config.items()
    )
    return dict(chain.from_iterable(part.items() for part in parts))


def _differing(
    a: Mapping[str, JsonValue] | Mapping[str, str], b: Mapping[str, JsonValue] | Mapping[str, str]
) -> list[str]:
    return [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]


def _listed(names: Collection[str]) -> str:
    """The first few by name, the others counted."""
    rest = len(names) - _MAX_NAMED
    return ", ".join([*list(names)[:_MAX_NAMED], *([f"{rest} more"] if rest > 0 else [])])
