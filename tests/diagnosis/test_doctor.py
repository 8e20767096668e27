"""`siteplanner doctor`: a messy project with one of each mistake, and a town without many."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from siteplanner import Project, init
from siteplanner.cli import commands
from siteplanner.diagnosis import Finding, diagnose
from siteplanner.diagnosis.finding import in_order
from siteplanner.diagnosis.licences import terms

CRS = "EPSG:32618"
X, Y = 600_000, 500_000
AREA = """
title = "Edge"
source = "area.gpkg"
kind = "polygons"
year = 2024
licence = "CC0-1.0"
attribution = "the city"
"""
SCENARIO = """
title = "First"
programme = "care_block"
area = "area"
[demand]
cells = "blocks"
people = "blocks.residents"
[need.poverty]
layer = "blocks"
column = "stratum"
measure = "mean"
zero_at = 6
full_at = 1
[need.carers]
status = "no data"
[walk]
limit_m = 500
"""


def layer(source, kind="points", **keys):
    columns = keys.pop("columns", "")
    lines = {"title": source.split(".")[0].title(), "source": source, "kind": kind, "year": 2024,
             "licence": "CC-BY-4.0", "attribution": "the city", **keys}  # fmt: skip
    said = (f"{key} = {value!r}".replace("'", '"') for key, value in lines.items() if value != "")
    return "\n".join(said) + f"\n{columns}"


def column(name, kind="value", unit=""):
    return f'[columns.{name}]\nkind = "{kind}"\nunit = "{unit}"\n'


def squares():
    """Give 64 blocks of 250 m: the area is 2 × 2 km, and they cover its western half."""
    places = [(x, y) for x in range(4) for y in range(8)]
    boxes = [shapely.box(X + 250 * x, Y + 250 * y, X + 250 * x + 250, Y + 250 * y + 250)
             for x, y in places]  # fmt: skip
    return gpd.GeoDataFrame({"n": range(len(boxes))}, geometry=boxes, crs=CRS)


@pytest.fixture
def messy(tmp_path):
    """Make a project with one of each mistake."""
    folder = tmp_path / "layers"
    folder.mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "first.toml").write_text(SCENARIO)

    def put(name, text):
        (folder / f"{name}.toml").write_text(text)

    edge = gpd.GeoDataFrame(geometry=[shapely.box(X, Y, X + 2000, Y + 2000)], crs=CRS)
    edge.to_file(folder / "area.gpkg")
    put("area", AREA)
    blocks = squares()
    blocks["residents"] = 50.5
    blocks["stratum"] = np.arange(len(blocks)) % 6 + 1
    blocks["land"] = 62_500.0
    blocks["poor"] = np.linspace(0, 45, len(blocks))
    blocks["same"] = 3.0
    blocks["code"] = [str(n) for n in range(len(blocks))]
    blocks["age"] = [-999.0] * 3 + [20.0 + n for n in range(len(blocks) - 3)]
    blocks["dry"] = [-5.0] + [2.0] * (len(blocks) - 1)
    blocks["wet"] = np.linspace(0, 0.9, len(blocks))
    blocks.to_file(folder / "blocks.gpkg")
    columns = column("residents", "count", "people") + column("stratum", unit="1 to 6")
    columns += column("land_area", unit="km2").replace("]", ']\nfrom = "land"', 1)
    columns += column("same") + column("age", unit="years") + column("dry", unit="m2")
    columns += column("poor", unit="share of homes") + column("wet", unit="%")
    put("blocks", layer("blocks.gpkg", "polygons", id="code", year=2012, columns=columns))

    rate = layer("blocks.gpkg", "polygons", columns=column("poor", "rate"))
    put("rate", rate)  # a share of 0 to 45: cannot be read
    put("torn", 'title = "Torn"\nkind = "points"\n')
    lonlat = gpd.GeoSeries(blocks.centroid).to_crs(4326)
    points = [shapely.Point(one.y, one.x) for one in lonlat]
    gpd.GeoDataFrame(geometry=points, crs=4326).to_file(folder / "swapped.geojson")
    put("swapped", layer("swapped.geojson", licence="CC-BY-SA-4.0"))
    away = blocks.geometry.translate(300_000, 0)
    gpd.GeoDataFrame(geometry=away, crs=CRS).to_file(folder / "away.gpkg")
    put("away", layer("away.gpkg", "polygons", licence="ODbL-1.0"))
    moved = blocks[["geometry"]].to_crs(32617)
    moved.to_file(folder / "zone.gpkg")
    put("zone", layer("zone.gpkg", "polygons", licence="CC-BY-NC-4.0"))
    far = [*lonlat, shapely.Point(-3.7, 40.4)]
    gpd.GeoDataFrame({"code": range(len(far))}, geometry=far, crs=4326).to_file(
        folder / "parks.geojson"
    )
    put("parks", layer("parks.geojson", id="code", licence="", attribution="", year=""))
    put("whose", layer("parks.geojson", licence="CC-BY-ND-4.0", year=2031))
    keys = pd.DataFrame({"key": ["0", "1", "2", "7.", "99"], "value": [1, 2, 3, 4, 5]})
    keys.to_csv(folder / "keys.csv", index=False)
    join = '[join]\nlayer = "blocks"\nkey = "key"\n'
    put("keys", layer("keys.csv", "table", columns=column("value") + join))
    wrong = '[inside]\nlayer = "named"\ncolumn = "says"\n'
    halves = gpd.GeoDataFrame(
        {"name": ["North", "South"]},
        geometry=[
            shapely.box(X, Y + 1000, X + 2000, Y + 2000),
            shapely.box(X, Y, X + 2000, Y + 1000),
        ],
        crs=CRS,
    )
    halves.to_file(folder / "named.gpkg")
    put("named", layer("named.gpkg", "polygons", label="name"))
    says = ["South", *["North" if one.y > Y + 1000 else "South" for one in blocks.centroid[1:]]]
    says[5] = "South"
    at = gpd.GeoDataFrame({"says": says}, geometry=blocks.centroid, crs=CRS)
    at.to_file(folder / "anchors.gpkg")
    put("anchors", layer("anchors.gpkg", columns=wrong))
    at.to_file(folder / "votes.gpkg")
    put("votes", layer("votes.gpkg"))
    return tmp_path


WANTED = [
    ("unreadable", "layers/torn.toml", "source", "add it"),
    ("unreadable", "layers/rate.toml", "values from 0 to 45 in a rate", 'unit = "%"'),
    ("wrong", "layers/parks.toml", "it credits nobody", "attribution"),
    ("wrong", "layers/parks.toml", "it says no licence", "SPDX"),
    ("wrong", "layers/whose.toml", "CC-BY-ND-4.0 allows no changed copies", "ask for leave"),
    ("wrong", "layers/whose.toml", "year = 2031 is still to come", "write the year"),
    ("wrong", "layers/swapped.toml", "with longitude and latitude exchanged", "exchange the two"),
    ("wrong", "layers/away.toml", " km from the area", "crs"),
    ("odd", "layers/", "non-commercial (zone) beside share-alike (away, swapped)", "credit"),
    ("odd", "layers/", "the ODbL (away) beside another share-alike licence (swapped)", "credit"),
    ("odd", "layers/", "2 reference systems of one kind (EPSG:32618", "by mistake"),
    ("odd", "layers/", "no year is said for parks", "add year"),
    ("odd", "layers/blocks.toml", "of 2012, 12 years older than the newest", "newer one"),
    ("odd", "layers/blocks.toml", "'residents' counts people, and 32 of 32 are no", "density"),
    ("odd", "layers/blocks.toml", "'land_area' is said to be in km2, and fits the polygons in m2",
     'unit = "m2"'),
    ("odd", "layers/blocks.toml", "'same' is 3 in every row", "right column"),
    ("odd", "layers/blocks.toml", "'age' has 3 times -999, far from all other", "empty those"),
    ("odd", "layers/blocks.toml", "'dry' is in m2 and has negative values", "mend"),
    ("odd", "layers/blocks.toml", "a share of homes, with values from 0 to 45: percent?", "%"),
    ("odd", "layers/blocks.toml", "'wet' is said to be in %, with values from 0 to 0.9", "share"),
    ("odd", "layers/blocks.toml", "it covers, to within 100 m, 55 % of the area", "missing there"),
    ("odd", "layers/blocks.toml", "it ends at the edge of the area", "more than the area"),
    ("odd", "layers/parks", "1 of 33 rows flagged: they lie", "mend their coordinates"),
    ("odd", "layers/anchors", "names one of 'named' and they lie in another", "which of the two"),
    ("odd", "layers/keys", "2 of 5 rows dropped: their key is not in 'blocks'", "joins"),
    ("odd", "layers/votes.toml", "what people said or voted", "[private]"),
    ("missing", "scenarios/first.toml", "need.carers is 'no data'", "time-use or care survey"),
]  # fmt: skip


def test_one_of_each(messy):
    found = diagnose(messy, this_year=2026)
    lines = {(one.severity, one.where, one.what, one.todo) for one in found.findings}
    lost = [
        wanted
        for wanted in WANTED
        if not any(
            wanted[:2] == line[:2] and wanted[2] in line[2] and wanted[3] in line[3]
            for line in lines
        )
    ]
    assert not lost, str(found)
    severities = [one.severity for one in found.findings]
    assert severities == sorted(severities, key=["unreadable", "wrong", "odd", "missing"].index)
    assert all(one.where and one.what and one.todo for one in found.findings)


def test_what_is_well_is_not_blamed(messy):
    said = str(diagnose(messy, this_year=2026))
    assert "layers/area" not in said
    assert "'stratum' " not in said
    assert "layers/named" not in said


def test_the_command_goes_on_and_says_that_files_cannot_be_read(messy):
    asked = CliRunner().invoke(commands, ["--root", str(messy), "doctor"])
    assert asked.exit_code == 2
    assert asked.output.startswith("Cannot be read\n")
    assert "Look at this" in asked.output
    assert "+ poverty (in use): blocks.stratum" not in asked.output.split("micro_park")[1]
    for name in ("torn", "rate"):
        (messy / "layers" / f"{name}.toml").unlink()
    asked = CliRunner().invoke(commands, ["--root", str(messy), "doctor"])
    assert asked.exit_code == 0
    assert "Cannot be read" not in asked.output


def test_nothing_is_changed(messy):
    before = {one: one.read_bytes() for one in sorted(messy.rglob("*")) if one.is_file()}
    Project(messy).doctor()
    assert {one: one.read_bytes() for one in sorted(messy.rglob("*")) if one.is_file()} == before


def test_a_scenario_with_problems_does_not_hide_the_layers(messy):
    path = messy / "scenarios" / "first.toml"
    path.write_text(SCENARIO.replace('"stratum"', '"strata"'))
    found = diagnose(messy, this_year=2026)
    assert any("declares no column 'strata'" in one.what for one in found.findings)
    assert any("'same' is 3 in every row" in one.what for one in found.findings)


def test_people_who_live_outside_the_cells(messy):
    cells = squares().iloc[:16]
    cells.to_file(messy / "layers" / "cells16.gpkg")
    (messy / "layers" / "few.toml").write_text(layer("cells16.gpkg", "polygons"))
    path = messy / "scenarios" / "first.toml"
    path.write_text(SCENARIO.replace('cells = "blocks"', 'cells = "few"'))
    found = diagnose(messy, this_year=2026)
    (said,) = [one for one in found.findings if "live where there is no cell" in one.what]
    assert "blocks.residents: 808 people live where there is no cell" in said.what


def test_an_empty_project(tmp_path):
    project = init(tmp_path / "empty", empty=True)
    found = project.doctor()
    assert found.findings == ()
    assert (found.programmes["has"] == "").all()


def test_the_town_has_what_its_programmes_use(tmp_path):
    found = init(tmp_path / "town").doctor()
    assert found.readable
    assert not [one for one in found.findings if one.severity == "wrong"]
    care = found.programmes[found.programmes["programme"] == "care_block"]
    care = care.set_index("criterion")
    assert care.loc["older people", "has"] == "census.age_60_plus"
    assert care.loc["older people", "in_use"]
    assert care.loc["women who care full time", "has"] == ""


@pytest.mark.parametrize(
    ("licence", "asks"),
    [
        ("CC BY-NC-SA 4.0", {"non-commercial", "share-alike"}),
        ("Attribution-NonCommercial-NoDerivatives", {"non-commercial", "no derivatives"}),
        ("Open Database License (ODbL) v1.0", {"open database"}),
        ("ODC-BY-1.0", set()),
        ("OGL-UK-3.0", set()),
        ("Unknown", {"unknown"}),
        ("", {"unknown"}),
    ],
)
def test_licences_by_many_names(licence, asks):
    assert terms(licence) == asks


@given(st.text(max_size=40))
def test_any_licence_can_be_read(licence):
    assert terms(licence) <= {
        "unknown", "non-commercial", "no derivatives", "share-alike", "open database"
    }  # fmt: skip


@given(st.lists(st.sampled_from(["unreadable", "wrong", "odd", "missing"])))
def test_the_worst_comes_first_and_order_stays(severities):
    findings = [Finding(one, "a", str(n), "b") for n, one in enumerate(severities)]
    found = in_order(findings)
    assert sorted(found, key=lambda one: int(one.what)) == findings
    by_kind = [[int(one.what) for one in found if one.severity == kind] for kind in set(severities)]
    assert all(numbers == sorted(numbers) for numbers in by_kind)


def test_a_layer_that_is_private_is_not_looked_into(messy):
    path = messy / "layers" / "votes.toml"
    path.write_text(path.read_text() + "[private]\ncell_m = 1000\n")
    said = "\n".join(str(one) for one in diagnose(messy, this_year=2026).findings)
    assert "layers/votes" not in said
