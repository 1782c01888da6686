import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts.sentences import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        # abbreviations, titles, initials
        ["Dr. Smith went home.", "He slept."],
        ["Mr. and Mrs. Jones met Gen. Lee.", "They talked."],
        ["J. K. Rowling and J.R.R. Tolkien wrote.", "C. S. Lewis did too."],
        ["It was H. P. Lovecraft.", "He died poor."],
        ["We met at St. Paul's.", "It rained."],
        ["See Fig. 3 and Eq. 4.", "They agree."],
        ["Some animals, e.g. Dogs and cats, i.e. Pets, were there.", "Others left."],
        ["Smith et al. (2020) showed it.", "Others doubted it."],
        ["It was Brown v. Board of Education.", "The court agreed."],
        ["He lived ca. 1200 B.C. in Ur.", "Nobody knows more."],
        # abbreviations that may end a sentence
        ["He moved to the U.S. in May.", "She stayed."],
        ["He was born in the U.S.", "He left in 1990."],
        ["The U.S. Army came at 5 p.m. on Monday.", "It left."],
        ["They met at 5 p.m.", "The talks failed."],
        ["He worked for Apple Inc. and Sony Corp. for years.", "Then he quit."],
        ["He worked for Apple Inc.", "The firm paid well."],
        ["They sold nuts, bolts, etc. in bulk.", "Business was good."],
        ["They sold nuts, bolts, etc.", "Business was good."],
        ["She won on Jan. 5 and lost in Feb.", "The season ended."],
        # numbers
        ["It rose by 3.5 percent to $1,200.75.", "Nobody cared."],
        ["No. 5 is alive.", "No.", "It is not."],
        ["See pp. 3-9 of vol. 2.", "There is more."],
        ["3. Results are given here.", "4. Methods follow."],
        ["The budget was 12 million.", "5 million were lost."],
        # other punctuation
        ['He said "Stop."', "Then he left."],
        ['"Really?" Bob asked.', '"Yes!" she said.'],
        ["Who did it?", "Nobody!", "Why not?!", "Because."],
        ["Wait... what is it?", "I do not know…", "Nor do I."],
        ["It ended (see the annex.)", "Then it began again."],
        ["It was known.[1]", "It was proved.[2][3]", "It was forgotten."],
        ["Visit https://example.org/a.b?c=d.e now.", "Or www.example.com.", "Bye."],
        ["Node.js and Python 3.11 run main.py here.", "All is well."],
        ["¿Qué pasó?", "¡Nada!", "Está bien."],
        ["„Das ist z.B. gut“, sagte er.", "Dann ging er."],
        ["Plan B.", "The rest followed."],
        ["So do I.", "He does not."],
    ],
)
def test_sentences_are_found_again_when_they_are_joined_by_spaces(sentences):
    assert split(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("你好。我很好！再见？", ["你好。", "我很好！", "再见？"]),
        ("これは「本です。」と言った。次です。", ["これは「本です。」", "と言った。", "次です。"]),
        (
            "A line that was\nwrapped by hand. And\nanother one.",
            ["A line that was\nwrapped by hand.", "And\nanother one."],
        ),
        (
            "Wrapped after Dr.\nSmith went away. It rained.",
            ["Wrapped after Dr.\nSmith went away.", "It rained."],
        ),
        ("# Heading\nThe text begins.", ["# Heading", "The text begins."]),
        ("Heading\n=======\nThe text begins.", ["Heading", "=======", "The text begins."]),
        (
            "Overview\nThe library contributes a great deal to success. It does.",
            ["Overview", "The library contributes a great deal to success.", "It does."],
        ),
        ("One paragraph without a stop\n\nAnother one", ["One paragraph without a stop", "Another one"]),
        ("- total: 5,987 km\n- land: 3 km", ["- total: 5,987 km", "- land: 3 km"]),
        (
            "- an item that runs\n  over two lines\n- the next",
            ["- an item that runs\n  over two lines", "- the next"],
        ),
        ("1. First. With more.\n2. Second", ["1. First.", "With more.", "2. Second"]),
        ("a | b\n1 | 2. Three\n", ["a | b", "1 | 2. Three"]),
        (
            "Rhine - 1,233 km; Loire\nnote: [s] after a name is the source",
            ["Rhine - 1,233 km; Loire", "note: [s] after a name is the source"],
        ),
        (
            "metropolitan France: 46 N\nFrench Guiana: 4 N",
            ["metropolitan France: 46 N", "French Guiana: 4 N"],
        ),
        (".. [1] https://example.org/x\n.. [2] Other", [".. [1] https://example.org/x", ".. [2] Other"]),
        ("```\nx = 1. Y = 2\nz\n```\nProse.", ["```", "x = 1. Y = 2", "z", "```", "Prose."]),
        ("word " * 40 + "end\nNew paragraph line", ["word " * 40 + "end", "New paragraph line"]),
        ("", []),
        (" \n\t\n ", []),
        ("...", ["..."]),
    ],
)
def test_lines_that_stand_alone_are_not_glued_to_sentences(text, sentences):
    assert split(text) == sentences


@given(st.text(alphabet=st.sampled_from("ab A.B!?\n\t \"')-*|#=…。0éДр\u2028\x0b"), max_size=200))
@settings(max_examples=300)
def test_spans_are_trimmed_ordered_and_hold_every_visible_character(text):
    end = 0
    for start, stop in sentence_spans(text):
        assert end <= start < stop
        assert not text[end:start].strip()
        assert text[start:stop].strip() == text[start:stop]
        end = stop
    assert not text[end:].strip()


@pytest.mark.parametrize(
    "text", ["." * 50_000 + "x", ". " * 50_000, "a" * 300_000, "\n" * 100_000, "([" * 50_000, "a.b" * 50_000]
)
def test_monotonous_texts_take_no_quadratic_time(text):
    started = time.perf_counter()
    sentence_spans(text)
    assert time.perf_counter() - started < 5
