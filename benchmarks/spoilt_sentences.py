"""Does the verifier notice one changed thing? True sentences of examples/corpus, each spoilt in one way at a time.

    python benchmarks/spoilt_sentences.py [--n 100] [--seed 1] [--without-figures] [--made FILE] [--out FILE]

Statements in prose with a figure (or, if asked, without one) are drawn from the corpus; each is offered to the verifier
as freely written, citing itself: as it is (what is refused is a false alarm), and with one number, unit, date, name,
negation or verb changed (what stands is a miss). `--made` keeps the sentences, or takes those of an earlier call, so
that two versions judge the same ones. A spoilt verb is one of another statement; whether it makes the sentence false
was not asked of anybody.

A table on stdout: share refused with Wilson's 95 % interval.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from agent.draft import Candidate
from agent.embedders import open_embedders
from agent.grounding.numbers import figures
from agent.reading import Reader
from agent.stemming import english_stem
from agent.verify import Verifier
from benchmarks.intervals import wilson
from lm.types import Frozen
from prompts.statements import Statement
from retrieval.corpus import Corpus
from retrieval.ingest import ingest
from retrieval.names import common_words, proper_names

ROOT = Path(__file__).resolve().parent.parent
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_DATE = re.compile(rf"\b\d{{1,2}} (?:{'|'.join(_MONTHS)})\b|\b(?:{'|'.join(_MONTHS)}) (?=\d{{4}})")
_UNITS = {
    "km": "miles", "kilometres": "miles", "metres": "feet", "metre": "foot", "mm": "cm", "millimetres": "centimetres",
    "centimetres": "inches", "tonnes": "pounds", "kilograms": "tonnes", "kg": "lb", "marks": "dollars", "bar": "psi",
    "hours": "days", "minutes": "hours", "seconds": "minutes", "days": "weeks", "weeks": "months", "months": "years",
    "years": "months", "million": "billion", "thousand": "million", "per cent": "percentage points", "%": " points",
    "MW": "kW", "litres": "cubic metres", "°C": "°F",
}  # fmt: skip
_UNIT = re.compile(rf"(?<=\d)([ -]?)({'|'.join(map(re.escape, _UNITS))})(?!\w)")
_AUXILIARY = re.compile(r"\b(was|were|is|are|has|have|had|did|would|could|should|can)\b(?! not\b| no\b|n['’]t)")
_NEGATED = re.compile(r"\b(was|were|is|are|has|have|had|did|would|could|should|can) not\b ?")
_VERB = re.compile(r"(?<=\s)[a-z]{3,}ed\b(?! by\b)")


class Spoilt(Frozen):
    """A sentence as it was changed, and the statement that it cites; kind "none" is the sentence as it is."""

    kind: str
    text: str
    statement: Statement


def spoilt_forms(statement: Statement, others: Sequence[str], rng: random.Random) -> Iterator[Spoilt]:
    """The sentence as it is, and each way of spoiling it that it has a place for.

    Args:
        statement: a true sentence.
        others: sentences whose names and verbs may be put in.
        rng: draws the places and what is put there.
    """
    changes: dict[str, Callable[[str, Sequence[str], random.Random], str | None]] = {
        "none": lambda text, _others, _rng: text,
        "number": _other_number,
        "unit": _other_unit,
        "date": _other_date,
        "name": _other_name,
        "negation": _negated,
        "verb": _other_verb,
    }
    for kind, change in changes.items():
        text = change(statement.sentence, others, rng)
        if text is not None and (kind == "none" or text != statement.sentence):
            yield Spoilt(kind=kind, text=text, statement=statement)


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _other_number(text: str, others: Sequence[str], rng: random.Random) -> str | None:
    """One digit of a number that is no part of a date changed."""
    dates = [match.span() for match in _DATE.finditer(text)]
    found = [
        figure
        for figure in figures(text)
        if not figure.is_spelled and not any(start <= figure.start < end for start, end in dates)
    ]
    if not found:
        return None
    figure = rng.choice(found)
    places = [i for i in range(figure.start, figure.end) if text[i].isdigit()]
    place = rng.choice(places)
    return _put(text, (place, place + 1), rng.choice([d for d in "123456789" if d != text[place]]))


def _other_unit(text: str, others: Sequence[str], rng: random.Random) -> str | None:
    found = list(_UNIT.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    return _put(text, match.span(2), _UNITS[match[2]])


def _other_date(text: str, others: Sequence[str], rng: random.Random) -> str | None:
    """Another month, or another day of the same month."""
    found = list(_DATE.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    words = match[0].split()
    if words[0].isdigit() and rng.random() < 0.5:
        new = f"{rng.choice([d for d in range(1, 29) if d != int(words[0])])} {words[1]}"
    else:
        new = match[0].replace(words[-1], rng.choice([m for m in _MONTHS if m != words[-1]]))
    return _put(text, match.span(), new)


def _other_name(text: str, others: Sequence[str], rng: random.Random) -> str | None:
    mine = [name for name in proper_names(_DATE.sub(lambda m: "0" * len(m[0]), text)) if name.start > 0]
    known = {word for name in mine for word in name.words}
    theirs = sorted(
        {
            other[name.start : name.end]
            for other in others
            for name in proper_names(_DATE.sub(lambda m: "0" * len(m[0]), other))
            if name.start > 0 and not known & set(name.words)
        }
    )
    if not mine or not theirs:
        return None
    name = rng.choice(mine)
    return _put(text, (name.start, name.end), rng.choice(theirs))


def _negated(text: str, others: Sequence[str], rng: random.Random) -> str | None:
    if match := _NEGATED.search(text):
        return _put(text, match.span(), f"{match[1]} ")
    found = list(_AUXILIARY.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    return _put(text, match.span(), f"{match[1]} not")


def _other_verb(text: str, others: Sequence[str], rng: random.Random) -> str | None:
    """A regular past of the sentence changed for one of another sentence."""
    found = list(_VERB.finditer(text))
    known = set(re.findall(r"[a-z]+", text.lower()))
    theirs = sorted({match[0] for other in others for match in _VERB.finditer(other)} - known)
    if not found or not theirs:
        return None
    return _put(text, rng.choice(found).span(), rng.choice(theirs))


def judged(sentences: Sequence[Spoilt], verifier: Verifier) -> list[tuple[str, ...]]:
    """The problems of each, offered as freely written."""
    return [
        verifier.verify(Candidate(text=one.text, sources=(0,), kind="written"), [one.statement]).problems
        for one in sentences
    ]


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="wellread-bench-") as folder:
        path = Path(folder) / "corpus.sqlite"
        with Corpus.open(path) as corpus:
            ingest([ROOT / "examples" / "corpus"], corpus)
            _measure(corpus, arguments)


def _measure(corpus: Corpus, arguments: argparse.Namespace) -> None:
    passages = [passage for document in corpus.documents() for passage in corpus.passages_of(document.id)]
    statements = Reader(corpus).read(passages).statements
    verifier = Verifier(
        text_of=corpus.text,
        embedder=open_embedders(arguments.models_dir).dense,
        stem=english_stem(),
        lexicon=common_words("\n".join(passage.text for passage in passages)),
        threshold=0.5,
    )
    own = [Candidate(text=one.sentence, sources=(0,), kind="quoted") for one in statements]
    failed = [one for one, made in zip(statements, own, strict=True) if not verifier.verify(made, [one]).is_supported]
    print(f"quotations of all {len(statements)} statements that fail: {len(failed)}")
    made = _made(statements, arguments)
    found = judged(made, verifier)
    for kind in dict.fromkeys(one.kind for one in made):
        problems = [some for one, some in zip(made, found, strict=True) if one.kind == kind]
        n, k = len(problems), sum(bool(some) for some in problems)
        low, high = wilson(k, n)
        print(f"{kind:9s} n={n:3d} refused {k:3d} = {k / n:.3f} [{low:.3f}, {high:.3f}]")
    if arguments.out:
        rows = [one.model_dump() | {"problems": some} for one, some in zip(made, found, strict=True)]
        arguments.out.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


def _made(statements: Sequence[Statement], arguments: argparse.Namespace) -> list[Spoilt]:
    if arguments.made and arguments.made.is_file():
        return [Spoilt.model_validate_json(line) for line in arguments.made.read_text(encoding="utf-8").splitlines()]
    rng = random.Random(arguments.seed)
    prose = sorted((one for one in statements if one.kind == "prose" and one.stands_alone), key=lambda one: one.key)
    wanted = [one for one in prose if bool(figures(one.sentence)) != arguments.without_figures]
    drawn = rng.sample(wanted, min(arguments.n, len(wanted)))
    others = [one.sentence for one in prose]
    made = [spoilt for one in drawn for spoilt in spoilt_forms(one, others, rng)]
    if arguments.made:
        arguments.made.write_text("".join(f"{one.model_dump_json()}\n" for one in made), encoding="utf-8")
    return made


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-figures", action="store_true", help="draw sentences that have no figure")
    parser.add_argument("--made", type=Path, help="where the spoilt sentences are kept")
    parser.add_argument("--out", type=Path, help="takes each sentence with its problems, as JSON")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    return parser.parse_args(sys.argv[1:])


if __name__ == "__main__":
    main()
