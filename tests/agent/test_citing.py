import Stemmer

from agent.citing import best_cited, fewest_cited
from agent.draft import Candidate
from agent.verify import Verifier
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

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


BOARD = statement("The board of the Hallin Office deferred the repair by 5 votes to 2.", start=0)
PRICE = statement("Mira Tolland put the repair at 1.3 million marks.", start=100)
AGAIN = statement("By 5 votes to 2 the board of the Hallin Office deferred the repair in May.", start=200)
SHED = statement("The Hallin Office painted a shed.", start=300)
ALL = (BOARD, PRICE, AGAIN, SHED)


def fewest(text, cited, kind="written"):
    stored = "".join(one.quote.ljust(100) for one in ALL)
    words = frozenset(stored.lower().split())
    verifier = Verifier(lambda _: stored, embedder=BagEmbedder(), stem=STEM, lexicon=words, threshold=0.5)
    candidate, verdict = fewest_cited(Candidate(text=text, sources=cited, kind=kind), ALL, verifier)
    assert verdict == verifier.verify(candidate, ALL)
    return candidate.sources


def test_a_citation_that_adds_nothing_is_taken_away():
    text = "The board of the Hallin Office deferred the repair by 5 votes to 2."
    assert fewest(text, (3, 0)) == (0,)


def test_two_sources_that_each_carry_the_sentence_both_stay():
    text = "The board of the Hallin Office deferred the repair by 5 votes to 2."
    assert fewest(text, (0, 2)) == (0, 2)


def test_sources_that_carry_the_sentence_only_together_both_stay_and_a_third_goes():
    text = "The board of the Hallin Office deferred the repair by 5 votes to 2."
    text = text[:-1] + ", and painted a shed."
    assert fewest(text, (1, 0, 3)) == (0, 3)


def test_a_sentence_that_does_not_stand_keeps_its_citations():
    assert fewest("The board of the Hallin Office deferred the repair by 9 votes to 2.", (0, 3)) == (0, 3)
