import json

import pytest

from agent.draft import Candidate, Paragraph, drafting_of, evidence_lines, evidence_room, quotation, restate, revise
from agent.types import AtomicBlock
from lm.errors import MalformedReply
from lm.scripted import ScriptedLM
from tests.agent.statement_factory import statement

BLOCK = AtomicBlock(id="s01b01", question="What did the board do?", target_words=50)
SHORT = statement("The board of Hallin deferred the repair by 5 votes to 2.", title="Minutes", start=0)
LONG = statement(
    "The engineer Mira Tolland wrote on 4 September 2018 to the board of the Hallin Transit Office that the heater of "
    "the emergency brake in the Orme station must be switched on again.",
    title="Memorandum",
    start=200,
    heading_path=("Memorandum", "The brake"),
)
N_WORDS = len(LONG.sentence.split())


def paragraph(*pairs):
    return json.dumps({"sentences": [{"text": text, "evidence": list(numbers)} for text, numbers in pairs]})


def drafted(writer, statements=(SHORT, LONG)):
    paragraph = Paragraph(BLOCK, "The board", "The cableway", statements, writer)
    return paragraph.draft(seed=1, temperature=BLOCK.temperature).candidates


def test_a_writer_hears_what_its_block_builds_on_and_nothing_where_it_builds_on_none():
    prompts = []
    for told_before in ((), ("“Causes”: Why did the grip slip?",)):
        writer = ScriptedLM([paragraph(("The board deferred the repair by 5 votes to 2.", (1,)))])
        drafted = Paragraph(BLOCK, "The board", "The cableway", (SHORT,), writer, told_before=told_before)
        drafted.draft(seed=1, temperature=0.0)
        prompts.append(writer.requests[0].messages[-1].content)
    told = "\nTold before this paragraph, and not to be told again:\n- “Causes”: Why did the grip slip?"
    assert "Question: What did the board do?\n\nEvidence:" in prompts[0]
    assert prompts[1] == prompts[0].replace("do?\n", f"do?{told}\n")


def test_a_very_small_writer_restates_and_a_larger_one_drafts():
    small, large = ScriptedLM([], name="embedded:smollm2-135m"), ScriptedLM([], name="openai:large")
    assert drafting_of("auto", small) == "sentence"
    assert drafting_of("auto", large) == "paragraph"
    assert drafting_of("paragraph", small) == "paragraph"


def test_evidence_is_numbered_and_says_whose_it_is():
    assert evidence_lines([SHORT, LONG]) == [
        f"[1] (Minutes) {SHORT.sentence}",
        f"[2] (Memorandum › The brake) {LONG.sentence}",
    ]


def test_a_paragraph_cites_by_position():
    reply = paragraph(("The board deferred the repair [2].", [1]), ("Mira Tolland wrote to the board.", [2, 1, 2]))
    assert drafted(ScriptedLM([reply])) == [
        Candidate(text="The board deferred the repair.", sources=(0,)),
        Candidate(text="Mira Tolland wrote to the board.", sources=(1, 0)),
    ]


def test_the_schema_allows_only_numbers_that_are_shown():
    writer = ScriptedLM([paragraph(("The board deferred the repair.", [1]))])
    drafted(writer)
    schema = json.loads(writer.requests[0].json_schema.schema_text)
    evidence = schema["$defs"]["DraftedSentence"]["properties"]["evidence"]
    assert (evidence["items"]["minimum"], evidence["items"]["maximum"]) == (1, 2)


def test_evidence_that_does_not_fit_is_left_out_from_the_end():
    # 850 tokens less 300 for the reply and 500 for the rest: 50 hold the first line only.
    writer = ScriptedLM([paragraph(("The board deferred the repair.", [1]))], context_tokens=850)
    drafted(writer)
    prompt = writer.requests[0].messages[-1].content
    assert "[1] (Minutes)" in prompt
    assert "[2]" not in prompt


def test_no_valid_paragraph_in_three_replies_is_an_error():
    writer = ScriptedLM(["nonsense", "{}", paragraph(("Too short", []))])
    with pytest.raises(MalformedReply):
        drafted(writer)
    assert len(writer.requests) == 3


def test_a_very_long_block_leaves_room_for_evidence():
    block = BLOCK.model_copy(update={"target_words": 2_600})
    writer = ScriptedLM([paragraph(("The board deferred the repair.", [1]))], context_tokens=4_096)
    assert evidence_room(block, writer) > 1_800
    Paragraph(block, "The board", "The cableway", (SHORT, LONG), writer).draft(seed=1, temperature=0.0)
    (request,) = writer.requests
    assert "[2]" in request.messages[-1].content
    assert "352 words" in request.messages[-1].content
    assert request.max_tokens < 1_300


def test_what_is_whole_of_a_reply_that_broke_off_is_kept_and_not_asked_for_again():
    whole = paragraph(("The board deferred the repair.", [1]), ("Mira Tolland wrote to the board.", [2]))
    writer = ScriptedLM([whole[: whole.index("wrote to")]])
    assert [one.text for one in drafted(writer)] == ["The board deferred the repair."]
    assert len(writer.requests) == 1


def test_a_text_of_several_sentences_is_told_sentence_by_sentence():
    both = "The board deferred the repair. Mira Tolland wrote to the board. The heater of the"
    assert drafted(ScriptedLM([paragraph((both, [1, 2]))])) == [
        Candidate(text="The board deferred the repair.", sources=(0, 1)),
        Candidate(text="Mira Tolland wrote to the board.", sources=(0, 1)),
    ]


def test_a_paragraph_in_a_code_fence_is_read():
    reply = f"Here you are:\n```json\n{paragraph(('The board deferred the repair.', [1]))}\n```"
    assert len(drafted(ScriptedLM([reply]))) == 1


def test_a_short_statement_is_quoted_without_a_call():
    writer = ScriptedLM([])
    assert restate(0, SHORT, writer=writer, seed=1) == quotation(0, SHORT)
    assert writer.requests == ()


@pytest.mark.parametrize("kind", ["row", "attribute"])
def test_figures_in_rows_and_lines_are_never_restated(kind):
    writer = ScriptedLM([])
    assert restate(0, LONG.model_copy(update={"kind": kind}), writer=writer, seed=1).is_quotation


def test_a_long_statement_is_restated():
    text = LONG.sentence.replace(" again", "")
    found = restate(3, LONG, writer=ScriptedLM([text]), seed=1)
    assert (found.text, found.sources, found.kind) == (text, (3,), "restated")


def test_a_statement_said_again_in_its_own_words_is_a_quotation():
    assert restate(0, LONG, writer=ScriptedLM([f'"{LONG.sentence}"']), seed=1).is_quotation


@pytest.mark.parametrize(
    "reply", ["Mira Tolland wrote.", " ".join(["word"] * 2 * N_WORDS), "", "w" * 3 * 3 * N_WORDS + "w"]
)
def test_a_restatement_of_another_length_or_cut_off_is_given_up(reply):
    assert restate(0, LONG, writer=ScriptedLM([reply]), seed=1) == quotation(0, LONG)


def test_a_revision_sees_evidence_and_problems_and_keeps_its_sources():
    writer = ScriptedLM(["The board of Hallin deferred the repair by 5 votes to 2.\n\nI changed the number."])
    wrong = Candidate(text="The board deferred the repair by 7 votes to 2.", sources=(0,))
    found = revise(wrong, ["the number 7 is not in the evidence"], [SHORT, LONG], writer=writer, seed=1)
    assert found == Candidate(text=SHORT.sentence, sources=(0,))
    prompt = writer.requests[0].messages[-1].content
    assert SHORT.sentence in prompt
    assert "the number 7 is not in the evidence" in prompt
    assert LONG.sentence not in prompt
