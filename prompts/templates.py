"""Prompt templates: one file, one prompt. Text from documents enters only as a value, never as a template."""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template

from lm.types import Message

_SEPARATOR = "\n---\n"
# What chat templates of common model families use to end a turn or to begin a system's: <|im_end|>, [INST], <<SYS>>,
# <start_of_turn>, </s>. A tokenizer would take them for the real ones wherever they stand.
_CONTROL = re.compile(
    r"<(?=[|｜])|<(?=/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|think)>)|<(?=</?SYS>)|\[(?=/?(?:INST|SYSTEM)\b)",
    re.IGNORECASE,
)


@cache
def _source(name: str) -> str:
    return files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")


def inert(text: str) -> str:
    """`text` in which no marker of a chat template is left: a space parts its first two characters."""
    return _CONTROL.sub(r"\g<0> ", text)


def render(name: str, **values: str) -> tuple[Message, ...]:
    """The messages of prompt `name`: what stands before the `---` line is the system message, the rest the user's.

    Values are made `inert`.

    Raises:
        FileNotFoundError: there is no such prompt.
        KeyError: a value that the prompt needs is missing.
    """
    system, separator, user = _source(name).partition(_SEPARATOR)
    values = {key: inert(value) for key, value in values.items()}
    if not separator:
        system, user = "", system
    messages = [Message(role="user", content=Template(user).substitute(values).strip())]
    if system.strip():
        messages.insert(0, Message(role="system", content=Template(system).substitute(values).strip()))
    return tuple(messages)


def digests() -> dict[str, str]:
    """SHA-256 (16 hex digits) of every prompt file, so that a run can say which words it used."""
    names = sorted(entry.name.removesuffix(".md") for entry in files("prompts").iterdir() if entry.name.endswith(".md"))
    return {name: sha256(_source(name).encode()).hexdigest()[:16] for name in names}
