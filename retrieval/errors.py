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


class SourceUnreadable(RetrievalError):
    """A file could not be turned into text. `reason` is what the quarantine list shows."""

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.reason = reason


class UnknownDocument(RetrievalError):
    """No document or passage has this id."""
