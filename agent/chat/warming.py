"""The embedder loaded while the user still types.

Not for speed alone: a Ctrl-C that comes in the middle of loading it would leave its libraries half imported, and no
answer could be given any more. It reaches the main thread only, and there nothing is loaded.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.errors import AgentError
from lm.embedding import Embedder
from lm.errors import LMError

logger = logging.getLogger(__name__)


@contextmanager
def warmed(embedder: Embedder) -> Iterator[Callable[[], None]]:
    """Load an embedder in a thread; yields what waits for it. The thread has ended when the body's end is left."""

    def load() -> None:
        try:
            logger.info("embedder loaded fingerprint=%s", embedder.fingerprint)
        except (LMError, AgentError, OSError) as error:  # the first question meets it again, and tells
            logger.info("embedder not loaded error=%s", error)

    thread = threading.Thread(target=load, name="warming")
    thread.start()
    try:
        yield thread.join
    finally:
        thread.join()
