"""Bogotá's files as they were published: what a planner is told before anything is joined.

Nothing in the code knows of Bogotá.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from siteplanner import Project
from siteplanner.errors import InputError

pytestmark = pytest.mark.data

AREAS = """
title = "Localidades"
source = "${SITEPLANNER_DATA}/bogota/localidades.geojson"
kind = "polygons"
id = "LOCCODIGO"
label = "LOCNOMBRE"
"""
PLACES = """
title = "Places"
source = "${{SITEPLANNER_DATA}}/bogota/{file}.geojson"
kind = "points"
label = "nombre"
[inside]
layer = "districts"
column = "localidad"
"""
UNITS = """
title = "Planning units"
source = "${SITEPLANNER_DATA}/bogota/upz.geojson"
kind = "polygons"
id = "codigo_upz"
label = "nombre_upz"
"""
CENSUS = """
title = "People"
source = "census.csv"
kind = "table"
[join]
layer = "units"
key = "code"
[columns.people]
kind = "count"
"""


@pytest.fixture
def project(tmp_path, real_data, monkeypatch):
    monkeypatch.setenv("SITEPLANNER_DATA", str(real_data))
    for part in ("layers", "scenarios"):
        (tmp_path / part).mkdir()

    def make(**layers):
        for name, text in layers.items():
            (tmp_path / "layers" / f"{name}.toml").write_text(text, encoding="utf-8")
        return Project(tmp_path)

    return make


@pytest.fixture
def census(real_data, tmp_path, project):
    """Write a census table keyed as the raw file is: UPZ1 …, with the rural UPR1 and UPR3."""
    people = pd.read_csv(real_data / "bogota" / "upz_poblacion_2018.csv", dtype=str)
    table = pd.DataFrame(
        {
            "code": "UPZ" + people["codigo_upz"].str.lstrip("0"),
            "people": people["poblacion_total"].astype(int),
        }
    )
    rural = pd.DataFrame({"code": ["UPR1", "UPR3"], "people": [3000, 2000]})
    table = pd.concat([table, rural])
    total = pd.DataFrame({"code": ["Bogotá D.C."], "people": [table["people"].sum()]})
    made = project(units=UNITS, census=CENSUS)
    pd.concat([table, total]).to_csv(tmp_path / "layers" / "census.csv", index=False)
    return made


def notices(project, layer):
    return [str(one) for one in project.check() if one.where == f"layers/{layer}"]


def test_sixteen_parks_in_other_countries_are_caught(project):
    file = "parques_directorio_2023_RAW_con_errores"
    raw = project(parks=PLACES.format(file=file).partition("[inside]")[0])
    (said,) = notices(raw, "parks")
    assert said.startswith("layers/parks: 16 of 210 rows flagged: they lie 237 to 9,561 km from")
    said = notices(project(parks=PLACES.format(file=file), districts=AREAS), "parks")
    assert "17 of 210 rows flagged: they name a 'localidad' and lie in none" in said[2]
    assert "ALCAZARES says BARRIOS UNIDOS, lies 9,552 km from it" in said[2]


def test_the_cleaned_parks_have_no_row_far_off(project):
    clean = project(parks=PLACES.format(file="parques_directorio_2023"), districts=AREAS)
    assert not any("far from all others" in one for one in notices(clean, "parks"))


def test_the_anchor_in_the_wrong_district_is_caught_with_both_names(project):
    anchors = PLACES.format(file="manzanas_cuidado_ancla")
    said = notices(project(anchors=anchors, districts=AREAS), "anchors")
    assert said[0] == (
        "layers/anchors: 1 of 26 rows flagged: 'localidad' names one of 'districts' and they lie "
        "in another: Aula Ambiental Juan Rey says San Cristóbal, lies in USME, 23 m from it "
        "(within 100 m of it: 1)"
    )
    assert "no area of 'districts' is called 'Santafe - La Candelaria'" in said[1]


def test_centres_beyond_the_city_are_said(project):
    centres = PLACES.format(file="sdis_centros_discapacidad")
    said = notices(project(centres=centres, districts=AREAS), "centres")
    assert "7 of 41 rows flagged: they name a 'localidad' and lie in none" in said[0]


def test_colliding_codes_are_named_and_never_joined(census):
    with pytest.raises(InputError) as caught:
        census.check()
    said = str(caught.value)
    assert "none of 114 keys matches: here 'UPZ1', 'UPZ9', 'UPZ10', …" in said
    assert "110 have a likely pair: 'UPZ9' and '009' (the same but for letters in front)" in said
    assert "4 cannot be told apart: 'UPZ1' and 'UPR1' both fit '001'" in said
    found = census.matching("census")
    assert found.table["state"].value_counts()["total"] == 1
    assert {"UPZ1", "UPR1", "UPZ3", "UPR3"}.isdisjoint(found.pairs)
    assert found.pairs["UPZ16"] == "016"
    assert len(found.pairs) == 110


def test_confirmed_pairs_are_joined_and_nobody_is_lost(census, real_data):
    found = census.matching("census")
    pairs = {**found.pairs, "UPZ1": "001", "UPZ3": "003"}
    lines = "".join(f'"{key}" = "{other}"\n' for key, other in pairs.items())
    (census.root / "layers" / "census.toml").write_text(
        CENSUS + "[join.pairs]\n" + lines, encoding="utf-8"
    )
    said = "\n".join(notices(census, "census"))
    assert "1 of 115 rows dropped: it holds as many as all others together: a total" in said
    assert "2 of 114 rows dropped: their key is not in 'units'" in said
    found = census.matching("census")
    assert found.table["state"].value_counts()["confirmed"] == 112
    units = gpd.read_file(real_data / "bogota" / "upz.geojson")
    joined = found.rows("confirmed")
    assert set(joined["id"]) == set(units["codigo_upz"])


def test_one_number_for_an_urban_and_a_rural_unit(project, real_data, tmp_path):
    """The raw file numbers both from 1: counts are refused, with the names of both."""
    units = gpd.read_file(real_data / "bogota" / "upz.geojson")[["nombre_upz", "geometry"]].head(3)
    units["number"] = ["1", "1", "3"]
    made = project(
        units=UNITS.replace("${SITEPLANNER_DATA}/bogota/upz.geojson", "units.gpkg").replace(
            "codigo_upz", "number"
        ),
        census=CENSUS.replace("[join]", '[join]\nto = "number"'),
    )
    units.to_file(tmp_path / "layers" / "units.gpkg")
    (tmp_path / "layers" / "census.csv").write_text("code,people\n1,5\n3,6\n")
    with pytest.raises(InputError) as caught:
        made.check()
    assert ("layers/census.toml: join.to: 2 rows of 'units' share a key: '1' stands for ") in str(
        caught.value
    )
    assert "so 'people' would count twice" in str(caught.value)
