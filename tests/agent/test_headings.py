import pytest

from agent.headings import cleaned_heading, cleaned_headings, names_a_part


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Title 3: The first warnings", "The first warnings"),
        ("Section 2 - Who paid", "Who paid"),
        ("Section two – Who paid", "Who paid"),
        ("**Heading:** Causes", "Causes"),
        ("Subheading 1. Causes", "Causes"),
        ('"The night of the fall"', "The night of the fall"),
        ("“The night of the fall”:", "The night of the fall"),
        ("1. Causes", "Causes"),
        ("(2) Causes", "Causes"),
        ("3 - Causes", "Causes"),
        ("1.2 Causes", "Causes"),
        ("2.1. Section 4: “Causes”.", "Causes"),
        ("## III. Money", "Money"),
        ("- a) Money:", "Money"),
        ("i) Money", "Money"),
        ("4: Money", "Money"),
        ("The trial in Washington, D.C.:", "The trial in Washington, D.C."),
        ("Chapter 3: Topic: Money", "Money"),
        ("Title: ", "Title"),
        ("", ""),
        ("***", ""),
    ],
)
def test_labels_numbers_and_marks_around_a_heading_go(said, meant):
    assert cleaned_heading(said) == meant


@pytest.mark.parametrize(
    "heading",
    ["2022 floods", "1.5 million displaced", "24-hour siege", "Title IX in schools", "Section 4.2 of the Act", "9/11",
     "A board divided", "Part of the plan", "I, Claudius", "“Grip” and rope", "Rope and ‘grip’", "The boards’ money",
     "Topic models", "C-reactive protein", "E. coli outbreak", "C. elegans studies", "D. H. Lawrence",
     "V. Putin's speech", "24: Live Another Day", "Washington, D.C."],
)  # fmt: skip
def test_numbers_and_words_of_the_heading_itself_stay(heading):
    assert cleaned_heading(heading) == heading


@pytest.mark.parametrize("said", ["Title 3: The first warnings", '2.1. "Section 4: Causes".', "- - 1) x", "“”"])
def test_a_clean_heading_is_not_cleaned_further(said):
    once = cleaned_heading(said)
    assert cleaned_heading(once) == once


@pytest.mark.parametrize(
    "said",
    ["", "Title 3:", "Section 2 -", "Heading", "Introduction", "Conclusion.", "Key points", "Overview", "12", "…",
     "[Insert heading]", "Your title here", "N/A", "Sure! Here are headings", "Section two", "Untitled", "x", "Notes",
     "Footnotes", "Table of contents",
     "Here are 5 headings:", "Here they are:", "Here's an outline", "Note: these are mine", "Of course, here they are",
     "Certainly!"],
)  # fmt: skip
def test_what_names_no_part_is_no_heading(said):
    assert not names_a_part(cleaned_heading(said))


@pytest.mark.parametrize(
    "lines",
    [["A. Causes", "B. Money"], ["I. Causes", "II. Money"], ["- **i. Causes**", "- **ii. Money**"]],
)
def test_letters_number_the_headings_of_a_reply_that_counts_on_with_them(lines):
    assert cleaned_headings(lines) == ["Causes", "Money"]


def test_letters_that_do_not_count_on_are_initials():
    lines = ["E. coli outbreak", "C. elegans studies", "D.", "V. Putin's speech"]
    assert cleaned_headings(lines) == ["E. coli outbreak", "C. elegans studies", "D", "V. Putin's speech"]


@pytest.mark.parametrize(
    "heading",
    ["Causes", "Sources of income", "Reports of 1998", "Overview of the law", "Герои", "Note-taking",
     "Here comes the flood", "Sure Start centres", "Here Is New York"],
)  # fmt: skip
def test_what_names_a_part_is_a_heading(heading):
    assert names_a_part(heading)
