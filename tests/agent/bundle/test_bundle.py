"""The support archive: all that helps, and no key, no name and no text unless texts were asked for."""

import getpass
import json
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.bundle.hushing import EVENT, PLAN, WISHES, length_of, said, shape
from agent.bundle.packing import pack
from agent.bundle.parts import COMMAND_WORDS, Bundle
from agent.bundle.stores import store_sizes
from agent.config import load
from agent.config_value import leaf_fields
from agent.errors import UsageProblem
from agent.progress import Event
from agent.run import start
from agent.run_folder import RunFolder
from agent.settings import Phrase
from lm.errors import EndpointRefused
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful
from tests.agent.test_cli_docs import leaves

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY = "sk-canary-0123456789abcdef"


@pytest.fixture(scope="module")
def home(affair, tmp_path_factory):
    """A home with a finished run, then one that failed over a reply which holds a key."""
    place = tmp_path_factory.mktemp("bundle") / "home"
    settings = settings_for(place)
    with open_services(affair, settings, ScriptedLM(faithful)) as services:
        start(TOPIC, mode="report", words=400, services=services)
    failed = EndpointRefused(f"no JSON in 'The commission found that the cable had rusted' (key {KEY})")
    with (
        open_services(affair, settings, ScriptedLM(faithful, errors=dict.fromkeys(range(99), failed))) as services,
        pytest.raises(EndpointRefused),
    ):
        start(f"{TOPIC} again", mode="report", words=500, services=services)
    crashes = place / "crashes"
    crashes.mkdir()
    report = {
        "time": "now",
        "argv": ["write", TOPIC, "--words", "400", f"--home={place}", "--model=x y"],
        "traceback": [f"  File '/x/{getpass.getuser()}/y.py'\n", "ValueError: 'what the witness said to the court'\n"],
    }
    (crashes / "crash-20261122T100000-7.json").write_text(json.dumps(report))
    return place


def bundle(home, tmp_path, *, with_texts=False, name="b.zip"):
    """The archive's files by name."""
    loaded = load(
        flags={"home": home, "models_dir": tmp_path / "models"},
        environ={},
        cwd=tmp_path,
        user_file=tmp_path / "no.toml",
    )
    path = tmp_path / name
    pack(path, Bundle(loaded, with_texts=with_texts).parts(), with_texts=with_texts, now=NOW)
    with zipfile.ZipFile(path) as archive:
        return {Path(one).relative_to(path.stem).as_posix(): archive.read(one).decode() for one in archive.namelist()}


@pytest.fixture(scope="module")
def plain(home, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        return bundle(home, tmp_path_factory.mktemp("plain"))


def test_the_archive_has_what_tells_how_the_program_stands(plain):
    assert set(plain) == {
        "README.txt", "versions.json", "settings.json", "findings.json", "verify.json", "stores.json", "ledger.json",
        "last-run/run.json", "last-run/events.jsonl", "last-run/errors.jsonl", "last-run/usage.json",
        "crashes/crash-20261122T100000-7.json",
    }  # fmt: skip
    assert json.loads(plain["versions.json"])["packages"]["langgraph"]
    assert json.loads(plain["settings.json"])["home"] == {"value": "<home>", "source": "flag for home", "layer": "flag"}
    assert [row["status"] for row in json.loads(plain["ledger.json"])] == ["failed", "finished"]
    assert {one["name"]: one["rows"] for one in json.loads(plain["stores.json"])["stores"]}["ledger.sqlite"] == {
        "runs": 2
    }
    assert json.loads(plain["last-run/errors.jsonl"])["type"] == "EndpointRefused"
    names = {json.loads(line)["name"] for line in plain["last-run/events.jsonl"].splitlines()}
    assert {"sitting_began", "stage_ended", "called", "sitting_ended"} <= names


@pytest.mark.parametrize(
    "secret",
    [KEY, "canary", TOPIC, "cableway", "Brenholt", "rusted", "commission found", "the witness said"],
)
def test_without_texts_no_part_has_a_key_a_topic_or_a_text(plain, secret):
    shown = {name: text for name, text in plain.items() if secret.lower() in text.lower()}
    assert {name: text[max(0, text.lower().find(secret.lower()) - 80) :][:200] for name, text in shown.items()} == {}


def test_folders_and_the_users_name_are_hidden(plain, home):
    everything = "\n".join(plain.values())
    assert str(home) not in everything
    assert f"/{getpass.getuser()}/" not in everything


def test_a_crash_keeps_its_options_and_its_kind_of_error(plain):
    crash = json.loads(plain["crashes/crash-20261122T100000-7.json"])
    argv = crash["argv"]
    assert (argv[0], argv[2]) == ("write", "--words")
    assert argv[1] == length_of(TOPIC)
    assert argv[5] == "--model=<3 characters>"
    assert crash["traceback"][-1].startswith("ValueError: <")


def crashed(home, argv, *lines):
    (home / "crashes").mkdir(parents=True)
    told = {"time": "now", "argv": argv, "traceback": list(lines)}
    (home / "crashes" / "crash-20261122T100000-7.json").write_text(json.dumps(told))


def test_of_what_was_typed_only_commands_and_options_stay(tmp_path):
    crashed(tmp_path / "home", ["--home", "place", "memory", "search", "herpes", "-k", "3"])
    files = bundle(tmp_path / "home", tmp_path)
    argv = json.loads(files["crashes/crash-20261122T100000-7.json"])["argv"]
    assert argv == ["--home", "<5 characters>", "memory", "search", "<6 characters>", "-k", "<1 characters>"]


def test_every_commands_name_is_made_of_words_that_stay():
    named = {word for name in leaves() for word in name.split()[1:]}
    assert named == COMMAND_WORDS


def test_names_that_are_no_utf_8_hinder_nothing(tmp_path):
    crashed(tmp_path / "home", ["ingest"], "FileNotFoundError: /papers/caf\udce9.md\n")
    assert "caf?" in bundle(tmp_path / "home", tmp_path)["crashes/crash-20261122T100000-7.json"]


def test_what_the_user_wished_for_in_words_is_told_by_its_length(affair, tmp_path):
    (tmp_path / "wellread.toml").write_text('[write]\navoid = ["Sindre Moe"]\n[search]\ndocuments = ["tech*"]\n')
    settings = settings_for(tmp_path / "home", section_titles=("The guilt of Moe",), mention=("corroded",))
    with open_services(affair, settings, ScriptedLM(faithful)) as services:
        start(TOPIC, mode="report", words=400, services=services)
    files = bundle(tmp_path / "home", tmp_path)
    assert json.loads(files["settings.json"])["write.avoid"]["value"] == ["<10 characters>"]
    assert json.loads(files["last-run/run.json"])["config"]["write"]["section_titles"] == ["<16 characters>"]
    assert json.loads(files["last-run/run.json"])["config"]["write"]["max_revisions"] == 2
    assert not any(word in text for text in files.values() for word in ("Moe", "corroded", "tech*"))
    told = bundle(tmp_path / "home", tmp_path, with_texts=True, name="told.zip")
    assert json.loads(told["settings.json"])["write.avoid"]["value"] == ["Sindre Moe"]


def test_every_setting_of_phrases_is_a_wish():
    phrases = {key.rpartition(".")[2] for key, field in leaf_fields() if field.annotation == tuple[Phrase, ...]}
    assert phrases and phrases <= WISHES


def test_a_line_of_events_ends_where_its_line_ends_and_nowhere_else(affair, tmp_path):
    home = tmp_path / "home"
    with open_services(affair, settings_for(home), ScriptedLM(faithful)) as services:
        folder = Path(start(TOPIC, mode="report", words=400, services=services).folder)
    RunFolder(folder).append_event("now", Event(name="remark", message="one\u2028two\x85three"))
    last = bundle(home, tmp_path)["last-run/events.jsonl"].rstrip("\n").rpartition("\n")[2]
    assert json.loads(last) == {"at": "now", "name": "remark", "message": "<13 characters>"}


def test_with_texts_the_report_is_there_and_keys_are_still_not(affair, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = settings_for(tmp_path / "home")
    with open_services(affair, settings, ScriptedLM(faithful)) as services:
        start(f"{TOPIC} {KEY}", mode="report", words=400, services=services)
    files = bundle(tmp_path / "home", tmp_path, with_texts=True)
    assert {"last-run/report.md", "last-run/evidence.jsonl", "last-run/plan.json"} <= set(files)
    assert TOPIC in files["last-run/report.md"]
    assert json.loads(files["last-run/plan.json"])["sections"]
    assert KEY not in "\n".join(files.values())


def test_without_texts_a_plan_is_a_shape(affair, tmp_path):
    with open_services(affair, settings_for(tmp_path / "home"), ScriptedLM(faithful)) as services:
        start(TOPIC, mode="report", words=400, services=services)
    plan = json.loads(bundle(tmp_path / "home", tmp_path)["last-run/plan.json"])
    sections = plan["sections"]
    assert all(section["heading"].endswith("characters>") for section in sections if "heading" in section)
    assert all(block["id"] for section in sections for block in section["blocks"])


def test_a_home_without_anything_still_gives_an_archive(tmp_path):
    files = bundle(tmp_path / "empty", tmp_path)
    assert {"versions.json", "findings.json", "stores.json", "ledger.json"} <= set(files)
    assert not any(name.startswith("last-run") for name in files)


def test_a_damaged_store_is_said_and_hinders_nothing(affair, tmp_path):
    home = tmp_path / "home"
    with open_services(affair, settings_for(home), ScriptedLM(faithful)) as services:
        start(TOPIC, mode="report", words=400, services=services)
    (home / "ledger.sqlite").write_bytes(b"no database at all" * 99)
    (home / "calls.sqlite").write_bytes(b"nor this" * 99)
    files = bundle(home, tmp_path)
    problems = {one["name"]: one["problem"] for one in json.loads(files["stores.json"])["stores"]}
    assert "DatabaseError" in problems["calls.sqlite"]
    assert "cannot be read" in files["ledger.json"]


def test_the_archive_is_its_owners_alone_and_never_takes_another_files_place(tmp_path):
    path = tmp_path / "b.zip"
    pack(path, [], with_texts=False, now=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageProblem, match="is there already"):
        pack(path, [], with_texts=False, now=NOW)
    with pytest.raises(UsageProblem, match="cannot be written"):
        pack(tmp_path / "nowhere" / "b.zip", [], with_texts=False, now=NOW)


def test_of_json_the_shape_stays_and_words_of_the_program():
    event = {
        "name": "foraged",
        "block": "b1",
        "message": "what was read",
        "numbers": {"gain": 3},
        "words": {"query": "x y"},
    }
    assert shape(event, EVENT) == {
        "name": "foraged",
        "block": "b1",
        "message": "<13 characters>",
        "numbers": {"gain": 3},
        "words": {"query": "<3 characters>"},
    }
    assert shape({"name": "n" * 101}, EVENT) == {"name": "<101 characters>"}


def test_a_message_loses_what_it_quotes_and_keeps_what_it_says():
    assert said("no 'id' in 'the whole reply of a model'") == "no 'id' in <26 characters>"
    assert said("x" * 500).endswith(" <100 characters>")


def test_stores_are_only_read(tmp_path):
    path = tmp_path / "home" / "corpus.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"")
    store_sizes(path.parent)
    assert [one.name for one in path.parent.iterdir()] == ["corpus.sqlite"]


def test_an_id_that_is_a_path_or_a_word_of_the_users_is_a_text():
    told = {"id": "s01b02", "evidence": [{"id": "secret affair.md:0-9"}], "sections": [{"id": "money"}]}
    assert shape(told, PLAN) == {
        "id": "s01b02",
        "evidence": [{"id": "<20 characters>"}],
        "sections": [{"id": "<5 characters>"}],
    }
