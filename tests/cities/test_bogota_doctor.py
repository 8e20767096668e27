"""Bogotá's files as they were published, in the city's own project: what the doctor says.

Nothing in the code knows of Bogotá.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from siteplanner.diagnosis import diagnose

pytestmark = pytest.mark.data

PLACES = """
title = "{title}"
source = "${{SITEPLANNER_DATA}}/bogota/{file}.geojson"
kind = "points"
label = "nombre"
year = 2023
licence = "CC-BY-NC-SA-4.0"
attribution = "the city"
[inside]
layer = "districts"
column = "localidad"
"""
CENSUS = """
title = "People"
source = "census.csv"
kind = "table"
[join]
layer = "upz"
key = "code"
[columns.people]
kind = "count"
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory, real_data):
    """Look over the city's project with the raw parks, the anchors' districts and raw codes."""
    root = tmp_path_factory.mktemp("bogota") / "bogota"
    shutil.copytree(Path(__file__).parent / "bogota", root)
    for path in (root / "scenarios").glob("*.toml"):
        if path.stem not in ("care_blocks", "city_need"):
            path.unlink()
    raw = "parques_directorio_2023_RAW_con_errores"
    for name, title, file in (("raw", "Parks", raw), ("anchors", "A", "manzanas_cuidado_ancla")):
        text = PLACES.format(title=title, file=file)
        (root / "layers" / f"{name}.toml").write_text(text, encoding="utf-8")
    people = pd.read_csv(real_data / "bogota" / "upz_poblacion_2018.csv", dtype=str)
    codes = ["UPZ" + code.lstrip("0") for code in people["codigo_upz"]] + ["UPR1", "UPR3"]
    census = pd.DataFrame({"code": codes, "people": [*people["poblacion_total"], "3000", "2000"]})
    census.to_csv(root / "layers" / "census.csv", index=False)
    (root / "layers" / "census.toml").write_text(CENSUS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SITEPLANNER_DATA", str(real_data))
        return diagnose(root, this_year=2026)


def said(found, *words):
    return [one for one in found.findings if all(word in str(one) for word in words)]


def test_sixteen_parks_in_other_countries(found):
    (one,) = said(found, "layers/raw:", "16 of 210 rows flagged: they lie 237 to 9,561 km")
    assert one.todo == "mend their coordinates in the file, or delete the rows"


def test_the_anchor_in_the_wrong_district(found):
    (one,) = said(found, "layers/anchors:", "Aula Ambiental Juan Rey says San Cristóbal")
    assert "lies in USME, 23 m from it" in one.what
    assert "which of the two is wrong" in one.todo


def test_the_colliding_codes(found):
    (one,) = said(found, "layers/census.toml", "none of 114 keys matches")
    assert one.severity == "unreadable"
    assert "'UPZ1' and 'UPR1' both fit '001'" in one.todo
    assert not found.readable


def test_licences_that_nobody_stated_and_that_forbid_money(found):
    (one,) = said(found, "the licence is 'not stated'")
    assert "layers/schools.toml" in one.where
    assert said(found, "non-commercial licences: anchors, parks, raw")


def test_what_the_city_could_bring(found):
    care = found.programmes[found.programmes["programme"] == "care_block"].set_index("criterion")
    assert care.loc["older people", "has"] == "upz.age_60_plus"
    assert care.loc["women who care full time", "has"] == ""
    assert said(found, "need.carers is 'no data'", "time-use or care survey")
