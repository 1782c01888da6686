"""The rules of the house, read from the sources with `ast`: who may import whom, and who may do what."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "lm": set(),
    "prompts": {"lm"},
    "retrieval": {"lm", "prompts"},
    "memory": {"lm", "prompts", "retrieval"},
    "agent": {"lm", "prompts", "retrieval", "memory"},
    "evals": {"lm", "prompts", "retrieval", "memory", "agent"},
}

# Third parties and the floors that they live on. A path names the only files.
HOMES = {
    "openai": {"lm"},
    "langchain": {"lm"},
    "xllamacpp": {"lm"},
    "transformers": {"lm"},
    "torch": {"lm"},
    "sentence_transformers": {"lm"},
    "model2vec": {"lm"},
    "gguf": {"lm"},
    "httpx": {"lm", "agent"},
    "llmlingua": {"prompts"},
    "faiss": {"retrieval", "memory"},
    "bm25s": {"retrieval"},
    "Stemmer": {"retrieval", "agent/stemming.py"},
    "pypdf": {"retrieval"},
    "docx": {"retrieval", "agent/export"},
    "selectolax": {"retrieval"},
    "charset_normalizer": {"retrieval"},
    "langchain_core": {
        "lm",
        "retrieval",
        "agent/run.py",
        "agent/langchain_retriever.py",
        "agent/studio.py",
        "agent/chat/conversation.py",
    },
    "langgraph": {
        *(f"agent/{name}.py" for name in ("graph", "nodes", "state", "run", "past_runs", "studio")),
        "agent/chat/graph.py",
        "agent/chat/nodes.py",
        "memory/langgraph_store.py",
    },
    "typing_extensions": {"agent/studio.py"},
    "click": {"agent/main.py", "agent/exit_codes.py", "agent/commands", "evals/cli.py"},
    "prompt_toolkit": {"agent/commands/chat_prompt.py"},
    "rich": {"agent/commands", "evals/cli.py"},
    "platformdirs": {"agent"},
    "psycopg": {"memory", "retrieval"},
    "scipy": {"lm", "evals", "memory"},
    "sklearn": {"agent"},
    "matplotlib": {
        "evals",
        "agent/drawing.py",
        "agent/diary_picture.py",
        "agent/compression/picture.py",
        "agent/export/support_picture.py",
        "agent/export/pdf_fonts.py",
    },
    "fpdf": {"agent/export"},
    "opentelemetry": {"agent/telemetry"},
}
EVERYWHERE = {"numpy", "pydantic", "pydantic_core"}
# Where a run, a process and one item of an evaluation end: the error is recorded, and the rest goes on.
BROAD_EXCEPT = {"agent/run.py", "agent/batch/running.py", "agent/main.py", "evals/runner.py"}
TALKERS = ("agent/commands/", "agent/main.py", "evals/cli.py", "evals/commands/")


def sources() -> list[Path]:
    return sorted(path for floor in MAY_IMPORT for path in (ROOT / floor).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_packages(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import at line {node.lineno}"
            yield node.lineno, (node.module or "").partition(".")[0]


def is_at_home(name: str, homes: set[str]) -> bool:
    return any(name == home or name.startswith(f"{home}/") for home in homes)


def test_floors_import_only_downwards():
    wrong = [
        f"{name_of(path)}:{line} imports {package}"
        for path in sources()
        for line, package in imported_packages(tree_of(path))
        if package in MAY_IMPORT
        and package != name_of(path).partition("/")[0]
        and package not in MAY_IMPORT[name_of(path).partition("/")[0]]
    ]
    assert wrong == []


def test_every_third_party_stays_at_home():
    wrong = [
        f"{name_of(path)}:{line} imports {package}"
        for path in sources()
        for line, package in imported_packages(tree_of(path))
        if package not in MAY_IMPORT
        and package not in sys.stdlib_module_names
        and package not in EVERYWHERE
        and not is_at_home(name_of(path), HOMES.get(package, set()))
    ]
    assert wrong == []


def test_only_the_config_reads_the_environment():
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources()
        if name_of(path) != "agent/config.py"
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and "environ" in {a.name for a in node.names})
    ]
    assert wrong == []


def test_only_the_command_line_talks_to_the_user():
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in {"print", "input"})
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in {"echo", "secho"}
                and not name_of(path).startswith(TALKERS)
            )
        )
    ]
    assert wrong == []


def test_broad_except_stands_only_where_a_run_an_item_and_a_process_end():
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources()
        if name_of(path) not in BROAD_EXCEPT
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node.type) and not raises_again(node)
    ]
    assert wrong == []


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Rolls back or translates, but swallows nothing."""
    return isinstance(handler.body[-1], ast.Raise)


def catches_everything(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        name is None or (isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"}) for name in names
    )


def test_nothing_is_pickled_and_nothing_is_called_utils():
    wrong = [
        f"{name_of(path)}:{line} {package}"
        for path in sources()
        for line, package in imported_packages(tree_of(path))
        if package in {"pickle", "shelve", "marshal", "dill", "joblib", "cloudpickle"}
    ]
    assert wrong == []
    assert [name_of(path) for path in sources() if path.name in {"utils.py", "helpers.py", "common.py"}] == []


def test_every_module_says_what_it_is():
    assert [name_of(path) for path in sources() if not ast.get_docstring(tree_of(path))] == []


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_every_folder_of_sources_is_a_package(package):
    folders = {path.parent for path in sources() if name_of(path).startswith(package)}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
