import Stemmer

from agent.citing import best_cited
from agent.draft import Candidate
from tests.agent.statement_factory import statement

STEM = Stemmer.Stemmer("english").stemWord
ROPE = statement("The haul rope of Orme held for eighteen years.", title="Memo", start=0)
BRAKE = statement("The emergency brake froze because its heater was off.", title="Memo", start=100)
COST = statement("New heaters cost a million marks.", title="Memo", start=200)


def sources(text, cited, kind="written"):
    candidate = Candidate(text=text, sources=cited, kind=kind)
    return best_cited(candidate, [ROPE, BRAKE, COST], STEM).sources


def test_a_sentence_that_cites_the_wrong_statement_is_given_the_right_one():
    assert sources("The emergency brake froze as its heater was off.", (0,)) == (1,)


def test_what_one_statement_does_not_cover_is_sought_in_others():
    text = "The emergency brake froze because its heater was off, and new heaters cost a million marks."
    assert sources(text, (0,)) == (1, 2)


def test_good_citations_stay():
    assert sources("The haul rope of Orme held for eighteen years.", (0, 2)) == (0, 2)


def test_quotations_keep_their_source():
    assert sources("The emergency brake froze as its heater was off.", (0,), kind="restated") == (0,)


def test_a_sentence_that_nothing_carries_keeps_what_it_cites():
    assert sources("Pirates buried treasure beneath seven palms.", (2,)) == (2,)
