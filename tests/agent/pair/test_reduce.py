"""What was kept, as lines within an allowance."""

import pytest

from agent.pair.lines import sheet_of, sheet_tokens
from agent.pair.records import Found, Unit
from agent.pair.reduce import Matter, reduced
from agent.pair.rule import ByCompressor, Extractive
from prompts.compression.types import CompressionResult, KeptSpan
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

TEXTS = (
    "Harrow Consult was paid 825,000 marks by the Hallin Transit Office between 2016 and 2018.",
    "Harrow Consult belonged to Petra Fenn, the sister of the director Aldo Fenn, since it was founded.",
    "The springs were soft.",
    "The court of Hallin ordered Petra Fenn to pay back 640,000 marks to the town.",
)
STATEMENTS = tuple(
    statement(text, doc_id=f"d{position // 2}", title=f"Paper {position // 2}", start=100 * position)
    for position, text in enumerate(TEXTS)
)
SHORT = "Harrow Consult of Petra Fenn was paid 825,000 marks between 2016 and 2018."


def words(text):
    return len(text.split())


def reduce(found, wanted=(), *, max_tokens=1000, n_chosen=0, min_words=0, order=(3, 1, 0, 2)):
    matter = Matter(STATEMENTS, order, n_chosen=n_chosen, min_words=min_words)
    return reduced([found], wanted, matter, max_tokens=max_tokens, count_tokens=words)


def test_a_shorter_note_stands_for_its_statements():
    units = reduce(Found(kept=(0, 1, 3), notes=(Unit(sources=(0, 1), note=SHORT),))).units
    assert [(unit.sources, unit.note) for unit in units] == [((3,), ""), ((0, 1), SHORT)]


def test_a_note_that_is_no_shorter_gives_way_to_its_statement():
    units = reduce(Found(notes=(Unit(sources=(2,), note="The springs of the cableway were soft."),))).units
    assert [(unit.sources, unit.note) for unit in units] == [((2,), "")]


def test_a_note_that_leaves_out_a_figure_gives_way_to_its_statements():
    units = reduce(Found(notes=(Unit(sources=(0, 1), note="Harrow Consult of Petra Fenn was paid."),))).units
    assert [(unit.sources, unit.note) for unit in units] == [((1,), ""), ((0,), "")]


def test_a_note_that_two_parts_hand_over_is_told_once():
    note = Unit(sources=(0, 1), note=SHORT)
    assert reduce(Found(notes=(note,)), [Found(notes=(note,))]).units == (note,)


def test_lines_stand_under_their_source_and_numbers_mean_positions():
    units = reduce(Found(kept=(3,), notes=(Unit(sources=(0, 1), note=SHORT),))).units
    sheet = sheet_of(units, STATEMENTS)
    assert sheet.lines == ("Source “Paper 1”:", f"[1] {TEXTS[3]}", "Source “Paper 0”:", f"[2, 3] {SHORT}")
    assert sheet.order == (3, 0, 1)


@pytest.mark.parametrize("max_tokens", range(0, 80, 5))
def test_the_best_that_fits_is_shown_whole_and_at_least_one_line(max_tokens):
    found = reduce(Found(kept=(0, 1, 2, 3)), max_tokens=max_tokens)
    sheet = sheet_of(found.units, STATEMENTS)
    assert found.tokens == sheet_tokens(sheet, words)
    assert found.tokens <= max_tokens or len(found.units) == 1
    assert found.units[0].sources == (3,)
    assert all(any(line.endswith(text) for text in TEXTS) for line in sheet.lines if line.startswith("["))


def test_what_the_writer_asked_for_goes_before_the_rest():
    room = sheet_tokens(sheet_of([Unit(sources=(2,))], STATEMENTS), words)
    assert reduce(Found(kept=(0, 1, 3)), [Found(kept=(2,))], max_tokens=room).units == (Unit(sources=(2,)),)


def test_the_rule_adds_its_choice_until_the_block_has_enough_words():
    found = reduce(Found(kept=(2,)), n_chosen=3, min_words=15)
    assert [unit.sources for unit in found.units] == [(2,), (3,)]
    assert found.n_filled == 1
    assert reduce(Found(kept=(0,)), n_chosen=3, min_words=10).n_filled == 0


def test_the_rule_keeps_a_share_of_the_words_in_reading_order():
    chosen = Extractive(BagEmbedder(), rate=0.5)(STATEMENTS, "Who belonged to Petra Fenn, and what did she pay back?")
    assert chosen == [1, 3]


class OneWordOfEach:
    """A compressor that leaves whole lines with a digit that is no title, and of the others the first word."""

    name = "toy"

    def compress(self, chunks, query="", *, rate=None, target_tokens=None, force=None):
        kept = []
        for one in chunks:
            start = one.text.index("\n") + 1  # its title is nobody's statement
            for line in one.text[start:].splitlines():
                end = len(line) if any(map(str.isdigit, line)) else line.index(" ")
                kept.append(KeptSpan(one.id, start, start + end, 0))
                start += len(line) + 1
        return CompressionResult("", tuple(kept), 1, 1, rate, "toy", 0.0)


def test_a_compressor_reads_all_sources_at_once_each_under_its_title():
    class Listening(OneWordOfEach):
        def compress(self, chunks, query="", **options):
            heard.append([one.text for one in chunks])
            return super().compress(chunks, query, **options)

    heard = []
    ByCompressor(Listening(), rate=0.5)([STATEMENTS[i] for i in (0, 2, 1)], "money")
    assert heard == [[f"Paper 0\n{TEXTS[0]}\n{TEXTS[1]}", f"Paper 1\n{TEXTS[2]}"]]


def test_of_a_compressor_that_cuts_sentences_up_only_those_count_that_it_left_mostly_whole():
    assert ByCompressor(OneWordOfEach(), rate=0.5)(STATEMENTS, "money") == [0, 3]
