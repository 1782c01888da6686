import pytest

from prompts.plain_text import plain


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (":pep:`484` introduced type hints", "PEP 484 introduced type hints"),
        (":py:data:`typing.ClassVar` is used", "typing.ClassVar is used"),
        ("see `rejected ideas <PEP 526 rejected_>`_ below", "see rejected ideas below"),
        ("``typing.get_type_hints`` works [1]_", "typing.get_type_hints works"),
        ("a [link](https://example.org/a_(b)) and ![x](y.png)", "a link and"),
        ("![Cite this as [1] here.](x.png) The rope slipped.", "The rope slipped."),
        ("**bold** and *emphatic* words", "bold and emphatic words"),
        ("snake_case_name and __init__ stay", "snake_case_name and __init__ stay"),
        ("- a bullet\n  that wraps", "a bullet that wraps"),
        ("as shown. [3]", "as shown."),
        ("an index x[0] stays", "an index x[0] stays"),
        ("R&amp;D", "R&D"),
        ("in 1\u202f765 and 2\u00a0000\u00a0000 cases", "in 1\u202f765 and 2\u00a0000\u00a0000 cases"),
        ("5\u00a0MW,\u202fthen  \u2009\n7", "5 MW, then 7"),
    ],
)
def test_markup_goes_and_words_stay(markup, words):
    assert plain(markup) == words
