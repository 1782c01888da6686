"""One report three ways: from what the rule chooses, from what the helper hands over, and from all that a block has.

    python benchmarks/pair_report.py TOPIC --home DIR [--corpus DIR] [--words N] [--writer M] [--helper M] [--out FILE]
    python benchmarks/pair_report.py --tasks DIR --task ID --home DIR [...]

The three differ in `[compress]` alone: `pair` off (as reports are written today), on, and on at a rate of 1, where the
writer reads every statement of a block as far as its window goes. Plan and reading are asked once and replayed. With
`--tasks`, a folder as of `wellread eval run report`, the topic is that task, its documents are read, and its gold facts
are looked up in each report.

A table on stdout; `--out` takes the figures as JSON. Tokens count a call whether it was paid now or replayed, and model
seconds are those that it took when it was paid, so a killed benchmark goes on where it was and gives the same figures;
seconds on the wall are those of this time. A block is condensed only where its writer drafts a whole paragraph.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from agent.config import load
from agent.model_settings import ChatRole
from agent.pair.asked import asks_helper
from agent.progress import Event
from agent.render_markdown import render_markdown
from agent.run import start
from agent.services import open_services
from agent.settings import Settings
from agent.types import Report
from evals.items import Item, Outcome
from evals.suites.report import load_tasks
from evals.task_facts import fact_measure, gold_facts, has_facts
from lm.layer import Layer
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest

ROOT = Path(__file__).resolve().parent.parent
ARMS: Mapping[str, Mapping[str, object]] = {
    "without": {"compress.pair": "off"},
    "pair": {"compress.pair": "on"},
    "whole": {"compress.pair": "on", "compress.rate": 1.0},
}
_DRAFTS = ("paragraph",)
_TOLD = ("lines", "notes", "filled", "before", "after", "spared", "rounds")


@dataclass
class Asked:
    """Calls of one kind."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class Counting(Layer):
    """A chat model whose calls are counted by what they ask for, paid or replayed."""

    def __init__(self, inner: ChatModel) -> None:
        super().__init__(inner)
        self._lock = threading.Lock()
        self.by_kind: dict[str, Asked] = defaultdict(Asked)

    def chat(self, request: ChatRequest) -> ChatReply:
        """The inner model's reply, counted."""
        reply = self._inner.chat(request)
        kind = request.json_schema.name if request.json_schema else "text"
        with self._lock:
            asked = self.by_kind[kind]
            asked.calls += 1
            asked.prompt_tokens += reply.usage.prompt_tokens
            asked.completion_tokens += reply.usage.completion_tokens
            asked.seconds += reply.seconds
        return reply

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Not counted: reports do not stream."""
        return self._inner.stream(request)


@dataclass
class Arm:
    """What one way of writing took and gave. Tokens by role and kind of call; `facts` where the task has gold facts."""

    way: str
    run: str
    asked: dict[str, dict[str, Asked]]
    wall_seconds: float
    claims: dict[str, int]
    words: int
    citations: int
    condensed: dict[str, float]
    failed_notes: float
    facts: dict[str, float | None] = field(default_factory=dict)

    def tokens(self, role: str, kinds: Sequence[str] | None = None) -> tuple[int, int]:
        """Prompt and completion tokens of a role, of these kinds of calls or of all."""
        own = [asked for kind, asked in self.asked.get(role, {}).items() if kinds is None or kind in kinds]
        return sum(one.prompt_tokens for one in own), sum(one.completion_tokens for one in own)


def written(way: str, item: Item, settings: Settings, words: int) -> Arm:
    """A report written one way, and its account."""
    began = time.monotonic()
    told: list[Event] = []
    need: tuple[ChatRole, ...] = ("writer", "helper") if asks_helper(settings.compress) else ("writer",)
    with open_services(settings, need=need) as services:
        counting = {role: Counting(model) for role, model in services.models.items()}
        own = replace(services, models=counting)
        result = start(item.text, mode="report", words=words, services=own, listeners=[told.append])
    condensed = [event.numbers for event in told if event.name == "condensed"]
    failed = [event.numbers["failed"] for event in told if event.name in ("source_read", "asked_back")]
    figures = result.report.figures
    return Arm(
        way=way,
        run=result.run_id,
        asked={role: dict(model.by_kind) for role, model in counting.items()},
        wall_seconds=round(time.monotonic() - began, 1),
        claims=figures.claims,
        words=figures.words,
        citations=figures.citations,
        condensed={name: sum(numbers[name] for numbers in condensed) for name in _TOLD},
        failed_notes=sum(failed),
        facts=facts_of(item, result.report),
    )


def facts_of(item: Item, report: Report) -> dict[str, float | None]:
    """Gold facts in a report: how many there are, and the shares that are stated, exact, and of another subject."""
    if not has_facts(item):
        return {}
    outcome = Outcome(text=render_markdown(report))
    return {
        "n": float(len(gold_facts(item))),
        "coverage": fact_measure(lambda scores: scores.coverage)(item, outcome),
        "exactness": fact_measure(lambda scores: scores.exactness)(item, outcome),
        "wrong_subject": fact_measure(lambda scores: scores.wrong_subject)(item, outcome),
    }


def table(arms: Sequence[Arm]) -> str:
    """A line for each way."""
    head = (
        "way",
        "drafts' prompts",
        "writer, all",
        "helper, all",
        "model s",
        "wall s",
        "claims",
        "words",
        "gold facts",
    )
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for arm in arms:
        writer, helper = arm.tokens("writer"), arm.tokens("helper")
        seconds = sum(asked.seconds for kinds in arm.asked.values() for asked in kinds.values())
        claims = ", ".join(f"{n} {action}" for action, n in arm.claims.items())
        coverage = arm.facts.get("coverage")
        cells = (
            arm.way,
            f"{arm.tokens('writer', _DRAFTS)[0]:,}",
            f"{writer[0]:,} + {writer[1]:,}",
            f"{helper[0]:,} + {helper[1]:,}",
            f"{seconds:,.0f}",
            f"{arm.wall_seconds:,.0f}",
            claims,
            f"{arm.words:,}",
            "–" if coverage is None else f"{coverage:.2f} of {arm.facts['n']:.0f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    item, corpus = _item_of(arguments)
    _ingest(corpus, arguments.home)
    arms = []
    for way in arguments.way:
        print(f"{way} …", file=sys.stderr)
        arms.append(written(way, item, _settings(arguments, ARMS[way]), arguments.words))
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(arm) for arm in arms], indent=1) + "\n", encoding="utf-8")
    print(table(arms))


def _settings(arguments: argparse.Namespace, compress: Mapping[str, object]) -> Settings:
    # Paragraphs, whatever the model: a writer that restates reads one statement at a time.
    flags = {
        "home": arguments.home,
        "roles.writer.model": arguments.writer,
        "roles.helper.model": arguments.helper or arguments.writer,
        "write.drafting": "paragraph",
    }
    return load(flags={**flags, **compress}).settings


def _item_of(arguments: argparse.Namespace) -> tuple[Item, Path]:
    """What is written, and the documents that it is written of."""
    if arguments.tasks is None:
        return Item(id="topic", text=arguments.topic), arguments.corpus or ROOT / "examples" / "corpus"
    dataset = load_tasks(arguments.tasks, workdir=arguments.home)
    found = [item for item in dataset.items if item.id == arguments.task]
    if not found:
        sys.exit(f"no task {arguments.task!r} in {arguments.tasks}: {', '.join(item.id for item in dataset.items)}")
    return found[0], arguments.corpus or dataset.corpus[0]


def _ingest(corpus: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "agent.main", "ingest", str(corpus), "--home", str(home), "-q"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"`wellread ingest {corpus}` ended with {done.returncode}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="One report without the pair, with it, and from everything.")
    parser.add_argument("topic", nargs="?", default="The money trail of the Ulver Barrage")
    parser.add_argument("--home", type=Path, required=True, help="where corpus, runs and replies are kept")
    parser.add_argument("--corpus", type=Path, help="in place of the example corpus, or of the task's documents")
    parser.add_argument("--tasks", type=Path, help="folder with report_tasks.jsonl and docs/")
    parser.add_argument("--task", help="id of the task")
    parser.add_argument("--words", type=int, default=300)
    parser.add_argument("--writer", default="embedded:qwen2.5-coder-1.5b")
    parser.add_argument("--helper", help="the writer's model if left out")
    parser.add_argument("--way", action="append", choices=list(ARMS), help="only this one; may be given again")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    arguments = parser.parse_args()
    arguments.way = arguments.way or list(ARMS)
    return arguments


if __name__ == "__main__":
    main()
