"""The error tree of the retrieval floor."""


class RetrievalError(Exception):
    """The corpus could not do what was asked. `hint` tells a person how to mend it."""

    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class CorpusEmpty(RetrievalError):
    """There is nothing to search: no document was ingested, or none could be read."""


class CorpusBroken(RetrievalError):
    """The corpus file is damaged, of an unknown schema, or disagrees with itself."""


class CorpusBusy(RetrievalError):
    """Another process holds the corpus for writing."""

    retryable = True


class CorpusFull(RetrievalError):
    """There is no room to write the corpus, or its disk fails. The transaction under way left no trace."""


class SourceUnreadable(RetrievalError):
    """A file could not be turned into text. `reason` is what the quarantine list shows.

    `keeps_documents`: the file may hold more than can be seen now, as on a share that is not there, so what was
    read of it before is not to be removed.
    """

    def __init__(self, reason: str, *, hint: str = "", keeps_documents: bool = False) -> None:
        super().__init__(reason, hint=hint)
        self.reason = reason
        self.keeps_documents = keeps_documents


class UnknownDocument(RetrievalError):
    """No document or passage has this id."""
