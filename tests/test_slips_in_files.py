"""Small mistakes in a project's files: said in words, with the line and the nearest right word."""

from __future__ import annotations

import pytest

from siteplanner import InputError
from siteplanner.model import read_layer, read_scenario
from siteplanner.openstreetmap import read_settings

LAYER = 'title = "A"\nsource = "a.tif"\nkind = "raster"\n'
SCENARIO = """title = "S"
area = "a"
[demand]
hexagons_m = 200
people = "p.n"
[need.n]
layer = "cells"
column = "people"
measure = "sum"
zero_at = 0
full_at = 1
[walk]
limit_m = 500
[sites]
layer = "b"
[site.reach]
measure = "need_reached"
zero_at = 0
full_at = 10
[choice]
model = "max_cover"
count = 2
"""


def said(read, path):
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


@pytest.fixture
def folders(tmp_path):
    for name in ("layers", "scenarios"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize("read", [read_layer, read_scenario])
def test_a_folder_that_is_called_like_a_file(folders, read):
    room = "layers" if read is read_layer else "scenarios"
    (folders / room / "q.toml").mkdir()
    assert said(read, folders / room / "q.toml") == (
        f"{room}/q.toml: it is a folder; rename the folder: only files may end in .toml here"
    )


def test_the_line_that_is_not_utf_8(folders):
    path = folders / "layers" / "a.toml"
    path.write_bytes((LAYER + 'attribution = "São Paulo"\n').encode("latin-1"))
    assert said(read_layer, path) == "layers/a.toml: line 4 is not UTF-8; save the file as UTF-8"
    (folders / "openstreetmap.toml").write_bytes("# a\n# São\n".encode("latin-1"))
    assert "line 2 is not UTF-8" in said(read_settings, folders / "openstreetmap.toml")


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ('"max_cover"', '"max_covr"', "choice.model: found 'max_covr'; did you mean 'max_cover'"),
        ('"max_cover"', '"pmedian"', "did you mean 'p_median'"),
        ('measure = "sum"', 'measure = "sums"', "did you mean 'sum'"),
    ],
)
def test_a_mistyped_word_of_a_scenario(folders, one, other, sentence):
    path = folders / "scenarios" / "s.toml"
    path.write_text(SCENARIO)
    read_scenario(path)
    path.write_text(SCENARIO.replace(one, other, 1))
    assert sentence in said(read_scenario, path)


def test_a_mistyped_derive_and_one_like_no_other(folders):
    path = folders / "layers" / "a.toml"
    path.write_text(LAYER + 'derive = "slope_percnt"\n')
    assert said(read_layer, path).startswith(
        "layers/a.toml: derive: found 'slope_percnt'; did you mean 'slope_percent'? (it may be "
    )
    path.write_text(LAYER + 'derive = "xyz"\n')
    sentence = said(read_layer, path)
    assert "did you mean" not in sentence
    assert "write 'slope_percent', 'depression_m'" in sentence
