"""SIGTERM is heard where nobody has decided about it, and nowhere else."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.termination import Terminated, hear_termination


@contextmanager
def handled_by(handler) -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def test_it_is_raised_where_it_would_have_ended_the_process():
    with handled_by(signal.SIG_DFL):
        hear_termination()
        with pytest.raises(Terminated):
            signal.raise_signal(signal.SIGTERM)


def test_where_it_is_ignored_it_stays_so():
    with handled_by(signal.SIG_IGN):
        hear_termination()
        signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
