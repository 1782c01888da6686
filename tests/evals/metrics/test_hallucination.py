from evals.metrics.hallucination import hallucination_free, of_shares


def test_rates_by_claim_and_by_report_are_counted_apart():
    rates = hallucination_free([[True, True], [True, False, False, True], [True]])
    assert (rates.by_claim, rates.by_report) == (5 / 7, 2 / 3)


def test_a_report_without_claims_is_neither_clean_nor_not():
    rates = hallucination_free([[], [True]])
    assert (rates.n_reports, rates.n_empty, rates.by_report) == (1, 1, 1.0)
    silent = hallucination_free([[]])
    assert (silent.by_claim, silent.by_report) == (None, None)


def test_shares_and_numbers_of_claims_give_the_same_counts():
    assert of_shares([(4, 0.5), (3, 1.0), (0, 0.0)]) == hallucination_free(
        [[True, True, False, False], [True, True, True], []]
    )
