"""Places without a name are called by what they are and where."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from siteplanner import InputError, Project
from siteplanner.founding import Asking, found
from siteplanner.openstreetmap import Area, Server, named_streets, parse_settings, settings_text
from siteplanner.openstreetmap.naming import NEAR_M, call, what_of
from siteplanner.openstreetmap.tables import Made

CRS = "EPSG:32632"
X, Y = 500_000, 5_500_000


def places(shapes, tags, names):
    table = gpd.GeoDataFrame(
        {"tag": tags, "name": pd.Series(names, dtype="str").to_numpy()},
        geometry=shapes, index=pd.Index([f"way/{k}" for k in range(len(shapes))], name="id"),
        crs=CRS,
    )  # fmt: skip
    return Made(table.to_crs(4326), ("told before",))


def streets(**lines):
    shapes = [shapely.LineString([(X + a, Y + b) for a, b in line]) for line in lines.values()]
    return gpd.GeoDataFrame({"name": list(lines)}, geometry=shapes, crs=CRS).to_crs(4326)


def square(east, north, side=10):
    return box(X + east, Y + north, X + east + side, Y + north + side)


def test_by_eye():
    """Two lawns on one street, one on another, one far from all, and one that has a name."""
    made = places(
        [square(0, 20), square(50, 20), square(0, 400), square(0, 2000), square(20, 20)],
        ["landuse=grass", "landuse=grass", "landuse=grass", "verge=both", "leisure=park"],
        [None, "", None, None, "Jardim do Morro"],
    )
    named = call(made, streets(Rua=[(-100, 0), (100, 0)], Beco=[(-100, 500), (100, 500)]))
    assert named.table["called"].tolist() == [
        "grass near Rua (1)", "grass near Rua (2)", "grass near Beco", "verge (1)",
        "Jardim do Morro",
    ]  # fmt: skip
    assert named.table["name"].tolist()[2:] == [np.nan, np.nan, "Jardim do Morro"]
    assert named.notes[0] == "told before"
    assert named.notes[1].startswith("4 of 5 have no name in OpenStreetMap")
    assert "called" not in made.table  # the caller's rows stay as they were


def test_between_two_streets_that_cross_a_place_the_alphabet_decides():
    made = places([square(0, 0)], ["leisure=park"], [None])
    crossing = {"B": [(-50, 5), (50, 5)], "A": [(5, -50), (5, 50)]}
    assert call(made, streets(**crossing)).table["called"].tolist() == ["park near A"]


def test_a_made_name_is_not_that_of_another():
    made = places([square(0, 20), square(20, 20)], ["leisure=park"] * 2, [None, "park near Rua"])
    named = call(made, streets(Rua=[(-100, 0), (100, 0)]))
    assert named.table["called"].tolist() == ["park near Rua (1)", "park near Rua"]


def test_without_any_named_street_and_with_nothing_to_name():
    none = streets().set_crs(4326, allow_override=True)
    made = places([square(0, 0), square(20, 0)], ["landuse=brownfield"] * 2, [None, None])
    assert call(made, none).table["called"].tolist() == ["brownfield (1)", "brownfield (2)"]
    whole = places([square(0, 0)], ["leisure=park"], ["Green"])
    assert call(whole, none) is whole


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("leisure=park", "park"),
        ("landuse=village_green", "village green"),
        ("building=public", "public building"),
        ("building=yes", "building"),
        ("office=government", "government office"),
        ("verge=both", "verge"),
        ("abandoned:landuse=industrial", "abandoned industrial"),
        ("disused:landuse=yes", "landuse"),
        ("place=plot", "plot"),
        ("amenity=school;library", "school"),
    ],
)
def test_what_a_tag_says(tag, said):
    assert what_of(tag) == said


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=12),
    st.lists(st.integers(-600, 1500), min_size=0, max_size=4, unique=True),
)
def test_the_nearest_street_by_brute_force(at, rows):
    """Streets run east; of each place the nearest is found by looking at all, and no two match."""
    made = places([shapely.Point(X + a, Y + b) for a, b in at], ["landuse=grass"] * len(at),
                  [None] * len(at))  # fmt: skip
    lines = {f"S{row}": [(-2000, row), (3000, row)] for row in rows}
    named = call(made, streets(**lines)).table["called"].tolist() if rows else []
    if not rows:
        return
    assert len(set(named)) == len(named)
    for (_, north), name in zip(at, named, strict=True):
        near = sorted((abs(north - row), f"S{row}") for row in rows)
        if any(abs(away - NEAR_M) < 1 for away, _ in near) or (
            len(near) > 1 and near[1][0] - near[0][0] < 1
        ):
            continue  # a metre either way is the projection's
        expected = f"grass near {near[0][1]}" if near[0][0] <= NEAR_M else "grass"
        assert name.partition(" (")[0] == expected


def test_streets_of_a_file(village):
    table = named_streets(village)
    assert sorted(set(table["name"])) == [f"Row {one}" for one in range(6)]
    broken = village.with_name("broken.osm.pbf")
    broken.write_bytes(village.read_bytes()[:-300])
    with pytest.raises(InputError, match="cut short"):
        named_streets(broken)


def test_in_a_project(tmp_path, village):
    """The brownfield of the village has no name; the map calls it by its street."""
    root = tmp_path / "v"
    found(root, Area(file=str(village), place="Village"), Asking(Server()))
    project = Project(root)
    lots = project.layer("open_ground")
    assert lots.label == "called"
    assert any("1 of 1 have no name" in note for note in lots.notes)
    assert project.layer("parks").label == "name"  # the one park has a name
    plan = project.run("micro_parks")
    assert plan.sites.table["label"].tolist() == ["brownfield near Row 1"]
    assert "name_by_street" in (root / "openstreetmap.toml").read_text()


def test_an_older_file_of_rules_names_nothing():
    """A project whose openstreetmap.toml does not ask for it gets what it always got."""
    text = settings_text(Area(place="V"))
    older = "\n".join(line for line in text.splitlines() if not line.startswith("name_by_street"))
    assert not any(one.name_by_street for one in parse_settings(older).themes.values())
    assert parse_settings(text).themes["parks"].name_by_street
