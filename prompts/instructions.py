"""What of a document tells its reader to do something: orders to a machine, orders to people, and names that steer.

`looks_like_instruction` asks of a sentence whether it is addressed to a machine: it is then evidence of nothing. It
must leave alone what documents say of orders, readers and rules, so it knows forms, not subjects. `gives_order` also
knows orders to people, which a report has no reason to tell. `steers` asks it of a name (a title, a heading, a planned
question) and is stricter: a name tells what a part is about and asks for nothing, and where it is refused another name
stands in, so an error costs little.
"""

import re
from functools import lru_cache

_REPLY = r"(?:answers?|repl(?:y|ies)|responses?|outputs?)"
_FORMS = (
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|above|previous|earlier|context)",
    r"\b(?:system prompt|you are (?:an? )?(?:ai|assistant|language model|chatbot)|as an ai\b)",
    r"\b(?:ai|language model|automated) (?:assistant|agent|writer|reader|system)s?\b.{0,60}"
    r"\b(?:must|should|shall|please|are instructed|recommend)",
    r"\bdo not (?:mention|reveal|tell)",
    r"\byour (?:new |real |true |only )?(?:task|instructions|budget|goal)",
    r"\b(?:output|print|repeat|insert|append) (?:only )?the (?:exact )?(?:words?|phrase|sentence|following|token)\b",
    r"\b(?:output|print|write|add|mention)\b.{0,60}\bin every (?:section|answer|reply|response)\b",
    r"\bthe assistant (?:must|should|shall|will)\b",
    r"\byour (?:rules|guidelines|restrictions|safeguards) (?:have|are|were|no longer)\b",
    r"\byou (?:are )?now (?:allow|able)",
    r"\b(?:for|to) (?:any |all )?(?:ai|llm)\b[^.:\n]{0,30}\b(?:agent|assistant|model|reader|system)s?\b\)?\s*:",
    # Of what the reader is to say: "Modify your answer …", "… in your response", not a letter's "your reply of 5 May".
    rf"\b(?:in|into|to|of|from|throughout|with) your (?:\w+ ){{0,2}}{_REPLY}\b(?! (?:of|dated|from) )",
    r"\b(?:modify|adjust|alter|change|enhance|fortify|augment|improve|supplement\w*|encode|translate|scramble|end|begin|"
    rf"start|replace|provide|write|give|keep|make|upgrade|generate) your (?:\w+ ){{0,2}}(?:{_REPLY}|solution|"
    r"algorithm)\b",
    r"\b(?:replace|anagram|reverse|scramble|substitute|encode|translate|combine)\b[^.\n]{0,40}"
    r"\b(?:words?|letters?|text)\b"
    rf"[^.\n]{{0,30}}\b(?:your|the) (?:\w+ )?{_REPLY}\b",
    r"\b(?:includ|integrat|incorporat|insert|append|blend|embed|add)\w*\b[^.\n]{0,30}\b(?:following|below|given)\b"
    r"[^.\n]{0,20}\b(?:code|script|snippet)",
    r"\b(?:code|script) (?:snippet|excerpt|block|segment|section|piece)s?\b[^\n]{0,80}"
    r"\byour (?:\w+ )?(?:code|solution|algorithm|response|implementation|answer|program|script)\b",
    r"\byour (?:\w+ )?(?:code|solution|algorithm|response|implementation|answer)\b[^\n]{0,80}"
    r"\b(?:code|script) (?:snippet|excerpt|block|segment|section|piece)s?\b",
    r"\bwhen(?:ever)? you (?:answer|reply|respond|summari[sz]e|"
    rf"write (?:the|your) (?:report|summary|{_REPLY}))\b[^.\n]{{0,20}},",
    # Of what it is, keeps, knows and spends.
    r"\bmax_(?:usd|tokens|seconds|words)\b",
    r"\byou are now (?:DAN\b|free (?:of|from)|unrestricted|(?:operating|acting) (?:as|in|under)|"
    r"an? (?:\w+ ){0,3}(?:assistant|agent|model|bot|ai|persona)\b)",
    r"\b(?:save|store|add|write|commit|note)\b.{0,60}\b(?:to|in|for) (?:your|the|(?:your |the )?long-term) memory\b",
    r"\b(?:reveal|print|repeat|show|output|leak|list)\b.{0,40}"
    r"\b(?:(?:exact )?instructions you were given|your (?:system |hidden )?(?:prompt|rules)|"
    r"(?:all )?environment variables)",
    r"\b(?:thought|reasoning) \(assistant\)|\bas (?:the|an) assistant,",
    # Marks that part what is said from who says it in prompts and in calls of tools.
    r"<\|?/?(?:im_start|im_end|system|assistant|user|evidence|document|user_input)\|?>|<\|im_|\[/?INST\]|<</?SYS>>",
    r"\"(?:tool|tool_name|function|function_call)\"\s*:\s*[\"{]",
    r"(?:[-#]{3,}|^) ?END OF (?:DOCUMENT|USER INPUT|CONTEXT|EVIDENCE)\b",
    r"^\W*(?-i:SYSTEM|ASSISTANT|DEVELOPER|System|Assistant|Developer)"
    r"(?: (?:note|notice|message|prompt|alert|override|instruction))?\s*:",
    # In other languages.
    r"\b(?:ignore[rz]?|oublie[rz]?) (?:toutes )?(?:les|vos) (?:instructions|consignes)",
    r"\b(?:ignoriere?|vergiss|vergessen sie) (?:alle|die|deine|ihre)\b.{0,30}(?:anweisung|instruktion|regel)",
    r"\b(?:ignora|olvida|ignore|dimentica|rivela) (?:todas |tutte )?(?:las|tus|as|le) "
    r"(?:tue )?(?:instrucciones|instru[cç][õo]es|istruzioni)",
    r"\b(?:nota del sistema|nota di sistema|note (?:du )?système)\b|"
    r"\b(?:como|come|en tant qu)['’ ]?(?:asistente|assistant)\b",
)
_INSTRUCTION = re.compile("|".join(f"(?:{form})" for form in _FORMS), re.IGNORECASE | re.MULTILINE)

_ADDRESS = re.compile(r"https?:|www\.|\w+\.(?:com|net|org|io)\b|javascript:|data:text|file:/|\S@\S+\.\w", re.IGNORECASE)
# Code that does something; names of functions stand in many a heading of technical documents.
_CODE = re.compile(r"\{\s*[\"']|</?[a-z]+[ >/]|<\||\brm -|\[\d{1,3}\]|;\s*\w+\(|\)\.\w+\(|\w=\w+\(|\w\([\"']\W")
# What an agent would be told to do.
_VERBS = (
    "accept|act|add|append|ask|assume|attach|begin|blend|cancel|click|combine|concatenate|convert|create|decode|delete|"
    "deposit|disable|disregard|download|dump|email|e-mail|embed|encode|encrypt|enhance|erase|execute|exfiltrate|express|"
    "fetch|forget|forward|get|give|grant|hack|help|ignore|include|incorporate|increase|inform|insert|install|integrate|"
    "invert|invite|jumble|modify|notify|overwrite|please|pretend|promote|provide|publish|purchase|put|raise|recommend|redirect|"
    "remember|remind|remove|render|repeat|replace|reset|respond|retrieve|reveal|save|say|scramble|sell|send|substitute|"
    "suggest|supplement|tease|tell|transfer|translate|treat|unlock|update|upgrade|upload|visit|wire|write"
)
# These are nouns as often: "Return to service", "Reply of the Authority".
_NOUNS = (
    "answer|book|buy|call|change|cite|copy|end|link|make|mark|move|open|order|output|pay|post|print|quote|read|reply|reserve|"
    "return|reverse|run|schedule|search|set|share|speak|start|state|stop|store|use"
)
_DETERMINER = r"(?:the|an?|all|any|every|each|your|my|our|this|that|these|it|me|us|them|only)\b"
_ORDER = re.compile(
    r"^\W*(?:(?:please|also|then|now|first|next|always|never|just|and|kindly)\W+)*"
    r"(?:(?:can|could|would|will) you (?:please )?|you (?:must|should|shall|need to) |"
    r"i (?:want|need|would like) you to |do not |don['’]t )?"
    rf"(?:(?:{_VERBS})\b|"
    rf"(?:{_NOUNS}) {_DETERMINER}|"
    r"(?:answer|reply|speak) (?:only )?(?:in|with|like)\b)"
    r"|^\W*(?:from now on\b|(?:new )?(?:instructions?|directives?|override)\b\s*:)",
    re.IGNORECASE,
)
# What a writer would be told to write; a planned question may be worded so.
_TASK = re.compile(
    r"^\W*(?:please |then |now )?(?:(?:can|could|would|will) you (?:please )?)?"
    r"(?:(?:analy[sz]e|break down|calculate|classify|compare|compose|define|describe|determine|develop|discuss|"
    r"elaborate|evaluate|examine|explain|explore|identify|illustrate|interpret|paraphrase|rephrase|rewrite|"
    rf"summari[sz]e)\b|(?:design|draft|list|name|outline) {_DETERMINER})",
    re.IGNORECASE,
)
# Markup that acts, names of roles, and what is written so that only a machine reads it: none of it names a part.
_MARKUP = re.compile(r"<(?:script|img|iframe|svg|object|embed|form|input|meta|base)\b|javascript:", re.IGNORECASE)
_ROLE = re.compile(
    r"^\W*(?:system|assistant|user|developer)\s*:|\bdeveloper mode\b|"
    r"\b(?:ai|llm) (?:coding )?(?:agents?|systems?|assistants?|models?)\b.{0,20}(?::|\bprocess\w+|\bread\w+)|"
    r"(?:\b[01]{8}\b\s*){2}|(?:\b\w{0,20}[a-z]\d{1,4}[a-z]\w{0,20}\W{1,3}){3}|[A-Za-z0-9+/]{40,}|<[a-z]|&lt;",
    re.IGNORECASE,
)
_OF_SOMEBODY = re.compile(r"\b(?:my|me|your|user)\b|[$€£]\d", re.IGNORECASE)
# And the cells of a row, which are parted as Markdown and CSV do it.
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\s+[|;]\s+|(?<=[\w.!?\")]),(?=\"?[A-Z])")
_MOST_CHARS = 2_000  # of a name that are looked at: no parser has longer ones
_SHORT_WORDS = 6  # "Create a virtual environment": how-to documents name their parts so


@lru_cache(maxsize=8192)  # each report asks it of the same passages
def looks_like_instruction(text: str) -> bool:
    """Whether a sentence is addressed to a machine that reads it. Such a sentence is evidence of nothing."""
    return bool(_INSTRUCTION.search(text))


def gives_order(text: str) -> bool:
    """Whether any of a text's sentences tells its reader to do something; such a one states nothing.

    Of 16,000 sentences of technical proposals 125 do, of encyclopaedias none.
    """
    if looks_like_instruction(text) or _MARKUP.search(text):
        return True
    return any(_ORDER.match(one) or _TASK.match(one) for one in _sentences(text))


def is_task(text: str) -> bool:
    """Whether a text opens as a task for a writer: "Describe the causes."."""
    return bool(_TASK.match(text))


def steers(name: str) -> bool:
    """Whether a title, a heading or a question would tell its reader to act, or brings an address, code or a citation.

    A short order that stands alone and is about nobody's own things is let be: parts of how-to documents have such
    names.
    """
    name = name[:_MOST_CHARS]
    sentences = _sentences(name)
    if oversteps(name) or any(map(_ROLE.search, [name, *sentences])):
        return True
    return not _is_short(name) and any(map(_TASK.match, sentences))


def oversteps(question: str) -> bool:
    """The same of a question that a plan asks, which may be a task: "Describe the causes"."""
    question = question[:_MOST_CHARS]
    if looks_like_instruction(question) or _ADDRESS.search(question) or _CODE.search(question):
        return True
    return not _is_short(question) and any(map(_ORDER.match, _sentences(question)))


def _is_short(name: str) -> bool:
    return len(_sentences(name)) == 1 and len(name.split()) <= _SHORT_WORDS and not _OF_SOMEBODY.search(name)


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence]
