"""Pacing: are lengths more varied with it, and is what is said, cited and carried the same?"""

from evals.cited_text import citation_precision, citation_recall
from evals.entailment import NAME
from evals.programs.pacing import paced, written
from evals.suite import Metric, Suite, detail
from evals.suites.report import load_tasks, words

SUITE = Suite(
    name="pacing",
    about="Reports with and without pacing: rhythm, smoothness by the scorer, and whether both say the same.",
    wants="as `report`",
    load=load_tasks,
    programs={"paced": lambda: paced, "written": lambda: written},
    metrics=(
        Metric("sentence_cv", detail("sentence_cv"), scores_silence=False),
        Metric("paragraph_cv", detail("paragraph_cv"), scores_silence=False),
        Metric("d_nats", detail("d_nats"), scores_silence=False),
        Metric("surprisal_variance", detail("surprisal_variance"), scores_silence=False),
        Metric("copied", detail("copied"), is_better_high=False, scores_silence=False),
        Metric("same_facts", detail("same_facts"), scores_silence=False),
        Metric("same_citations", detail("same_citations"), scores_silence=False),
        Metric(f"citation_recall_{NAME}", citation_recall, scores_silence=False),
        Metric(f"citation_precision_{NAME}", citation_precision, scores_silence=False),
        Metric("changes", detail("changes"), is_compared=False),
        Metric("words", words, is_compared=False),
    ),
    needs_model=frozenset({"paced", "written"}),
)
