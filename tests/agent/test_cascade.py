"""Second opinions on sentences that the rules pass."""

import pytest

from agent.cascade import Cascade
from agent.claims.estimator import SupportEstimator
from agent.claims.features import SupportFeatures
from agent.claims.probability import SupportModel
from agent.claims.window import Window
from agent.draft import Candidate, quotation
from agent.settle import BlockContext, CheckedDraft, Line, check, revise_failed, settle
from agent.stemming import english_stem
from agent.types import AtomicBlock
from agent.verify import Verdict, Verifier
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder
from tests.word_scorer import WordScorer

BOARD = statement("The board of the Ulver Authority deferred the repair by 6 votes to 3.", start=0)
COST = statement("The repair of the Ulver gates was priced at 12.5 million crowns.", start=100)
TEXTS = {"d1": BOARD.quote.ljust(100) + COST.quote}
WORDS = frozenset(TEXTS["d1"].lower().split())
KEPT = Candidate(text="The Ulver Authority board deferred the repair by 6 votes to 3.", sources=(0,))
PRICED = Candidate(text="The repair of the Ulver gates was priced at 12.5 million.", sources=(1,))


def context():
    block = AtomicBlock(id="s01b01", question="What did the board do?", target_words=26)
    return BlockContext(block=block, section="The board", statements=(BOARD, COST))


def verifier():
    return Verifier(
        text_of=TEXTS.__getitem__, embedder=BagEmbedder(), stem=english_stem(), lexicon=WORDS, threshold=0.6
    )


def support_model(logit=0.0, **changes):
    """A model whose probability is the logistic of `logit`, whatever is said."""
    fields = {
        "features": ("coverage",), "means": (0.0,), "scales": (1.0,), "weights": (0.0,), "intercept": logit,
        "slope": 1.0, "offset": 0.0, "fitted": "", "embedder": "bag-512", "fitted_on": (),
    }  # fmt: skip
    return SupportModel.model_validate(fields | changes)


def cascade(judge, *, model=None, low=0.3, high=0.7, share=0.2, budget=1.0, open_scorer=None):
    return Cascade(
        estimator=SupportEstimator(
            model=model or support_model(),
            embedder=BagEmbedder(),
            stem=english_stem(),
            open_scorer=open_scorer or (lambda: pytest.fail("the scorer was opened")),
        ),
        judge=judge,
        window=Window(boundary=0.5, share=share, low=low, high=high),
        budget=budget,
        seed=1,
    )


def reviewed(found, *candidates):
    return found.review(check(candidates, context(), verifier()), context(), WORDS)


def test_a_doubtful_sentence_that_the_judge_refuses_no_longer_stands():
    judge = ScriptedLM(["No."])
    found = reviewed(cascade(judge), KEPT)
    (line,) = found.draft.lines
    assert not line.verdict.is_supported
    assert line.reasons == ("a judge finds that its evidence does not say it (yes: 0.00)",)
    assert (line.verdict.doubt.probability, line.verdict.doubt.p_yes, line.verdict.doubt.by) == (0.5, 0.0, "word")
    assert (found.n_near, found.n_asked, found.n_refused) == (1, 1, 1)
    assert BOARD.sentence in judge.requests[0].messages[-1].content
    assert COST.sentence not in judge.requests[0].messages[-1].content


def test_what_the_judge_refuses_is_quoted_in_its_place_with_the_reason():
    draft = reviewed(cascade(ScriptedLM(["no"])), KEPT).draft
    (first, *_) = settle(draft, context(), verifier()).sentences
    assert (first.text, first.action) == (BOARD.sentence, "quoted")
    assert "a judge finds" in first.reasons[0]


def test_what_the_judge_refuses_is_revised_and_reviewed_again():
    judge = ScriptedLM(["no", "yes"])
    found = cascade(judge)
    told = []

    def rewrite(candidate, problems):
        told.extend(problems)
        return KEPT.model_copy(update={"text": KEPT.text.replace("deferred", "has deferred")})

    revised = revise_failed(reviewed(found, KEPT).draft, context(), verifier(), rewrite)
    again = found.review(revised, context(), WORDS).draft
    assert told == ["a judge finds that its evidence does not say it (yes: 0.00)"]
    assert again.lines[0].verdict.is_supported and again.lines[0].verdict.doubt.p_yes == 1.0
    (first, *_) = settle(again, context(), verifier()).sentences
    assert (first.action, first.doubt.p_yes) == ("revised", 1.0)


def test_what_the_judge_accepts_stands_as_it_was_and_is_not_asked_about_again():
    judge = ScriptedLM(["yes"])
    found = cascade(judge)
    before = check([KEPT], context(), verifier())
    once = found.review(before, context(), WORDS).draft
    assert once.lines[0].verdict.problems == () == before.lines[0].verdict.problems
    assert found.review(once, context(), WORDS).draft == once
    assert len(judge.requests) == 1


def test_a_judge_without_an_opinion_changes_nothing():
    found = reviewed(cascade(ScriptedLM(["Hard to say."])), KEPT)
    assert found.draft.lines[0].verdict.is_supported
    assert found.draft.lines[0].verdict.doubt.p_yes is None


@pytest.mark.parametrize(
    "candidate", [quotation(0, BOARD), KEPT.model_copy(update={"text": KEPT.text.replace("6", "7")})]
)
def test_quotations_and_what_the_rules_refuse_are_nobody_s_to_judge(candidate):
    judge = ScriptedLM([])
    before = check([candidate], context(), verifier())
    assert cascade(judge).review(before, context(), WORDS).draft == before
    assert judge.requests == ()


def test_what_is_clearly_supported_is_not_asked_about():
    judge = ScriptedLM([])
    found = reviewed(cascade(judge, model=support_model(logit=2.0)), KEPT)
    assert found.draft.lines[0].verdict.is_supported
    assert (found.n_near, judge.requests) == (0, ())


def test_what_lies_below_the_window_is_asked_about_while_the_probability_is_not_good_enough():
    found = reviewed(cascade(ScriptedLM(["yes"]), model=support_model(logit=-3.0)), KEPT)
    assert found.draft.lines[0].verdict.is_supported
    assert found.n_asked == 1


def test_what_lies_below_the_window_is_refused_unasked_once_the_probability_is_good_enough():
    measured = [{"name": "made", "n": 9, "auroc": 0.95, "auroc_ci95": (0.9, 1.0), "ece": 0.02, "brier": 0.1}]
    judge = ScriptedLM([])
    found = reviewed(cascade(judge, model=support_model(logit=-3.0, measured=measured)), KEPT)
    assert found.draft.lines[0].reasons == ("its evidence hardly supports it (probability 0.05)",)
    assert judge.requests == ()


def test_no_window_asks_about_nothing():
    judge = ScriptedLM([])
    found = reviewed(cascade(judge, low=0.5, high=0.5, share=0.0, model=support_model(logit=-3.0)), KEPT)
    assert found.draft.lines[0].verdict.is_supported
    assert judge.requests == ()


def test_the_budget_is_spent_on_what_lies_nearest():
    # Coverage of the longer sentence is 1 and of the other less, so their probabilities differ.
    model = support_model(weights=(4.0,), means=(1.0,), intercept=0.2)
    judge = ScriptedLM(["no"])
    found = reviewed(cascade(judge, model=model, low=0.0, high=1.0, budget=0.5), KEPT, PRICED)
    probabilities = [line.verdict.doubt.probability for line in found.draft.lines]
    asked = [line.verdict.doubt.p_yes is not None for line in found.draft.lines]
    nearest = min((0, 1), key=lambda i: abs(probabilities[i] - 0.5))
    assert asked == [i == nearest for i in (0, 1)]
    assert (found.n_near, found.n_asked) == (2, 1)


def test_a_run_s_budget_that_ends_leaves_sentences_as_they_were_and_says_so():
    judge = ScriptedLM(["no"], errors={1: BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")})
    found = reviewed(cascade(judge), KEPT, PRICED)
    assert [line.verdict.is_supported for line in found.draft.lines] == [False, True]
    assert found.stop.limit == "max_tokens"


def test_a_model_with_a_scorer_s_features_asks_the_scorer_once_for_each_sentence():
    scorer = WordScorer()
    model = support_model(
        features=("information_gain",), weights=(1.0,), means=(0.0,), scorer=scorer.name, gains_version=1
    )
    found = reviewed(cascade(ScriptedLM([]), model=model, open_scorer=lambda: scorer, high=0.6), KEPT)
    assert found.draft.lines[0].verdict.doubt.probability > 0.9
    assert len(scorer.asked) == 2


def test_a_review_leaves_lines_of_which_nothing_is_known_in_their_order():
    lines = tuple(Line(candidate=c, verdict=Verdict(support=1.0)) for c in (PRICED, quotation(0, BOARD), KEPT))
    found = cascade(ScriptedLM(["yes", "yes"])).review(CheckedDraft(lines=lines), context(), WORDS)
    assert [line.candidate for line in found.draft.lines] == [PRICED, quotation(0, BOARD), KEPT]
    assert set(SupportFeatures.model_fields) >= set(support_model().features)
