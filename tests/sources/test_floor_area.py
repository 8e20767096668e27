"""Floor area: ground times floors; what is not known is said, and never quietly one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pydantic import ValidationError
from shapely.geometry import box

from siteplanner.errors import InputError
from siteplanner.model import Column
from siteplanner.sources import read

FLOORS = {"from": "@floor_area_m2", "floors": "building:levels", "unit": "m2", "kind": "count"}


@pytest.fixture
def houses(folder, layer):
    """Write houses of 10 × 10 m with some floors; give what is read."""

    def reading(levels, **column):
        squares = [
            box(500_000 + 50 * n, 510_000, 500_010 + 50 * n, 510_010) for n in range(len(levels))
        ]
        table = {"no": [f"h{n}" for n in range(len(levels))], "building:levels": levels}
        gpd.GeoDataFrame(table, geometry=squares, crs=32618).to_file(folder / "houses.gpkg")
        columns = {"floor_area": {**FLOORS, **column}}
        return read(layer("houses.gpkg", "polygons", id="no", columns=columns), folder)

    return reading


def said(source):
    return "\n".join(str(one) for one in source.notices)


def test_ground_times_floors(houses):
    source = houses(["1", "2", "10"])
    area = source.table["floor_area"].to_numpy()
    assert area == pytest.approx([100, 200, 1000], rel=0.01)
    assert area[1] / area[0] == pytest.approx(2, rel=1e-6)
    assert source.notices == ()


def test_unknown_floors_are_unknown_unless_a_number_is_given(houses):
    source = houses(["2", None, "two", "0", "-1", "2000"])
    assert np.isnan(source.table["floor_area"].to_numpy()).tolist() == [False] + [True] * 5
    assert (
        "5 of 6 rows flagged: 'building:levels' is not known there (83 %), so their floor area "
        "is not"
    ) in said(source)
    assert "3 of 6 rows flagged: 'building:levels' is no number of floors there" in said(source)
    assert "1 of 6 rows flagged: 'building:levels' is not a number there" in said(source)
    source = houses(["2", None, None], floors_unknown=1.5)
    assert source.table["floor_area"].to_numpy() == pytest.approx([200, 150, 150], rel=0.01)
    assert "2 of 3 rows flagged: 'building:levels' is not known there (67 %): 1.5 assumed" in said(
        source
    )


def test_what_is_wrong_with_the_keys(folder, layer, houses):
    houses(["1"])
    columns = {"floor_area": {**FLOORS, "floors": "levels"}}
    with pytest.raises(InputError, match=r"columns.floor_area.floors: .* has no column 'levels'"):
        read(layer("houses.gpkg", "polygons", columns=columns), folder)
    with pytest.raises(ValidationError, match="needs to know the floors"):
        Column(**{"from": "@floor_area_m2"})
    with pytest.raises(ValidationError, match="floors are only for"):
        Column(floors="levels")
    with pytest.raises(ValidationError, match="greater than 0"):
        Column(**FLOORS, floors_unknown=0)
