"""What planners really bring: refused in a sentence, or mended, counted and run."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely.geometry import LineString, Point, box

from siteplanner import InputError, OutputError, Project, init
from siteplanner.cli import main


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    return init(tmp_path_factory.mktemp("town") / "town").root


@pytest.fixture
def town(pristine, tmp_path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "town"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.search(old, text, flags=re.M), f"{old} is not in {path}"
    path.write_text(re.sub(old, new, text, count=1, flags=re.M), encoding="utf-8")


def scenario(old: str, new: str):
    return lambda root: change(root / "scenarios" / "care_blocks.toml", old, new)


def layer(name: str, old: str, new: str):
    return lambda root: change(root / "layers" / f"{name}.toml", old, new)


def empty_geojson(root: Path) -> None:
    text = '{"type": "FeatureCollection", "features": []}'
    (root / "layers" / "flood_zone.geojson").write_text(text)


def all_unknown(root: Path) -> None:
    path = root / "layers" / "census.csv"
    table = pd.read_csv(path, dtype=str)
    table["residents"] = ""
    table.to_csv(path, index=False)


def truncated(name: str):
    def cut(root: Path) -> None:
        path = root / "layers" / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return cut


def evil_zip(root: Path) -> None:
    with zipfile.ZipFile(root / "layers" / "evil.zip", "w") as file:
        file.writestr("../outside.shp", "x")
    change(root / "layers" / "flood_zone.toml", r"flood_zone\.geojson", "evil.zip")


def far_away(root: Path) -> None:
    path = root / "layers" / "flood_zone.geojson"
    table = gpd.read_file(path)
    table.set_geometry(table.translate(20, 20)).to_file(path, driver="GeoJSON")


REFUSED = {
    "empty layer": (empty_geojson, r"layers/flood_zone\.geojson: the layer has no rows; "),
    "column all unknown": (all_unknown, r"layers/census\.csv: .*residents.*; "),
    "negative weight": (scenario("^weight = 1", "weight = -1"), r"weight: found -1; write a num"),
    "weights sum to 0": (
        lambda root: [scenario(r"^weight = [1-9]\b.*$", "weight = 0")(root) for _ in range(6)],
        r"need: the weights sum to 0; give at least one",
    ),
    "zero_at is full_at": (scenario("^full_at = 1 ", "full_at = 4 "), r"are both 4; give two"),
    "unknown key": (scenario("^min_index", "min_idnex"), r"min_idnex: unknown key; did you mean"),
    "layer not found": (scenario('"streets"', '"steets"'), r"no layer 'steets'; did you mean 'str"),
    "points for polygons": (
        layer("flood_zone", '"polygons"', '"points"'),
        r"layers/flood_zone\.toml: kind: .* holds polygons, but the layer's kind is points; ",
    ),
    "polygon layer needed": (scenario('area = "town"', 'area = "schools"'), r"has points; name a"),
    "0 bytes": (
        lambda root: (root / "layers" / "flood_zone.geojson").write_bytes(b""),
        r"layers/flood_zone\.geojson: the file has 0 bytes; ",
    ),
    "truncated GeoJSON": (truncated("flood_zone.geojson"), r"layers/flood_zone\.geojson: .*; "),
    "truncated GeoTIFF": (truncated("elevation.tif"), r"layers/elevation\.tif: .*; "),
    "truncated OSM": (truncated("streets.osm"), r"layers/streets\.osm: .*; "),
    "zip with ../": (evil_zip, r"layers/evil\.zip: .*\.\./outside\.shp.*; "),
    "no overlap": (far_away, r"flood_zone.*; "),
    "geographic CRS": (scenario('crs = "auto"', 'crs = "EPSG:4326"'), r"care_blocks\.toml: crs: "),
    "missing file": (
        lambda root: (root / "layers" / "parks.geojson").unlink(),
        r"layers/parks\.(toml|geojson): .*; ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_a_sentence(town, capsys, case):
    spoil, sentence = REFUSED[case]
    spoil(town)
    verb = "check" if case in ("truncated GeoTIFF", "missing file") else "run care_blocks"
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town), *verb.split()])
    said = capsys.readouterr().err
    assert left.value.code == 2, said
    assert re.search(sentence, said), said
    assert "Traceback" not in said
    problems = [line for line in said.splitlines() if re.match(r"(layers|scenarios)/", line)]
    assert problems
    assert all("; " in line for line in problems)
    assert not (town / "maps" / "care_blocks").exists()


def test_all_problems_come_at_once(town):
    for case in ("empty layer", "unknown key", "column all unknown", "truncated OSM"):
        REFUSED[case][0](town)
    with pytest.raises(InputError) as caught:
        Project(town).check()
    found = str(caught.value)
    for name in ("flood_zone.geojson", "min_idnex", "census.csv", "streets.osm"):
        assert name in found


def notices(plan) -> str:
    return "\n".join(str(notice) for notice in plan.notices)


def test_a_network_in_fifty_pieces(town):
    streets = gpd.read_file(town / "layers" / "streets.osm", layer="lines")[["geometry"]]
    west, south, *_ = streets.total_bounds
    loose = [
        LineString([(west + 1e-3 * n, south), (west + 1e-3 * n, south + 2e-4)]) for n in range(50)
    ]
    whole = pd.concat([streets, gpd.GeoDataFrame(geometry=loose, crs=streets.crs)])
    whole.to_file(town / "layers" / "streets.geojson", driver="GeoJSON")
    change(town / "layers" / "streets.toml", r"streets\.osm", "streets.geojson")
    change(town / "layers" / "streets.toml", 'kind = "network"', 'kind = "lines"')
    plan = Project(town).run("care_blocks")
    assert len(plan.choice.table) == plan.scenario.choice.count[-1]
    assert re.search(r"walk: .*pieces", notices(plan))


def test_sites_far_from_every_street(town):
    path = town / "layers" / "public_buildings.geojson"
    table = gpd.read_file(path)
    area = gpd.read_file(town / "layers" / "town.geojson").union_all()
    streets = gpd.read_file(town / "layers" / "streets.osm", layer="lines").union_all()
    spots = [Point(x, y) for x in np.linspace(*area.bounds[::2], 60)
             for y in np.linspace(*area.bounds[1::2], 60)]  # fmt: skip
    spot = max((one for one in spots if area.contains(one)), key=streets.distance)
    far = table.iloc[[0]].copy()
    far["id"], far["name"] = "far", "Far house"
    far = far.set_geometry([box(spot.x, spot.y, spot.x + 3e-4, spot.y + 3e-4)])
    pd.concat([table, far]).to_file(path, driver="GeoJSON")
    plan = Project(town).run("care_blocks")
    assert streets.distance(spot) * 104_000 > 75
    assert any("from every street" in str(one) for one in plan.notices if one.where == "sites")


def test_a_raster_without_nodata(town):
    path = town / "layers" / "elevation.tif"
    with rasterio.open(path) as source:
        profile, values = source.profile, source.read()
    profile.update(nodata=None)
    with rasterio.open(path, "w", **profile) as target:
        target.write(values)
    made = Project(town)
    assert any("nodata" in str(one) for one in made.check())
    assert made.run("micro_parks").choice is not None


def test_an_area_in_two_utm_zones(town):
    """The whole town moves to the edge between two zones."""
    shift = -24.0 - gpd.read_file(town / "layers" / "town.geojson").union_all().centroid.x
    for path in (town / "layers").glob("*.geojson"):
        table = gpd.read_file(path)
        table.set_geometry(table.translate(shift, 0)).to_file(path, driver="GeoJSON")
    for name in ("schools", "services"):
        path = town / "layers" / f"{name}.csv"
        table = pd.read_csv(path, dtype=str)
        lon = next(column for column in table if column.lower() in ("lon", "longitude", "x"))
        table[lon] = (table[lon].astype(float) + shift).round(6).astype(str)
        table.to_csv(path, index=False)
    osm = town / "layers" / "streets.osm"
    text = osm.read_text(encoding="utf-8")
    moved = re.sub(r'lon="([-\d.]+)"', lambda m: f'lon="{float(m[1]) + shift:.7f}"', text)
    osm.write_text(moved, encoding="utf-8")
    plan = Project(town).run("care_blocks")
    assert len(plan.choice.table) == plan.scenario.choice.count[-1]
    assert "zone" in notices(plan)


def test_cells_with_unknown_need(town):
    path = town / "layers" / "planning_units.geojson"
    table = gpd.read_file(path)
    column = next(name for name in table if "strat" in name)
    table.loc[0, column] = None
    table.to_file(path, driver="GeoJSON")
    plan = Project(town).run("care_blocks")
    poverty = plan.need.scores["poverty"]
    assert poverty.isna().any()
    lowered = plan.cells["need_confidence"][poverty.isna()].max()
    assert lowered < plan.cells["need_confidence"].max()
    assert plan.cells["need"].notna().any()


HOSTILE = [
    "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "{% raw", "${alert(1)}", "=cmd()", "</script>",
    "Caf\u00e9 \u6751\u59d4\u4f1a \u0645\u0631\u0643\u0632",
]  # fmt: skip


def test_hostile_and_foreign_names_pass_through_as_text(town):
    path = town / "layers" / "public_buildings.geojson"
    table = gpd.read_file(path)
    names = [HOSTILE[n % len(HOSTILE)] for n in range(len(table))]
    table.assign(name=names).to_file(path, driver="GeoJSON")
    plan = Project(town).run("care_blocks")
    folder = plan.save()
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    csv = (folder / "ranking.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd()" in csv
    assert ",=cmd()" not in csv
    shown = plan.to_folium().get_root().render()
    assert "<img src=x" not in shown
    assert "<img" not in plan._repr_html_()


def test_full_disk_and_blocked_folder_lose_nothing(town, monkeypatch):
    plan = Project(town).run("micro_parks")
    folder = plan.save()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("siteplanner.maps.outputs.write_csv", full)
    with pytest.raises(OutputError, match=r"No space left on device.*free some space"):
        plan.save()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
