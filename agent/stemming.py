"""Word forms folded together, for several threads at once."""

from collections.abc import Callable
from threading import Lock

import Stemmer


def english_stem() -> Callable[[str], str]:
    """A function from a word to its English stem. PyStemmer's own must not be called by two threads at a time."""
    stemmer, lock = Stemmer.Stemmer("english"), Lock()

    def stem(word: str) -> str:
        with lock:
            return str(stemmer.stemWord(word))

    return stem
