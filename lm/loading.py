"""Loading a model from the models folder, and telling damaged files from every other trouble."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lm.catalog import ModelEntry
from lm.errors import ModelMissing
from lm.pull import locate, verify

T = TypeVar("T")


def load_verified(entry: ModelEntry, models_dir: Path, load: Callable[[Path], T]) -> T:
    """What `load` makes of the model's folder; where that fails, the files are hashed to see whether they are why.

    Raises:
        ModelMissing: the model is not there, or its files are damaged; the hint mends it.
        Exception: what `load` raised, when the files are as they were verified.
    """
    folder = locate(entry, models_dir)
    try:
        return load(folder)
    except Exception as error:
        # The readers of weights, vocabularies and settings share no error: some raise a bare Exception.
        changed = verify(entry, models_dir)
        if not changed:
            raise
        raise ModelMissing(
            f"the model {entry.name} is damaged: {', '.join(changed)} in {folder} changed since it was verified "
            f"({type(error).__name__}: {error})",
            hint=f"wellread models pull {entry.name}",
        ) from error
