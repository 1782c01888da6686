"""Turns whatever goes wrong at an OpenAI-compatible endpoint into the error tree of this floor."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai

from lm.errors import (
    ContextOverflow,
    EndpointRefused,
    EndpointUnreachable,
    LMError,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
    ServerFailed,
)

# Longer names first: "max_completion_tokens" must not be read as another parameter's advice.
_PARAMETERS = (
    "stream_options",
    "response_format",
    "top_logprobs",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "logprobs",
    "top_p",
    "seed",
    "stop",
    "model",
    "messages",
)
_NAMED = re.compile(r"(?<![\w-])(" + "|".join(_PARAMETERS) + r")(?![\w-])")
# "temperature", 'stop' or `seed`: a quoted name is surely the parameter; "stop" alone may be an English word.
_QUOTED = re.compile(r"[\"'`](" + "|".join(_PARAMETERS) + r")\b[^\"'`\s]*[\"'`]")
_OVERFLOW = re.compile(
    r"context[ _-]?(length|size|window|limit)|maximum (context|input|prompt)"
    r"|prompt is too long|too many (input )?tokens|input (is )?too long"
    r"|exceeds? the (model's )?(maximum|limit of) .*tokens",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient[_ ](quota|balance|credit|funds)|exceeded your current quota|credit balance|out of credits"
    r"|billing[_ ](hard|not)|quota[_ ]exhausted|payment required",
    re.IGNORECASE,
)
_EXCERPT = 300
_OVERLOAD = (503, 529)  # 529 is Anthropic's word for 503


def normalised(error: Exception, *, endpoint: str) -> LMError:
    """The error of this floor that `error` amounts to.

    Args:
        error: From the SDK, or from reading what the SDK returned.
        endpoint: Name of the model, for the message.
    """
    if isinstance(error, LMError):
        return error
    if TimeoutError in (type(error), type(error.__cause__)) or isinstance(error, openai.APITimeoutError):
        return EndpointUnreachable(
            f"{endpoint} did not answer in time",
            hint="Raise roles.writer.timeout_s (or that of the role concerned), shorten the request, "
            "or see whether the server is overloaded.",
        )
    if isinstance(error, openai.APIConnectionError):
        reason = f": {error.__cause__}" if error.__cause__ else ""
        return EndpointUnreachable(
            f"{endpoint} cannot be reached{reason}",
            hint="Check that the server is running, the base URL, and the network.",
        )
    if isinstance(error, openai.APIStatusError):
        return error_of_status(
            error.status_code,
            _message(error.body) or error.message,
            body=error.body,
            headers=error.response.headers,
            endpoint=endpoint,
        )
    if isinstance(error, openai.APIError):  # an error event inside a stream
        return error_of_body(error.body, endpoint=endpoint)
    return ServerFailed(
        f"{endpoint} answered with something that is not a chat completion: {str(error)[:_EXCERPT]}",
        hint="Check that the base URL ends where an OpenAI-compatible API begins, often in /v1.",
    )


def error_of_body(body: object, *, endpoint: str) -> LMError:
    """The error that an endpoint reports under status 200: some gateways do, and every stream must."""
    code = _field(body, "code")
    status = int(code) if code.isdecimal() and 400 <= int(code) < 600 else 500
    return error_of_status(
        status, _message(body) or "an error without a message", body=body, headers={}, endpoint=endpoint
    )


def error_of_status(status: int, message: str, *, body: object, headers: Mapping[str, str], endpoint: str) -> LMError:
    """The error that an HTTP status with this message amounts to."""
    what = f"{endpoint} answered {status}: {message[:_EXCERPT]}"
    codes = f"{_field(body, 'code')} {_field(body, 'type')}"
    retry_after_s = _retry_after_s(headers)
    if 400 <= status < 500 and status != 429 and _OVERFLOW.search(f"{codes} {message}"):
        return ContextOverflow(what, hint="Shorten the prompt, or lower this model's context_tokens.")
    if status == 402 or _is_quota(status, codes, message, retry_after_s):
        return QuotaExhausted(what, hint="Add credit at the provider, or name another model for this role.")
    if status in (401, 403):
        return EndpointRefused(what, hint="Check the key, and that it may use this model.")
    if status == 404:
        return RequestRejected(what, parameter="model", hint="Check the model's name and the base URL.")
    if status == 429:
        return RateLimited(what, retry_after_s=retry_after_s, hint="Fewer calls at once, or wait and run again.")
    if status >= 500 or status in (408, 409, 425):
        return ServerFailed(
            what,
            hint="The provider's fault, and often a passing one: run again later.",
            is_overload=status in _OVERLOAD,
            retry_after_s=retry_after_s,
        )
    return RequestRejected(
        what,
        parameter=_parameter(body, message),
        hint="The endpoint does not take this request as it is; see its documentation.",
    )


def _is_quota(status: int, codes: str, message: str, retry_after_s: float | None) -> bool:
    if "insufficient_quota" in codes:
        return True
    # "Quota exceeded … retry in 20 s" is a rate limit, whatever it calls itself.
    return status in (400, 403, 429) and retry_after_s is None and bool(_QUOTA.search(f"{codes} {message}"))


def _parameter(body: object, message: str) -> str | None:
    # "response_format.json_schema" and "messages[0].content" are of the parameter before the point.
    param = re.split(r"[.\[]", _field(body, "param"))[0]
    if param:
        return param
    named = _QUOTED.search(message) or _NAMED.search(message)
    return named.group(1) if named else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    milliseconds = headers.get("retry-after-ms", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    until = _date(text)
    if until is None:
        return None
    # By the server's own clock where it shows one: ours may be wrong.
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _inner(body: object) -> Mapping[str, object]:
    if not isinstance(body, Mapping):
        return {}
    error = body.get("error", body)
    return error if isinstance(error, Mapping) else {"message": error}


def _message(body: object) -> str:
    return _field(body, "message") or _field(body, "detail") or (body if isinstance(body, str) else "")


def _field(body: object, name: str) -> str:
    value = _inner(body).get(name)
    return "" if value is None else str(value)
