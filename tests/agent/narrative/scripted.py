"""Writers and pieces for tests of plans by schema over the affair."""

import json
import re

from agent.brief import preview
from agent.narrative.evidence import Lookup
from agent.narrative.fit import named_fit
from agent.narrative.plan import as_patterns, schema_outline
from tests.agent.scripted_writers import faithful, kind_of

PLAIN = "The failure of the Brenholt cableway"


def brief(words=800, topic=PLAIN, **changes):
    return preview(topic, words=words, default_words=800, documents=[]).model_copy(update=changes)


def outline_by(place, name="event-reconstruction", *, adapt=as_patterns, fit=None, doc_ids=(), **asked):
    """The outline by a schema over a corpus, or why there is none."""
    request = brief(**asked)
    lookup = Lookup(place.searcher, place.embedder, doc_ids)
    return schema_outline(request, fit or named_fit(name, request.topic), lookup, adapt=adapt)


def slots_of(request):
    """Keys, titles and questions that the model is asked to adapt."""
    lines = re.findall(r"^- ([a-z_]+): “(.*?)”\. .*? Questions: (.*)$", request.messages[-1].content, re.MULTILINE)
    return [(key, title, [part.strip() for part in re.findall(r"[^?]+\?", asked)]) for key, title, asked in lines]


def adapting(request, *, change=lambda slot: slot):
    """Puts "on the rope" behind each heading; writes faithfully."""
    if kind_of(request) != "slots":
        return faithful(request)
    slots = [
        change({"key": key, "title": f"{title} on the rope", "questions": questions})
        for key, title, questions in slots_of(request)
    ]
    return json.dumps({"slots": slots})
