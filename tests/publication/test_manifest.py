"""The manifest: sealed to the byte, and nothing in it leads out of the folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from siteplanner import InputError
from siteplanner.publication import manifest, verify
from siteplanner.publication.checking import against_manifest
from siteplanner.publication.manifest import FILE, described, read_manifest, write_manifest

CONTENT = {
    "format": manifest.FORMAT, "name": "2026-03", "published": "2026-03-02T10:11:12+00:00",
    "project": "town", "scenario": "parks", "audience": "internal", "inputs": [], "made": {},
    "libraries": {},
}  # fmt: skip


def published(folder: Path, **change: object) -> Path:
    """Write a folder with two files and a manifest."""
    folder.mkdir(exist_ok=True)
    (folder / "ranking.csv").write_bytes(b"site,rank\na,1\nb,2\n")
    (folder / "report").mkdir(exist_ok=True)
    (folder / "report" / "map.png").write_bytes(bytes(range(256)))
    names = ["ranking.csv", "report/map.png"]
    content = {**CONTENT, "files": [described(folder / one, one) for one in names], **change}
    write_manifest(content, folder / FILE)
    return folder


def differences(folder: Path) -> dict[str, str]:
    return {one.path: one.said for one in against_manifest(folder, read_manifest(folder))}


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_manifest(folder)
    return str(caught.value)


def test_what_is_written_is_read(tmp_path):
    folder = published(tmp_path / "a", notes=["ñ 天"])
    found = read_manifest(folder)
    assert found.whole
    assert found.content["notes"] == ["ñ 天"]
    assert set(found.files) == {"ranking.csv", "report/map.png"}
    assert differences(folder) == {}


def test_the_seal_is_what_sha256sum_says_of_all_in_front_of_it(tmp_path):
    import hashlib

    text = (published(tmp_path / "a") / FILE).read_bytes()
    front, _, rest = text.rpartition(b'"seal": "')
    assert hashlib.sha256(front + b'"seal": "').hexdigest() == rest[:64].decode()


@given(some.data())
def test_no_byte_of_the_manifest_can_be_changed_unseen(tmp_path_factory, data):
    folder = published(tmp_path_factory.mktemp("a"))
    text = bytearray((folder / FILE).read_bytes())
    place = data.draw(some.integers(0, len(text) - 1))
    text[place] = data.draw(some.integers(0, 255).filter(lambda one: one != text[place]))
    (folder / FILE).write_bytes(bytes(text))
    try:
        named = [one.path for one in verify(folder, rebuild=False).differences]
    except InputError as error:
        named = [problem.where.rpartition("/")[2] for problem in error.problems]
    assert FILE in named


@given(some.data())
def test_one_byte_of_any_file_is_named_with_its_file(tmp_path_factory, data):
    folder = published(tmp_path_factory.mktemp("a"))
    name = data.draw(some.sampled_from(["ranking.csv", "report/map.png"]))
    content = bytearray((folder / name).read_bytes())
    place = data.draw(some.integers(0, len(content) - 1))
    content[place] ^= data.draw(some.integers(1, 255))
    (folder / name).write_bytes(bytes(content))
    assert list(differences(folder)) == [name]


def test_the_first_changed_line_of_a_text_is_named(tmp_path):
    folder = published(tmp_path / "a")
    (folder / "ranking.csv").write_bytes(b"site,rank\na,1\nb,3\n")
    (folder / "report" / "map.png").write_bytes(b"")
    assert differences(folder) == {
        "ranking.csv": "it was changed, first in line 3",
        "report/map.png": "it was changed: it has 0 bytes, not 256",
    }


def test_missing_and_extra_files_are_named_and_litter_is_not(tmp_path):
    folder = published(tmp_path / "a")
    (folder / "ranking.csv").unlink()
    (folder / "report" / "more.csv").write_text("x")
    (folder / "report" / "Thumbs.db").write_text("x")
    (folder / ".DS_Store").write_text("x")
    assert differences(folder) == {
        "ranking.csv": "it is missing",
        "report/more.csv": "a file that was not published",
    }


def test_links_are_not_followed(tmp_path):
    folder = published(tmp_path / "a")
    aside = tmp_path / "aside"
    (folder / "ranking.csv").replace(tmp_path / "ranking.csv")
    (folder / "ranking.csv").symlink_to(tmp_path / "ranking.csv")
    (folder / "report").replace(aside)
    (folder / "report").symlink_to(aside)
    (folder / "more").symlink_to(tmp_path)
    found = differences(folder)
    assert set(found) == {"ranking.csv", "report", "report/map.png", "more"}
    assert found["more"] == "a link that was not published"
    assert all("link" in said for said in found.values())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(tmp_path):
    folder = published(tmp_path / "a")
    (folder / "ranking.csv").unlink()
    os.mkfifo(folder / "ranking.csv")
    assert list(differences(folder)) == ["ranking.csv"]


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "a/../../b", "C:/x", "a\\..\\b", "", ".", "a//b", None, 7]
)
def test_a_path_out_of_the_folder_is_refused(tmp_path, path):
    one = {"path": path, "bytes": 1, "sha256": "0" * 64}
    assert "outside the folder" in refused(published(tmp_path / "a", files=[one]))


@pytest.mark.parametrize("packed", ["../x", "layers/x.csv", "project/../../x", 5])
def test_a_packed_path_out_of_the_folder_is_refused(tmp_path, packed):
    one = {"layer": "a", "files": [{"path": "a", "sha256": "0" * 64, "packed": packed}]}
    assert "outside the folder" in refused(published(tmp_path / "a", inputs=[one]))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "siteplanner-published-9"}, {"files": {}}, {"files": [1]}, {"inputs": [[]]},
        {"inputs": [{"files": [3]}]}, {"name": 3}, {"made": None}, {"files": [{"path": "a"}]},
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused_in_a_sentence(tmp_path, change):
    said = refused(published(tmp_path / "a", **change))
    assert said.startswith(f"a/{FILE}: ")
    assert said.endswith("; take the folder from your archive again")


@pytest.mark.parametrize("text", ["", "[]", "nul", '{"a": ', "[" * 200_000, "\ufeff{}", "\x00"])
def test_a_damaged_manifest_is_refused_in_a_sentence(tmp_path, text):
    folder = published(tmp_path / "a")
    (folder / FILE).write_text(text, encoding="utf-8")
    assert refused(folder).startswith(f"a/{FILE}: it is ")


def test_a_missing_linked_or_huge_manifest_is_refused(tmp_path, monkeypatch):
    assert "no published.json here" in refused(tmp_path)
    assert "no published.json here" in refused(tmp_path / "nowhere")
    folder = published(tmp_path / "a")
    with monkeypatch.context() as patch:
        patch.setattr(manifest, "LARGEST_BYTES", 100)
        assert "no manifest of ours" in refused(folder)
    (folder / FILE).replace(tmp_path / "elsewhere.json")
    (folder / FILE).symlink_to(tmp_path / "elsewhere.json")
    assert "a link" in refused(folder)


def test_the_seal_of_the_minutes_is_held_against_the_folder(tmp_path):
    folder = published(tmp_path / "a")
    seal = read_manifest(folder).seal
    spaced = f"{seal[:4].upper()} {seal[4:16]}"
    assert verify(folder, rebuild=False, seal=spaced).ok
    found = verify(folder, rebuild=False, seal="0123456789ab")
    assert [one.path for one in found.differences] == [FILE]
    for wrong in ("0123", "not a seal at all"):
        with pytest.raises(InputError, match="first 12 signs"):
            verify(folder, rebuild=False, seal=wrong)


def test_keys_of_a_later_version_are_kept(tmp_path):
    found = read_manifest(published(tmp_path / "a", later={"x": 1}))
    assert found.content["later"] == {"x": 1}
    assert json.loads((tmp_path / "a" / FILE).read_text())["seal"] == found.seal
