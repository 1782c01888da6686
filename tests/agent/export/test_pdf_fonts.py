"""What the PDF's typeface can show, and what stands in for the rest."""

import pytest
from fpdf import FPDF

from agent.export.pdf_fonts import Coverage, is_right_to_left, missing_remark, unjoined_remark
from agent.export.pdf_lines import Typesetter


@pytest.fixture(scope="module")
def covered() -> Coverage:
    typesetter = Typesetter(FPDF(unit="pt"))
    typesetter.close()
    return typesetter.coverage


@pytest.mark.parametrize("text", ["Żółć", "Ωμέγα", "Привет", "שלום", "مرحبا", "“€” – … ≤ → □"])
def test_these_scripts_are_shown_as_they_are(covered, text):
    assert covered.shown(text, "plain") == (text, "")
    assert covered.missing([(text, "plain")]) == {}


def test_what_the_typeface_lacks_is_a_box_and_is_counted(covered):
    assert covered.shown("a漢b", "strong") == ("a□b", "B")
    assert covered.missing([("漢字", "plain"), ("漢", "strong")]) == {"漢": 2, "字": 1}


def test_what_nobody_sees_is_left_out_and_not_counted(covered):
    assert covered.shown("soft\u00adhyphen \u2764\ufe0f\U000e0067", "plain") == ("softhyphen \u2764\ufe0f", "")
    assert covered.missing([("soft\u00adhyphen \U000e0067", "plain")]) == {}


def test_a_letter_and_its_accent_become_one_character(covered):
    assert covered.shown("e\u0301", "plain") == ("\u00e9", "")


def test_a_text_that_the_slanted_style_lacks_is_upright(covered):
    assert covered.shown("مرحبا", "slanted") == ("مرحبا", "")
    assert covered.shown("plain words", "slanted") == ("plain words", "I")


def test_the_remark_counts_and_names_a_few():
    assert missing_remark({}) == ""
    assert missing_remark({"漢": 1}) == (
        "In the PDF 1 character that its typeface lacks stands as □ (U+6F22); the other formats have them."
    )
    many = missing_remark(dict.fromkeys("漢字仮名", 300))
    assert "1,200 characters that its typeface lacks stand as □ (4 kinds, such as U+6F22, U+5B57, U+4EEE)" in many


def test_arabic_is_told_to_stand_unjoined_and_hebrew_is_not():
    assert unjoined_remark([("plain", "plain"), ("مرحبا", "strong")]).startswith("In the PDF Arabic letters")
    assert unjoined_remark([("שלום", "plain")]) == ""


def test_only_letters_make_a_text_right_to_left():
    assert is_right_to_left("a ש") and is_right_to_left("مرحبا")
    assert not is_right_to_left("plain \u200f 12")
