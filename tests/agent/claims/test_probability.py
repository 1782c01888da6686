import math

import pytest

from agent.claims.features import SupportFeatures, read_evidence, support_features
from agent.claims.probability import SupportModel, load_support_model
from agent.claims.token_gains import VERSION, GainFeatures
from agent.errors import UsageProblem
from agent.stemming import english_stem
from tests.bag_embedder import BagEmbedder

FEATURES = support_features(
    "The gate opened.", read_evidence("The gate opened.", embedder=BagEmbedder(), stem=english_stem())
)


def model(**changes):
    fields = {
        "features": ("coverage", "information_gain"), "means": (0.5, 2.0), "scales": (0.25, 1.0), "weights": (1.0, 3.0),
        "intercept": 0.5, "slope": 2.0, "offset": -1.0, "fitted": "2026-11-22", "embedder": "bag-512",
        "fitted_on": ({"name": "made", "half": "tuning", "n": 10, "n_supported": 5, "sha256": "0"},),
    }  # fmt: skip
    return SupportModel.model_validate(fields | changes)


def test_the_probability_is_the_logistic_of_the_calibrated_logit():
    # coverage 1 is two scales above its mean; the empty slot counts as its mean: 0.5 + 2 = 2.5, times 2, minus 1.
    assert model().logit(FEATURES) == pytest.approx(2.5)
    assert model().probability(FEATURES) == pytest.approx(1 / (1 + math.exp(-4.0)))


def test_a_slot_that_is_filled_counts():
    filled = FEATURES.model_copy(update={"information_gain": 3.0})
    assert model().logit(filled) == pytest.approx(5.5)


def test_no_logit_leaves_the_open_interval():
    assert (
        0.0 < model(weights=(-1e6, 0.0)).probability(FEATURES) < model(weights=(1e6, 0.0)).probability(FEATURES) < 1.0
    )


@pytest.mark.parametrize(
    "changes",
    [{"weights": (1.0,)}, {"features": ("coverage", "colour")}, {"scales": (0.0, 1.0)}],
)
def test_a_model_that_does_not_fit_together_is_refused(changes, tmp_path):
    path = tmp_path / "model.json"
    path.write_text(model().model_copy(update=changes).model_dump_json())
    with pytest.raises(UsageProblem, match="holds no support model"):
        load_support_model(path)


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(UsageProblem) as problem:
        load_support_model(tmp_path / "none.json")
    assert "fit_support" in (problem.value.hint or "")


def test_the_shipped_model_tells_where_it_comes_from_and_prefers_what_is_carried():
    shipped = load_support_model()
    assert {one.half for one in shipped.fitted_on} == {"tuning"}
    assert all(one.n <= 2000 for one in shipped.fitted_on)
    lost = FEATURES.model_copy(
        update={"number_share": 0.0, "name_share": 0.0, "coverage": 0.2, "coverage_all": 0.2, "embedding_coverage": 0.3,
                "cosine": 0.2, "pair_coverage": 0.0}
    )  # fmt: skip
    assert shipped.probability(FEATURES) > 0.5 > shipped.probability(lost)
    assert set(shipped.features) <= set(SupportFeatures.model_fields)


MEASURED = {"name": "made", "n": 10, "auroc": 0.9, "auroc_ci95": (0.85, 0.95), "ece": 0.05, "brier": 0.1}


def test_what_a_scorer_says_counts_and_without_one_the_model_still_answers():
    gains = GainFeatures(information_gain=3.0, gain_share=0.5, idle_share=0.1, loss_bits=0.2, worst_loss_bits=1.0)
    assert model().needs_scorer
    assert model().logit(FEATURES.with_gains(gains)) == pytest.approx(5.5)
    assert model().logit(FEATURES) == pytest.approx(2.5)


def test_features_of_another_model_are_refused():
    scored = model(scorer="transformers:aaa:bf16:0", gains_version=VERSION)
    scored.require_made_for(embedder="bag-512", scorer="transformers:aaa:fp32:0")  # precision may differ
    for wrong in ({"embedder": "bag-9", "scorer": "transformers:aaa:bf16:0"},
                  {"embedder": "bag-512", "scorer": "transformers:bbb:bf16:0"}, {"embedder": "bag-512"}):  # fmt: skip
        with pytest.raises(UsageProblem, match="was fitted with"):
            scored.require_made_for(**wrong)
    with pytest.raises(UsageProblem, match="version 0"):
        model(scorer="transformers:aaa:bf16:0").require_made_for(embedder="bag-512", scorer="transformers:aaa:bf16:0")


def test_a_model_may_refuse_by_itself_only_if_every_set_showed_it_good():
    assert not model().may_refuse
    assert model(measured=[MEASURED]).may_refuse
    for weak in ({"auroc_ci95": (0.5, 0.99)}, {"ece": 0.2}, {"auroc_ci95": None}):
        assert not model(measured=[MEASURED, MEASURED | weak]).may_refuse


def test_quantiles_out_of_order_are_refused():
    with pytest.raises(ValueError, match="ascending"):
        model(quantiles=(0.1, 0.9, 0.5))


def test_the_shipped_model_knows_how_its_probabilities_spread_and_may_not_refuse_by_itself():
    shipped = load_support_model()
    assert len(shipped.quantiles) == 101
    assert not shipped.needs_scorer
    assert {one.name for one in shipped.measured} == {"halueval_qa", "ragtruth_qa", "summedits", "all"}
    assert not shipped.may_refuse
