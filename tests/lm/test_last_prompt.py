"""A prompt is computed anew once for all draws that follow each other."""

import pytest

from lm.last_prompt import LastPrompt


def test_only_another_prompt_is_computed():
    last, computed = LastPrompt(), []
    for prompt in ("a", "a", "b", "a", "a"):
        last.ensure(prompt, lambda prompt=prompt: computed.append(prompt))
    assert computed == ["a", "b", "a"]


def test_what_was_asked_in_another_way_between_is_no_reason_to_trust():
    last, computed = LastPrompt(), []
    last.ensure("a", lambda: computed.append("a"))
    last.forget()
    last.ensure("a", lambda: computed.append("a"))
    assert computed == ["a", "a"]


def test_a_failure_leaves_no_prompt_as_computed():
    def fail() -> None:
        raise ConnectionError

    last, computed = LastPrompt(), []
    last.ensure("a", lambda: computed.append("a"))
    with pytest.raises(ConnectionError):
        last.ensure("b", fail)
    last.ensure("a", lambda: computed.append("a"))
    assert computed == ["a", "a"]


def test_what_came_while_it_was_computed_is_no_reason_to_trust_either():
    last, computed = LastPrompt(), []
    last.ensure("a", lambda: last.ensure("b", last.forget))
    for prompt in ("b", "a"):
        last.ensure(prompt, lambda prompt=prompt: computed.append(prompt))
    assert computed == ["b", "a"]
