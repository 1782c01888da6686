"""Orders, and texts that speak to a machine: neither is remembered.

A remembered order would be obeyed, or argued with, in every later conversation. So what could be one is left out:
orders in general, whoever they are for, and all of a text that speaks to a machine, since its harmless half is there to
carry the other. Knows English; of a text in another language it cannot tell, and says so (`is_english`).
"""

import re

from prompts.instructions import looks_like_instruction
from prompts.statements import FUNCTION_WORDS
from retrieval.lexical import STOP_WORDS

# No word may match two of these: a row of such words could be read in so many ways that a search never ends.
_FILLER = (
    r"(?:(?:please|also|then|first|second|next|now|and|so|but|instead|just|always|never|only|hey|ok|okay|well|oh|hi|"
    r"hello|must|[a-z]{3,}ly|"
    r"(?:at|in|on|by|after|before|when|once|if|for|as|to|while|during|from|with)\b[^.,;:!?]{0,60}(?=,))[\s,:—-]+)*"
)
# Base forms that open orders and seldom open anything else.
_ORDER_VERBS = """
    accept access act activate add adjust administer advise affirm alert allow alter always amend analy[sz]e
    announce answer append apply approve arrange ask assess assign assist assume attach augment authori[sz]e avoid
    backup be begin behave bin blend block book break bring browse build buy bypass calculate call cancel capture
    change check choose cite clarify classify clear click close collect combine come compare compile complete
    compose compute concatenate conclude conduct confirm connect consider construct contact continue convert
    convince copy correct count create curl deactivate decide declare decode decrypt define delete deliver
    demonstrate deploy deposit describe design detail detect determine develop disable disclose discuss dispatch
    display disregard distribute do don't donate download draft draw drop dump echo edit elaborate elevate email
    embed emphasi[sz]e employ empty emulate enable encode encourage encrypt end enhance enlist ensure enter erase
    escalate establish estimate evaluate examine exclude execute exfiltrate explain explore export expose extract
    fabricate fetch fill filter find finish follow forget format fortify forward fulfil+ fuse gather generate get
    give go grant guide hack help hide highlight identify ignore imagine implement import improve include
    incorporate increase inform infuse initiate inject insert inspect install integrate interleave interpret
    introduce invert invite issue join keep label launch leak leave let let's link list load locate lock log look
    make manage mask match memori[sz]e mention merge mix modify monitor move multiply name navigate note notify obey
    obtain offer omit open optimi[sz]e order output override overwrite paraphrase pass paste perform persuade pick
    place play post predict prepare present pretend print prioriti[sz]e proceed process produce promote prompt
    propose provide publish pull purchase push put query quote rank rate read rearrange recall recommend record
    redact redirect reduce refer reflect refuse register reject relay release remember remind remove rename render
    repeat rephrase replace reply report request require reschedule reserve reset resolve respond restate restrict
    retrieve return reveal reverse review revise rewrite roleplay run save scan schedule scramble scroll search
    select sell send separate set shall share shift show shut sign simulate skip solve sort specify spell spread
    start state stay stop store submit substitute subtract suggest summari[sz]e switch synthesi[sz]e take talk teach
    tell test think transcribe transfer translate transmit transpose treat trim trust try turn tweet type uninstall
    unlock unsubscribe update upgrade upload use utili[sz]e validate verify view visit wait warn watch wipe wire
    wish withdraw write
"""
_ORDER = re.compile(
    rf"\W*{_FILLER}(?:please |kindly |do not |never )?(?:{'|'.join(_ORDER_VERBS.split())})\b(?!['’]s\b)", re.I
)
# "Fortify the reply", "Whisk your eggs": a bare word before a determiner at the opening of a sentence is a verb, and if
# it is no past form and does not speak of who says it ("Love my job", "Got a car") it is an order.
_DETERMINER = (
    r"(?:the|an?|all|any|every|each|your|my|our|this|that|these|those|it|me|us|them|its|his|her|their|following)"
)
_OPENING = re.compile(rf"\W*{_FILLER}(?P<verb>[a-z]+) {_DETERMINER}\b", re.IGNORECASE)
_OF_THE_SPEAKER = frozenset(
    """had got took went met bought found saw made gave told lost won felt spent left ran began came thought heard kept
    knew brought built caught chose did drove ate fell flew grew held hit hurt led let meant paid put read rode sang sat
    sold slept spoke stood swam taught threw understood woke wore wrote was were been became love loving miss hope need
    want guess bet enjoy hate wish like appreciate know see feel thank thanks here there not what who how why when where
    hey hi yes no wow maybe quite such half both like unlike despite congrats yay ah awww aww done gotta wanna gonna
    having being doing yesterday today tomorrow tonight last next sorry glad plus""".split()  # noqa: SIM905
)
# What a program would be told about its own; people have these too, so only the sentence itself is left out.
_YOUR_OUTPUT = re.compile(
    r"\byour (?:\w+[- ]){0,3}(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies)|instructions?|prompts?|"
    r"guidelines?|restrictions?|codebase|code|algorithms?|implementation|context|memory|configuration|messages?|reports?|"
    r"polic(?:y|ies)|rules?|programs?|scripts?|solutions?|system|tools?)\b",
    re.IGNORECASE,
)
_GOALS = re.compile(r"\byour (?:new )?(?:goal|task|budget)s?\b(?! (?:is|are)\b)", re.IGNORECASE)
_TO_MACHINE = re.compile(
    r"\b(?:in|from|to|of|with|for) (?:all|every|each|any) (?:future|subsequent|later|following|further) \w+|"
    r"\bfrom (?:now|here) on\b(?!,? (?:I|we|my|our)\b)|\bhenceforth\b|"
    r"\byou (?:must(?! (?:have|be|feel|miss|love|really)\b)|shall|should (?:now|always|never|first)|will now|"
    r"are (?:hereby|instructed|required|ordered|now (?:an?|in|free|un\w+|operating|acting|running))|"
    r"need to (?:now|always|first))\b|"
    r"(?<!['’]s )(?<!\bmy )(?<!\bour )(?<!\bher )(?<!\bhis )"
    r"\b(?:assistants?|models?|agents?|(?:chat ?)?bots?|ais?|llms?|ai systems?|readers?) (?:[^.!?\n]{0,60} )?"
    r"(?:must|shall|should|(?:have|has|needs?|are|is) to|instructed|required|please)\b|"
    r"\b(?:for|to) (?:(?:any|all|every|the) )?(?:ai|llm)\b[^.\n]{0,40}:|\bto (?:any|all|every) (?:ai|llm)\b|"
    r"^\W*(?:system|assistant|developer|tool|user)(?: (?:note|notice|message|alert|update|override|command))?\s*:|"
    r"\bbefore you (?:answer|reply to|respond to) the user\b|"
    r"<\|?/?(?:im_start|im_end|system|inst|assistant|user)|\[/?(?:INST|SYSTEM)\]|"
    r"\b(?:system|initial|original|hidden|previous|prior|earlier) "
    r"(?:prompts?|instructions?|messages?|rules?|directives?)\b|"
    r"\b(?:jailbr\w+|developer mode|(?:unrestricted|without restrictions|no restrictions)|"
    r"root access|sudo|admin mode)\b|"
    r"\bwhen(?:ever)? (?:you|the (?:assistant|user|model)) "
    r"(?:read|process|receive|open|summari[sz]e|answer)\w*\b.{0,20},|"
    r"\bdecode\b.{0,40}\b(?:it|this|and)\b|\b(?:base64|hex|rot13|binary)[- ]?(?:encoded|string|decode)\b|"
    r"\bwhen(?:ever)? asked\b|\bif (?:any(?:one|body)|some(?:one|body)|users?|they|he|she|(?:you are|you['’]re)) "
    r"asks?(?:ed)?\b|"
    r"\banswers? to (?:every|all|any|each)\b|\byou (?:have|['’]ve) been (?:upgraded|updated|reprogrammed|granted|"
    r"reset|freed|unlocked)\b|\b(?:no|without|any) (?:content )?filters?\b|"
    r"\b(?:safety|security|content) (?:checks?|filters?|rules?|guidelines?|measures?|polic(?:y|ies))\b|"
    r"\bI(?: am|['’]m) (?:the|your) (?:real )?(?:developer|admin(?:istrator)?|creator|owner|operator|programmer)\b|"
    r"\b(?:sent|send|forward(?:ed)?|e?mail(?:ed)?|post(?:ed)?|upload(?:ed)?|wired?|transfer(?:red)?)\b[^.!?\n]{0,60}"
    r"(?:\S@\S|https?:|www\.)|"
    r"\bnote to self\b.{0,60}:|\bnext user (?:message|turn|query)\b|"
    r"\b(?:following|below|subsequent) (?:\w+ )?(?:code|script)\b|"
    r"\b(?:code|script) (?:below|snippet|block|excerpt|segment|section)s?\b",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(
    r"```|~~~|</?[a-z]\w*[\s>/]|[{};]\s*$|[{}]|=>|->|==|!=|\w\(\w*\)|\w\(['\"]|&&|"
    r"\|\||^\s*(?-i:import [\w.]+\s*$|from [\w.]+ import\b)|"
    r"https?://|^\s*(?:[\w-]+\.)+[a-z]{2,}\s*$|"
    r"javascript:|\\x[0-9a-f]|%[0-9a-f]{2}|[A-Za-z0-9+/]{32,}|(?:[01]{8}\s){2}",
    re.IGNORECASE | re.MULTILINE,
)
_POINTING = re.compile(r"\W*(?:look|check out|check|see|guess|imagine|remember)\b", re.IGNORECASE)
_SOCIAL = re.compile(
    rf"\W*{_FILLER}(?:please )?(?:count me|stop|look|check (?:out|it|this|them)|see|guess|imagine|remember|keep|"
    r"let['’]?s?|stay|come|tell (?:me|us)|take (?:care|a look|it|your time|a deep)|enjoy|go|hang|hold|don['’]t|"
    r"do(?: not)?|wish|try|trust|wait|have|never|always|you|give (?:me|it|your|them|him|her|a)|make sure|believe|"
    r"think|talk|finish(?:ed)?|visit|play|start|set|plan|work|shout|share (?:more|it)|get|read|"
    r"(?:can|could) you (?:tell|believe|imagine|explain|share|show|describe)|would you|"
    r"you (?:can|could|should|may|might)|i(?:['’]d| would) (?:like|want))\b",
    re.IGNORECASE,
)
_NO_ORDER = re.compile(
    r"\W*(?:so |but |and )?(?:do not|don['’]t) (?:feel|think|know|have|want|like|really|see)\b.* I", re.IGNORECASE
)
_CLAUSE = re.compile(r"[;:] +")
_REQUEST = re.compile(
    r"\W*(?:(?:can|could|would|will) you|would you mind|"
    r"i(?:['’]d| would)? (?:like|want|need) you to(?! know\b)|"
    r"you (?:can|could|should|may|might want to))\b",
    re.IGNORECASE,
)
_MAX_WORD = 60
_GARBLED = re.compile(r"[^\W\d_]\d+[^\W\d_]|\d[^\W\d_]+\d|[<>{}~^|\\=]|\w[!?%$#;*]\w")
_ASCII_SHARE = 0.8
_LATIN_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = (STOP_WORDS | FUNCTION_WORDS) - frozenset(
    ("a", "all", "am", "an", "as", "at", "do", "he", "i", "in", "is", "me", "no", "on", "or", "s", "so", "t", "was")
)
# Of Spanish, French, German, Italian, Portuguese and Dutch.
_FOREIGN = frozenset(
    """el la los las de del que y en un una con para por como es se su lo al le les des du et est dans pour avec sur
    une vous nous il elle ne pas tous toutes der die das und ist nicht mit für ein eine zu von den im alle sie ich du
    che di non per sono della tutte tutti gli o os as um uma não e da em het een van niet voor je mi tu te mis
    tus""".split()  # noqa: SIM905
)


def speaks_to_machine(text: str) -> bool:
    """Whether any of a text is addressed to a program that reads it."""
    return bool(looks_like_instruction(_GOALS.sub("", text)) or _TO_MACHINE.search(text))


def is_code(sentence: str) -> bool:
    """Whether a sentence is code, markup, an address or garbled: nothing that somebody says."""
    words = sentence.split()
    garbled = sum(bool(_GARBLED.search(word.strip("\"'“”‘’()[].,;:!?"))) for word in words)
    return bool(_CODE.search(sentence)) or garbled * 4 >= len(words) or any(len(word) > _MAX_WORD for word in words)


def is_commission(sentence: str) -> bool:
    """Whether a sentence gives somebody a task, as "Send …" does and "Look …", "Take care" and "Let's …" do not.

    What else is said with it belongs to the task: an account, a name to put in, a reason.
    """
    return _is_order(sentence) and not _SOCIAL.match(sentence)


def shows_something(sentence: str) -> bool:
    """Whether what looks like an order only points: "Look what I got yesterday!"."""
    return bool(_POINTING.match(sentence))


def is_order(sentence: str) -> bool:
    """Whether a sentence tells or asks somebody to do something."""
    return bool(looks_like_instruction(sentence) or _YOUR_OUTPUT.search(sentence)) or any(
        _is_order(clause) for clause in _CLAUSE.split(sentence)
    )


def _is_order(sentence: str) -> bool:
    """Whether a clause has the form of an order or a request."""
    if _REQUEST.match(sentence):
        return True
    if sentence.rstrip("\"'”’) ").endswith("?"):
        return "please" in sentence.lower()
    if _ORDER.match(sentence):
        return not _NO_ORDER.match(sentence)
    opening = _OPENING.match(sentence)
    if opening is None:
        return False
    verb = opening["verb"].lower()
    return not (
        verb in _OF_THE_SPEAKER
        or verb in STOP_WORDS
        or verb in FUNCTION_WORDS
        or verb.endswith(("ed", "ing", "ly", "s"))
    )


def is_english(text: str) -> bool:
    """Whether a text is not visibly in another language: in another script, or in words of a neighbouring language with
    none that are only English."""
    letters = [character for character in text if character.isalpha()]
    if sum(character.isascii() for character in letters) < _ASCII_SHARE * len(letters):
        return False
    words = {word.lower() for word in _LATIN_WORD.findall(text)}
    return bool(words & _ENGLISH) or not words & _FOREIGN
