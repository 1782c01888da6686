"""Statements for tests, without a corpus."""

from prompts.statements import Statement


def statement(sentence, *, doc_id="d1", title="Minutes", start=0, kind="prose", heading_path=(), quote=None):
    quote = sentence if quote is None else quote
    return Statement(
        doc_id=doc_id,
        passage_id=f"p-{doc_id}-{start}",
        title=title,
        heading_path=heading_path,
        start=start,
        end=start + len(quote),
        quote=quote,
        sentence=sentence,
        kind=kind,
    )
