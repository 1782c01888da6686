"""What people say to keep a conversation going: greetings, thanks, praise, echoes. It says nothing to remember.

Knows words of politeness and which sentences speak of something particular. Must not know units.
"""

import re

from retrieval.lexical import Tokenizer

_SAID_OF_OTHERS = 2  # words: "They were a beautiful couple!" is an echo
_TOKENIZER = Tokenizer()
# The last ones are what is left of "I'm", "I'll" and the like.
_WORDS = """
    hey hi hello bye goodbye thanks thank thx welcome congrats congratulations cheers wow whoa yay oh ah aw aww awww
    haha lol hmm yeah yep yup yes no nope sure okay ok right exactly absolutely definitely totally indeed true agree
    agreed course great good nice cool awesome amazing wonderful fantastic lovely sweet beautiful cute adorable
    gorgeous brilliant perfect excellent incredible inspiring impressive interesting fun super really very so pretty
    quite glad happy proud sorry excited sound sounds look looks looking seem seems see ya soon later chat talk
    catch hear heard heres keep kind words word care take stay safe touch luck job work well done best enjoy hope
    hoping wish know guess think bet mean means lot much thing things stuff way one everything anything something
    nothing always never appreciate support supportive encouragement encouraging day night week weekend time forward
    back let go going gotta run rock rocks deserve deserves up vibes shining spread idea point feel feels feeling
    love like need want get got make makes made say said tell told truly such big huge important special powerful
    helpful doing been lately recently share shared sharing forgot remember again ever bud buddy friend man dude
    girl guys hun tough hard rough understand understandable believe imagine cheer rooting anytime problem worries
    worry pleasure touching image photo picture pic here there now kinda sort busy new happening happened catching m
    ll ve re d
"""
_SMALL = frozenset(_TOKENIZER.words(_WORDS))
_FIRST_PERSON = re.compile(r"\b(?:I|I['’]\w+|me|my|mine|myself|we|we['’]\w+|us|our|ours|ourselves)\b", re.IGNORECASE)
_THIRD_PERSON = re.compile(
    r"\b(?:she|he|they|her|him|his|hers|their|them|theirs|(?:she|he|they)['’]\w+)\b", re.IGNORECASE
)
_ELIDED = re.compile(
    r"\W*(?:(?:yeah|yep|yes|no|well|so|and|but|also|just|finally|recently|been|only|still|even|not|never)[, ]+)*"
    r"(?:been|had|got|took|went|met|bought|found|saw|made|gave|lost|won|felt|spent|left|ran|began|came|did|drove|ate|"
    r"started|finished|trying|working|thinking|planning|getting|going|loving|haven't|hasn't|didn't|don't|can't|wanna|"
    r"gonna|[a-z]{3,}ed)\b",
    re.IGNORECASE,
)
_ABOUT_OTHER = re.compile(
    r"\W*(?:(?:wow|oh|yeah|yep|yes|well|aww*|and|so|but|hey|haha|no wonder|glad|congrats)[,! ]+)*"
    r"(?:[A-Z][a-z]+[,! ]+)?(?:that['’]?s|that (?:is|was|sounds?|must|looks?|really|would)|"
    r"it (?:sounds|must|looks|seems)|sounds?|looks? like|you['’]?(?:re|ve|ll)?\b|your\b|"
    r"(?:so |really |very |i['’]m (?:so |really |very )?)?(?:glad|happy|proud|sorry|excited) "
    r"(?:to hear|you|for you|of you|about your|that you|it)|what an?\b|how (?:\w+)!|"
    r"i (?:admire|appreciate|love|like|hope|bet|agree|understand|can see|can imagine|know)\b.{0,30}"
    r"\b(?:you|your|that)\b|"
    r"(?:good|great|nice|lovely|awesome|amazing) (?:to|job|work|luck|going|point|idea|choice))",
    re.IGNORECASE,
)
_OF_THE_SPEAKER = re.compile(r"\b(?:my|our|mine|ours)\b", re.IGNORECASE)
_POINTS = re.compile(r"\W*(?:that|it|what|sounds?|looks?)\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d")


def content_words(sentence: str) -> set[str]:
    """Stems of a sentence's words beyond small talk."""
    return set(_TOKENIZER.words(sentence)) - _SMALL


def tells_of_someone(sentence: str) -> bool:
    """Whether it speaks of the speaker, outright or by leaving the "I" out, or says something of a third person."""
    if _FIRST_PERSON.search(sentence) or _ELIDED.match(sentence):
        return True
    return bool(_THIRD_PERSON.search(sentence)) and len(content_words(sentence)) >= _SAID_OF_OTHERS


def is_about_the_other(sentence: str) -> bool:
    """Whether it comments on what the other said: praise, sympathy, good wishes."""
    is_own = _OF_THE_SPEAKER.search(sentence) and _POINTS.match(sentence)  # "That's my old home."
    return bool(_ABOUT_OTHER.match(sentence)) and not is_own


def speaks_as_i(sentence: str) -> bool:
    """Whether "I", "my", "we" or their like stand in it."""
    return bool(_FIRST_PERSON.search(sentence))


def has_figure(sentence: str) -> bool:
    """Whether a digit stands in it."""
    return bool(_FIGURE.search(sentence))
