"""What people find within reach, by eye: nine cells of ten people, 100 m apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import Point, box

from siteplanner.model import Walk

CORNERS_EDGES_MIDDLE = [3, 4, 3, 4, 5, 4, 3, 4, 3]  # cells within 100 m, itself too


@pytest.fixture
def shops(table):
    """Give shops in the middles of a1, a2 and c1."""
    return table(
        {"s": Point(50, 50), "t": Point(50, 150), "u": Point(250, 50)},
        staff=[2.0, 4.0, 6.0],
        rooms=[1.0, 1.0, 2.0],
        trade=["bread", "bread", "books"],
    )


@pytest.fixture
def town(setting, shops):
    return setting({"shops": shops}, {"shops": {"staff": "count", "rooms": "count"}})


class TestCells:
    def test_sum_of_people(self, town, look, criterion):
        found = look(criterion("sum", layer="cells", column="people"), town)
        assert found == [10 * number for number in CORNERS_EDGES_MIDDLE]

    def test_own_limit_replaces_both(self, setting, look, criterion):
        town = setting(walk=Walk(network="streets", limit_m=10, limit_min=0.1))
        found = look(criterion("sum", layer="cells", column="people", limit_m=100), town)
        assert found == [10 * number for number in CORNERS_EDGES_MIDDLE]

    def test_limit_in_minutes(self, town, look, criterion):
        one = criterion("sum", layer="cells", column="people", limit_min=99 / 60)
        assert look(one, town) == [10] * 9

    def test_sum_of_people_fades(self, setting, look, criterion):
        town = setting(walk=Walk(network="streets", limit_m=200, decay="linear"))
        found = look(criterion("sum", layer="cells", column="people"), town)
        diagonal = 1 - np.sqrt(2) / 2
        assert found[4] == pytest.approx(10 * (1 + 4 * 0.5 + 4 * diagonal))

    def test_plateau_longer_than_the_own_limit_is_full_throughout(self, setting, look, criterion):
        walk = Walk(network="streets", limit_m=300, plateau_m=200, decay="plateau")
        one = criterion("sum", layer="cells", column="people", limit_m=100)
        assert look(one, setting(walk=walk))[4] == 50

    def test_plateau_with_an_own_limit_in_minutes_keeps_its_slope(self, setting, look, criterion):
        walk = Walk(network="streets", limit_m=150, plateau_m=50, decay="plateau")
        one = criterion("sum", layer="cells", column="people", limit_min=5)
        diagonal = (150 - 100 * np.sqrt(2)) / 100
        found = look(one, setting(walk=walk))
        assert found[4] == pytest.approx(10 * (1 + 4 * 0.5 + 4 * diagonal))

    def test_people_of_the_demand_are_read_from_the_cells(
        self, setting, grid3, table, look, criterion
    ):
        units = table({"u": box(0, 0, 300, 300)}, people=[9000.0])
        kinds = {"census": {"people": "count"}}
        town = setting({"census": units}, kinds)
        assert look(criterion("sum", layer="census", column="people"), town)[0] == 30

    def test_sum_of_unknown_people(self, setting, grid3, look, criterion):
        grid3.loc[["a1", "b1"], "people"] = np.nan
        found = look(criterion("sum", layer="cells", column="people"), setting(cells=grid3))
        assert found[0] == pytest.approx(np.nan, nan_ok=True)  # 2 of 3 cells are unknown
        assert found[1] == 20  # 2 of 4 are

    def test_share_of_two_counts(self, setting, grid3, look, criterion):
        cells = grid3.assign(children=np.arange(9.0))
        one = criterion("share", layer="cells", column="children", of="people", within="walk")
        assert look(one, setting(cells=cells))[0] == pytest.approx((0 + 1 + 3) / 30)


class TestPolygons:
    @pytest.fixture
    def units(self, table):
        west, east = box(0, 0, 150, 300), box(150, 0, 300, 300)
        return table(
            {"east": east, "west": west}, stratum=[4.0, 2.0], dogs=[90.0, 45.0], cats=[9.0, 9.0]
        )

    @pytest.fixture
    def town(self, setting, units, grid3):
        kinds = {"units": {"stratum": "value", "dogs": "count", "cats": "count"}}
        cells = grid3.assign(people=[30.0, 10, 0, 10, 10, 10, 10, 10, 10])
        return setting({"units": units}, kinds, cells=cells)

    def test_mean_weighs_cells_by_people(self, town, look, criterion):
        one = criterion("mean", layer="units", column="stratum", within="walk")
        # a1: itself 2 x 30, b1 3 x 10, a2 2 x 10
        assert look(one, town)[0] == pytest.approx(110 / 50)

    def test_mean_of_a_group(self, town, look, criterion):
        town.cells["census.children"] = [0.0, 7, 0, 0, 0, 0, 0, 0, 0]
        keys = {"layer": "units", "column": "stratum", "within": "walk"}
        found = look(criterion("mean", group="census.children", **keys), town)
        assert found[:2] == [3, 3]
        assert np.isnan(found[8])

    def test_counts_go_by_area(self, town, look, criterion):
        # a cell of column a has 45 x 10000 / 45000 dogs, b half of that and of 20
        found = look(criterion("sum", layer="units", column="dogs"), town)
        assert found[0] == pytest.approx(10 + 10 + 15)
        one = criterion("share", layer="units", column="cats", of="dogs", within="walk")
        assert look(one, town)[0] == pytest.approx(6 / 35)

    def test_point_cells_share_a_unit_by_people(self, setting, units, grid3, look, criterion):
        cells = grid3.set_geometry(grid3.geometry.representative_point())
        cells = cells.assign(people=[30.0, 10, 0, 20, 0, 10, 40, 0, 10])
        cells = cells.set_geometry(cells.geometry.translate(-1))  # b lies west
        town = setting({"units": units}, {"units": {"dogs": "count"}}, cells=cells)
        one = criterion("sum", layer="units", column="dogs", limit_m=1)
        # 45 dogs for 100 people west (30, 10, 20, 0, 40, 0), 90 for 20 people east
        expected = [13.5, 4.5, 0, 9, 0, 45, 18, 0, 45]
        assert look(one, town) == pytest.approx(expected)

    def test_value_and_covered_share_over_the_people_in_reach(self, town, look, criterion):
        one = criterion("value", layer="units", column="stratum", within="walk")
        assert look(one, town)[8] == pytest.approx(4)
        one = criterion("share_of_area", layer="units", where={"dogs": [90]}, within="walk")
        assert look(one, town)[0] == pytest.approx((0 * 30 + 0.5 * 10 + 0) / 50)

    def test_raster(self, setting, raster, look, criterion):
        town = setting(rasters={"heat": raster([[7, 8, 9], [4, 5, 6], [1, 2, 3]])})
        one = criterion("mean", layer="heat", column="heat", within="walk")
        assert look(one, town)[0] == pytest.approx((1 + 2 + 4) / 3)


class TestPlaces:
    def test_sum(self, town, look, criterion):
        found = look(criterion("sum", layer="shops", column="staff"), town)
        assert found == [6, 8, 6, 6, 4, 6, 4, 0, 0]

    def test_sum_with_unknown_rows(self, setting, shops, look, criterion):
        shops.loc["t", "staff"] = np.nan
        found = look(criterion("sum", layer="shops", column="staff"), setting({"shops": shops}))
        assert found[0] == 2  # one of two is known
        assert np.isnan(found[6])  # the only one is not

    def test_places_do_not_fade(self, setting, shops, look, criterion):
        town = setting({"shops": shops}, walk=Walk(network="s", limit_m=100, decay="linear"))
        assert look(criterion("sum", layer="shops", column="staff"), town)[1] == 8

    def test_mean_and_share(self, town, look, criterion):
        one = criterion("mean", layer="shops", column="staff", within="walk")
        assert look(one, town)[:2] == [3, 4]
        one = criterion("share", layer="shops", column="rooms", of="staff", within="walk")
        assert look(one, town)[:2] == [pytest.approx(2 / 6), pytest.approx(3 / 8)]
        assert np.isnan(look(one, town)[8])

    def test_count_of_several_layers(self, setting, shops, look, criterion):
        town = setting({"shops": shops, "kiosks": shops.iloc[:1]})
        assert look(criterion("count", layer=["shops", "kiosks"]), town)[:3] == [3, 3, 1]

    def test_count_per_thousand_people(self, town, look, criterion):
        found = look(criterion("count", layer="shops", of="cells.people"), town)
        assert found[:2] == [pytest.approx(1000 * 2 / 30), pytest.approx(1000 * 2 / 40)]
        assert found[8] == 0

    def test_kinds(self, setting, shops, look, criterion):
        town = setting({"shops": shops, "kiosks": shops.loc[["u"]]})
        one = criterion("kinds", layer="shops", column="trade")
        assert look(one, town)[:4] == [1, 2, 1, 1]
        one = criterion("kinds", layer=["shops", "kiosks"])
        assert look(one, town)[:4] == [1, 2, 2, 1]

    def test_where(self, town, look, criterion):
        one = criterion("count", layer="shops", where={"trade": ["books"]})
        assert look(one, town)[:4] == [0, 1, 1, 0]

    def test_no_rows_at_all(self, setting, shops, look, criterion):
        town = setting({"shops": shops.iloc[:0]})
        assert look(criterion("count", layer="shops"), town) == [0] * 9
        assert look(criterion("sum", layer="shops", column="staff"), town) == [0] * 9
        assert look(criterion("kinds", layer="shops", column="trade"), town) == [0] * 9
        assert look(criterion("nearest", layer="shops"), town) == [np.inf] * 9
        assert look(criterion("nearest", layer="shops", by="straight_m"), town) == [np.inf] * 9
        assert look(criterion("not_served", layer="shops"), town) == [1] * 9
        assert look(criterion("two_step", layer="shops"), town) == [0] * 9


class TestNearest:
    def test_metres_and_minutes(self, town, look, criterion):
        metres = look(criterion("nearest", layer="shops"), town)
        assert metres[:3] + metres[6:] == [0, 100, 0, 100, pytest.approx(100 * 2**0.5), 200]
        minutes = look(criterion("nearest", layer="shops", by="walk_min"), town)
        assert minutes == pytest.approx(np.array(metres) / 60)
        straight = look(criterion("nearest", layer="shops", by="straight_m"), town)
        assert straight == metres

    def test_several_layers(self, setting, shops, look, criterion):
        town = setting(
            {"shops": shops, "kiosks": shops.iloc[:1].translate(200, 200).to_frame("geometry")}
        )
        assert look(criterion("nearest", layer=["shops", "kiosks"]), town)[8] == 0

    @pytest.mark.parametrize("by", ["walk_m", "straight_m"])
    def test_beyond_its_own_limit_is_infinitely_far(self, town, look, criterion, by):
        found = look(criterion("nearest", layer="shops", by=by, limit_m=100), town)
        assert found[3:] == [0, 100, 100, 100, np.inf, np.inf]

    def test_limit_in_minutes(self, town, look, criterion):
        one = criterion("nearest", layer="shops", by="walk_min", limit_min=2)
        assert look(one, town)[6:] == [pytest.approx(100 / 60), np.inf, np.inf]

    def test_a_park_is_reached_at_its_edge(self, setting, table, look, criterion):
        park = table({"p": box(100, 100, 300, 300)})
        town = setting({"parks": park})
        assert look(criterion("nearest", layer="parks"), town)[3] == pytest.approx(
            np.hypot(50, 50)  # doors at (100, 100) and (100, 200), every 100 m of the edge
        )
        assert look(criterion("nearest", layer="parks", by="straight_m"), town)[3] == 50


class TestCutOff:
    """A place that no street leads to is unknown on foot, and not 0."""

    @pytest.fixture
    def places(self, table):
        return table({"off": Point(-50, 50), "on": Point(50, 50)})

    @pytest.mark.parametrize("name", ["sum", "nearest", "count", "kinds", "mean"])
    def test_on_foot(self, town, look, criterion, places, name):
        keys = {"layer": "shops", "within": None if name == "nearest" else "walk"}
        keys |= {} if name in ("nearest", "count") else {"column": "staff"}
        keys |= {"column": "trade"} if name == "kinds" else {}
        found = look(criterion(name, **keys), town, places)
        assert np.isnan(found[0])
        assert not np.isnan(found[1])

    def test_not_where_nobody_walks(self, town, look, criterion, places):
        assert look(criterion("nearest", layer="shops", by="straight_m"), town, places) == [100, 0]


def test_people_walk_from_home_to_the_place(town, look, criterion, table):
    """Walks to the east are three times as long; a2 and its neighbours count by their way."""

    class Windy(type(town.walker)):
        def _metres(self, origins, destinations):
            east = destinations.x.to_numpy()[None, :] > origins.x.to_numpy()[:, None]
            return super()._metres(origins, destinations) * np.where(east, 3, 1)

    windy = replace(town, walker=Windy(town.walker.walk))
    place = table({"west": Point(50, 150), "east": Point(250, 150)})
    one = criterion("sum", layer="cells", column="people")
    assert look(one, windy, place) == [40, 30]  # from the east it is near, from the west far
    assert look(criterion("count", layer="shops"), windy, place) == [2, 1]
