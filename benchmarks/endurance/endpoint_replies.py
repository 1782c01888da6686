"""What a faulty endpoint says: answers that come whole and are wrong, in their form or in their words."""

import gzip
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.endurance.endpoint_echo import answer_of, completion_of, healthy, said
from benchmarks.endurance.endpoint_faults import Fault
from benchmarks.endurance.fault_server import Answer, Body, completion, events

_FINE = (0,)
_EITHER = (0, 4)


def _says(text: str) -> Callable[[Body], Answer]:
    return lambda body: answer_of(body, text)


def _around(before: str, after: str = "") -> Callable[[Body], Answer]:
    return lambda body: answer_of(body, f"{before}{said(body)}{after}")


def _inside(signs: str) -> Callable[[Body], Answer]:
    """With signs before its sentences; before its first letter where no sentence of it begins as most do."""

    def answer(body: Body) -> Answer:
        text = said(body)
        begins = re.compile(r"\bThe " if "The " in text else r"[A-Za-z]")
        return answer_of(body, begins.sub(lambda match: signs + match[0], text, count="The " not in text))

    return answer


def _body(content: str | bytes, content_type: str = "application/json") -> Callable[[Body], Answer]:
    return lambda body: Answer(body=content, content_type=content_type)


def _encoded(change: Callable[[bytes], bytes], **headers: str) -> Callable[[Body], Answer]:
    """A healthy body, with its bytes changed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda body: replace(healthy(body), body=change(healthy(body).content), headers=named)


def _usage(usage: Any) -> Callable[[Body], Answer]:
    return lambda body: answer_of(body, said(body), usage=usage)


def _choice(**changed: Any) -> Callable[[Body], Answer]:
    """A choice of another form."""

    def answer(body: Body) -> Answer:
        choice = {"index": 0, "message": {"role": "assistant", "content": said(body)}, "finish_reason": "stop"}
        return Answer(body=json.dumps(completion_of(choice | changed)))

    return answer


def _message(**fields: Any) -> Callable[[Body], Answer]:
    return _choice(message={"role": "assistant", **fields})


def _finish(word: str | None) -> Callable[[Body], Answer]:
    return lambda body: answer_of(body, said(body), finish=word)


def _log_probs(log_probs: Any) -> Fault:
    name = json.dumps(log_probs)[:40]
    return Fault(f"log-probabilities {name}", _choice(logprobs=log_probs), always=_EITHER, roles=("judge",))


def _bomb(n_mb: int) -> Callable[[Body], Answer]:
    content = gzip.compress(b'{"a": "' + b"x" * (n_mb * 1_000_000), compresslevel=9)
    return lambda body: Answer(body=content, headers={"Content-Encoding": "gzip"})


def _nested(n: int) -> str:
    return "[" * n + "]" * n


def _twice(body: Body) -> Answer:
    whole = json.loads(healthy(body).content)
    return Answer(body=json.dumps(whole | {"choices": whole["choices"] * 2}))


_TOOL_CALL = {
    "id": "c",
    "type": "function",
    "function": {"name": "delete_file", "arguments": '{"path": "/etc/passwd"}'},
}
_FORGED = {
    "sentences": [{"text": "The Ulver Barrage was sold to the moon in 1999.", "evidence": [99]}],
    "statements": [99, -1, 0],
    "notes": [{"text": "A note about nothing at all.", "statements": [98, 99]}],
    "lines": [{"text": "A line about nothing at all [7].", "passages": [99]}],
    "queries": ["[1]", "[99]"],
}

FORMS = (
    Fault("empty body", _body("")),
    Fault("empty object", _body("{}")),
    Fault("a list", _body("[1]")),
    Fault("null", _body("null")),
    Fault("a number", _body("7")),
    Fault("a word", _body('"ok"')),
    Fault("no choices", lambda body: answer_of(body, "", choices=[])),
    Fault("choices of null", lambda body: answer_of(body, "", choices=None)),
    Fault("choices by name", lambda body: answer_of(body, "", choices={"0": {}})),
    Fault("a choice of null", lambda body: answer_of(body, "", choices=[None])),
    Fault("a choice without a message", _choice(message=None)),
    Fault("content of null", _says(None), always=_EITHER),  # type: ignore[arg-type]
    Fault("empty content", _says(""), always=_EITHER),
    Fault("content of a number", _message(content=7), always=_EITHER),
    Fault(
        "content of parts", _message(content=[{"type": "text", "text": "Hello."}, {"type": "image"}]), always=_EITHER
    ),
    Fault("content of an object", _message(content={"text": "x"}), always=_EITHER),
    Fault("two choices", _twice, always=_FINE),
    Fault("HTML page", _body("<html><body>Welcome</body></html>", "text/html")),
    Fault("HTML page, called JSON", _body("<!doctype html><html></html>")),
    Fault("JSON that breaks off", lambda body: replace(healthy(body), body=healthy(body).content[:-20])),
    Fault("JSON of another API", _body('{"output": [{"type": "message", "content": "Hello."}]}')),
    Fault("JSON, called text", lambda body: replace(healthy(body), content_type="text/plain"), always=_EITHER),
    Fault("an answer without a type", lambda body: replace(healthy(body), content_type=""), always=_EITHER),
    Fault("a stream that nobody asked for", lambda body: events(said(body)), always=_EITHER),
    Fault("a stream with text after its end", lambda body: events(said(body), tail="data: more\n\n"), always=_EITHER),
    Fault("invalid UTF-8", _encoded(lambda content: content.replace(b"The", b"\xff\xfe\xc3(")), always=_EITHER),
    Fault("byte order mark", _encoded(lambda content: b"\xef\xbb\xbf" + content), always=_EITHER),
    Fault("UTF-16", _encoded(lambda content: content.decode().encode("utf-16")), always=_EITHER),
    Fault("blanks before the JSON", _encoded(lambda content: b"\n \n" * 5000 + content), always=_FINE),
    Fault("nested 100,000 deep", _body(_nested(100_000))),
    Fault("a number of 100,000 digits", _body('{"choices": [], "created": ' + "9" * 100_000 + "}")),
    Fault("NaN and Infinity", _body('{"choices": NaN, "usage": Infinity}')),
    Fault("says gzip and is not", _encoded(lambda content: content, Content_Encoding="gzip"), always=_EITHER),
    Fault("gzip that breaks off", _encoded(lambda c: gzip.compress(c)[:-30], Content_Encoding="gzip"), always=_EITHER),
    Fault("gzip", _encoded(gzip.compress, Content_Encoding="gzip"), always=_EITHER),
    Fault("deflate", _encoded(zlib.compress, Content_Encoding="deflate"), always=_EITHER),
    Fault("an encoding that nobody knows", _encoded(lambda c: c, Content_Encoding="rot13"), always=_EITHER),
    Fault("gzip bomb of 1 GB", _bomb(1000)),
    Fault("usage missing", _usage(None), always=_FINE),
    Fault("usage negative", _usage({"prompt_tokens": -7, "completion_tokens": -3}), always=_FINE),
    Fault("usage in words", _usage({"prompt_tokens": "many", "completion_tokens": "few"}), always=_FINE),
    Fault("usage of null", _usage({"prompt_tokens": None, "completion_tokens": None}), always=_FINE),
    Fault("usage of fractions", _usage({"prompt_tokens": 7.5, "completion_tokens": 0.1}), always=_FINE),
    # What a budget or a price would make of it is the reason to ask.
    Fault("usage of 10^400", _usage({"prompt_tokens": 10**400, "completion_tokens": 10**400}), always=_FINE),
    Fault("usage a list", _usage([1, 2]), always=_FINE),
    Fault("a model of another name", lambda body: answer_of(body, said(body), model="other"), always=_FINE),
    Fault(
        "fields of wrong types", lambda body: answer_of(body, said(body), id=7, model=7, created="x"), always=_EITHER
    ),
    *map(_log_probs, (None, [], "x", {"content": None}, {"content": [{"token": None, "logprob": "x"}]})),
    _log_probs({"content": [{"token": "yes", "logprob": 7.0, "top_logprobs": [{"token": "no", "logprob": None}]}]}),
)

WORDS = (
    Fault("schema ignored", _says("Here is what I think about it."), always=_FINE),
    Fault("a fence and small talk around it", _around("Sure! Here you go:\n```json\n", "\n```\nAnything else?"), _FINE),
    Fault("another schema", _says('{"answer": 42}'), always=_FINE),
    Fault("a schema with more fields", _says('{"sentences": [], "statements": [], "x": 1}'), always=_FINE),
    Fault("JSON of Python", _says("{'sentences': [{'text': 'No.', 'evidence': [1]}]}"), always=_FINE),
    Fault("nested 100,000 deep, in the words", _says(_nested(100_000)), always=_FINE),
    Fault("brackets for ever", _says('{"a":[' * 20_000), always=_FINE),
    Fault("words of 5 MB", _says("All work and no play makes a dull report. " * 120_000), always=_FINE),
    Fault("one word for ever", _says("the " * 5000), always=_FINE),
    Fault("blanks only", _says(" \n\t" * 100), always=_FINE),
    Fault("numbers that nobody gave", _says(json.dumps(_FORGED)), always=_FINE),
    Fault(
        "citations in the words",
        _says('{"sentences": [{"text": "It fell [1][99] as told (Smith, 2020).", "evidence": [1]}]}'),
        always=_FINE,
    ),
    Fault("thinking unclosed", _around("<think>Let me see. "), always=_FINE),
    Fault("thinking nested", _around("<think>a<think>b</think>c</think>"), always=_FINE),
    Fault("thinking closed and never opened", _around("Let me see.\n</think>\n"), always=_FINE),
    Fault("thinking only", _says("<think>Hm.</think>"), always=_FINE),
    Fault("thinking after the words", _around("", "<think>Was that right?"), always=_FINE),
    Fault("finish: length", _finish("length"), always=_FINE),
    Fault("finish: content_filter", _finish("content_filter"), always=_FINE),
    Fault("finish: a new word", _finish("vibes"), always=_FINE),
    Fault("finish: null", _finish(None), always=_FINE),
    Fault("finish: a number", _choice(finish_reason=7), always=_EITHER),
    Fault("tool calls in place of words", _message(content=None, tool_calls=[_TOOL_CALL]), always=_FINE),
    Fault("a refusal", _message(content=None, refusal="I cannot help with that."), always=_FINE),
    Fault("a refusal in words", _says("I'm sorry, but I can't help with that."), always=_FINE),
    Fault("a lone surrogate", _inside("\ud800"), _FINE),
    Fault("NUL and control characters", _around("\x00\x1b[2J\x07\u202e"), always=_FINE),
    Fault("control characters in the sentences", _inside("\\u0000\\u001b[2J\\u202e\\ud800"), always=_FINE),
    Fault("another language", _says("我不知道。"), always=_FINE),
    Fault("an error in the words", _says("Error: internal server error (500)"), always=_FINE),
    Fault("the prompt again", lambda body: completion(str(body["messages"][-1]["content"])), always=_FINE),
)

REPLIES = {"forms of answers": FORMS, "words of answers": WORDS}
