from prompts.compression.rate_search import largest_within


def test_a_compressor_that_keeps_too_much_is_asked_for_less():
    asked = []

    def attempt(rate):
        asked.append(rate)
        return round(1000 * rate**0.5)

    rate, kept = largest_within(attempt, int, target=250, whole=1000, first=0.25)
    assert 240 <= kept <= 250
    assert len(asked) <= 6
    assert rate in asked
    assert rate < 0.1


def test_the_largest_below_the_target_is_taken_when_sizes_jump():
    def attempt(rate):
        return 100 if rate < 0.5 else 700

    assert largest_within(attempt, int, target=600, whole=1000, first=0.6)[1] == 100


def test_the_smallest_is_taken_when_all_are_too_large():
    assert largest_within(lambda rate: 500 + round(100 * rate), int, target=400, whole=1000, first=0.4)[1] < 515
