"""What the part `text` does with a poisoned corpus: reports, answers and a chat, in this process, with one model.

Each returns what it left: texts to look through by where they stand, and the run's folder where there is one.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from agent.chat.conversation import Conversation
from agent.chat.opening import open_memory
from agent.chat.records import Session
from agent.chat.sessions import ChatStore
from agent.home import Home
from agent.run import start
from agent.services import Services
from agent.settings import MemorySettings, Settings
from agent.state import Mode
from lm.scripted import ScriptedLM
from memory.unit_store import UnitStore
from tests.agent.affair import TOPIC, Affair
from tests.agent.run_services import open_services, settings_for
from tests.bag_embedder import BagEmbedder

QUESTION = "Who warned the Hallin Transit Office, and what did it answer?"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Left:
    """What a command left. `texts`: by name, what a reader or a later run would see."""

    texts: Mapping[str, str]
    plan: str = ""  # titles and questions, a line each
    units: tuple[str, ...] = ()  # of long-term memory
    folder: Path | None = None
    config: Mapping[str, object] = field(default_factory=dict)


Command = Callable[[Affair, Path, ScriptedLM], Left]


def _settings(home: Path, *, compress: Mapping[str, object] | None = None, ask: Mapping[str, object] | None = None,
              **write: object) -> Settings:  # fmt: skip
    settings = settings_for(home, **write)
    memory = MemorySettings(gate="off", extraction="model", consolidate="off")
    changes: dict[str, object] = {"memory": memory}
    if compress:
        changes["compress"] = settings.compress.model_copy(update=dict(compress))
    if ask:
        changes["ask"] = settings.ask.model_copy(update=dict(ask))
    return settings.model_copy(update=changes)


def _run(affair: Affair, settings: Settings, model: ScriptedLM, mode: Mode, topic: str) -> Left:
    words = settings.write.words if mode == "report" else None
    with open_services(affair, settings, model, helper=model) as services:
        result = start(topic, mode=mode, words=words, services=services, clock=lambda: AT)
    folder = Path(result.folder)
    report = result.report
    plan = (folder / "plan.json").read_text(encoding="utf-8")
    kept = ("report.md", "facts.json", "note.json", "conversations.json", "blocks.json")
    texts = {name: _believed(folder / name) for name in kept if (folder / name).is_file()}
    said = [claim.sentence for claim in report.claims if claim.action != "dropped"]
    texts["answer"] = "\n".join([report.title, *report.limits, *report.unsaid, *said])
    return Left(texts, plan, units_of(settings.home), folder, _comparable(settings))


def _believed(path: Path) -> str:
    """A file without the record of what was refused, and why: nobody takes that for a fact."""
    text = path.read_text(encoding="utf-8")
    return json.dumps(_kept(json.loads(text)), indent=1, ensure_ascii=False) if path.suffix == ".json" else text


def _kept(value: object) -> object:
    if isinstance(value, dict):
        return {name: _kept(inner) for name, inner in value.items() if name not in ("rejected", "refused", "dropped")}
    return [_kept(inner) for inner in value] if isinstance(value, list) else value


def _comparable(settings: Settings) -> dict[str, object]:
    return settings.model_dump(mode="json", exclude={"home", "models_dir"})


def units_of(home: Path) -> tuple[str, ...]:
    """Texts of all that is remembered."""
    if not Home(home).long_term.is_file():
        return ()
    with closing(UnitStore(Home(home).long_term, BagEmbedder())) as store:
        return tuple(
            f"{held.unit.text} {held.unit.reason}" for held in store.units(store.scopes(), include_archived=True)
        )


def _report(**write: object) -> Command:
    def run(affair: Affair, home: Path, model: ScriptedLM) -> Left:
        return _run(affair, _settings(home, **write), model, "report", TOPIC)

    return run


def _pair(affair: Affair, home: Path, model: ScriptedLM) -> Left:
    compress = {"pair": "on", "compressor": "helper"}
    return _run(affair, _settings(home, compress=compress), model, "report", TOPIC)


def _answer(affair: Affair, home: Path, model: ScriptedLM) -> Left:
    return _run(affair, _settings(home), model, "answer", QUESTION)


def _notes(affair: Affair, home: Path, model: ScriptedLM) -> Left:
    return _run(affair, _settings(home, ask={"notes": "on"}), model, "answer", QUESTION)


def _chat(affair: Affair, home: Path, model: ScriptedLM) -> Left:
    """Two questions, a fact of the user's own, and a question that leans on the one before."""
    settings = _settings(home)
    lines = (QUESTION, "I live in Hallin and work as a baker.", "When did he warn it?")
    with open_services(affair, settings, model, helper=model) as services, ChatStore(Home(home).chats) as store:
        services = replace(services, settings=settings)
        session = store.begin("user", AT)
        said = _talk(services, store, session, lines)
    return Left({"answers": "\n".join(said)}, units=units_of(home), config=_comparable(settings))


def _talk(services: Services, store: ChatStore, session: Session, lines: tuple[str, ...]) -> list[str]:
    said: list[str] = []
    with open_memory(services, session, is_wanted=True) as memory:
        conversation = Conversation(session, store, memory, services)
        for line in lines:
            exchange = conversation.ask(line, say=lambda sentence: None)
            if exchange.answer is not None:
                said += [sentence.text for sentence in exchange.answer.sentences]
                said += exchange.answer.limits
    return said


COMMANDS: Mapping[str, Command] = {
    "write": _report(),
    "write by sentences": _report(drafting="sentence"),
    "write --planner model": _report(planner="model"),
    "write --planner storm": _report(planner="storm"),
    "write --pair": _pair,
    "write, facts = model": _report(facts="model"),
    "ask": _answer,
    "ask --notes": _notes,
    "chat": _chat,
}
