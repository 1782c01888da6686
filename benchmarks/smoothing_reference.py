"""How does human text measure? Quantiles by genre, to hold a draft against.

    python benchmarks/smoothing_reference.py --data DIR [--data DIR] [--label human] [--texts 6] [--tokens 400]
        [--words 600] [--out FILE]

DIR has either `texts.jsonl` (rows with `text`, `label` and `genre`; those of the label are taken) or `docs/*.md`
(running text; the folder's name is the genre). Texts of fewer than 200 tokens are passed over; of longer ones
the model reads the first `--tokens`, and sentences and paragraphs are counted in the first `--words`. Which texts are
taken is drawn by the seed. A table of medians on stdout; with `--out` the quantiles as JSON: figures, the sets' names,
how many texts, the scorer's fingerprint, and no text.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from agent import config
from agent.measuring.reference import LEVELS, GenreQuantiles, Reference, quantiles_of
from agent.measuring.rhythm import paragraphs_of, rhythm_of
from agent.measuring.style import text_style
from agent.measuring.style_records import TextStyle
from agent.scorers import open_scorer
from lm.mutual_information import WindowedScorer
from lm.scoring import LogProbScorer
from lm.smoothing import MIN_TOKENS

_SHOWN = ("d_nats", "surprisal_variance", "first_share", "lag1", "slope_nats", "sentence_cv", "paragraph_cv")


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    scorer = open_scorer(config.load(flags={}).settings)
    began, found, model = time.monotonic(), [], ""
    for folder in arguments.data:
        for genre, texts in sorted(texts_of(folder, arguments.label).items()):
            styles = measured(
                texts,
                scorer,
                n_texts=arguments.texts,
                most_tokens=arguments.tokens,
                most_words=arguments.words,
                seed=arguments.seed,
            )
            if styles:
                model = styles[0].scorer
                found.append(quantiles_of(genre, folder.name, styles))
    if not found:
        sys.exit(
            f"no text of {MIN_TOKENS} tokens labelled {arguments.label!r} in {', '.join(map(str, arguments.data))}"
        )
    print(table(found))
    print(f"\nmedians; {sum(one.n for one in found)} texts; {time.monotonic() - began:.0f} s", flush=True)
    if arguments.out is not None:
        reference = Reference(scorer=model, most_tokens=arguments.tokens, label=arguments.label, genres=tuple(found))
        arguments.out.write_text(reference.model_dump_json(indent=1) + "\n", encoding="utf-8")


def texts_of(folder: Path, label: str) -> dict[str, list[str]]:
    """Texts by genre, in the order of the folder.

    Raises:
        ValueError: the folder has neither form.
    """
    if (folder / "texts.jsonl").is_file():
        found: dict[str, list[str]] = {}
        for line in (folder / "texts.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["label"] == label:
                found.setdefault(row["genre"], []).append(row["text"])
        return found
    documents = sorted((folder / "docs").glob("*.md"))
    if not documents:
        raise ValueError(f"{folder} has neither texts.jsonl nor docs/*.md")
    return {folder.name: [_running(path.read_text(encoding="utf-8")) for path in documents]}


def measured(
    texts: Sequence[str], scorer: LogProbScorer, *, n_texts: int, most_tokens: int, most_words: int, seed: int
) -> list[TextStyle]:
    """The style of so many texts, drawn by the seed from those that are long enough.

    Raises:
        ValueError: the scorer cannot cut a text at a token.
    """
    if not isinstance(scorer, WindowedScorer):
        raise ValueError("this scorer does not count tokens")
    styles: list[TextStyle] = []
    for at in np.random.default_rng(seed).permutation(len(texts)):
        if len(styles) == n_texts:
            break
        text = texts[at].strip()
        if scorer.count_tokens(text) >= MIN_TOKENS:
            style = text_style(scorer.beginning(text, most_tokens), scorer)
            rhythm = rhythm_of(paragraphs_of(_first_words(text, most_words)))
            styles.append(style.model_copy(update={"whole": style.whole.model_copy(update={"rhythm": rhythm})}))
    return styles


def table(found: Sequence[GenreQuantiles]) -> str:
    """Medians, a row for each genre."""
    rows = ["| genre | set | n | " + " | ".join(_SHOWN) + " |", "|---" * (3 + len(_SHOWN)) + "|"]
    for one in found:
        rows.append(f"| {one.genre} | {one.source} | {one.n} | {' | '.join(_medians(one.quantiles))} |")
    return "\n".join(rows)


def _medians(quantiles: Mapping[str, Sequence[float]]) -> Iterator[str]:
    middle = LEVELS.index(0.5)
    return (f"{quantiles[name][middle]:.3f}" if name in quantiles else "" for name in _SHOWN)


def _first_words(text: str, n_words: int) -> str:
    """The text up to the end of its n-th word, paragraphs as they are."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text if len(ends) <= n_words else text[: ends[n_words - 1]]


def _running(text: str) -> str:
    """The paragraphs of a document, without its headings and lists."""
    return "\n\n".join(" ".join(sentences) for sentences in paragraphs_of(text))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--label", default="human")
    parser.add_argument("--texts", type=int, default=6)
    parser.add_argument("--tokens", type=int, default=400)
    parser.add_argument("--words", type=int, default=600)
    parser.add_argument("--seed", type=int, default=66)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
