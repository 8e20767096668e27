"""Rows made sound, and counted; names that a shuffle does not change."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, Polygon, box

from siteplanner.model import Layer
from siteplanner.sources.ledger import Ledger
from siteplanner.sources.repair import mend, name_rows, without_duplicates
from siteplanner.sources.source import Rows

BOW_TIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
METRIC = CRS.from_epsg(32618)


def ledger_of(kind="polygons", **keys):
    return Ledger(Layer(name="things", title="Things", source="a.gpkg", kind=kind, **keys))


def mended(shapes, kind="polygons"):
    ledger = ledger_of(kind)
    result = mend(ledger, pd.Series(shapes, dtype=object))
    return result, [(one.kind, one.count, one.total) for one in ledger.notices]


def test_empty_geometry_is_dropped():
    result, notices = mended([box(0, 0, 1, 1), None, Polygon()])
    assert list(result.index) == [0]
    assert notices == [("dropped", 2, 3)]


def test_invalid_polygons_are_repaired_and_stay_polygons():
    spike = Polygon([(0, 0), (10, 0), (10, 10), (10, 20), (10, 10), (0, 10)])
    result, notices = mended([BOW_TIE, spike, box(0, 0, 1, 1)])
    assert shapely.is_valid(result.to_numpy()).all()
    assert result.map(lambda one: one.area).tolist() == [50, 100, 1]
    assert set(shapely.get_dimensions(result.to_numpy())) == {2}
    assert notices == [("mended", 2, 3)]


def test_a_polygon_without_area_is_dropped():
    flat = Polygon([(0, 0), (1, 1), (0, 0)])
    result, notices = mended([flat, box(0, 0, 1, 1)])
    assert list(result.index) == [1]
    assert notices == [("mended", 1, 2), ("dropped", 1, 2)]


def test_a_line_without_length_is_dropped():
    result, _ = mended([LineString([(0, 0), (0, 0)]), LineString([(0, 0), (1, 1)])], "lines")
    assert list(result.index) == [1]


def test_mixed_collections_keep_the_parts_of_the_kind():
    mixed = GeometryCollection(
        [Point(0, 0), GeometryCollection([box(0, 0, 1, 1)]), box(5, 5, 6, 6)]
    )
    result, notices = mended([mixed])
    assert result[0].area == 2
    assert result[0].geom_type == "MultiPolygon"
    assert notices == [("mended", 1, 1)]
    result, _ = mended([mixed], "points")
    assert result[0] == Point(0, 0)


def test_other_kinds_among_the_rows_are_dropped():
    ledger = ledger_of()
    result = mend(ledger, pd.Series([box(0, 0, 1, 1), Point(0, 0)], dtype=object))
    assert len(result) == 1
    assert str(ledger.notices[0]) == (
        "layers/things: 1 of 2 rows dropped: they are points, not polygons"
    )


def test_heights_are_left_out():
    result, notices = mended([Point(1, 2, 3), Point(1, 2)], "points")
    assert not shapely.has_z(result.to_numpy()).any()
    assert notices == [("mended", 1, 2)]


def test_several_points_in_a_row_become_one_of_them():
    result, notices = mended([MultiPoint([(0, 0), (1, 1), (9, 9)])], "points")
    assert result[0] in [Point(0, 0), Point(1, 1), Point(9, 9)]
    assert notices == [("mended", 1, 1)]


def test_a_table_takes_any_kind():
    result, notices = mended([Point(0, 0), box(0, 0, 1, 1), BOW_TIE], "table")
    assert [one.geom_type for one in result] == ["Point", "Polygon", "MultiPolygon"]
    assert notices == [("mended", 1, 3)]


def test_rows_that_say_the_same_are_one():
    table = pd.DataFrame({"n": [1, 1, 1, 2], "t": ["a", "a", "b", "a"]})
    shapes = pd.Series([Point(0, 0)] * 4, dtype=object)
    ledger = ledger_of("points")
    rows = without_duplicates(ledger, Rows(table, shapes))
    assert list(rows.table.index) == list(rows.geometry.index) == [0, 2, 3]
    assert "1 of 4 rows dropped: another row says exactly the same" in str(ledger.notices[0])


def test_lists_in_cells_do_not_stop_the_search_for_duplicates():
    table = pd.DataFrame({"n": [[1], [1], [2]]})
    rows = without_duplicates(ledger_of(), Rows(table))
    assert len(rows.table) == 2


def names_of(shapes, ids=None, **columns):
    geometry = pd.Series(shapes, dtype=object)
    table = pd.DataFrame(columns, index=geometry.index)
    ids = None if ids is None else pd.Series(ids, dtype=object)
    ledger = ledger_of("points", id="no")
    names, keep = name_rows(ledger, ids, table, geometry, METRIC)
    return list(names), keep.tolist(), ledger


def test_the_hash_does_not_see_where_a_ring_starts_nor_a_tenth_of_a_millimetre():
    square = [(0, 0), (10, 0), (10, 10), (0, 10)]
    turned = [*square[2:], *square[:2]][::-1]
    near = [(x + 1e-4, y - 1e-4) for x, y in square]
    shapes = [
        Polygon(square),
        Polygon(turned),
        Polygon(near),
        shapely.MultiPolygon([Polygon(square)]),
    ]
    assert len({names_of([one])[0][0] for one in shapes}) == 1
    assert names_of([Polygon(square)])[0] != names_of([box(0, 0, 10, 11)])[0]
    name = names_of([Point(0, 0)])[0][0]
    assert len(name) == 12
    assert set(name) <= set("0123456789abcdef")


def test_two_rows_at_one_place_get_a_number():
    names, keep, ledger = names_of([Point(0, 0)] * 3, n=[3, 1, 2])
    assert keep == [True] * 3
    assert names[1] + "-2" == names[2]
    assert names[1] + "-3" == names[0]
    assert ledger.notices == []


def test_ids_that_come_twice():
    shapes = [Point(0, 0), Point(0, 0), Point(1, 1), Point(2, 2), Point(3, 3)]
    names, keep, ledger = names_of(shapes, ["a", "a", "a", "a-2", None], n=[1, 1, 1, 1, 1])
    assert keep == [True, False, True, True, True]
    assert sorted(names[:2]) == ["a", "a-3"]
    assert names[2] == "a-2"
    assert len(names[3]) == 12
    assert [(one.kind, one.count) for one in ledger.notices] == [
        ("flagged", 1),
        ("dropped", 1),
        ("flagged", 1),
    ]


def test_rows_without_an_id_are_not_taken_for_one_another():
    names, keep, _ = names_of([Point(0, 0)] * 3, ["a", None, None], n=[1, 1, 1])
    assert keep == [True] * 3
    assert names[2] == names[1] + "-2"


def test_a_file_that_repeats_a_row(write, reading):
    name = write("a.csv", "lon,lat,n,note\n-74,4,1,x\n-74,4,1,x\n-74,4,1,y\n")
    source = reading(name, columns={"n": "count"})
    assert source.table["n"].sum() == 2
    assert "1 of 3 rows dropped: another row says exactly the same" in str(source.notices[0])


def test_an_empty_id_column_is_refused(write, refused):
    name = write("a.csv", "no,lon,lat\n,-74,4\n,-74,5\n")
    assert "layers/things.toml: id: the column 'no' is empty" in refused(name, id="no")


@settings(deadline=None)
@given(st.permutations(range(8)), st.booleans())
def test_shuffling_the_file_changes_nothing(order, with_ids):
    table = pd.DataFrame({"n": [1.0, 2, 2, 3, 4, np.nan, 6, 6], "t": list("abbcdefg")})
    shapes = pd.Series([Point(n // 3, 0) for n in range(8)], dtype=object)
    ids = pd.Series(list("xxxxyyyz"), dtype=object) if with_ids else None
    wanted = read_again(table, shapes, ids, list(range(8)))
    found = read_again(table, shapes, ids, order)
    pd.testing.assert_frame_equal(found, wanted)
    assert wanted.index.is_unique


def read_again(table, shapes, ids, order):
    """Read the rows in an order, as they would come out of a file."""
    table = table.iloc[order].reset_index(drop=True)
    shapes = shapes.iloc[order].reset_index(drop=True)
    ids = None if ids is None else ids.iloc[order].reset_index(drop=True)
    names, keep = name_rows(ledger_of("points", id="no"), ids, table, shapes, METRIC)
    result = table[keep].assign(wkt=shapely.to_wkt(shapes[keep].to_numpy()))
    return result.set_axis(names).sort_index()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_shuffled_file_reads_the_same(folder, reading, seed):
    rng = np.random.default_rng(seed)
    table = gpd.GeoDataFrame(
        {"n": rng.integers(0, 3, 60), "t": rng.choice(list("abc"), 60)},
        geometry=shapely.points(rng.integers(0, 4, 60), rng.integers(0, 4, 60)),
        crs="EPSG:4326",
    )
    table.to_file(folder / "a.geojson")
    table.sample(frac=1, random_state=seed).to_file(folder / "b.geojson")
    columns = {"n": "count", "t": "category"}
    one, two = (reading(name, columns=columns) for name in ("a.geojson", "b.geojson"))
    assert_geodataframe_equal(one.table, two.table)
    assert one.table.index.is_unique
    assert one.table.index.is_monotonic_increasing
