import pytest

from agent.compression.choice import Choice, Measured, best_of, read_choice, write_choice
from agent.errors import FileBroken
from agent.home import Home
from agent.pair.asked import asks_helper, resolved
from agent.settings import CompressSettings, Settings


def measured(name: str, per_token: float, *, rate=0.25, seconds=1.0, usd=0.0, spread=0.1, is_saturated=False):
    return Measured(
        compressor=name,
        rate=rate,
        actual_rate=rate,
        bits=per_token * 40,
        bits_low=per_token * 30,
        bits_high=per_token * 50,
        bits_per_token=per_token,
        bits_per_token_low=per_token * (1 - spread),
        bits_per_token_high=per_token * (1 + spread),
        top1=0.5,
        is_saturated=is_saturated,
        seconds_per_1000_tokens=seconds,
        usd_per_1000_tokens=usd,
    )


TABLE = (
    measured("extractive", 0.04, seconds=0.1),
    measured("contrastive", 0.08, seconds=9.0),
    measured("llmlingua", 0.06, seconds=0.5, usd=None),
    measured("contrastive", 0.01, rate=0.5, seconds=9.0),
    measured("extractive", 0.03, rate=0.5, seconds=0.1),
)


def choice(**changes) -> Choice:
    made = Choice(
        chosen="extractive",
        rate=0.25,
        why="0.04 bits a token",
        target_model="embedded:x",
        scorer="embedded:y",
        questions=4,
        passages=24,
        ceiling_bits=2.58,
        corpus="c",
        made_at="2026-11-22T00:00:00+00:00",
        table=TABLE,
    )
    return made.model_copy(update=changes)


@pytest.mark.parametrize(
    ("rate", "max_seconds", "max_usd", "wanted"),
    [
        (0.25, None, None, "contrastive"),
        (0.25, 1.0, None, "llmlingua"),
        (0.25, 1.0, 0.1, "extractive"),
        (0.45, None, None, "extractive"),
    ],
)
def test_most_bits_a_token_within_the_limits_at_the_nearest_rate(rate, max_seconds, max_usd, wanted):
    best, why = best_of(TABLE, rate, max_seconds=max_seconds, max_usd=max_usd)
    assert best.compressor == wanted
    assert f"rate {best.rate:g}" in why


def test_nothing_is_chosen_where_nothing_is_within_the_limits():
    assert best_of(TABLE, 0.25, max_seconds=0.01, max_usd=None) is None


def test_of_those_that_may_be_the_best_the_fastest_is_taken():
    rows = (measured("contrastive", 0.05, seconds=9.0), measured("extractive", 0.046, seconds=0.1))
    taken, why = best_of(rows, 0.25, max_seconds=None, max_usd=None)
    assert taken.compressor == "extractive" and "fastest of 2 that may be as good as contrastive" in why
    apart = (measured("contrastive", 0.5, seconds=9.0), measured("extractive", 0.01, seconds=0.1))
    taken, why = best_of(apart, 0.25, max_seconds=None, max_usd=None)
    assert taken.compressor == "contrastive" and "surely" in why


def test_where_every_passage_is_known_again_a_lower_rate_decides():
    rows = (
        measured("extractive", 0.04, seconds=0.1, is_saturated=True),
        measured("surprisal", 0.04, seconds=5.0, is_saturated=True),
        measured("extractive", 0.1, rate=0.05, seconds=0.1),
        measured("surprisal", 0.3, rate=0.05, seconds=5.0),
    )
    taken, why = best_of(rows, 0.25, max_seconds=None, max_usd=None)
    assert taken.compressor == "surprisal" and taken.rate == 0.05
    assert "at rate 0.25 passages are known again" in why
    taken, why = best_of(rows[:2], 0.25, max_seconds=None, max_usd=None)
    assert taken.compressor == "extractive" and "at every measured rate" in why


def test_one_at_the_ceiling_is_enough_to_make_a_rate_tell_nothing():
    """Intervals shrink to nothing there: who keeps a token less would be "surely" better."""
    rows = (
        measured("cascade", 0.132, rate=0.1, seconds=1.0, spread=0.01, is_saturated=True),
        measured("extractive", 0.127, rate=0.1, seconds=0.1, spread=0.0, is_saturated=True),
        measured("random", 0.115, rate=0.1, seconds=0.1),
        measured("cascade", 0.218, rate=0.05, seconds=1.0, spread=0.2),
        measured("extractive", 0.239, rate=0.05, seconds=0.1),
    )
    taken, _ = best_of(rows, 0.25, max_seconds=None, max_usd=None)
    assert (taken.compressor, taken.rate) == ("extractive", 0.05)
    taken, _ = best_of(rows[:3], 0.25, max_seconds=None, max_usd=None)
    assert taken.compressor == "extractive"


def test_the_only_one_is_not_said_to_be_better_than_others():
    assert "the only one" in best_of(TABLE[:1], 0.25, max_seconds=None, max_usd=None)[1]
    assert "the only one" in best_of(TABLE[:2], 0.25, max_seconds=1.0, max_usd=None)[1]


def test_a_choice_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "compression.json"
    assert read_choice(path) is None
    write_choice(path, choice())
    assert read_choice(path) == choice()


@pytest.mark.parametrize(
    ("content", "said"), [("{", "damaged"), ('{"version": 9}', "version 9"), ('{"version": 1}', "damaged")]
)
def test_a_damaged_choice_is_told_with_its_mend(tmp_path, content, said):
    path = tmp_path / "compression.json"
    path.write_text(content)
    with pytest.raises(FileBroken, match=said) as caught:
        read_choice(path)
    assert "compress tune" in caught.value.hint


def settings(tmp_path, **compress) -> Settings:
    return Settings(home=tmp_path, compress=CompressSettings(**compress))


def test_auto_is_off_and_the_helper_until_the_home_is_tuned(tmp_path):
    found = resolved(settings(tmp_path)).compress
    assert (found.pair, found.compressor) == ("off", "helper")
    write_choice(Home(tmp_path).compression, choice())
    found = resolved(settings(tmp_path)).compress
    assert (found.pair, found.compressor) == ("on", "extractive")


def test_what_is_set_is_not_overruled_by_the_choice(tmp_path):
    write_choice(Home(tmp_path).compression, choice())
    assert resolved(settings(tmp_path, pair="off")).compress.pair == "off"
    found = resolved(settings(tmp_path, pair="on", compressor="helper")).compress
    assert (found.pair, found.compressor) == ("on", "helper")
    assert asks_helper(found)
    assert not asks_helper(resolved(settings(tmp_path, pair="on")).compress)
