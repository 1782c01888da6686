"""Word forms folded together, for several threads at once."""

from collections.abc import Callable
from functools import cache, lru_cache
from threading import Lock

import Stemmer


@cache
def english_stem() -> Callable[[str], str]:
    """A function from a word to its English stem, the same one each time, so that what hangs on it can be kept.

    PyStemmer's own must not be called by two threads at a time.
    """
    stemmer, lock = Stemmer.Stemmer("english"), Lock()

    @lru_cache(maxsize=65_536)
    def stem(word: str) -> str:
        with lock:
            return str(stemmer.stemWord(word))

    return stem
