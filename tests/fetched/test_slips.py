"""Addresses that are nearly ones: said at the door, with what to write, and no word of a secret."""

from __future__ import annotations

import pytest

from siteplanner import InputError
from siteplanner.model import read_layer


@pytest.mark.parametrize(
    ("source", "write"),
    [
        ("https:/example.org/a.csv", "https://example.org/a.csv"),
        ("http:/example.org/a.csv", "http://example.org/a.csv"),
        ("https:example.org/a.csv", "https://example.org/a.csv"),
        ("https//example.org/a.csv", "https://example.org/a.csv"),
        ("https:///example.org/a.csv", "https://example.org/a.csv"),
        (" https:/example.org/a.csv", "https://example.org/a.csv"),
        ("HTTPS:/example.org/A.csv", "https://example.org/A.csv"),
        (r"https:\\\\example.org\\a.csv", "https://example.org/a.csv"),
        ("https:/me:s3cret@example.org/a.csv", "https://example.org/a.csv"),
        ("postgresql:/me:s3cret@example.org/city", "postgresql://server/database"),
    ],
)
def test_a_slash_too_few_is_told(tmp_path, source, write):
    path = tmp_path / "layers" / "a.toml"
    path.parent.mkdir()
    path.write_text(f'title = "A"\nkind = "table"\nsource = "{source}"\n')
    with pytest.raises(InputError) as caught:
        read_layer(path)
    said = str(caught.value)
    assert said == f"layers/a.toml: source: it is no path and no address; write {write}"
    assert "s3cret" not in said


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/a.csv", "postgresql:///city", "http.csv", "https_data/a.csv",
        "C:/maps/a.csv", "${HOME}/https/a.csv", "postgres/a.csv", "data//a.csv",
    ],
)  # fmt: skip
def test_paths_and_addresses_pass(tmp_path, source):
    path = tmp_path / "layers" / "a.toml"
    path.parent.mkdir()
    path.write_text(f'title = "A"\nkind = "table"\nsource = "{source}"\n')
    assert read_layer(path).source == source
