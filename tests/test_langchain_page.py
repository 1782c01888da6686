"""The Python blocks of docs/langchain.md run as they stand."""

import re
from pathlib import Path

import pytest

from agent.main import run

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "langchain.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "gate.md").write_text(
        "# Gate 17\n\nGate 17 jammed because its rollers had rusted, as warnings had said.\n"
    )
    return folder


@pytest.mark.model
@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_block_runs(block, papers, static_models, monkeypatch, capsys):
    monkeypatch.setenv("WELLREAD_MODELS", str(static_models))
    monkeypatch.setenv("WELLREAD_HOME", str(papers / "home"))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    assert run(["ingest", str(papers / "gate.md")]) == 0
    capsys.readouterr()

    exec(compile(block, "docs/langchain.md", "exec"), {"home": papers / "home"})

    assert capsys.readouterr().out.strip()


def test_the_page_has_a_block_for_each_of_its_sections():
    assert len(BLOCKS) == PAGE.count("\n## ") == 4
