"""Cells: the same lattice every time, and nobody lost on the way onto it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import geopandas.testing
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.transform import from_origin
from shapely import MultiPolygon, Point, Polygon, box

from siteplanner import cells
from siteplanner.cells import area_shares
from siteplanner.errors import InputError
from siteplanner.model import Column, Criterion, Demand, Join, Layer, Scenario
from siteplanner.sources import Raster
from siteplanner.study import Study

UTM = CRS.from_epsg(32618)
COUNTS = MappingProxyType({"residents": Column(kind="count"), "young": Column(kind="count")})


def scenario(groups=(), people="units.residents", **demand) -> Scenario:
    return Scenario(
        name="parks", title="Parks", area="city",
        demand=Demand(people=people, groups=groups, **demand),
        need={"p": Criterion(layer="units", column="stratum", zero_at=4, full_at=1)},
    )  # fmt: skip


def table(shapes, **columns) -> gpd.GeoDataFrame:
    """Give rows u0, u1, …, ten residents each where nothing else is said."""
    names = [f"u{place}" for place in range(len(shapes))]
    columns = {"residents": 10.0, "young": 1.0, **columns}
    return gpd.GeoDataFrame(columns, index=names, geometry=list(shapes), crs=UTM).rename_axis("id")


def study_of(area, ring_m=0.0, rasters=None, **tables) -> Study:
    layers = {
        name: Layer(name=name, title=name, source="x", kind="polygons", columns=dict(COUNTS))
        for name in [*tables, *(rasters or {})]
    }
    region = area.buffer(ring_m, join_style="mitre") if ring_m else area
    return Study(UTM, area, region, tables, rasters or {}, layers, ())


def people_of(made: cells.Cells) -> dict[str, float]:
    return made.table["people"].to_dict()


def told(made: cells.Cells, words: str) -> str:
    return next(str(one) for one in made.notices if words in str(one))


ROW = box(0, 0, 300, 100)
"""Three squares of 100 m side by side."""


def test_a_unit_shares_its_people_among_cells_by_area():
    made = cells.lay(scenario(squares_m=100), study_of(ROW, units=table([box(0, 0, 150, 100)])))
    found = people_of(made)
    assert found["s0_0"] == pytest.approx(10 * 2 / 3)
    assert found["s1_0"] == pytest.approx(10 / 3)
    assert np.isnan(found["s2_0"])
    assert "s2_0" in told(made, "not known")


def test_people_live_on_what_they_are_spread_over():
    homes = table([box(0, 0, 100, 50), box(0, 0, 100, 50), box(150, 0, 200, 50)])
    given = study_of(ROW, units=table([ROW]), homes=homes)
    made = cells.lay(scenario(squares_m=100, spread_over="homes"), given)
    found = people_of(made)
    assert found["s0_0"] == pytest.approx(10 * 5000 / 7500)  # overlapping homes count once
    assert found["s1_0"] == pytest.approx(10 * 2500 / 7500)
    assert np.isnan(found["s2_0"])


def test_blocks_that_cover_part_of_a_unit_take_all_of_its_people():
    blocks = table([box(0, 0, 40, 40), box(210, 0, 230, 40)])
    given = study_of(ROW, units=table([ROW]), blocks=blocks)
    made = cells.lay(scenario(cells="blocks"), given)
    assert people_of(made) == pytest.approx({"u0": 10 * 1600 / 2400, "u1": 10 * 800 / 2400})
    assert made.table["area_m2"].tolist() == [1600, 800]


def test_ring_people_stay_in_the_ring():
    blocks = table([box(40, 0, 60, 100), box(140, 0, 160, 100), box(240, 0, 260, 100)])
    given = study_of(box(0, 0, 200, 100), 100, units=table([ROW]), blocks=blocks)
    made = cells.lay(scenario(cells="blocks"), given)
    assert people_of(made) == pytest.approx({"u0": 10 / 3, "u1": 10 / 3, "u2": 10 / 3})
    assert made.table["in_area"].tolist() == [True, True, False]


def test_area_people_stay_on_cells_inside_where_cells_cross_its_edge():
    given = study_of(box(0, 0, 130, 100), 100, units=table([box(0, 0, 230, 100)]))
    made = cells.lay(scenario(squares_m=100), given)
    assert made.table["people"]["s0_0"] == pytest.approx(10 * 130 / 230)
    assert made.table["people"][["s1_0", "s2_0"]].tolist() == pytest.approx(
        [10 * 100 / 230 * 0.7, 10 * 100 / 230 * 0.3]
    )


def test_ring_people_go_inside_only_where_the_ring_has_no_cell():
    given = study_of(box(0, 0, 160, 100), 30, units=table([box(170, 0, 190, 100)]))
    made = cells.lay(scenario(squares_m=100), given)
    assert people_of(made) == pytest.approx({"s0_0": np.nan, "s1_0": 10}, nan_ok=True)
    assert "10 on cells inside the area + 0 in the ring" in told(made, "layer =")


def test_blocks_that_stop_at_the_edge_do_not_take_the_people_beyond_it():
    blocks = table([box(10, 0, 90, 100), box(95, 0, 107, 100)])
    given = study_of(box(0, 0, 100, 100), 100, units=table([box(0, 0, 200, 100)]), blocks=blocks)
    made = cells.lay(scenario(cells="blocks"), given)
    assert made.table["people"].sum() == pytest.approx(5)
    assert "5 on cells inside the area + 0 in the ring + 0 beyond the ring + 5 not placed" in told(
        made, "in the layer"
    )
    assert "5 people live where there is no cell (for example u0)" in told(made, "no cell")


def test_people_beyond_the_ring_are_counted():
    made = cells.lay(
        scenario(squares_m=100), study_of(box(0, 0, 100, 100), 100, units=table([ROW.buffer(0)]))
    )
    assert "= 3 on cells inside the area + 3 in the ring + 3 beyond the ring" in told(
        made, "in the layer"
    )


def test_the_cells_own_counts_are_taken_as_they_are(grid3):
    own = grid3.drop(columns="in_area").rename(columns={"people": "residents"})
    own["residents"] = np.arange(9.0)
    given = study_of(box(0, 0, 300, 300), units=own)
    made = cells.lay(scenario(cells="units"), given)
    assert people_of(made) == own["residents"].to_dict()
    assert made.table.index.tolist() == sorted(own.index)
    assert made.table.index.name == "cell"


def test_a_table_joined_to_the_cells_is_taken_as_it_is():
    blocks, given = table([box(0, 0, 100, 100), box(100, 0, 200, 100)]), None
    given = study_of(ROW, blocks=blocks, units=table([box(0, 0, 100, 100)], residents=7.0))
    layers = dict(given.layers)
    layers["units"] = Layer(
        name="units", title="U", source="x", kind="table", columns=dict(COUNTS),
        join=Join(layer="blocks", key="k"),
    )  # fmt: skip
    given = Study(UTM, given.area, given.region, given.tables, {}, layers, ())
    found = people_of(cells.lay(scenario(cells="blocks"), given))
    assert found["u0"] == 7
    assert np.isnan(found["u1"])


def test_points_count_in_their_cell_once_or_near_it():
    points = [Point(50, 50), Point(100, 50), Point(250, -70), Point(250, -80), Point(299, 99)]
    given = study_of(ROW, units=table(points))
    made = cells.lay(scenario(squares_m=100), given)
    assert people_of(made) == {"s0_0": 20, "s1_0": 0, "s2_0": 20}
    assert "10 people live where there is no cell (for example u3)" in told(made, "no cell")


def test_point_cells_take_the_nearest_points_and_an_even_part_of_units():
    blocks = table([Point(50, 50), Point(250, 50)])
    points = study_of(ROW, blocks=blocks, units=table([Point(0, 0), Point(140, 0), Point(290, 0)]))
    assert people_of(cells.lay(scenario(cells="blocks"), points)) == {"u0": 20, "u1": 10}
    units = study_of(ROW, blocks=blocks, units=table([ROW]))
    made = cells.lay(scenario(cells="blocks"), units)
    assert people_of(made) == {"u0": 5, "u1": 5}
    assert made.table["area_m2"].isna().all()


def test_unknown_units_leave_unknown_cells():
    units = table([box(0, 0, 150, 100), box(150, 0, 300, 100)], residents=[np.nan, 12.0])
    made = cells.lay(scenario(squares_m=100), study_of(ROW, units=units))
    found = people_of(made)
    assert np.isnan(found["s0_0"])
    assert found["s1_0"] == pytest.approx(4)
    assert found["s2_0"] == pytest.approx(8)
    assert "1 of 3 rows flagged: how many people live there is not known" in told(
        made, "live there"
    )
    assert "1 of 3 rows flagged" in told(made, "part of their units.residents")


def test_groups_are_columns_under_their_own_name():
    units = table([ROW], young=[3.0])
    made = cells.lay(scenario(squares_m=100, groups=["units.young"]), study_of(ROW, units=units))
    assert list(made.table.columns) == [
        "geometry", "people", "units.young", "in_area", "area_m2",
    ]  # fmt: skip
    assert made.table["units.young"].tolist() == pytest.approx([1, 1, 1])


def test_empty_cells_stay_in_the_area_only():
    given = study_of(box(0, 0, 100, 100), 100, units=table([Point(50, 50)]))
    made = cells.lay(scenario(squares_m=100), given)
    assert people_of(made) == {"s0_0": 10}
    assert "rows clipped: they lie in the ring and nobody" in told(made, "clipped")


def test_raster_cells_count_by_their_exact_share(tmp_path: Path):
    path = tmp_path / "people.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 1, "count": 1, "dtype": "float32"}
    shape = from_origin(0, 100, 80, 100)
    with rasterio.open(path, "w", crs=UTM.to_wkt(), transform=shape, **profile) as file:
        file.write(np.array([[[8, 4, -1, 2]]], dtype="float32"))
    raster = Raster(path, UTM, {"residents": 1}, -1.0)
    given = study_of(ROW, rasters={"units": raster})
    made = cells.lay(scenario(squares_m=100), given)
    assert people_of(made) == pytest.approx({"s0_0": 9, "s1_0": 3, "s2_0": 1.5})
    assert "14 in the layer = 14 on cells inside the area + 0 in the ring" in told(made, "layer =")


def test_a_raster_cannot_be_counted_on_points(tmp_path: Path):
    raster = Raster(tmp_path / "no.tif", UTM, {"residents": 1}, None)
    given = study_of(ROW, rasters={"units": raster}, blocks=table([Point(5, 5)]))
    with pytest.raises(InputError, match="units is a raster, and the cells are points"):
        cells.lay(scenario(cells="blocks"), given)


def test_what_is_no_count_is_never_added_up():
    given = study_of(ROW, units=table([ROW]))
    columns = {"residents": Column(kind="rate"), "young": Column(kind="value")}
    layers = {"units": given.layers["units"].model_copy(update={"columns": columns})}
    given = Study(UTM, given.area, given.region, given.tables, {}, layers, ())
    with pytest.raises(InputError) as error:
        cells.lay(scenario(squares_m=100, groups=["units.young"]), given)
    assert [str(one) for one in error.value.problems] == [
        "scenarios/parks.toml: demand.people: units.residents is a rate; name a count: only "
        "counts can be added up",
        "scenarios/parks.toml: demand.groups: units.young is a value; name a count: only counts "
        "can be added up",
    ]


def test_refuses_cells_outside_the_area_and_far_too_many_cells():
    given = study_of(ROW, 500, units=table([ROW]), blocks=table([box(400, 0, 500, 100)]))
    with pytest.raises(InputError, match="none of 1 cells lies in the area; choose cells"):
        cells.lay(scenario(cells="blocks"), given)
    with pytest.raises(
        InputError, match=r"hexagons_m: cells of 0.1 m would be more than 2,000,000"
    ):
        cells.lay(scenario(hexagons_m=0.1), given)


def test_spread_over_needs_cells_with_an_extent():
    given = study_of(ROW, units=table([ROW]), homes=table([ROW]), blocks=table([Point(5, 5)]))
    with pytest.raises(InputError, match=r"demand.spread_over: the cells are points"):
        cells.lay(scenario(cells="blocks", spread_over="homes"), given)


def test_inputs_stay_as_they_are():
    units, blocks = table([ROW]), table([box(0, 0, 50, 50)])
    before = units.copy(deep=True), blocks.copy(deep=True)
    made = cells.lay(scenario(cells="blocks"), study_of(ROW, units=units, blocks=blocks))
    made.table["people"] = 0
    geopandas.testing.assert_geodataframe_equal(units, before[0])
    geopandas.testing.assert_geodataframe_equal(blocks, before[1])
    assert made.table.crs == UTM


@pytest.mark.parametrize("lay", [cells.hexagons, cells.squares])
def test_lattices_are_tied_to_the_origin(lay):
    one = lay(box(1010, -520, 1700, 300), 100)
    other = lay(box(1290, -400, 2000, 900), 100)
    shared = one.index.intersection(other.index)
    assert len(shared) > 10
    assert one[shared].geom_equals(other[shared]).all()
    assert one.index.is_monotonic_increasing


@pytest.mark.parametrize("lay", [cells.hexagons, cells.squares])
def test_lattices_cover_the_region_without_overlap(lay):
    region = MultiPolygon([box(3, 5, 411, 250), box(600, 300, 650, 777)])
    laid = lay(region, 60)
    assert laid.intersects(region).all()
    assert shapely.union_all(laid.array).covers(region)
    assert laid.area.sum() == pytest.approx(shapely.union_all(laid.array).area)


def test_hexagons_are_as_wide_as_asked_between_flat_sides():
    hexagon = cells.hexagons(box(0, 0, 1, 1), 200).iloc[0]
    assert hexagon.area == pytest.approx(200**2 * np.sqrt(3) / 2)
    west, south, east, north = hexagon.bounds
    assert (east - west, north - south) == pytest.approx((200, 400 / np.sqrt(3)))


@st.composite
def rectangles(draw, least=1):
    """Give boxes between 0 and 1350 m."""
    count = st.integers(least, 8)
    number = st.integers(0, 950)
    side = st.integers(1, 400)
    return [
        box(x, y, x + draw(side), y + draw(side))
        for x, y in (
            (draw(number), draw(number)) for _ in range(draw(count))
        )
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rectangles(), st.sampled_from([{"hexagons_m": 90}, {"squares_m": 130}]))
def test_totals_are_conserved(units, demand):
    given = study_of(box(200, 200, 700, 800), 250, units=table(units))
    made = cells.lay(scenario(**demand), given)
    here = sum(10 * one.intersection(given.region).area / one.area for one in units)
    assert made.table["people"].sum() == pytest.approx(here, rel=1e-9, abs=1e-9)
    error = float(told(made, "relative error").rstrip(")").rpartition(" ")[2])
    assert error < 1e-9


@settings(max_examples=30, deadline=None)
@given(rectangles(2), st.randoms(use_true_random=False))
def test_the_order_of_units_changes_nothing(units, random):
    rows = table(units, residents=np.arange(1.0, len(units) + 1))
    order = list(range(len(rows)))
    random.shuffle(order)
    area = box(0, 0, 1000, 1000)
    one = cells.lay(scenario(squares_m=100), study_of(area, units=rows))
    other = cells.lay(scenario(squares_m=100), study_of(area, units=rows.iloc[order]))
    assert one.table["people"].to_numpy() == pytest.approx(
        other.table["people"].to_numpy(), nan_ok=True
    )


@settings(max_examples=40, deadline=None)
@given(rectangles(), rectangles())
def test_area_shares_agree_with_a_plain_double_loop(sources, targets):
    expected = [[target.intersection(one).area for one in sources] for target in targets]
    found = area_shares(np.array(sources), np.array(targets))
    assert found.shape == (len(targets), len(sources))
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-12, atol=1e-9)
    assert (found.data > 0).all()


def test_area_shares_agree_with_an_overlay_of_holes_and_parts():
    ring = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    sources = gpd.GeoDataFrame(
        {"source": [0, 1]}, geometry=[MultiPolygon([ring, box(20, 0, 30, 9)]), box(2, 2, 7, 7)]
    )
    targets = gpd.GeoDataFrame(
        {"target": [0, 1, 2]}, geometry=[box(0, 0, 25, 5), box(4, 4, 5, 5), ring]
    )
    overlay = gpd.overlay(targets, sources)
    expected = np.zeros((3, 2))
    expected[overlay["target"], overlay["source"]] = overlay.area
    found = area_shares(sources.geometry, targets.geometry)
    np.testing.assert_allclose(found.toarray(), expected)
    assert found.nnz == len(overlay)


def test_area_shares_leave_the_callers_shapes_alone():
    sources, targets = np.array([box(0, 0, 2, 2)]), np.array([box(1, 1, 3, 3), None])
    before = sources.copy(), targets.copy()
    assert area_shares(sources, targets).toarray().tolist() == [[1.0], [0.0]]
    assert (sources == before[0]).all()
    assert (targets == before[1]).all()


@pytest.mark.data
def test_bogota_units_on_blocks(real_data: Path):
    folder = real_data / "bogota"
    read = {
        name: gpd.read_file(folder / file).to_crs(UTM)
        for name, file in {
            "area": "area_estudio.geojson", "units": "upz.geojson",
            "blocks": "manzanas_area_estudio.gpkg",
        }.items()
    }  # fmt: skip
    units = table(
        read["units"].geometry,
        residents=read["units"]["poblacion_total"].to_numpy(dtype=float),
        young=read["units"]["poblacion_0_14"].to_numpy(dtype=float),
    )
    assert units["residents"].sum() == 7_387_400
    area = shapely.union_all(read["area"].geometry.array)
    given = study_of(area, 1200, units=units, blocks=table(read["blocks"].geometry))
    made = cells.lay(scenario(cells="blocks", groups=["units.young"]), given)
    inside = units.intersection(area).area / units.area
    assert made.table["people"].sum() == pytest.approx(
        (units["residents"] * inside).sum(), rel=1e-5
    )
    assert made.table["people"].notna().all()
    assert (made.table["units.young"] < made.table["people"]).all()
    account = told(made, "units.residents: 7,387,400 in the layer")
    assert float(account.rstrip(")").rpartition(" ")[2]) < 1e-9


def test_addresses_stay_on_their_side_of_the_edge():
    """Near the edge a hexagon's middle may lie outside; the people inside are not lost."""
    rng = np.random.default_rng(2)
    homes = table([Point(x, y) for x, y in rng.uniform(0, 1000, (400, 2))], residents=[1.0] * 400)
    area = box(0, 0, 1000, 1000)
    for ring_m in (0, 300):
        made = cells.lay(scenario(hexagons_m=170), study_of(area, ring_m=ring_m, units=homes))
        inside = made.table["in_area"]
        assert made.table.loc[inside, "people"].sum() == 400
        assert made.table.loc[~inside, "people"].sum() == 0
