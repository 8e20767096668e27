"""Gates from a layer's file to the map: read, checked, walked to, told, and not drawn."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import Point

from siteplanner import InputError, Project, init

GATES = """\
title = "Gates of the parks"
source = "gates.geojson"
kind = "points"
fictional = true
"""


@pytest.fixture
def town(tmp_path) -> Project:
    """Give the starter town; its parks have one gate, at the west of the first one."""
    project = init(tmp_path / "town")
    layers = project.root / "layers"
    parks = gpd.read_file(layers / "parks.geojson").to_crs(32618)
    west = min(parks.geometry[0].exterior.coords)
    nowhere = Point(parks.total_bounds[0] - 60, parks.total_bounds[1] - 60)
    gates = gpd.GeoDataFrame(geometry=[Point(west), nowhere], crs=32618)
    gates.to_crs(4326).to_file(layers / "gates.geojson", driver="GeoJSON")
    (layers / "gates.toml").write_text(GATES, encoding="utf-8")
    return project


def with_entrances(project: Project, name: str) -> None:
    path = project.root / "layers" / "parks.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("kind =", f'entrances = "{name}"\nkind =', 1), encoding="utf-8")


def test_people_go_in_at_the_gate(town):
    before = town.run("micro_parks")
    with_entrances(town, "gates")
    after = town.run("micro_parks")
    said = [str(one) for one in after.notices]
    assert any(
        "layers/gates: 1 of 2 rows flagged: gates that lie in no place" in one for one in said
    )
    assert "existing places: people reach 1 at their gates" in "\n".join(said)
    served = [plan.cells["served_before"] for plan in (before, after)]
    assert (served[0] != served[1]).any()
    assert "gates" in after.sources
    folder = after.save()
    for layer in ("sites", "existing", "excluded"):
        if layer in gpd.list_layers(folder / "sites.gpkg")["name"].tolist():
            assert "@gates" not in gpd.read_file(folder / "sites.gpkg", layer=layer)


def test_sites_have_gates_too(town):
    with_entrances(town, "gates")
    path = town.root / "scenarios" / "on_parks.toml"
    text = (
        'extends = "micro_parks"\nunset = ["sites", "choice.existing"]\n[sites]\nlayer = "parks"\n'
    )
    path.write_text(f"{text}[choice]\ncount = 1\n", encoding="utf-8")
    plan = town.run("on_parks")
    assert any("sites: people reach 1 at their gates" in str(one) for one in plan.notices)
    assert "@gates" not in plan.sites.columns


def test_a_misspelt_layer_of_gates_is_found_at_the_door(town):
    with_entrances(town, "gate")
    for answer in (town.check, lambda: town.run("micro_parks")):
        with pytest.raises(InputError, match=r"parks.toml: entrances: no layer 'gate'"):
            answer()
