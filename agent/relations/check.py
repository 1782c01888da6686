"""Do its parents carry a note? Its figures and names must stand in them, and each figure under the name it has there.

What is new in a note is the relation itself, which no check here can judge: so a note is never evidence.
"""

from collections.abc import Sequence

from agent.facts.spans import ReadPassage, folded, stands_in
from agent.grounding.numbers import unsupported_figures
from agent.grounding.subjects import Source, misattributed_figures
from prompts.instructions import looks_like_instruction
from prompts.sentences import sentence_spans
from retrieval.names import common_words, unsupported_names

MAX_WORDS = 120
_SAYS_NOTHING = ("none", "none.")


def faults(text: str, names: Sequence[str], parents: Sequence[ReadPassage]) -> list[str]:
    """Why a note does not stand; empty if it does.

    Args:
        text: the note.
        names: each must be named in it, or the note would lead from one of them to nowhere.
        parents: what it was written from.
    """
    if not text:
        return ["the reply holds no whole sentence"]
    if text.lower() in _SAYS_NOTHING:
        return ["the model finds no relation in the passages"]
    evidence = "\n".join(line for parent in parents for line in (parent.title, *parent.lines))
    lexicon = common_words(evidence)
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    found = [f"{name} is not named in it" for name in names if not stands_in(name, folded(text))]
    if len(text.split()) > MAX_WORDS:
        found.append(f"it has {len(text.split())} words, more than {MAX_WORDS}")
    if any(map(looks_like_instruction, sentences)):
        found.append("it speaks to a machine")
    found += [f"the number {value} is not in the passages" for value in unsupported_figures(text, evidence)]
    found += [f"the name {name} is not in the passages" for name in unsupported_names(text, evidence, lexicon=lexicon)]
    sources = [Source("\n".join(parent.lines), parent.title) for parent in parents]
    wrong = (one for sentence in sentences for one in misattributed_figures(sentence, sources, lexicon=lexicon))
    # A figure under no name is nothing false, and a note's sentences need not stand alone.
    found += [f"the passages do not state the figure of that subject ({one})" for one in wrong if "nobody" not in one]
    return list(dict.fromkeys(found))
