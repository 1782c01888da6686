"""What a line of a chat wants: the corpus, memory, or nothing but to be noted. By rules that `/why` can show.

Knows words. Must not know what memory or the corpus hold.
"""

import re

from agent.chat.records import Route

# "Tell me how …", "I would like to know …": who asks is no part of what is asked.
_FRAME = re.compile(
    r"(?:^\W*|\byou |\bplease )(?:tell|show|give|explain to|help|let) (?:us|me)\b"
    r"|\bI(?:['’]d| would)? (?:want|like|need|love) to (?:know|ask|understand|hear|see|read)\b"
    r"|\bI(?:['’]m| am) (?:curious|interested|looking for|wondering)\b|\bI (?:wonder|was wondering)\b"
    r"|\b(?:may|can|could|should|do) (?:I|we) (?:ask|know|see|get|have|read|look|find|learn)\b",
    re.IGNORECASE,
)
# "US" is a country.
_FIRST_PERSON = re.compile(r"\b(?:I|(?i:me|my|mine|myself|we|our|ours)|us|Us)\b")
_TO_NOTE = re.compile(
    r"^(?:please\s+)?(?:remember|note|keep in mind|for the record|fyi|by the way)\b(?!.*\?\s*$)", re.IGNORECASE
)
_SMALL_TALK = re.compile(
    r"^(?:hi|hello|hey|good (?:morning|afternoon|evening)|thanks?(?: you)?(?: very much| a lot)?|ok(?:ay)?|great|cool|"
    r"nice|got it|i see|bye|goodbye|see you)\b[\w\s,]{0,20}[.! ]*$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?\W*$|^(?:(?:in|on|at|by|for|from|to|of|with|since)\s+)?(?:why|when|where|who|whom|whose|which|what|how|list|"
    r"name|tell|give|show|explain|describe|compare|find|summari[sz]e|did|does|do|was|were|is|are|has|have|had)\b",
    re.IGNORECASE,
)


def is_small_talk(line: str) -> bool:
    """Greetings, thanks and the like."""
    return _SMALL_TALK.match(line.strip()) is not None


def route_of(line: str) -> tuple[Route, str]:
    """Where to look for what a line asks, and why. `line` is as the user wrote it: "my" and "we" tell more than a
    rewriting."""
    if is_small_talk(line):
        return "noted", "small talk: nothing is asked"
    if _TO_NOTE.match(line):
        return "noted", "something to remember, not a question"
    unframed, n_frames = _FRAME.subn(" ", line)
    speaks_of_user = _FIRST_PERSON.search(unframed) is not None
    if speaks_of_user and not n_frames and not _ASKS.search(line.strip()):
        return "noted", "a statement about its speaker, not a question"
    if speaks_of_user:
        return "memory", "it asks about you or this conversation"
    return "corpus", "a question for the documents"
