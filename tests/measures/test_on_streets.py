"""The measures walk on real streets as they walk straight: one street, by eye."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Point

from siteplanner.model import Walk
from siteplanner.walk import PROFILES, Walker, build


@pytest.fixture
def town(setting, table):
    """Give a street along the south of the nine cells, 50 m below the middles of row 1."""
    walk = Walk(network="streets", profile="adult", limit_m=200)
    streets = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (300, 0)])], crs="EPSG:32618")
    town = setting({"shops": table({"s": Point(50, 0)})}, walk=walk)
    return replace(town, walker=Walker(build(streets, PROFILES["adult"]), walk))


def test_nearest_goes_along_the_street(town, look, criterion):
    found = look(criterion("nearest", layer="shops"), town)
    # 50 m to the street from row 1, 150 m from row 2; row 3 is 250 m off: cut off
    assert found[:6] == [50, 150, 250, 150, 250, 350]
    assert np.isnan(found[6:]).all()


def test_people_in_reach(town, look, criterion, table):
    places = table({"s": Point(50, 0)})
    one = criterion("sum", layer="cells", column="people")
    assert look(one, town, places) == [30]  # a1, b1, a2
    one = criterion("not_served", layer="shops")
    assert look(one, town)[:6] == [0, 0, 1, 0, 1, 1]
