"""Constructor calls out of a model's reply: read as syntax, matched against a whitelist, never run.

What is read is one list, ``results = [Call(...), ...]``, bare or fenced. Each entry stands or falls by itself, so a
reply that was cut off keeps the whole calls before the cut. Knows Python's syntax and the types of a registry; no
passage.
"""

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from agent.facts.records import Rejection, RejectionCode
from agent.facts.registry import Registry
from agent.facts.types import TYPE_KEY, FactType

_MAX_REPLY_CHARS, _MAX_CALL_CHARS, _MAX_CALLS = 60_000, 4_000, 200
_MAX_DEPTH, _MAX_LITERAL_CHARS = 8, 400
_SHOWN_CHARS = 120
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_OPENING = re.compile(r"(?:^[ \t]*results\s*=\s*|^[ \t]*)\[", re.MULTILINE)
# Python's strings, comments and brackets, as far as it takes to see where an entry of a list ends. A quotation mark
# that opens no whole string is where the reply was cut.
_LEXEME = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*|(?P<open>[\[({])|(?P<close>[\])}])|(?P<comma>,)|(?P<cut>["\'])',
    re.DOTALL,
)
# What ast.parse raises for what is no Python, or more of it than it can hold.
_NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Parsed:
    """The facts of a reply in order, and what was refused. Without a list that can be read, `is_readable` is False."""

    stated: tuple[FactType, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    is_readable: bool = True
    is_cut_off: bool = False


class _Refused(Exception):
    def __init__(self, code: RejectionCode, reason: str) -> None:
        super().__init__(reason)
        self.code: RejectionCode = code


@dataclass(frozen=True)
class _List:
    """The entries of the list as text, what stands before and behind it, and whether its end is missing."""

    before: str
    entries: tuple[str, ...]
    behind: str
    is_cut_off: bool


def parse(reply: str, registry: Registry) -> Parsed:
    """The facts that a reply states.

    Prose around the list is passed over; statements around it are not: then nothing of the reply is read.
    """
    if len(reply) > _MAX_REPLY_CHARS:
        return _unreadable("too_large", f"{len(reply)} characters; {_MAX_REPLY_CHARS} are read at most", reply)
    fenced = [found for found in map(_list_in, _FENCE.findall(reply)) if found]
    found = fenced[0] if fenced else _list_in(reply)
    if found is None:
        return _unreadable("no_list", "there is no list of calls", reply)
    for around in (found.before, found.behind):
        if (foreign := _statement_in(around)) is not None:
            return _unreadable("foreign_code", f"{foreign} stands beside the list", around)
    stated: list[FactType] = []
    rejected: list[Rejection] = []
    for entry in found.entries[:_MAX_CALLS]:
        try:
            stated.append(_fact(entry, registry))
        except _Refused as refused:
            rejected.append(_rejection(refused.code, str(refused), entry))
    if extra := found.entries[_MAX_CALLS:]:
        rejected.append(_rejection("too_many", f"{len(extra)} calls behind the first {_MAX_CALLS}", extra[0]))
    return Parsed(tuple(stated), tuple(rejected), is_cut_off=found.is_cut_off)


def _rejection(code: RejectionCode, reason: str, written: str) -> Rejection:
    shown = " ".join(written.split())
    return Rejection(code=code, reason=reason, written=shown[:_SHOWN_CHARS])


def _unreadable(code: RejectionCode, reason: str, written: str) -> Parsed:
    return Parsed(rejected=(_rejection(code, reason, written),), is_readable=False)


def _list_in(text: str) -> _List | None:
    opening = _OPENING.search(text)
    if opening is None:
        return None
    entries: list[str] = []
    start, depth = opening.end(), 1
    for lexeme in _LEXEME.finditer(text, opening.end()):
        match lexeme.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
            case "cut":
                break
        if depth == 0 or (depth == 1 and lexeme.lastgroup == "comma"):
            entries.append(text[start : lexeme.start()])
            start = lexeme.end()
        if depth == 0:
            break
    whole = tuple(entry for entry in entries if entry.strip())
    behind = text[start:] if depth == 0 else ""
    return _List(text[: opening.start()], whole, behind, is_cut_off=depth > 0)


def _statement_in(text: str) -> str | None:
    """The kind of a statement that the text is, where it is Python at all and more than a word."""
    try:
        body = ast.parse(text.strip()).body
    except _NO_PYTHON:
        return None
    return next((_kind(one) for one in body if not _is_prose(one)), None)


def _is_prose(statement: ast.stmt) -> bool:
    """Whether the statement is words that happen to be Python: "Done", "Answer: yes"."""
    match statement:
        case ast.Expr(value=ast.Name() | ast.Constant()) | ast.AnnAssign(value=None):
            return True
    return False


def _kind(node: ast.AST) -> str:
    return type(node.value if isinstance(node, ast.Expr) else node).__name__


def _fact(entry: str, registry: Registry) -> FactType:
    if len(entry) > _MAX_CALL_CHARS:
        raise _Refused("too_large", f"{len(entry)} characters; a call has {_MAX_CALL_CHARS} at most")
    if _depth_of(entry) > _MAX_DEPTH:
        raise _Refused("too_large", f"nested deeper than {_MAX_DEPTH}")
    text = f"[{entry}\n]"  # as it stood in its list: then a comprehension and a star are what they are
    try:
        parsed = ast.parse(text, mode="eval").body
    except _NO_PYTHON as error:
        raise _Refused("syntax", f"no Python that can be read: {type(error).__name__}") from error
    if not isinstance(parsed, ast.List) or len(parsed.elts) != 1 or not isinstance(parsed.elts[0], ast.Call):
        one = parsed.elts[0] if isinstance(parsed, ast.List) and parsed.elts else parsed
        raise _Refused("not_a_call", f"{type(one).__name__} where a call should stand")
    return _called(parsed.elts[0], text, registry)


def _depth_of(text: str) -> int:
    return max(_depths(text), default=0)


def _depths(text: str) -> Iterator[int]:
    depth = 0
    for lexeme in _LEXEME.finditer(text):
        depth += (lexeme.lastgroup == "open") - (lexeme.lastgroup == "close")
        yield depth


def _called(call: ast.Call, text: str, registry: Registry) -> FactType:
    if not isinstance(call.func, ast.Name):
        raise _Refused("not_a_call", f"{type(call.func).__name__} where the name of a type should stand")
    known = registry.find(call.func.id)
    if known is None:
        raise _Refused("unknown_type", f"there is no type {call.func.id[:_SHOWN_CHARS]}")
    if call.args:
        raise _Refused("bad_argument", "arguments are given by keyword only")
    given: dict[str, object] = {}
    for keyword in call.keywords:
        if keyword.arg not in known.model_fields:
            raise _Refused("bad_argument", f"{known.__name__} has no {keyword.arg or '**'}")
        if keyword.arg in given:
            raise _Refused("bad_argument", f"{keyword.arg} is given twice")
        given[keyword.arg] = _value(keyword.value, text, registry)
    try:
        return known(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise _Refused("wrong_type", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _value(node: ast.expr, text: str, registry: Registry) -> object:
    match node:
        case ast.Call():
            return _called(node, text, registry)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_value(part, text, registry) for part in parts]
        case ast.Dict(keys=keys, values=values):
            return {_key(key): _value(part, text, registry) for key, part in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()) as constant):
            return -_numeral(constant, text)
        case ast.Constant(value=bool() | None):
            return node.value
        case ast.Constant(value=str() as words):
            return _short(words)
        case ast.Constant(value=int() | float()):
            return _numeral(node, text)
    raise _Refused("not_literal", f"{type(node).__name__} is no literal")


def _key(key: ast.expr | None) -> str:
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        raise _Refused("not_literal", "keys are strings")
    if key.value == TYPE_KEY:  # so a stored fact names its class; a model does so by calling it
        raise _Refused("bad_argument", f"{TYPE_KEY!r} is no role")
    return _short(key.value)


def _short(text: str) -> str:
    if len(text) > _MAX_LITERAL_CHARS:
        raise _Refused("too_large", f"a string of {len(text)} characters; {_MAX_LITERAL_CHARS} at most")
    return text


def _numeral(node: ast.Constant, text: str) -> Decimal:
    """The number as it is written: 7.50 keeps its zero, which a float would lose."""
    written = (ast.get_source_segment(text, node) or "").replace("_", "")
    try:
        number = Decimal(written)
    except InvalidOperation as error:
        raise _Refused("not_literal", "a number is written in plain digits") from error
    if len(written) > _MAX_LITERAL_CHARS or math.isinf(float(number)):
        raise _Refused("too_large", "a number beyond all measure")
    return number
