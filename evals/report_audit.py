"""An audit of a finished report by other code than that which wrote and checked it.

Knows a run's files, the stored corpus and, if told, the original files. `agent.verify`, `agent.settle` and
`agent.grounding` must not be imported: a writer is not to be graded by its own eye.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from agent.errors import UsageProblem
from agent.types import Evidence, RunFigures
from evals.report_figures import figures_in
from evals.report_quotes import OriginalFiles, reference_problem, stored_problem
from evals.report_subjects import SubjectFigure, subject_figures
from evals.report_text import ReportText, Sentence, read_report
from lm.copying import copied_ngrams, folded, words_of
from lm.types import Frozen
from retrieval.corpus import Corpus

FaultKind = Literal[
    "quote",
    "quote_in_file",
    "dangling",
    "unlisted",
    "uncited_reference",
    "misquoted_reference",
    "uncited_sentence",
    "repeated_sentence",
    "unsupported_number",
    "wrong_subject",
]
RemarkKind = Literal["near_repeat", "shared_marker"]
NEAR = 0.8

_ModelT = TypeVar("_ModelT", bound=BaseModel)


class Fault(Frozen):
    """What is wrong, where (a sentence, or a reference's number) and why."""

    kind: FaultKind
    where: str
    why: str


class Remark(Frozen):
    """What a person may want to look at: nearly the same sentence twice; two sentences before one marker."""

    kind: RemarkKind
    where: str
    why: str


class Audit(Frozen):
    """What was counted. Shares are in [0, 1] and null when there was nothing to count; other numbers are counts.

    `quotes_in_files` lets Markdown's and reStructuredText's signs go, `quotes_in_bytes` does not. `saturation_ratio` is
    self-reported: a run's folder does not hold what was read, so it is copied from the run's own `metrics.json`.
    """

    run: str
    n_sentences: int
    n_citations: int
    n_references: int
    words: int
    sections: int
    quotes_verbatim: float | None
    quotes_in_files: float | None
    quotes_in_bytes: float | None
    dangling: int
    unlisted: int
    uncited_references: int
    misquoted_references: int
    uncited_sentences: int
    shared_markers: int
    repeated_sentences: int
    near_repeats: int
    numbers: int
    unsupported_numbers: int
    subject_figures: int | None
    wrong_subject: int | None
    right_by_chance: float | None
    saturation_ratio: float = Field(description="Self-reported: as the run's metrics.json says, not counted anew.")
    copy_rate: float
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class RunFiles:
    """What stands in a run's folder."""

    name: str
    report: ReportText
    evidence: dict[int, Evidence]
    figures: RunFigures


def find_run(name: str, home: Path) -> Path:
    """The folder of a run that has a report: by path, by id or an unambiguous part of it, or "last" for the newest.

    Raises:
        UsageProblem: there is none, or more than one.
    """
    if (Path(name) / "report.md").is_file():
        return Path(name)
    folders = sorted(path.parent for path in (home / "runs").glob("*/report.md"))
    if name == "last" and folders:
        return folders[-1]
    found = [path for path in folders if path.name == name] or [path for path in folders if name in path.name]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} runs are called {name!r}" if found else f"there is no run {name!r} with a report.md"
    raise UsageProblem(what, hint="`wellread runs ls` lists the runs of a home; a path works too")


def read_run(folder: Path) -> RunFiles:
    """The report of a run with its evidence and figures.

    Raises:
        UsageProblem: a file is missing or not in the format.
    """
    lines = [line for line in _read(folder / "evidence.jsonl").split("\n") if line.strip()]
    evidence = [_parsed(Evidence, line, folder / "evidence.jsonl") for line in lines]
    return RunFiles(
        name=folder.resolve().name,
        report=read_report(_read(folder / "report.md")),
        evidence={item.number: item for item in evidence},
        figures=_parsed(RunFigures, _read(folder / "metrics.json"), folder / "metrics.json"),
    )


def audit_run(
    run: RunFiles, corpus: Corpus, *, corpus_dir: Path | None = None, with_subjects: bool = False, seed: int = 0
) -> Audit:
    """Audit one report.

    Args:
        run: what the run left.
        corpus: the corpus that it was written from.
        corpus_dir: folder of the original files; quotes are looked up in those that are text.
        with_subjects: each document is the profile of the subject that its title names.
        seed: of the documents that figures are held against for the level of chance.
    """
    sentences, evidence = run.report.sentences, run.evidence
    cited = {number for sentence in sentences for number in sentence.citations}
    in_bytes, file_faults = _in_files(evidence, corpus_dir, corpus)
    uncited, shared = _without_marker(sentences, evidence)
    repeats, near = _repeats(sentences)
    n_numbers, unsupported = _numbers(sentences, shared, evidence)
    judged = subject_figures(sentences, evidence, corpus, seed) if with_subjects else []
    faults = [
        *_quote_faults(evidence, corpus),
        *file_faults,
        *_reference_faults(run.report, evidence),
        *(Fault(kind="uncited_sentence", where=s.text, why=f"in “{s.section}”") for s in uncited),
        *repeats,
        *unsupported,
        *_subject_faults(judged),
    ]
    counts = Counter(fault.kind for fault in faults)
    return Audit(
        run=run.name,
        n_sentences=len(sentences),
        n_citations=run.report.n_markers,
        n_references=len(run.report.references),
        words=sum(len(sentence.text.split()) for sentence in sentences),
        sections=len(run.report.sections),
        quotes_verbatim=_share(len(evidence) - counts["quote"], len(evidence)),
        quotes_in_files=_share(len(in_bytes) - len(file_faults), len(in_bytes)),
        quotes_in_bytes=_share(sum(in_bytes), len(in_bytes)),
        dangling=counts["dangling"],
        unlisted=counts["unlisted"],
        uncited_references=counts["uncited_reference"],
        misquoted_references=counts["misquoted_reference"],
        uncited_sentences=counts["uncited_sentence"],
        shared_markers=len(shared),
        repeated_sentences=counts["repeated_sentence"],
        near_repeats=len(near),
        numbers=n_numbers,
        unsupported_numbers=counts["unsupported_number"],
        subject_figures=len(judged) if with_subjects else None,
        wrong_subject=counts["wrong_subject"] if with_subjects else None,
        right_by_chance=_share(sum(one.is_right_by_chance for one in judged), len(judged)),
        saturation_ratio=run.figures.saturation_ratio,
        copy_rate=round(
            copied_ngrams([s.text for s in sentences], [e.quote for n, e in evidence.items() if n in cited]) or 0.0, 4
        ),
        faults=tuple(faults),
        remarks=(*near, *(Remark(kind="shared_marker", where=s.text, why=f"stands in {s.shared}") for s in shared)),
    )


def _quote_faults(evidence: Mapping[int, Evidence], corpus: Corpus) -> list[Fault]:
    problems = ((number, stored_problem(item, corpus)) for number, item in evidence.items())
    return [Fault(kind="quote", where=f"[{number}]", why=problem) for number, problem in problems if problem]


def _in_files(
    evidence: Mapping[int, Evidence], corpus_dir: Path | None, corpus: Corpus
) -> tuple[list[bool], list[Fault]]:
    """For each quotation from a text file whether the file's bytes hold it; faults where not even its words stand."""
    if corpus_dir is None:
        return [], []
    files = OriginalFiles(corpus_dir, corpus)
    looked_up = [(number, files.look_up(item)) for number, item in evidence.items()]
    found = [(number, result) for number, result in looked_up if result is not None]
    faults = [Fault(kind="quote_in_file", where=f"[{number}]", why=result[1]) for number, result in found if result[1]]
    return [is_there for _, (is_there, _) in found], faults


def _reference_faults(report: ReportText, evidence: Mapping[int, Evidence]) -> list[Fault]:
    cited = Counter(number for sentence in report.sentences for number in sentence.citations)
    listed = Counter(reference.number for reference in report.references)
    faults = []
    for sentence in report.sentences:
        for number in sentence.citations:
            missing = [
                name for name, there in (("References", listed), ("evidence.jsonl", evidence)) if number not in there
            ]
            if missing:
                faults.append(
                    Fault(kind="dangling", where=sentence.text, why=f"[{number}] is not in {', '.join(missing)}")
                )
    faults += [
        Fault(kind="unlisted", where=f"[{number}]", why="in evidence.jsonl, not in References")
        for number in evidence
        if number not in listed
    ]
    for number, times in listed.items():
        if number not in cited:
            faults.append(Fault(kind="uncited_reference", where=f"[{number}]", why="listed, never cited"))
        if times > 1:
            faults.append(Fault(kind="misquoted_reference", where=f"[{number}]", why=f"listed {times} times"))
    for reference in report.references:
        if reference.number in evidence and (problem := reference_problem(reference, evidence[reference.number])):
            faults.append(Fault(kind="misquoted_reference", where=f"[{reference.number}]", why=problem))
    return faults


def _without_marker(
    sentences: Sequence[Sentence], evidence: Mapping[int, Evidence]
) -> tuple[list[Sentence], list[Sentence]]:
    """Sentences outside the frame without a marker: those that nothing supports; those that stand
    word for word in the quotation of the next marker."""
    uncited: list[Sentence] = []
    shared: list[Sentence] = []
    for sentence in sentences:
        if sentence.citations or sentence.is_frame:
            continue
        quotes = " ".join(folded(evidence[number].quote) for number in sentence.shared if number in evidence)
        (shared if folded(sentence.text) in quotes else uncited).append(sentence)
    return uncited, shared


def _repeats(sentences: Sequence[Sentence]) -> tuple[list[Fault], list[Remark]]:
    texts: dict[tuple[str, ...], str] = {}
    times: Counter[tuple[str, ...]] = Counter()
    for sentence in sentences:
        words = tuple(words_of(sentence.text))
        texts.setdefault(words, sentence.text)
        times[words] += 1
    faults = [Fault(kind="repeated_sentence", where=texts[w], why=f"{n} times") for w, n in times.items() if n > 1]
    sets = [(frozenset(words), text) for words, text in texts.items()]
    near = []
    for position, (bag, text) in enumerate(sets):
        for earlier, first in sets[:position]:
            jaccard = len(bag & earlier) / max(1, len(bag | earlier))
            if jaccard > NEAR:
                near.append(Remark(kind="near_repeat", where=text, why=f"{jaccard:.2f} like “{first}”"))
    return faults, near


def _numbers(
    sentences: Sequence[Sentence], shared: Sequence[Sentence], evidence: Mapping[int, Evidence]
) -> tuple[int, list[Fault]]:
    """How many numbers stand in sentences with evidence, and those that their evidence does not hold."""
    n_numbers, faults = 0, []
    for sentence in sentences:
        numbers = sentence.citations or (sentence.shared if sentence in shared else ())
        cited = [evidence[number] for number in numbers if number in evidence]
        if not cited:
            continue
        held = [f for e in cited for text in (e.quote, e.title, *e.heading_path) for f in figures_in(folded(text))]
        for figure in figures_in(folded(sentence.text)):
            n_numbers += 1
            if not figure.is_among(held):
                why = f"{figure.shown} is not in {''.join(f'[{e.number}]' for e in cited)}"
                faults.append(Fault(kind="unsupported_number", where=sentence.text, why=why))
    return n_numbers, faults


def _subject_faults(judged: Sequence[SubjectFigure]) -> list[Fault]:
    return [
        Fault(kind="wrong_subject", where=one.sentence.text, why=f"{one.figure.shown} is not of {one.subject}")
        for one in judged
        if one.is_wrong
    ]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"cannot read {path}: {error}", hint="RUN wants the folder of a finished run") from error


def _parsed(model: type[_ModelT], line: str, path: Path) -> _ModelT:
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        problem = f"{path} is not in the format of a run: {error.errors()[0]['msg']}"
        raise UsageProblem(problem, hint="was it written by another version?") from error
