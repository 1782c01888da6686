import statistics

import pytest

from agent.measuring.rhythm import paragraphs_of, rhythm_of, variation


def test_the_variation_is_the_standard_deviation_over_the_mean():
    lengths = [3, 7, 7, 19]
    assert variation(lengths) == pytest.approx(statistics.pstdev(lengths) / statistics.mean(lengths))
    assert variation([8, 8, 8]) == 0.0
    assert (variation([5]), variation([]), variation([0, 0])) == (None, None, None)


def test_sentences_are_counted_across_paragraphs_and_paragraphs_whole():
    found = rhythm_of([["One two three.", "One."], ["One two three four."]])
    assert (found.sentences, found.paragraphs) == (3, 2)
    assert (found.sentence_words, found.paragraph_words) == (pytest.approx(8 / 3), 4.0)
    assert found.paragraph_cv == 0.0
    assert found.sentence_cv == pytest.approx(variation([3, 1, 4]))


def test_headings_rows_short_lines_and_torn_sentences_are_no_part_of_the_rhythm():
    text = (
        "# A heading with quite as many words in it as a sentence may have\n\n"
        "The **rope** of Orme held for eighteen years and more. It tore at last in the winter of the storm.\n\n"
        "| a | table | row |\n\nToo short.\n\n"
        "The brake of the station froze in the night before the storm came up. And then it was told that the"
    )
    assert paragraphs_of(text) == [
        [
            "The rope of Orme held for eighteen years and more.",
            "It tore at last in the winter of the storm.",
        ],
        ["The brake of the station froze in the night before the storm came up."],
    ]
