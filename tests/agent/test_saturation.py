from agent.saturation import CHARS_PER_WORD, SaturationPolicy, policy_of
from agent.settings import WriteSettings


def test_a_long_text_wants_its_ratio_and_a_short_one_the_target():
    policy = SaturationPolicy(ratio=10.0, target=30_000)
    assert policy.required(1000) == round(10_000 * CHARS_PER_WORD) == 66_000
    assert policy.required(50) == 30_000


def test_the_blocks_of_a_text_share_what_it_wants():
    policy = SaturationPolicy(ratio=10.0, target=30_000)
    assert [policy.share(words, of=100) for words in (25, 75)] == [7_500, 22_500]


def test_an_answer_has_neither_target_nor_floor():
    settings = WriteSettings(saturation_target=30_000, saturation_floor=15_000)
    report, answer = policy_of(settings, is_answer=False), policy_of(settings, is_answer=True)
    assert (report.target, report.floor) == (30_000, 15_000)
    assert answer.required(70) == round(10 * 70 * CHARS_PER_WORD)
    assert answer.floor == 0
