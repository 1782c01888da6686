"""Records: what a store holds, and how content becomes an id.

Knows kinds, bytes and hashes. Must not know where records are kept, nor what a note, a fact or a claim means.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from lm.types import Frozen
from memory.errors import CorruptRecord, RecordRejected, UnknownRecord, WrongModel

Form = Literal["model", "text", "bytes"]
M = TypeVar("M", bound=BaseModel)

CORRUPT_HINT = "Begin the topic anew: the content is put again then, and what was paid for is replayed."

_NAME = re.compile(r"[a-z][a-z0-9_.:\-]{0,79}", re.ASCII)


class Record(Frozen):
    """What stands in a store under one id. `created_at` (Unix seconds) is of the first put."""

    id: str
    kind: str
    form: Form
    body: bytes
    created_at: float

    @property
    def text(self) -> str:
        """The stored text.

        Raises:
            WrongModel: the record holds a model or bytes.
        """
        if self.form != "text":
            raise WrongModel(f"record {self.id} of kind {self.kind} holds {self.form}, not text")
        return self.body.decode("utf-8")

    def as_model(self, model: type[M]) -> M:
        """The stored model.

        Raises:
            WrongModel: the record holds text or bytes, or a model of another shape.
        """
        if self.form != "model":
            raise WrongModel(f"record {self.id} of kind {self.kind} holds {self.form}, not a {model.__name__}")
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            raise WrongModel(
                f"record {self.id} of kind {self.kind} is no {model.__name__}: {where}: {first['msg']}",
                hint="The record may come from another version of the program.",
            ) from error


def make_record(kind: str, content: BaseModel | str | bytes, *, created_at: float) -> Record:
    """Hash content into a record.

    Models become canonical JSON: sorted keys, no spaces, no NaN. A model should hold tuples rather
    than sets: a set has no order to hash.

    Raises:
        RecordRejected: the kind is no plain lower-case name, or the content has no canonical form.
    """
    check_name("kind", kind)
    form: Form
    if isinstance(content, bytes):
        form, body = "bytes", content
    else:
        form = "text" if isinstance(content, str) else "model"
        body = _encode_text(kind, content) if isinstance(content, str) else _encode_model(kind, content)
    return Record(id=_hash(kind, form, body), kind=kind, form=form, body=body, created_at=created_at)


def check_record(record: Record) -> Record:
    """The record itself, when its content still hashes to its id.

    Raises:
        CorruptRecord: it does not.
    """
    found = _hash(record.kind, record.form, record.body)
    if found != record.id:
        raise CorruptRecord(
            f"record {record.id} of kind {record.kind} is damaged: its content hashes to {found}",
            hint=CORRUPT_HINT,
        )
    return record


def check_name(what: str, name: str) -> None:
    """Raise RecordRejected unless `name` is a plain lower-case name; `what` says what it names."""
    if not _NAME.fullmatch(name):
        raise RecordRejected(f"{what} {name!r} is not a plain name (a-z, 0-9, '_', '.', ':', '-', at most 80)")


def check_parents(record_id: str, parents: Sequence[str]) -> list[str]:
    """Parents without repeats and without the record itself. Raises RecordRejected on what is no id."""
    if isinstance(parents, str) or not all(isinstance(p, str) and p for p in parents):
        raise RecordRejected(f"parents must be a sequence of non-empty ids, not {parents!r}")
    return [parent for parent in dict.fromkeys(parents) if parent != record_id]


def _encode_text(kind: str, text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RecordRejected(
            f"text of kind {kind} has half a character (a lone surrogate) at position {error.start}",
            hint="Decode the source with errors='replace'.",
        ) from error


def _encode_model(kind: str, model: BaseModel) -> bytes:
    try:
        plain = model.model_dump(mode="json")
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    except (ValueError, PydanticSerializationError) as error:
        raise RecordRejected(f"{type(model).__name__} of kind {kind} has no canonical JSON: {error}") from error


def _hash(kind: str, form: str, body: bytes) -> str:
    """SHA-256 of canonical JSON ``{"content":…,"form":…,"kind":…}``; bytes enter by their own SHA-256."""
    if form == "bytes":
        content = json.dumps(hashlib.sha256(body).hexdigest()).encode()
    elif form == "text":
        # A damaged body need not be UTF-8 any more: it must hash to something else, not raise.
        content = json.dumps(body.decode("utf-8", "surrogateescape"), ensure_ascii=False).encode(
            "utf-8", "surrogateescape"
        )
    else:
        content = body
    tail = json.dumps({"form": form, "kind": kind}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b'{"content":' + content + b"," + tail[1:].encode()).hexdigest()


def unknown(record_id: str, where: str) -> UnknownRecord:
    """The error for a record that `where` does not hold."""
    return UnknownRecord(f"no record {record_id!r} in {where}", hint=CORRUPT_HINT)
