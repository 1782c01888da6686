"""Papers for the tests: of the sample report, of one sentence, and of hostile text everywhere."""

from datetime import UTC, datetime

from agent.export.content import paper_of
from agent.export.paper import Paper
from agent.types import Report
from tests.agent.sample_report import sample_report

BEGAN = datetime(2026, 5, 4, 9, 12, 30, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script> & &amp; ]]> <w:p/>",
    "\x00\x07\x1b[31m control \x7f\x85 characters\ud800\ufffe",
    "\u202egnp.exe\u202c \u200fmark\u200e \u2066isolate\u2069",
    "אבגד שלום and مرحبا بالعالم together",
    "漢字かな交じり文 한국어 ภาษาไทย हिन्दी",
    "\U0001f600 \U0001f9d1\u200d\U0001f680 \u2764\ufe0f emoji",
    "Żółć Ωμέγα Привет, e\u0301 soft\u00adhyphen",
    "w" * 500,
    "ש" * 150,
    "a/" * 200,
    "(parens) \\backslash\\ %percent {nb} **bold** --",
    "   \t\n  ",
    "",
]


def sample_paper(**changes: object) -> Paper:
    return paper(sample_report().model_copy(update=changes))


def paper(report: Report) -> Paper:
    return paper_of(report, created=BEGAN)
