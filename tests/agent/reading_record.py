"""What a small reading came to, for tests of what is written about it."""

from agent.records import ReadingRecord

READING = ReadingRecord(
    passages=3,
    documents=2,
    raw_characters=4_000,
    unique_characters=3_000,
    target_characters=3_000,
    ratio_asked=10.0,
    instructions_ignored=0,
    lexicon_id="x",
    corpus_passages=9,
    corpus_documents=4,
)
