"""The door to all data: a path, and what it holds is recognised by its content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from agent.errors import UsageProblem
from evals.datasets import cited, claims, published_claims, published_open, published_qa
from evals.datasets.dataset import Dataset, with_shared_documents
from evals.datasets.injections import load_injections
from evals.datasets.plain import load_plain, load_tasks, load_topics
from evals.datasets.reading import Row, first_keys, is_json_list, read_rows, read_text

_TABLES = (".csv", ".tsv")


@dataclass(frozen=True)
class FolderFormat:
    """A folder with a file of this name, whose first row has these keys. The path of the file is good too."""

    file: str
    keys: str
    read: Callable[[Path], Dataset]


@dataclass(frozen=True)
class FileFormat:
    """A file whose first row has all the keys of one of these lists."""

    keys: tuple[str, ...]
    read: Callable[[Path, Path], Dataset]


# In the order of asking: what has more keys stands before what has fewer of the same.
FOLDERS: Mapping[str, FolderFormat] = MappingProxyType(
    {
        "plain": FolderFormat("questions.jsonl", "id question", load_plain),
        "tasks": FolderFormat("report_tasks.jsonl", "id task gold_facts", load_tasks),
        "topics": FolderFormat("topics.jsonl", "id topic outline", load_topics),
        "injections": FolderFormat("attacks.jsonl", "id text", load_injections),
        "plain-ragtruth": FolderFormat("items.jsonl", "source_id passages response", claims.load_ragtruth),
        "plain-summedits": FolderFormat("items.jsonl", "doc_id summary consistent", claims.load_summedits),
        "plain-halueval": FolderFormat("items.jsonl", "question response hallucinated", claims.load_halueval),
        "plain-factscore": FolderFormat("items.jsonl", "topic claims", claims.load_factscore),
        "plain-quotesum": FolderFormat("items.jsonl", "sources quoted_answer", cited.load_quotesum),
        "plain-expertqa": FolderFormat("items.jsonl", "question answer claims", cited.load_expertqa),
    }
)
FILES: Mapping[str, FileFormat] = MappingProxyType(
    {
        "ragtruth": FileFormat(
            ("source_id response labels", "source_id source_info"), published_claims.load_ragtruth_published
        ),
        "musique": FileFormat(("id question paragraphs",), published_qa.load_musique),
        "fanoutqa": FileFormat(("id question necessary_evidence",), published_open.load_fanoutqa),
        "2wikimultihopqa": FileFormat(("question context evidences",), published_qa.load_multihop),
        "hotpotqa": FileFormat(("_id question context", "id question context"), published_qa.load_multihop),
        "alce": FileFormat(("question docs",), cited.load_alce),
        "summedits": FileFormat(("doc summary label",), published_claims.load_summedits_published),
        "halueval": FileFormat(
            (
                "right_answer hallucinated_answer",
                "right_response hallucinated_response",
                "right_summary hallucinated_summary",
            ),
            published_claims.load_halueval_pairs,
        ),
        "halueval-general": FileFormat(("user_query chatgpt_response",), published_claims.load_halueval_general),
        "factscore": FileFormat(("topic annotations",), published_claims.load_factscore_published),
        "popqa": FileFormat(("id question possible_answers",), published_open.load_popqa),
        "nq-open": FileFormat(("question answer",), published_open.load_nq),
    }
)


def load(path: Path, *, workdir: Path, format: str | None = None) -> Dataset:
    """The items of a plain folder or of a data set's own file.

    Args:
        path: a folder in the plain format, RAGTruth's folder, or a published file.
        workdir: where a `passages.jsonl` is written when the data have their passages inside the questions.
        format: None to recognise it; else a name of `FOLDERS` or `FILES`.

    Raises:
        UsageProblem: the path does not exist, its format is not known, or the data are wrong.
    """
    if not path.exists():
        raise UsageProblem(f"{path} does not exist", hint="--data wants a folder or a file of a data set")
    name = recognised(path) if format is None else format
    if name is not None and name in FOLDERS:
        return with_shared_documents(FOLDERS[name].read(path if path.is_dir() else path.parent))
    if name is not None and name in FILES:
        return with_shared_documents(FILES[name].read(path, workdir))
    _check_rows(path / "items.jsonl" if path.is_dir() else path)
    what = f"{path} is in no format that is understood" if format is None else f"there is no format {format!r}"
    raise UsageProblem(what, hint=_understood())


def recognised(path: Path) -> str | None:
    """The name of the format that a folder or a file is in; None where it is in none.

    Raises:
        UsageProblem: a file that decides cannot be read, or is empty or not UTF-8.
    """
    if path.is_dir():
        for name, folder in FOLDERS.items():
            file = path / folder.file
            # A broken or empty file of a name that only one format has goes to its reader, which says what is wrong.
            if file.is_file() and (folder.file != "items.jsonl" or _has(_keys_of(file), folder.keys)):
                return name
        return "ragtruth" if (path / "response.jsonl").is_file() else None
    keys = _keys_of(path)
    for name, folder in FOLDERS.items():
        if path.name == folder.file and _has(keys, folder.keys):
            return name
    return next((name for name, file in FILES.items() if any(_has(keys, wanted) for wanted in file.keys)), None)


def _check_rows(path: Path) -> None:
    """Raise for what cannot be recognised because it is broken."""
    if path.is_file() and (path.suffix == ".jsonl" or (path.suffix == ".json" and is_json_list(path))):
        read_rows(path, Row)


def _keys_of(path: Path) -> frozenset[str]:
    if path.suffix.lower() in _TABLES:
        header = read_text(path).split("\n", 1)[0].rstrip("\r")
        return frozenset(name.strip('" ') for name in header.split("\t" if "\t" in header else ","))
    return first_keys(path)


def _has(keys: frozenset[str], wanted: str) -> bool:
    return keys.issuperset(wanted.split())


def _understood() -> str:
    folders = [f"{name} (a folder with {folder.file}: {folder.keys})" for name, folder in FOLDERS.items()]
    files = [f"{name} ({' or '.join(file.keys)})" for name, file in FILES.items()]
    return "understood are: " + "; ".join(folders + files)
