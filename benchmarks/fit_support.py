"""Fit the support probability on labelled sets, and measure it on the halves that it did not see.

    python benchmarks/fit_support.py --data DIR [--data DIR ...] [--n 2000] [--seed 1]
        [--gains FILE [--seconds S]] [--save FILE] [--save-scored FILE] [--date YYYY-MM-DD]

DIR are folders of `wellread eval run faithfulness`: RAGTruth (cut into sentences; a sentence is supported if no marked
span touches it), SummEdits (each summary) and HaluEval QA (each answer); n claims are drawn of each. With --gains a
scorer (smollm2-135m-scorer) reads each claim alone and after its evidence; what it says is kept in FILE, tuning halves
first, and --seconds stops it after so long: the same command goes on later. What is not scored is left out of all fits.

Weights, and Platt's two numbers on folds left out, come from the tuning halves; the figures are of the reporting
halves: AUROC, expected calibration error (ten bins of equal width) and Brier score, each with a 95 % interval over
resampled documents, for the model, and for length alone and overlap alone, calibrated alike. "transfer" is a model that
saw only the other sets. --save writes the model without a scorer, --save-scored the one with it.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from agent.claims.probability import FittedOn, Measured, SupportModel
from agent.claims.token_gains import VERSION, GainFeatures
from agent.embedders import open_embedders
from agent.scorers import open_scorer
from agent.settings import Settings
from agent.version import program_version
from evals.metrics.calibration import auroc, brier, ece
from evals.statistics import measure_ci95
from evals.support.featured import Labelled, in_order_of_scoring, with_features
from evals.support.gain_cache import GainCache
from evals.support.labelled import LabelledClaim, labelled_claims
from lm.caching import CachedScorer

FloatArray = npt.NDArray[np.float64]
OVERLAP, LENGTH = ("coverage_all",), ("log_words",)
CONTENT = ("number_share", "name_share", "coverage", "coverage_all", "embedding_coverage", "cosine", "pair_coverage",
           "negation_mismatch", "turned_verbs")  # fmt: skip
GAINS = tuple(GainFeatures.model_fields)
# What is carried can only speak for a claim, and a changed sign only against it. Left free, features that say nearly
# the same take weights of opposite signs, and a claim would be believed less for each word that its source has.
AGAINST = ("negation_mismatch", "turned_verbs", "idle_share", "loss_bits", "worst_loss_bits")
SIGNS = dict.fromkeys((*CONTENT, *GAINS), 1) | dict.fromkeys(AGAINST, -1)
_N_FOLDS, _N_RESAMPLES, _N_QUANTILES = 5, 200, 101


def matrix(claims: Sequence[Labelled], names: Sequence[str]) -> FloatArray:
    """(n, n_features)."""
    return np.array([[float(getattr(claim.features, name)) for name in names] for claim in claims])


def fit(
    claims: Sequence[Labelled],
    names: Sequence[str],
    *,
    date: str,
    fingerprint: str,
    scorer: str = "",
    seed: int = 1,
) -> SupportModel:
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
    calibrated = platt.predict_proba(left_out[:, None])[:, 1]
    factors, intercept = signed_logistic(scaled, labels, weights, signs)
    has_gains = bool(set(names) & set(GAINS))
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
        scorer=scorer if has_gains else "",
        gains_version=VERSION if has_gains else 0,
        seed=seed,
        version=program_version(),
        quantiles=_rounded(np.quantile(calibrated, np.linspace(0.0, 1.0, _N_QUANTILES))),
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


def measured(model: SupportModel, claims: Sequence[Labelled], name: str) -> tuple[Measured, str]:
    """AUROC, expected calibration error and Brier score on claims, and the same with intervals as a table has them."""
    said = [model.probability(claim.features) for claim in claims]
    truth = [float(claim.is_supported) for claim in claims]
    clusters = [claim.cluster for claim in claims]
    measures: dict[str, Callable[[Sequence[float], Sequence[float]], float | None]] = {
        "auroc": auroc,
        "ece": ece,
        "brier": brier,
    }
    values: dict[str, float | None] = {}
    intervals: dict[str, tuple[float, float] | None] = {}
    for what, measure in measures.items():

        def at(places: list[int], measure: Callable[..., float | None] = measure) -> float | None:
            return measure([said[place] for place in places], [truth[place] for place in places])

        values[what] = at(list(range(len(claims))))
        intervals[what] = measure_ci95(at, clusters, np.random.default_rng(model.seed), n_resamples=_N_RESAMPLES)
    shown = " | ".join(_shown(values[what], intervals[what]) for what in measures)
    around = intervals["auroc"]
    return (
        Measured(
            name=name,
            n=len(claims),
            auroc=None if values["auroc"] is None else round(values["auroc"], 4),
            auroc_ci95=None if around is None else (round(around[0], 4), round(around[1], 4)),
            ece=round(values["ece"] or 0.0, 4),
            brier=round(values["brier"] or 0.0, 4),
        ),
        shown,
    )


def _shown(value: float | None, interval: tuple[float, float] | None) -> str:
    within = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return "none" if value is None else f"{value:.3f}{within}"


def main() -> None:
    """Fit and measure, with the options of the command line."""
    arguments = _arguments()
    static = open_embedders(arguments.models_dir, with_dense=False).static
    with tempfile.TemporaryDirectory(prefix="wellread-fit-") as folder:
        drawn = [
            claim
            for path in arguments.data
            for claim in labelled_claims(path, workdir=Path(folder), n=arguments.n, seed=arguments.seed)
        ]
    gains = _scored(drawn, arguments) if arguments.gains else None
    claims = with_features(drawn, static, gains)
    tuning = [claim for claim in claims if claim.half == "tuning"]
    reporting = [claim for claim in claims if claim.half == "reporting"]
    if len({claim.cluster for claim in tuning}) < _N_FOLDS or not reporting:
        sys.exit(f"{len(tuning)} claims to fit on and {len(reporting)} to report on: score or draw more")

    def fitted(names: Sequence[str], on: Sequence[Labelled]) -> SupportModel:
        scorer = gains.scorer if gains else ""
        return fit(on, names, date=arguments.date, fingerprint=static.fingerprint, scorer=scorer, seed=arguments.seed)

    kinds = {"content": CONTENT, "overlap alone": OVERLAP, "length alone": LENGTH}
    if gains:
        kinds = {"content and scorer": (*CONTENT, *GAINS), "scorer alone": GAINS, **kinds}
    models = {kind: fitted(names, tuning) for kind, names in kinds.items()}
    sets = sorted({claim.set_name for claim in claims})
    print("| set | n (supported) | inputs | AUROC | ECE | Brier |\n|---|---|---|---|---|---|")
    for name in (*sets, "all"):
        own = [claim for claim in reporting if name in ("all", claim.set_name)]
        others = [claim for claim in tuning if claim.set_name != name]
        about = f"| {name} | {len(own)} ({sum(claim.is_supported for claim in own)})"
        for kind, names in kinds.items() if own else ():
            figures, shown = measured(models[kind], own, name)
            models[kind] = models[kind].model_copy(update={"measured": (*models[kind].measured, figures)})
            print(f"{about} | {kind} | {shown} |")
            if name != "all" and len(sets) > 1 and len(names) > 1:
                print(f"{about} | {kind}, transfer | {measured(fitted(names, others), own, name)[1]} |")
    for kind, path in (("content", arguments.save), ("content and scorer", arguments.save_scored)):
        if kind not in models:
            continue
        model = models[kind]
        rows = (f"{name}: {weight:+.3f}" for name, weight in zip(model.features, model.weights, strict=True))
        print(f"\n{kind} (may refuse by itself: {model.may_refuse})\n" + "\n".join(rows))
        if path:
            path.write_text(model.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _scored(claims: Sequence[LabelledClaim], arguments: argparse.Namespace) -> GainCache:
    """The cache of token gains, filled as far as the time allows."""
    cache = GainCache(arguments.gains, scorer="")
    wanted = Settings(models_dir=arguments.models_dir) if arguments.models_dir else Settings()
    done = cache.fill(
        list(in_order_of_scoring(claims, arguments.seed)),
        lambda: CachedScorer(open_scorer(wanted)),
        seconds=arguments.seconds,
        tell=lambda line: print(line, file=sys.stderr),
    )
    left = done.n_wanted - done.n_known - done.n_new
    print(f"scored {done.n_new} claims in {done.seconds:.0f} s; {left} left: run again to go on", file=sys.stderr)
    return cache


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, action="append", required=True, help="a folder of a labelled set")
    parser.add_argument("--n", type=int, default=2000, help="claims of each set, both halves")
    parser.add_argument("--seed", type=int, default=1, help="of the draw and of resampling")
    parser.add_argument("--gains", type=Path, help="file of what the scorer says of claims; made, and gone on with")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="most time for scoring; 0: only what is kept"
    )
    parser.add_argument("--save", type=Path, help="where the model without a scorer is written")
    parser.add_argument("--save-scored", type=Path, help="where the model with a scorer is written; wants --gains")
    parser.add_argument("--date", default="undated", help="written into the model")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    arguments = parser.parse_args()
    if arguments.save_scored and not arguments.gains:
        parser.error("--save-scored wants --gains FILE")
    return arguments


if __name__ == "__main__":
    main()
