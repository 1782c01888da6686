"""Topics that name several documents: each is told of, or the report says which is not and why."""

from dataclasses import replace

import pytest

from agent.brief import preview
from agent.choose import choose
from agent.facts.readers import fact_reader
from agent.frame import limits_of_all, limits_of_subjects
from agent.graph import run_unkept
from agent.plan_subjects import subject_outline
from agent.records import OwnedStatements, SubjectReading
from agent.stemming import english_stem
from agent.types import AtomicBlock, Report
from lm.scripted import ScriptedLM
from tests.agent.reading_record import READING
from tests.agent.scripted_writers import silent
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder


def town(name, people, area, river, fire):
    return f"""# {name}

Population: {people} (2021)
Area: {area} km²
Unemployment rate: 6.1% (2022)

{name} lies on the river {river} and trades in timber.
The town hall of {name} was rebuilt after the fire of {fire}.
The mayor of {name} is elected for five years.
"""


TOWNS = {
    "arlen.md": town("Arlen", "12,400", "31.5", "Orme", 1903),
    "brisk.md": town("Brisk", "48,900", "77.2", "Tolle", 1888),
    "corvin.md": town("Corvin", "7,150", "19.8", "Ussel", 1931),
    "bread.md": "# Sourdough\n\nFlour, water and salt make a loaf if the baker waits.\n",
}
COMPARISON = "Compare Arlen, Brisk and Corvin"


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    from tests.agent.affair import build_affair

    found = build_affair(tmp_path_factory.mktemp("towns"), TOWNS)
    yield found
    found.close()


def written(context, topic, facts="off", mode="report"):
    reader = fact_reader(facts, context.helper, stem=english_stem(), seed=None)
    state = run_unkept(topic, mode, replace(context, extractor=reader))
    return context.store.get_model(state["report_id"], Report)


def told_of(report):
    by_number = {evidence.number: evidence.document for evidence in report.evidence}
    return {by_number[number] for claim in report.claims for number in claim.citations if claim.block}


@pytest.mark.parametrize("facts", ["off", "rule"])
@pytest.mark.parametrize("foraging", ["rounds", "margin"])
@pytest.mark.parametrize("topic", [COMPARISON, f"{COMPARISON} with regard to population, the mayor and timber"])
def test_a_comparison_tells_of_each_document_that_it_names(towns, make_context, facts, foraging, topic):
    context = make_context(ScriptedLM(silent), over=towns, drafting="sentence", planner="rules", foraging=foraging)
    report = written(context, topic, facts)
    assert told_of(report) == {"arlen.md", "brisk.md", "corvin.md"}
    assert not any("names" in limit for limit in report.limits)


def test_named_documents_without_shared_headings_are_sections_of_their_own(towns):
    def outlined(topic, words=200):
        brief = preview(topic, words=words, default_words=200, documents=towns.corpus.documents())
        return subject_outline(brief, towns.corpus)

    outline = outlined(f"{COMPARISON} with regard to trade")
    assert [section.title for section in outline.sections] == ["Arlen", "Brisk", "Corvin"]
    assert [section.blocks[0].subject_ids for section in outline.sections] == [
        ("arlen.md",),
        ("brisk.md",),
        ("corvin.md",),
    ]
    assert outline.sections[0].blocks[0].question == "Arlen: trade"
    assert outlined(COMPARISON).sections[0].blocks[0].question == "Arlen"
    assert outlined("The trade of Arlen") is None
    assert outlined(COMPARISON, words=2_000) is None  # each would be longer than a paragraph
    assert outlined(COMPARISON, words=80) is None  # no room for three
    assert outlined(f"{COMPARISON} in 2 sections") is None


def test_a_block_of_several_documents_takes_the_best_of_each_before_a_second_of_any():
    block = AtomicBlock(id="s01b01", question="the harbour", target_words=15, subject_ids=("a", "b", "c"))
    said = [
        statement(f"The harbour {verb} for {town} ships.", doc_id=town, title=town, start=start)
        for town in ("a", "b")
        for start, verb in ((0, "opened"), (90, "closed"))
    ]
    far = statement("Of C the harbour is not known to be much of one at all.", doc_id="c", title="c")
    owned = OwnedStatements(block=block.id, statements=(*said, far), fits=(0.9, 0.9, 0.9, 0.9, 0.0))
    chosen = choose(block, owned, fine=BagEmbedder(), surplus=1.5)
    assert [one.doc_id for one in chosen] == ["a", "b", "c"]


def test_which_document_is_not_told_of_is_said_with_the_reason():
    subjects = [("a", 2, 5), ("b", 2, 5), ("c", 2, 0), ("d", 0, 0), ("e", 0, 0)]
    reading = READING.model_copy(
        update={
            "subjects": tuple(
                SubjectReading(document=name, title=name.upper(), passages=passages, statements=statements)
                for name, passages, statements in subjects
            )
        }
    )
    assert limits_of_subjects(reading, {"a"}) == (
        "The topic names “B”, not told of here: no sentence from there stood and found room, or another says the same.",
        "The topic names “C”, not told of here: what was read from there holds no sentence that can be quoted.",
        "The topic names “D” and “E”, not told of here: nothing from there was read.",
    )


def test_a_named_document_without_a_sentence_is_missed_in_the_report(make_affair, make_context):
    place = make_affair({**TOWNS, "corvin.md": "# Corvin\n\nhttps://corvin.example/timber/list?id=7\n"})
    context = make_context(ScriptedLM(silent), over=place, drafting="sentence", planner="rules")
    (limit,) = [limit for limit in written(context, COMPARISON).limits if "names" in limit]
    assert limit.startswith("The topic names “Corvin”, not told of here")


@pytest.mark.parametrize(
    ("endings", "why"),
    [
        (("nothing_new",), "neither the queries nor what stands beside their finds brought anything new"),
        (("nothing_new", "depth"), "no more than the best 150 passages of a query are read"),
        (("depth", "most"), "a section reads no more than 200,000 characters"),
        (("nothing_new", "time"), "the run's time was over"),
    ],
)
def test_who_asks_for_all_is_told_what_was_read_and_the_narrowest_limit_that_ended_it(endings, why):
    assert limits_of_all(READING.model_copy(update={"endings": endings})) == (
        "All of something was asked for, and this may be incomplete: 3 of the corpus's 9 passages were read "
        f"(repeats not counted), in 2 of its 4 documents; reading ended because {why}."
    )


def test_where_everything_was_read_no_limit_is_named_but_no_completeness_claimed():
    whole = READING.model_copy(update={"passages": 9, "documents": 4, "endings": ("nothing_new",)})
    assert "may be incomplete: 9 of the corpus's 9 passages" in limits_of_all(whole)
    assert "ended" not in limits_of_all(whole)


@pytest.mark.parametrize("mode", ["report", "answer"])
def test_a_list_of_all_says_how_much_was_read_and_another_topic_does_not(towns, make_context, mode):
    def limits(topic):
        context = make_context(ScriptedLM(silent), over=towns, drafting="sentence", planner="rules")
        return [one for one in written(context, topic, mode=mode).limits if one.startswith("All of something")]

    (limit,) = limits("List all towns on a river: the mayor of Arlen, the mayor of Brisk")
    assert f"of the corpus's {towns.corpus.passage_count()} passages were read" in limit
    assert "of its 4 documents" in limit
    assert limits("The towns on a river: the mayor of Arlen, the mayor of Brisk") == []
