import re
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[3] / "examples" / "corpus"


@pytest.fixture(scope="session")
def prose():
    """Three dossiers of the example corpus, about 5,000 tokens."""
    return "\n\n".join(path.read_text(encoding="utf-8") for path in sorted((CORPUS / "dossiers").glob("*.md")))


@pytest.fixture(scope="session")
def count_tokens():
    """Counts words in pieces of five letters, and marks: about what a real vocabulary makes of English."""
    piece = re.compile(r"\w{1,5}|[^\w\s]")
    return lambda text: len(piece.findall(text))


@pytest.fixture
def no_network(monkeypatch):
    """Any try to look up or reach a host fails the test."""
    import socket

    def refuse(*arguments):
        raise AssertionError(f"the network was asked: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
