from prompts.compression.recovery import recovered
from prompts.compression.types import Chunk, CompressionResult, KeptSpan

SOURCE = Chunk("a", "The Grey Heron was directed by Mirela Dunst, who died in Port Sund on 4 May 1983.")
OTHER = Chunk("b", "Quinces ripen late.")


def kept(*parts: tuple[Chunk, str]) -> CompressionResult:
    text, spans = "", []
    for chunk, part in parts:
        text += " " if text else ""
        start = chunk.text.index(part)
        spans.append(KeptSpan(chunk.id, start, start + len(part), len(text)))
        text += part
    return CompressionResult(text, tuple(spans), 20, 10, 0.5, "by hand", 0.0)


RESULT = kept((SOURCE, "Heron"), (SOURCE, "Mirela"), (SOURCE, "died"), (SOURCE, "4 May 1983"), (OTHER, "Quinces"))


def test_words_cut_out_between_repeated_ones_come_back():
    assert recovered("Mirela died 4 May 1983.", RESULT, [SOURCE, OTHER]) == (
        "Mirela Dunst, who died in Port Sund on 4 May 1983."
    )


def test_one_word_and_words_of_the_writer_s_own_stay():
    assert recovered("Surely Mirela, in winter", RESULT, [SOURCE, OTHER]) == "Surely Mirela, in winter"


def test_a_run_over_two_sources_stays_as_it_was_written():
    assert recovered("1983 Quinces", RESULT, [SOURCE, OTHER]) == "1983 Quinces"


def test_a_stretch_much_longer_than_the_words_is_not_taken():
    long = Chunk("a", "Sund " + "and so on and on " * 9 + "burnt")
    assert recovered("Sund burnt", kept((long, "Sund"), (long, "burnt")), [long]) == "Sund burnt"


def test_the_longest_repeated_run_is_taken():
    text = Chunk("a", "red blue green, then red and blue and white")
    result = kept((text, "red blue green"), (text, "white"))
    assert recovered("red blue green", result, [text]) == "red blue green"


def test_nothing_reads_as_nothing():
    assert recovered("", RESULT, [SOURCE, OTHER]) == ""
    assert recovered("Mirela", CompressionResult("", (), 0, 0, 0.5, "x", 0.0), []) == "Mirela"
