import random

import pytest

from lm.token_bucket import TokenBucket


def taken_at(bucket: TokenBucket, sizes: list[float]) -> list[float]:
    """When each of these went, each as early as it may."""
    now, times = 0.0, []
    for size in sizes:
        now += bucket.ready_in_s(size, now)
        bucket.take(size, now)
        times.append(now)
    return times


@pytest.mark.parametrize("per_minute", [2, 3, 10, 60, 999])
def test_no_minute_holds_more_than_the_rate(per_minute: int):
    times = taken_at(TokenBucket(per_minute, 0.0), [1.0] * (per_minute * 3))
    most = max(sum(begin <= time < begin + 60.0 for time in times) for begin in times)
    assert most <= per_minute
    assert times[-1] < 60.0 * 3.5  # and it is not much slower than the rate


def test_no_minute_holds_more_tokens_than_the_rate_where_each_call_fits_the_bucket():
    rng = random.Random(1)
    sizes = [rng.uniform(1.0, 100.0) for _ in range(300)]
    times = taken_at(TokenBucket(1000.0, 0.0), sizes)
    for begin in times:
        inside = sum(size for size, time in zip(sizes, times, strict=True) if begin <= time < begin + 60.0)
        assert inside <= 1001.0


def test_what_is_larger_than_the_bucket_goes_when_it_is_full_and_is_owed():
    bucket = TokenBucket(599.0, 0.0)  # holds 59.9, gets 9.0017 a second
    assert taken_at(bucket, [150.0, 60.0]) == pytest.approx([0.0, 150.0 * 60.0 / 540.1])


def test_unused_tokens_come_back_and_what_was_used_beyond_is_taken():
    bucket = TokenBucket(590.0, 0.0)  # holds 59, gets 8.8667 a second
    bucket.take(59.0, 0.0)
    bucket.give_back(50.0, 0.0)
    assert bucket.ready_in_s(50.0, 0.0) == 0.0
    bucket.give_back(-90.0, 0.0)
    assert bucket.ready_in_s(10.0, 0.0) == pytest.approx(50.0 * 60.0 / 532.0)


def test_without_a_rate_everything_goes_at_once():
    assert taken_at(TokenBucket(None, 0.0), [1e12] * 5) == [0.0] * 5
