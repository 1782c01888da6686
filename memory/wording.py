"""What must stay the same when a statement is put in other words: figures and negations.

Knows English words. Must not know whose statement it is.
"""

import re

FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
NEGATION = re.compile(r"\b(?:not|never|no|none|nor|neither|nobody|nothing|cannot|without|\w+n[’']t)\b", re.IGNORECASE)
