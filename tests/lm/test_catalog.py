import pytest

from lm.catalog import CATALOG, DerivedSource, HubSource, JoinedWheelSource, WheelSource, find_entry
from lm.errors import ModelMissing


def test_names_are_unique_and_needs_are_in_the_catalogue():
    names = [entry.name for entry in CATALOG]
    assert len(set(names)) == len(names)
    assert all(need in names for entry in CATALOG for need in entry.needs)


def test_every_source_names_exactly_the_files_of_its_model():
    for entry in CATALOG:
        names = {file.name for file in entry.files}
        for source in entry.sources:
            match source:
                case HubSource():
                    assert {name for name, _ in source.paths} == names
                case WheelSource():
                    assert {name for name, _ in source.members} == names
                case JoinedWheelSource():
                    assert {source.file} == names
                case DerivedSource():
                    assert source.parent in entry.needs


def test_downloaded_files_have_a_hash_and_made_ones_have_none():
    for entry in CATALOG:
        is_made = bool(entry.needs)
        assert all((file.sha256 is None) == is_made for file in entry.files)
        assert all(file.sha256 is None or len(file.sha256) == 64 for file in entry.files)


def test_parts_add_up_to_the_file():
    for entry in CATALOG:
        for source in entry.sources:
            if isinstance(source, JoinedWheelSource):
                assert sum(part.size_bytes for part in source.parts) == entry.size_bytes


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ModelMissing) as caught:
        find_entry("gpt-9")
    assert "smollm2-135m" in caught.value.hint
