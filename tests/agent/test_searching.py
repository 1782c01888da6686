import pytest

from agent.errors import UsageProblem
from agent.searching import named_documents
from tests.retrieval.small_corpus import small_corpus


@pytest.mark.parametrize(
    ("pattern", "named"),
    [("kiel", {"kiel"}), ("KIEL CANAL", {"kiel"}), ("*canal*", {"kiel", "suez"}), ("k?el", {"kiel"})],
)
def test_documents_are_named_by_id_or_title_and_by_patterns(tmp_path, pattern, named):
    with small_corpus(tmp_path) as corpus:
        assert named_documents(corpus, [pattern]) == named


def test_a_pattern_that_names_nothing_is_refused(tmp_path):
    with small_corpus(tmp_path) as corpus, pytest.raises(UsageProblem, match="no document is called 'panama'"):
        named_documents(corpus, ["kiel", "panama"])
