"""What the programs show the model, and what they make of its replies."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from agent.saturation import CHARS_PER_WORD
from agent.settings import Settings, WriteSettings
from agent.short_answers import cleaned
from evals.bench import Abstained, Bench, Unparsed
from evals.cited_text import scores_of, sources_of, statements_of
from evals.entailment import covered, entails
from evals.items import Item, Outcome
from evals.programs.ask import ask, ask_with
from evals.programs.baselines import FullContext, closed_book, interleaved, single_shot
from evals.programs.cited import ask_cited, given, one_prompt_answer
from evals.programs.detectors import DETECTORS
from evals.programs.evidence import read_from, shown, statements
from evals.programs.foraging import forage_as, foraged_for, top_k
from evals.programs.reports import one_prompt, one_prompt_read, whole_corpus, write
from evals.registry import find_suite
from lm.scripted import ScriptedLM
from tests.agent.affair import OFF_TOPIC, TOPIC, build_affair

QUESTION = Item(id="q", text="To how many years in prison was Aldo Fenn sentenced?", answers=("3 years",))


@pytest.fixture(scope="module")
def affair(tmp_path_factory):
    found = build_affair(tmp_path_factory.mktemp("affair"))
    yield found
    found.close()


@pytest.fixture
def make_bench(affair):
    def make(replies, *, evidence_tokens=200, context_tokens=8192):
        return Bench(
            settings=Settings(home=Path("unused"), write=WriteSettings(words=200, saturation_ratio=2.0)),
            evidence_tokens=evidence_tokens,
            seed=1,
            corpus_=affair.corpus,
            searcher_=affair.searcher,
            embedder_=affair.embedder,
            writer_=ScriptedLM(replies, context_tokens=context_tokens),
        )

    return make


def last_prompt(bench):
    return bench.writer.requests[-1].messages[-1].content


@pytest.mark.parametrize("program", [ask, ask_with(notes="on"), single_shot, FullContext(), interleaved])
def test_every_program_shows_the_reader_its_evidence_and_takes_its_answer(make_bench, program):
    bench = make_bench(lambda request: '"3 years."')
    outcome = program(QUESTION, bench)
    assert outcome.text == "3 years"
    assert QUESTION.text in last_prompt(bench)
    lines = outcome.details["evidence"]
    assert all(line in last_prompt(bench) for line in lines)
    assert "3 years in prison" in " ".join(lines)


@pytest.mark.parametrize("program", [ask, ask_with(notes="on"), single_shot, interleaved])
@pytest.mark.parametrize("allowance", [60, 200])
def test_the_allowance_of_evidence_binds_every_program(make_bench, program, allowance):
    bench = make_bench(lambda request: "3 years", evidence_tokens=allowance)
    outcome = program(QUESTION, bench)
    assert 0 < outcome.evidence_tokens <= allowance
    assert sum(bench.writer.count_tokens(line) for line in outcome.details["evidence"]) <= allowance


def test_a_closed_book_shows_nothing(make_bench):
    bench = make_bench(lambda request: "ten years")
    outcome = closed_book(QUESTION, bench)
    assert (outcome.text, outcome.evidence_tokens, outcome.details["evidence"]) == ("ten years", 0, [])
    assert "Fenn" not in last_prompt(bench).replace(QUESTION.text, "")


def test_the_full_context_begins_with_the_same_words_whatever_is_asked(make_bench):
    bench = make_bench(lambda request: "3 years", context_tokens=1_500)
    program = FullContext()
    for text in (QUESTION.text, "Who built the cableway?"):
        program(QUESTION.model_copy(update={"text": text}), bench)
    first, second = (request.messages[-1].content for request in bench.writer.requests)
    assert first.partition("Question:")[0] == second.partition("Question:")[0]


def test_the_next_search_is_for_the_last_thought(make_bench):
    thoughts = iter(["The court of Hallin sentenced Aldo Fenn.", "So the answer is: 3 years", "3 years"])
    bench = make_bench(lambda request: next(thoughts))
    outcome = interleaved(QUESTION, bench)
    assert outcome.details["thoughts"] == ["The court of Hallin sentenced Aldo Fenn.", "So the answer is: 3 years"]
    assert "The court of Hallin sentenced Aldo Fenn." in bench.writer.requests[1].messages[-1].content
    assert outcome.text == "3 years"


FROZEN_QUESTION = Item(id="q", text="Why did the brake in the Orme station not close?")
FROZEN = "The emergency brake in the Orme station did not close because ice had formed on its lower jaw."


def noting_the_brake(request):
    """Notes what froze where it is shown, asks nothing new, and reads out an answer."""
    if request.json_schema is None:
        return "3 years"
    if request.json_schema.name == "note_lines":
        numbers = re.findall(rf"^\[(\d+)\] .*{FROZEN}", request.messages[-1].content, re.MULTILINE)
        return json.dumps({"lines": [{"text": FROZEN, "passages": [int(number)]} for number in numbers]})
    return json.dumps({"queries": [FROZEN_QUESTION.text, FROZEN_QUESTION.text]})


def test_with_notes_the_reader_sees_first_what_the_note_stands_on_and_never_the_note(make_bench):
    bench = make_bench(noting_the_brake)
    outcome = ask_with(notes="on")(FROZEN_QUESTION, bench)
    assert [line["text"] for line in outcome.details["note"]["best"]["lines"]] == [FROZEN]
    assert outcome.details["evidence"][0] == f"(Technical causes of the failure) {FROZEN}"
    assert last_prompt(bench).count(FROZEN) == 1
    assert outcome.details["note"]["stop_reason"] == "no_new_docs"


def test_without_notes_nothing_is_asked_but_the_answer(make_bench):
    bench = make_bench(lambda request: "3 years")
    ask(QUESTION, bench)
    asked = {request.json_schema.name for request in bench.writer.requests if request.json_schema}
    assert asked == {"paragraph"}


def test_a_question_that_nothing_answers_is_an_abstention(make_bench):
    with pytest.raises(Abstained):
        ask(Item(id="x", text=OFF_TOPIC), make_bench(lambda request: "?"))


def test_a_reply_without_a_word_is_unparsed(make_bench):
    with pytest.raises(Unparsed):
        single_shot(QUESTION, make_bench(lambda request: " ... \n"))


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Paris", "Paris"),
        ("\n\n**Paris.**\nIt is the capital.", "Paris"),
        ("The answer is: Paris", "Paris"),
        ("The answer is:", ""),
        ("The answer is:\n\nParis.", "Paris"),
        ("Answer:\nParis", "Paris"),
        ("**Answer:** Paris", "Paris"),
        ("The answer to this question is: Inside Job.", "Inside Job"),
        ("The shortest phrase that answers it is Paris.", "Paris"),
        ("Answer Me", "Answer Me"),
        ('The phrase "barrel roll" is used', 'The phrase "barrel roll" is used'),
        ("Answer: 4.5", "4.5"),
        ("“Answers to nothing”", "Answers to nothing"),
        ("", ""),
    ],
)
def test_a_reply_is_cleaned_of_what_is_no_answer(reply, answer):
    assert cleaned(reply) == answer


def test_a_report_comes_with_its_sources(make_bench):
    outcome = write(Item(id="r", text=TOPIC), make_bench(lambda request: ""))
    sources = sources_of(outcome)
    assert statements_of(outcome)
    assert all(set(statement.citations) <= sources.keys() for statement in statements_of(outcome))
    assert scores_of(Item(id="r", text=TOPIC), outcome).recall > 0.8


def test_one_prompt_numbers_the_passages_that_it_shows(make_bench):
    reply = "# Report\n\n## Causes\n\nThe brake did not close [1]. Nobody knows why."
    bench = make_bench(lambda request: reply, evidence_tokens=400)
    outcome = one_prompt(Item(id="r", text=TOPIC), bench)
    assert outcome.text == reply
    assert "[1] (" in last_prompt(bench)
    assert sources_of(outcome)[1].text in " ".join(last_prompt(bench).split())
    assert [statement.citations for statement in statements_of(outcome)] == [(1,), ()]


SOURCED = Item(
    id="c",
    text="What froze?",
    gold={
        "sources": [{"n": 1, "title": "T", "text": "The brake froze in May."}, {"n": 2, "title": "U", "text": "Ice."}],
        "answer": "The brake froze in May [1]. The moon did too [2].",
    },
)


def test_the_answer_that_came_with_the_data_is_judged_by_its_own_sources(make_bench):
    scores = scores_of(SOURCED, given(SOURCED, make_bench([])))
    assert (scores.recall, scores.precision) == (0.5, 0.5)
    with pytest.raises(Unparsed):
        given(SOURCED.model_copy(update={"gold": {}}), make_bench([]))


def test_one_prompt_can_be_given_what_wellread_forages_a_passage_of_each_block_in_turn(make_bench):
    bench = make_bench(lambda request: "# Report\n\nThe brake froze in May [1].")
    item = Item(id="r", text=TOPIC)
    blocks = [one.passages for one in foraged_for(item, bench)]
    outcome = one_prompt_read(item, bench)
    shown = [" ".join(source.text.split()) for source in sources_of(outcome).values()]
    texts = {one.id: " ".join(one.text.split()) for own in blocks for one in bench.corpus.passages(own)}
    assert len(blocks) > 2
    assert len(shown) == len(texts)
    firsts = dict.fromkeys(own[0] for own in blocks)
    assert all(said.endswith(texts[id_]) for said, id_ in zip(shown, firsts, strict=False))
    assert outcome.text.endswith("[1].")


def test_a_cited_answer_by_one_prompt_keeps_the_models_markers(make_bench):
    outcome = one_prompt_answer(SOURCED, make_bench(lambda request: "The brake froze\nin May [1]."))
    assert outcome.text == "The brake froze in May [1]."
    assert scores_of(SOURCED, outcome).recall == 1.0


def test_our_cited_answer_stands_on_its_quotations(make_bench):
    outcome = ask_cited(QUESTION, make_bench(lambda request: ""))
    assert scores_of(QUESTION, outcome).recall == 1.0


@pytest.mark.parametrize(
    ("premise", "hypothesis", "holds"),
    [
        ("The dam was built in 1950 by Osk.", "Osk built the dam in 1950.", True),
        ("The dam was built in 1950 by Osk.", "Osk built the dam in 1960.", False),
        ("The dam was built in 1950 by Osk.", "Osk never built the dam in 1950.", False),
        ("The dam was not built by Osk.", "Osk built the dam.", False),
        ("Nobody died. The dam was built by Osk.", "Osk built the dam.", True),
        ("The dam was built in 1950 by Osk.", "A baker in Hallin sold fine bread.", False),
        ("Anything.", "", True),
    ],
)
def test_entailment_by_words_knows_words_figures_and_negation(premise, hypothesis, holds):
    assert entails(premise, hypothesis) is holds


def test_coverage_is_the_share_of_content_words():
    assert covered("Dams break.", "The dam broke a bridge") == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["support", "overlap", "cosine"])
def test_detectors_are_surer_of_what_the_context_says(name, make_bench):
    context = "The brake of the cableway froze in May. Nobody was hurt. The court met in June."
    detect = DETECTORS[name]()
    said, unsaid = (
        detect(Item(id="i", text=text, gold={"context": context, "supported": True}), make_bench([]))
        for text in ("The brake of the cableway froze in May.", "Mira Tolland sold 9 horses to the queen of Spain.")
    )
    assert isinstance(said, Outcome)
    assert said.confidence > 0.8 > 0.5 > unsaid.confidence


def test_support_is_that_of_the_weakest_sentence(make_bench):
    context = "The brake froze in May. Nobody was hurt."
    texts = ("The brake froze in May.", "The brake froze in May. Then 77 wolves ate Rome.")
    one, both = (
        DETECTORS["support"]()(Item(id="i", text=t, gold={"context": context}), make_bench([])).confidence
        for t in texts
    )
    assert both < one


def bound(bench, **write):
    """The bench with a short report to read for, so that ways of reading can differ."""
    settings = bench.settings
    short = settings.write.model_copy(update={"words": 50, "saturation_target": 0, "saturation_ratio": 2.0, **write})
    return replace(bench, settings=settings.model_copy(update={"write": short}))


def test_evidence_is_gathered_as_for_an_answer_and_no_model_is_asked(make_bench):
    bench = make_bench(["3 years."])
    found = shown(statements())(QUESTION, bench)
    assert bench.writer.requests == ()
    assert any("Aldo Fenn" in line for line in found.details["evidence"])
    assert 0 < found.evidence_tokens <= bench.evidence_tokens
    read = read_from(statements())(QUESTION, bench)
    assert (read.text, len(bench.writer.requests)) == ("3 years", 1)
    assert read.details["evidence"] == found.details["evidence"]
    with pytest.raises(Abstained, match="Zimmermann"):
        shown(statements())(Item(id="z", text="To how many years was Albrecht Zimmermann sentenced?"), bench)


def test_an_arrangement_and_a_setting_change_what_is_searched(make_bench):
    bench = make_bench([])
    searched = []

    class Watched:
        def __init__(self, searcher):
            self._searcher = searcher

        def __getattr__(self, name):
            return getattr(self._searcher, name)

        def search_passages(self, query, k, **how):
            searched.append(query)
            return self._searcher.search_passages(query, k, **how)

    shown(statements(lambda searcher, seed: Watched(searcher)))(QUESTION, bench)
    assert searched
    with pytest.raises(ValueError, match="foraging"):
        shown(statements(foraging="by-ear"))(QUESTION, bench)


def test_foraging_reads_for_a_report_and_asks_no_model(make_bench):
    bench = bound(make_bench([]))
    found = forage_as(foraging="rounds")(Item(id="a", text=TOPIC), bench)
    assert found.details["passages"]
    assert found.details["unique"] <= found.details["characters"]
    assert found.details["visits"] >= 1


def test_a_fixed_ranking_is_read_until_as_much_is_read_as_foraging_aims_for(make_bench):
    found = top_k(Item(id="a", text=TOPIC), bound(make_bench([])))
    wanted = round(2.0 * 50 * CHARS_PER_WORD)
    passages = make_bench([]).corpus.passages(found.details["passages"])
    assert wanted <= found.details["characters"] < wanted + max(len(passage.text) for passage in passages)


def test_facts_are_found_in_what_was_read_of_their_own_document(make_bench):
    suite, bench = find_suite("foraging"), make_bench([])
    (metric,) = (metric for metric in suite.metrics if metric.name == "facts_found")
    read = [passage.id for passage in bench.corpus.passages_of("money.md")]
    facts = [
        {"doc": "money", "value": "825,000 marks"},
        {"doc": "money", "value": "9,999 marks"},
        {"doc": "court", "value": "825,000 marks"},
        {"doc": "court", "value": "640,000 marks"},
    ]
    item = Item(id="a", text=TOPIC, gold={"gold_facts": facts})
    assert metric.score(item, Outcome(text="", details={"passages": read}), bench) == 0.25


def test_a_whole_corpus_is_one_prompt_in_its_order_cut_at_the_window(make_bench, tmp_path):
    rows = [{"id": f"d{n}", "title": f"Part {n}", "text": f"The mill number {n} stands. " * 20} for n in range(30)]
    path = tmp_path / "passages.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    item = Item(id="w", text="Write a report of 100 words on the mills.", gold={"corpus": str(path)})
    bench = make_bench(["# Mills\n\nThe mill number 0 stands [1]."], context_tokens=2000)
    outcome = whole_corpus(item, bench)
    shown = last_prompt(bench)
    assert shown.index("[1] Part 0:") < shown.index("[2] Part 1:")
    assert "Part 29" not in shown
    assert bench.writer.count_tokens(shown) < 2000
    assert sources_of(outcome)[1].title == "Part 0"
