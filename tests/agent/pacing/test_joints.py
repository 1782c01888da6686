import pytest

from agent.pacing.joints import joined, parted, subject_of

MEASURED = "The inspector Jonas Reke measured the springs of 12 grips."
WARNED = "The inspector Jonas Reke warned the Hallin Transit Office."


def test_short_neighbours_with_one_subject_are_joined_in_two_ways():
    assert joined(MEASURED, WARNED) == [
        "The inspector Jonas Reke measured the springs of 12 grips; the inspector Jonas Reke warned the Hallin Transit "
        "Office.",
        "The inspector Jonas Reke measured the springs of 12 grips, and the inspector Jonas Reke warned the Hallin "
        "Transit Office.",
    ]


def test_a_pronoun_leans_on_the_subject_before_it():
    assert joined("Mira Tolland wrote to the board.", "She had no reply.")[0] == (
        "Mira Tolland wrote to the board; she had no reply."
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MEASURED, "The engineer Mira Tolland warned the Hallin Transit Office."),
        ("Orme’s rope held for years.", "Orme’s brake froze at once."),
        ("The rope held.", "The rope tore."),  # no name says whose
        ("According to Memo, the rope held.", "According to Memo, the rope tore."),
        (MEASURED, "The inspector Jonas Reke asked: who pays?"),
        ("The inspector Jonas Reke said “no”.", WARNED),
        ("The inspector Jonas Reke came from Reke Inc.", WARNED),
        (MEASURED, f"{WARNED[:-1]} of everything that he had seen in the years since the cableway was built there."),
        (MEASURED, "However, Jonas Reke was ignored."),
        ("Two spans of the bridge collapsed.", "Two lanes of the bridge survived."),
    ],
)
def test_others_stay_apart(first, second):
    assert joined(first, second) == []


def test_a_long_sentence_parts_where_a_whole_one_stands_behind_the_boundary():
    whole = (
        "The springs of all grips were measured again by the inspector Jonas Reke in March 2017, and the repair "
        "of the cableway was deferred by 5 votes to 2."
    )
    assert parted(whole) == [
        (
            "The springs of all grips were measured again by the inspector Jonas Reke in March 2017.",
            "The repair of the cableway was deferred by 5 votes to 2.",
        )
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        # Who says it, when it was, and a list reach over the boundary; a half without a verb is none.
        "The auditor Lene Marsk said that the springs were measured in March by Jonas Reke, and the repair of the "
        "cableway was deferred by 5 votes to 2.",
        "In March 2017 the springs of the grips were measured by the inspector Jonas Reke, and the repair of the "
        "cableway was deferred by 5 votes to 2.",
        "The director of the Hallin Transit Office, the engineer Mira Tolland, the inspector, and the board of the "
        "town were shown the springs in March.",
        "The board of the Hallin Transit Office was shown the springs in March 2017 by the inspector, and deferred "
        "the repair by 5 votes to 2.",
        "The grip of cabin 17, which was softer than the others, and the emergency brake in the Orme station were "
        "both replaced in the year 2016.",
        "The springs were measured by Jonas Reke, and the repair was deferred.",
        # From text by people: no subject behind the boundary, a clause that hangs on the first, no verb of its own.
        "Reid played only half of the grand final with limited impact, and was substituted out for Campbell shortly "
        "after half time with the same injury.",
        "Joel Selwood was the leading disposal winner of the team that year, and while the tactical decision had been "
        "particularly influential the match was lost.",
        "The dead of the bombing were all Turkish citizens and came from three families, and a woman and her teenage "
        "daughter and a married couple.",
        "The match was the final of the league organised by the union of the clubs, and the 30th season since it was "
        "renamed from the cup of champions.",
        "The vineyard was sold for 3.1 million crowns, the yacht was sold for 1.4 million crowns, and Viktor Hale was "
        "ordered to repay 4.4 million crowns.",
    ],
)
def test_what_reaches_over_a_boundary_keeps_the_sentence_whole(sentence):
    assert parted(sentence) == []


def test_the_subject_is_the_opening_up_to_its_first_name():
    assert subject_of(MEASURED) == "the inspector jonas reke"
    assert subject_of("A warm kitchen makes the dough sour.") == ""
