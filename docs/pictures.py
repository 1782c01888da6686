"""The pictures of README.md, drawn from the code: `python docs/pictures.py` renews them.

A picture is the fenced block that follows its marker, `<!-- tree -->` or `<!-- graph -->`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("evals", "agent", "memory", "retrieval", "prompts", "lm")


def package_tree(root: Path = ROOT) -> str:
    """One line per package and module: its name, and the first sentence of its docstring."""
    lines = [line for package in PACKAGES for line in _lines(root / package, depth=0)]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name.ljust(width)}  {sentence}".rstrip() for name, sentence in lines)


def graph_picture() -> str:
    """The state machine as Mermaid text, with its subgraphs."""
    # Here, so that the tree can be drawn where the graph's libraries are not installed.
    from agent.graph import build_graph

    return str(build_graph().get_graph(xray=True).draw_mermaid()).strip()


def with_picture(text: str, marker: str, picture: str) -> str:
    """The text with the fenced block after `<!-- marker -->` replaced.

    Raises:
        ValueError: the text has no such block.
    """
    found = _block(marker).search(text)
    if found is None:
        raise ValueError(f"no fenced block follows <!-- {marker} -->")
    return text[: found.start("body")] + picture + "\n" + text[found.end("body") :]


def shown_picture(text: str, marker: str) -> str | None:
    """The fenced block after `<!-- marker -->`, or None if there is none."""
    found = _block(marker).search(text)
    return found.group("body").rstrip("\n") if found else None


def main() -> None:
    """Rewrite README.md; the exit code is 1 if a marker is missing."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    for marker, draw in (("tree", package_tree), ("graph", graph_picture)):
        text = with_picture(text, marker, draw())
    readme.write_text(text, encoding="utf-8")


def _block(marker: str) -> re.Pattern[str]:
    return re.compile(rf"<!-- {marker} -->\s*\n```\w*\n(?P<body>.*?)^```", re.DOTALL | re.MULTILINE)


def _lines(folder: Path, *, depth: int) -> Iterator[tuple[str, str]]:
    yield f"{'  ' * depth}{folder.name}/", _first_sentence(folder / "__init__.py")
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and path.name != "__init__.py":
            yield f"{'  ' * (depth + 1)}{path.name}", _first_sentence(path)
        elif (path / "__init__.py").is_file():
            yield from _lines(path, depth=depth + 1)


def _first_sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s+(?=[A-Z`])", paragraph)[0]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
