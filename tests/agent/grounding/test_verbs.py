import pytest

from agent.grounding.verbs import base_form, uses, verbs
from agent.stemming import english_stem

STEM = english_stem()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Ulver Barrage was opened on 19 April 2007.", [("opened", False, "")]),
        ("The National Assembly adopts the Ulver Barrage Act.", [("adopts", False, "")]),
        ("The board did not approve the plan and failed to inspect the gates.",
         [("approve", True, ""), ("failed", False, ""), ("inspect", True, "")]),
        ("No gate was opened, but two cables tore.", [("opened", True, ""), ("tore", False, "")]),
        ("None of the gates opened.", [("opened", True, "")]),
        ("The Authority hasn’t paid 5 million marks.", [("paid", True, "")]),
        ("He did not fail to open the gate.", [("fail", True, ""), ("open", False, "")]),
        ("She may have approved it, and would later deny it.", [("approved", False, "doubt"), ("deny", False, "plan")]),
        ("The proposed reform would close the plant.", [("close", False, "plan")]),
        ("It was built in May 2012 and cost 3 million.", [("built", False, ""), ("cost", False, "")]),
        ("The board has not approved it, nor did it reply.", [("approved", True, "")]),
        ("No fewer than 30 people were not only hurt.", [("hurt", False, "")]),
    ],
)  # fmt: skip
def test_verbs_are_found_with_what_bears_on_them(text, found):
    assert [(verb.word, verb.is_negated, verb.mood) for verb in verbs(text, STEM)] == found


def test_forms_of_one_verb_have_one_base():
    assert {base_form(word, STEM) for word in ("rise", "rose", "risen", "rising", "Rises")} == {STEM("rise")}
    assert base_form("tore", STEM) == base_form("torn", STEM) != base_form("turned", STEM)


def test_uses_of_a_word_are_found_as_a_noun_too():
    (use,) = uses(base_form("approved", STEM), "It went ahead without approval.", STEM)
    assert use.is_negated
