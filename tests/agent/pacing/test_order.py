import pytest

from agent.pacing.order import delayed, is_verdict, leans
from agent.pacing.telling import sections_of
from retrieval.dates import moments
from tests.agent.pacing.blocks import Stand

VERDICT = "The main cause of the failure was the soft springs of Hallin."
SPRINGS = "The springs of the grips were replaced by the Hallin Transit Office."
BRAKE = "The brake of the Orme station did not close at all."
LETTER = "The inspector Jonas Reke wrote a letter to the Hallin Transit Office."


def told(*blocks):
    stand = Stand(blocks)
    section, n_moved = delayed(sections_of(stand.outline.sections, stand.settled)[0])
    return [[one.text for one in paragraph] for paragraph in section], n_moved


def test_the_verdict_comes_after_what_led_to_it():
    assert told([VERDICT, SPRINGS, BRAKE, LETTER]) == ([[SPRINGS, BRAKE, LETTER, VERDICT]], 1)


def test_a_sentence_that_leans_on_the_verdict_goes_with_it():
    leaning = "It was known to the board."
    assert told([VERDICT, leaning, SPRINGS, BRAKE])[0] == [[SPRINGS, BRAKE, VERDICT, leaning]]


def test_a_sentence_that_leans_on_another_is_not_parted_from_it_by_the_verdict():
    leaning = "However, it froze again."
    assert told([SPRINGS, VERDICT, BRAKE, leaning])[0] == [[SPRINGS, BRAKE, leaning, VERDICT]]


def test_a_verdict_that_leans_on_what_stands_before_it_stays():
    stays = "Therefore the main cause was ice."
    assert told([SPRINGS, stays, BRAKE, LETTER]) == ([[SPRINGS, stays, BRAKE, LETTER]], 0)


def test_nothing_is_told_behind_a_later_date():
    early = "The main cause was found by the town of Hallin in May 2017."
    late = "The brake of the Orme station was closed on 3 June 2017."
    assert told([early, late, SPRINGS])[1] == 0
    assert told([early, late.replace("June", "April"), SPRINGS])[1] == 1


def test_a_full_name_is_not_told_behind_its_short_form():
    full = "Mira Tolland was responsible for the springs of the cableway."
    assert told([full, "The board told Tolland of the brake.", SPRINGS])[1] == 0


def test_the_block_with_the_verdict_is_told_last():
    one, two = [BRAKE, LETTER, VERDICT], [SPRINGS]
    assert told(one, two) == ([[SPRINGS], [BRAKE, LETTER, VERDICT]], 1)


def test_a_block_is_not_told_behind_one_that_builds_on_it():
    stand = Stand([[BRAKE, LETTER, VERDICT], [SPRINGS]])
    (section,) = sections_of(stand.outline.sections, stand.settled)
    assert delayed(section, {"s01b02": ()})[1] == 1
    assert delayed(section, {"s01b02": ("s01b01",)})[1] == 0


def test_a_section_whose_last_block_ends_with_a_verdict_stays():
    other = "Overall the Hallin Transit Office lost its way."
    assert told([BRAKE, LETTER, VERDICT], [SPRINGS, BRAKE + " ", other])[1] == 0


def test_two_sentences_lead_to_nothing():
    assert told([VERDICT, SPRINGS])[1] == 0


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("On 3 February 2019 it fell.", [(2019, 2, 3)]),
        ("In May 2017 and in 2018", [(2017, 5), (2018,)]),
        ("On May 3, 2017 it fell", [(2017, 5, 3)]),
        ("It cost 2,017 marks and 2017.5 more", []),
        ("On 3 February it fell.", []),
    ],
)
def test_dates_are_read_as_far_as_they_go(text, dates):
    assert moments(text) == dates


def test_conclusions_and_leaning_sentences_are_told_by_their_words():
    assert is_verdict("The commission concluded that the rope was old.")
    assert is_verdict("Overall, little was done.")
    assert not is_verdict("The cause was not looked for.")
    assert leans("It was not looked for.")
    assert leans("According to the same source, it fell.")
    assert not leans(SPRINGS)
