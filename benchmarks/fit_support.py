"""Fit the support probability on labelled sets, and measure it on the halves that it did not see.

    python benchmarks/fit_support.py --data DIR [--data DIR ...] [--save FILE] [--date YYYY-MM-DD]

DIR are folders of `wellread eval run faithfulness`: RAGTruth (cut into sentences; a sentence is supported if no marked
span touches it), SummEdits (each summary) and HaluEval QA (each answer). Weights, and Platt's two numbers on folds left
out, come from the tuning halves; the figures are of the reporting halves: AUROC and expected calibration error (ten
bins of equal width), each with a 95 % interval over resampled documents, for the model, and for length alone and
overlap alone, calibrated alike. "transfer" is a model that saw only the other sets.
"""

import argparse
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from agent.claims.features import ReadEvidence, SupportFeatures, read_evidence, support_features
from agent.claims.probability import FittedOn, SupportModel
from agent.embedders import open_embedders
from agent.grounding.names import common_words
from agent.stemming import english_stem
from evals.conduct import drawn, half_of
from evals.datasets.load import load
from evals.items import Item
from evals.metrics.calibration import auroc, ece
from evals.statistics import measure_ci95
from lm.embedding import Embedder
from prompts.sentences import sentence_spans

FloatArray = npt.NDArray[np.float64]
OVERLAP, LENGTH = ("coverage_all",), ("log_words",)
CONTENT = ("number_share", "name_share", "coverage", "coverage_all", "embedding_coverage", "cosine", "pair_coverage",
           "negation_mismatch", "turned_verbs")  # fmt: skip
ALL = (*CONTENT, *LENGTH)
# What is carried can only speak for a claim, and a changed sign only against it. Left free, features that say nearly
# the same take weights of opposite signs, and a claim would be believed less for each word that its source has.
SIGNS = dict.fromkeys(CONTENT, 1) | dict.fromkeys(("negation_mismatch", "turned_verbs"), -1)
_MAX_ITEMS, _N_FOLDS, _MIN_WORDS, _N_RESAMPLES = 2000, 5, 3, 200
# Numbers that only count the answer's own steps or name its sources are no claims.
_ENTRY = re.compile(r"^\W*\d{1,2}[.)]\s+")
_PASSAGE = re.compile(r"\b[Pp]assages? #?\d+(?:(?:,| and|, and) \d+)*")


@dataclass(frozen=True)
class Labelled:
    """One claim of a set with its features and its label."""

    set_name: str
    sha256: str
    cluster: str
    half: str
    features: SupportFeatures
    is_supported: bool


def claims_of(item: Item) -> Iterator[tuple[str, bool]]:
    """The claims of an item with their labels: the sentences of an answer with marked spans, else the whole text."""
    spans = item.gold.get("spans")
    marked = [span for span in spans if isinstance(span, dict)] if isinstance(spans, list) else []
    places = [(span["start"], span["end"]) for span in marked if isinstance(span.get("start"), int)]
    if "quality" not in item.gold and not places:  # only RAGTruth marks where
        yield item.text, bool(item.gold["supported"])
        return
    for start, end in sentence_spans(item.text):
        if len(item.text[start:end].split()) >= _MIN_WORDS:
            touched = any(int(str(low)) < end and start < int(str(high)) for low, high in places)
            yield _PASSAGE.sub("the passage", _ENTRY.sub("", item.text[start:end])), not touched


def labelled(folder: Path, embedder: Embedder, workdir: Path) -> list[Labelled]:
    """All claims of a set, at most 2,000 drawn by a fixed seed."""
    dataset = load(folder, workdir=workdir)
    stem, read = english_stem(), dict[str, ReadEvidence]()
    claims = []
    for item in drawn(dataset.items, _MAX_ITEMS, seed=1):
        evidence, cluster = str(item.gold["context"]), item.cluster or item.id
        if evidence not in read:
            read[evidence] = read_evidence(evidence, embedder=embedder, stem=stem, lexicon=common_words(evidence))
        for text, is_supported in claims_of(item):
            features = support_features(text, read[evidence])
            claims.append(Labelled(dataset.name, dataset.sha256, cluster, half_of(cluster), features, is_supported))
    rows = np.random.default_rng(1).permutation(len(claims))[:_MAX_ITEMS]
    return [claims[row] for row in sorted(rows.tolist())]


def matrix(claims: Sequence[Labelled], names: Sequence[str]) -> FloatArray:
    """(n, n_features)."""
    return np.array([[float(getattr(claim.features, name)) for name in names] for claim in claims])


def fit(claims: Sequence[Labelled], names: Sequence[str], *, date: str, fingerprint: str) -> SupportModel:
    """The logistic model of these claims, calibrated on folds of documents left out. Each set weighs the same."""
    rows, labels = matrix(claims, names), np.array([claim.is_supported for claim in claims])
    groups = [claim.cluster for claim in claims]
    counts = {name: sum(claim.set_name == name for claim in claims) for name in {c.set_name for c in claims}}
    weights = np.array([len(claims) / len(counts) / counts[claim.set_name] for claim in claims])
    means, scales = rows.mean(axis=0), rows.std(axis=0)
    scales = np.where(scales > 0, scales, 1.0)
    scaled = (rows - means) / scales
    left_out, signs = np.zeros(len(claims)), [SIGNS.get(name, 0) for name in names]
    for train, test in GroupKFold(_N_FOLDS).split(scaled, labels, groups):
        fold, at_mean = signed_logistic(scaled[train], labels[train], weights[train], signs)
        left_out[test] = scaled[test] @ fold + at_mean
    platt = LogisticRegression(max_iter=1000).fit(left_out[:, None], labels, sample_weight=weights)
    factors, intercept = signed_logistic(scaled, labels, weights, signs)
    return SupportModel(
        features=tuple(names),
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(factors),
        intercept=round(intercept, 6),
        slope=round(float(platt.coef_[0][0]), 6),
        offset=round(float(platt.intercept_[0]), 6),
        fitted_on=tuple(_provenance(claims, name) for name in sorted(counts)),
        fitted=date,
        embedder=fingerprint,
    )


def signed_logistic(
    rows: FloatArray, labels: npt.NDArray[np.bool_], weights: FloatArray, signs: Sequence[int]
) -> tuple[FloatArray, float]:
    """Weights and intercept of a slightly shrunk logistic regression whose weights have given signs (0: either).

    Args:
        rows: (n, n_features), standardised.
        labels: (n,).
        weights: (n,) how much each row counts.
        signs: for each feature 1, -1 or 0.
    """
    target = np.where(labels, 1.0, -1.0)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        margins = target * (rows @ point[:-1] + point[-1])
        slopes = -weights * target / (1.0 + np.exp(np.clip(margins, -500, 500)))
        gradient = np.append(rows.T @ slopes + point[:-1], slopes.sum())
        return float((weights * np.logaddexp(0.0, -margins)).sum() + 0.5 * point[:-1] @ point[:-1]), gradient

    bounds = [*((0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in signs), (None, None)]
    found = minimize(loss, np.zeros(len(signs) + 1), jac=True, bounds=bounds, method="L-BFGS-B")
    return found.x[:-1], float(found.x[-1])


def _rounded(values: FloatArray) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def _provenance(claims: Sequence[Labelled], name: str) -> FittedOn:
    own = [claim for claim in claims if claim.set_name == name]
    n_supported = sum(claim.is_supported for claim in own)
    return FittedOn(name=name, half="tuning", n=len(own), n_supported=n_supported, sha256=own[0].sha256)


def figures_of(model: SupportModel, claims: Sequence[Labelled]) -> str:
    """AUROC and expected calibration error with their intervals, for a table."""
    said = [model.probability(claim.features) for claim in claims]
    truth = [float(claim.is_supported) for claim in claims]
    clusters = [claim.cluster for claim in claims]
    shown = []
    measures: tuple[Callable[[Sequence[float], Sequence[float]], float | None], ...] = (auroc, ece)
    for measure in measures:

        def at(places: list[int], measure: Callable[..., float | None] = measure) -> float | None:
            return measure([said[place] for place in places], [truth[place] for place in places])

        value, interval = (
            at(list(range(len(claims)))),
            measure_ci95(at, clusters, np.random.default_rng(1), n_resamples=200),
        )
        within = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        shown.append("none" if value is None else f"{value:.3f}{within}")
    return " | ".join(shown)


def main() -> None:
    """Fit and measure, with the options of the command line."""
    arguments = _arguments()
    static = open_embedders(arguments.models_dir, with_dense=False).static
    with tempfile.TemporaryDirectory(prefix="wellread-fit-") as folder:
        claims = [claim for path in arguments.data for claim in labelled(path, static, Path(folder))]
    tuning = [claim for claim in claims if claim.half == "tuning"]
    reporting = [claim for claim in claims if claim.half == "reporting"]

    def fitted(names: Sequence[str], on: Sequence[Labelled]) -> SupportModel:
        return fit(on, names, date=arguments.date, fingerprint=static.fingerprint)

    kinds = {"content": CONTENT, "content and length": ALL, "overlap alone": OVERLAP, "length alone": LENGTH}
    sets = sorted({claim.set_name for claim in claims})
    print("| set | n (supported) | inputs | AUROC | ECE |\n|---|---|---|---|---|")
    for name in (*sets, "all"):
        own = [claim for claim in reporting if name in ("all", claim.set_name)]
        others = [claim for claim in tuning if claim.set_name != name]
        about = f"| {name} | {len(own)} ({sum(claim.is_supported for claim in own)})"
        for kind, names in kinds.items():
            print(f"{about} | {kind} | {figures_of(fitted(names, tuning), own)} |")
            if name != "all" and len(sets) > 1 and len(names) > 1:
                print(f"{about} | {kind}, transfer | {figures_of(fitted(names, others), own)} |")
    model = fitted(ALL if arguments.with_length else CONTENT, tuning)
    print(
        "\n" + "\n".join(f"{name}: {weight:+.3f}" for name, weight in zip(model.features, model.weights, strict=True))
    )
    if arguments.save:
        arguments.save.write_text(model.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, action="append", required=True, help="a folder of a labelled set")
    parser.add_argument("--save", type=Path, help="where the fitted model is written")
    parser.add_argument("--with-length", action="store_true", help="let the saved model count words")
    parser.add_argument("--date", default="undated", help="written into the model")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
