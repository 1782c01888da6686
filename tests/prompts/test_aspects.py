import re
import tomllib
from pathlib import Path

import pytest

import prompts
from prompts.aspects import part_asked, sense_of

SENSES = tomllib.loads((Path(prompts.__file__).parent / "aspects.toml").read_text("utf-8"))["senses"]


@pytest.mark.parametrize(
    ("heading", "word"),
    [
        ("Aftermath", "arrests"),
        ("Ignored warnings", "alerted"),
        ("Early life", "born"),  # not that of "life"
        ("Legal issues", "court"),
        ("Insured losses", "policy"),
        ("Organisational structure", "staff"),
        ("Political views", "party"),
        ("Religious life", "church"),
    ],
)
def test_a_common_heading_has_the_words_that_are_told_under_it(heading, word):
    assert word in sense_of(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "Insurgency",
        "Organisms",
        "Castle",
        "Castro regime",
        "Costa Rica",
        "Costumes",
        "Methodist church",
        "Mediation",
        "Ruler",
        "Plotinus",
        "Gate 17",
        "",
        "Comatching",
        "How the money went to the wrong people in nine payments",
    ],
)
def test_a_heading_that_is_uncommon_or_says_itself_what_it_is_about_has_no_sense(heading):
    assert sense_of(heading) == ""


def test_a_sense_speaks_like_the_text_and_does_not_repeat_the_heading_alone():
    assert all(len(re.findall(r"\w+", sense)) >= 3 for sense in SENSES.values())


@pytest.mark.parametrize(
    ("topic", "part"),
    [
        ("Storm Eunice – impact", "impact"),
        ("Storm Eunice: the human cost", "the human cost"),
        ("Causes of the fire in the Hallin tunnel", "Causes"),
        ("Insurance payments after the flood", "Insurance payments"),
        ("The failure of the Ulver Barrage", ""),
        ("Life of Brian", ""),
        ("Castle of Ulver", ""),
        ("Insurgency in Iraq", ""),
        ("The barrage: causes, money and reforms", ""),
        ("The barrage", ""),
    ],
)
def test_the_one_part_that_a_topic_asks_for(topic, part):
    assert part_asked(topic) == part
