"""Small hand-made files for the readers."""

import json

import pytest


@pytest.fixture
def write_lines(tmp_path):
    """Write rows as JSON lines; a text stays as it is."""

    def write(name, rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def write_json(tmp_path):
    """Write one JSON value."""

    def write(name, value):
        path = tmp_path / name
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    return write
