"""The made-up town with rasters made of its heights, a timetable, and warnings."""

from __future__ import annotations

import json
import zipfile

import pandas as pd
import pytest

from siteplanner import init

LAYERS = {
    "steep": """title = "Slope"
source = "elevation.tif"
kind = "raster"
derive = "slope_percent"
[columns.slope]
""",
    "hollows": """title = "Hollows"
source = "elevation.tif"
kind = "raster"
derive = "depression_m"
""",
    "above_streams": """title = "Height above streams"
source = "elevation.tif"
kind = "raster"
derive = "height_above_drainage_m"
drains_m2 = 100_000
[columns.height]
title = "Height above the nearest stream"
""",
    "running": """title = "Running water"
source = "elevation.tif"
kind = "raster"
derive = "flow_accumulation_m2"
[columns.area]
""",
    "stops": """title = "Stops"
source = "gtfs.zip"
kind = "points"
id = "stop_id"
label = "stop_name"
[columns.departures_per_h]
unit = "departures per hour"
kind = "count"
[columns.mode]
kind = "category"
""",
}
SCENARIO = """extends = "micro_parks"
title = "Micro-parks, dry and near a bus"
unset = ["sites.exclude.slope"]
[sites.exclude.steep]
layer = "steep"
column = "slope"
above = 15
reason = "steeper than 15 %"
[sites.warn.low]
layer = "above_streams"
column = "height"
below = 4
reason = "low above the stream"
[sites.warn.wet]
layer = "running"
column = "area"
above = 20_000
reason = "much water runs here"
[site.dry]
layer = "above_streams"
column = "height"
measure = "mean"
zero_at = 0
full_at = 20
weight = 1
reference = "ours"
[site.buses]
layer = "stops"
column = "departures_per_h"
measure = "sum"
within = "walk"
limit_m = 400
where = { mode = ["bus"] }
zero_at = 0
full_at = 12
weight = 1
reference = "ours"
"""
FEED = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "n,North,-19.9955,-27.0005\ns,South,-20.0045,-26.9985\n",
    "routes.txt": "route_id,route_type\nR,3\n",
    "trips.txt": "route_id,service_id,trip_id\nR,d,t\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t,06:00:00,06:00:00,n,1\nt,06:09:00,06:09:00,s,2\nt,06:18:00,06:18:00,n,3\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nt,05:00:00,23:00:00,600\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nd,1,1,1,1,1,1,1,20260101,20261231\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = init(tmp_path_factory.mktemp("towns") / "town")
    for name, text in LAYERS.items():
        (made.root / "layers" / f"{name}.toml").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(made.root / "layers" / "gtfs.zip", "w") as archive:
        for name, text in FEED.items():
            archive.writestr(name, text)
    (made.root / "scenarios" / "dry.toml").write_text(SCENARIO, encoding="utf-8")
    made.check()
    return made


@pytest.fixture(scope="module")
def plan(project):
    return project.run("dry")


def test_a_slope_made_beforehand_rules_out_the_same_lots(project, plan):
    """The raster of slopes and the rule on heights are one formula."""
    plain = project.run("micro_parks")
    for one in (plain, plan):
        assert one.sites is not None
    steep = [one.sites.excluded["reason"].str.contains("steeper") for one in (plain, plan)]
    assert steep[0].sum() > 0
    assert set(steep[0].index[steep[0]]) == set(steep[1].index[steep[1]])


def test_criteria_measure_height_above_streams_and_departures(plan):
    found = plan.place.measures
    assert found["dry"].between(0, 400).all()
    assert set(found["buses"].round(6)) <= {0.0, 6.0, 12.0}
    assert len(set(found["buses"].round(6))) > 1
    units = plan.answer().criteria["unit"]
    assert (units["dry"], units["buses"]) == ("m", "departures per hour")


def test_warnings_go_from_the_ground_to_every_output(plan, tmp_path):
    warned = plan.sites.table["warnings"]
    low = plan.place.measures["dry"] < 4
    assert low.any()
    assert (warned.str.contains("low above the stream") == low).all()
    folder = plan.save(tmp_path / "dry")
    csv = pd.read_csv(folder / "ranking.csv", keep_default_na=False).set_index("site")
    assert (csv["warnings"].reindex(warned.index) == warned).all()
    told = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert any(
        "they stay in with a warning: low above the stream" in one for one in told["notices"]
    )
    assert any("Horn 1981" in one for one in told["notices"])
    assert any("departures are those of Wednesday 2026-01-07" in one for one in told["notices"])


def test_a_second_run_takes_the_rasters_from_the_cache(project, plan, tmp_path):
    kept = sorted((project.root / ".cache" / "terrain").iterdir())
    before = [one.stat().st_mtime_ns for one in kept]
    first, again = plan.save(tmp_path / "a"), project.run("dry").save(tmp_path / "b")
    assert [one.stat().st_mtime_ns for one in kept] == before
    assert len(kept) == 4
    for path in first.iterdir():
        if path.name != "run.json":
            assert path.read_bytes() == (again / path.name).read_bytes(), path.name
