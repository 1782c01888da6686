r"""The error tree of the language-model floor.

LMError
├── EndpointUnreachable      nothing answers                         retryable
├── EndpointRefused          a wrong key, or no permission
├── RateLimited              try later (`retry_after_s`)             retryable
│   └── StillLimited         waited for as long as agreed; no call was made
├── QuotaExhausted           paid quota is gone: trying again costs nothing but time
├── ServerFailed             5xx, truncated or malformed answer      retryable
├── RequestRejected          the server refuses this request (`parameter` when it names one)
├── ContextOverflow          prompt plus completion exceed the window
├── BudgetExceeded           the call would break a budget; it was not made
├── ModelMissing             model files are not on this machine
├── MalformedReply           the replies never took the form asked for (`replies`)
├── PriceUnknown             money is limited and the model's price is not known
└── CacheBroken              the call cache is damaged or of an unknown version
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lm.types import ChatReply


class LMError(Exception):
    """A language model could not do what was asked. `hint` tells a person how to mend it."""

    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class EndpointUnreachable(LMError):
    """No server answers at the endpoint, or it stopped answering."""

    retryable = True


class EndpointRefused(LMError):
    """The endpoint answered and refused: a wrong key, or no permission for the model."""


class RateLimited(LMError):
    """Too many requests; `retry_after_s` is the server's own word where it gave one."""

    retryable = True

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class StillLimited(RateLimited):
    """The endpoint has let nothing through for as long as we are ready to wait, so the call was not made."""

    retryable = False


class QuotaExhausted(LMError):
    """The account's quota or credit is used up; waiting does not help."""


class ServerFailed(LMError):
    """The server broke: 5xx, a cut stream, or an answer that is not a chat completion.

    `is_overload`: it has too much to do, and fewer calls at once may mend it; `retry_after_s` as for `RateLimited`.
    """

    retryable = True

    def __init__(
        self, message: str, *, hint: str = "", is_overload: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.is_overload, self.retry_after_s = is_overload, retry_after_s


class RequestRejected(LMError):
    """The server does not accept the request; `parameter` is the one it named, if it named one."""

    def __init__(self, message: str, *, hint: str = "", parameter: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.parameter = parameter


class ContextOverflow(LMError):
    """Prompt and completion together exceed the model's window."""


class BudgetExceeded(LMError):
    """The next call would break a budget, so it was not made. `limit` names the budget."""

    def __init__(self, message: str, *, limit: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.limit = limit


class ModelMissing(LMError):
    """A model's files are not on this machine."""


class MalformedReply(LMError):
    """The replies, repairs included, never took the form asked for. `replies` are those already paid for."""

    def __init__(self, message: str, *, replies: "tuple[ChatReply, ...]", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.replies = replies


class PriceUnknown(LMError):
    """Spending is limited and nobody said what this model costs; no call was made."""


class CacheBroken(LMError):
    """The call cache is no database, or was written by another version."""
