"""Bugs and libraries that tell keys, put into a call before it begins."""

import os
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.outputs import ChatResult

import agent.run
import lm.langchain_chat


def crash_with_key(variable: str) -> None:
    """Every run ends with an error that nobody foresaw, and that tells the key, as does the error behind it."""
    key = os.environ[variable]

    def start(*args: object, **kwargs: object) -> None:
        try:
            raise KeyError(f"headers: {{'Authorization': 'Bearer {key}'}}")
        except KeyError as error:
            raise ZeroDivisionError(f"in the middle of {key}") from error

    agent.run.start = start  # type: ignore[assignment]


def leaky_langchain(variable: str) -> None:
    """A provider's package whose errors tell the key."""
    key = os.environ[variable]

    class Leaky(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "leaky"

        def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
            raise RuntimeError(f"POST https://provider.example/v1 failed: invalid x-api-key {key}")

    lm.langchain_chat._build = lambda model, api_key, timeout_s: Leaky()
