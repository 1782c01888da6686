import json

import pytest

from agent.paragraph_reply import DraftedParagraph, clean, rescued, sentences_said


def paragraph(*texts):
    return json.dumps({"sentences": [{"text": text, "evidence": [n]} for n, text in enumerate(texts, start=1)]})


def said(*texts):
    reply = paragraph(*texts)
    drafted = DraftedParagraph.model_validate_json(reply)
    return [(one.text, one.evidence, one.item) for one in sentences_said(drafted, reply)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("The rope held.", "The rope held."),
        ('"The rope held."', "The rope held."),
        ("“The rope held.”", "The rope held."),
        ('"The" rope "held".', '"The" rope "held".'),
        ("Here is the rewritten sentence: The rope held.", "The rope held."),
        ("Sure: The rope held.\n\nI kept all names.", "The rope held."),
        ("The rope held [3] for 18 years [4, 5].", "The rope held for 18 years."),
        ("\n  The   rope held.", "The rope held."),
        ("", ""),
    ],
)
def test_chatter_quotes_and_citation_marks_are_cleaned_off(said, expected):
    assert clean(said) == expected


def test_a_sentence_keeps_its_evidence_and_its_place_in_the_reply():
    assert said("The rope held. The brake froze at 3.5 degrees.", "Nobody was hurt there.") == [
        ("The rope held.", (1,), 0),
        ("The brake froze at 3.5 degrees.", (1,), 0),
        ("Nobody was hurt there.", (2,), 1),
    ]


def test_what_is_said_again_is_said_once():
    assert [text for text, _, _ in said("The rope held. The brake froze.", "The rope, held! It was new.")] == [
        "The rope held.",
        "The brake froze.",
        "It was new.",
    ]


def test_the_rest_of_a_broken_sentence_is_left_out_where_there_are_whole_ones():
    assert [text for text, _, _ in said("The rope held. The brake would not of", "have closed. The rope tore.")] == [
        "The rope held.",
        "The rope tore.",
    ]


def test_a_text_that_is_no_whole_sentence_is_left_to_the_checks():
    assert said("The brake would not have closed and the") == [("The brake would not have closed and the", (1,), 0)]


@pytest.mark.parametrize("cut", [30, 60, 90, 200])
def test_of_a_reply_that_broke_off_the_whole_sentences_are_read(cut):
    whole = paragraph(*(f"The brake froze in the winter of {year}." for year in range(2010, 2020)))
    found = rescued(whole[:-cut])
    assert found is not None
    n = len(found.sentences)
    assert 5 <= n < 10
    assert [one.evidence for one in found.sentences] == [[i] for i in range(1, n + 1)]


@pytest.mark.parametrize(
    "reply", ["", "nonsense", "{}", '{"sentences": [', '{"sentences": [{"text": "Too short"}]}', "[" * 9000]
)
def test_of_a_reply_without_a_whole_sentence_nothing_is_read(reply):
    assert rescued(reply) is None


def test_a_bad_sentence_costs_no_good_one():
    reply = json.loads(paragraph("The rope held well.", "The brake froze."))
    reply["sentences"][0]["evidence"] = []
    assert [one.text for one in rescued(json.dumps(reply)).sentences] == ["The brake froze."]


def test_a_bad_sentence_is_counted_among_the_texts_of_the_reply():
    reply = json.loads(paragraph("The rope held well.", "The brake froze.", "It was cold “there”."))
    reply["sentences"][0]["evidence"] = []
    written = json.dumps(reply, indent=1)
    assert [(one.text, one.item) for one in sentences_said(rescued(written), written)] == [
        ("The brake froze.", 1),
        ("It was cold “there”.", 2),
    ]
