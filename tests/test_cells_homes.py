"""People where they live: by floors, by use; groups that are a share; rasters in any CRS."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pyproj import CRS
from rasterio.transform import from_origin
from shapely import box

from siteplanner import cells
from siteplanner.cells.groups import of_people
from siteplanner.cells.homes import find_homes
from siteplanner.errors import InputError
from siteplanner.model import Column, Criterion, Demand, Layer, Scenario
from siteplanner.problems import find
from siteplanner.sources import read
from siteplanner.study import Study

UTM = CRS.from_epsg(32618)
ROW = box(0, 0, 300, 100)
"""Three squares of 100 m side by side."""


def scenario(groups=(), people="units.residents", **demand) -> Scenario:
    return Scenario(
        name="parks", title="Parks", area="city",
        demand=Demand(people=people, groups=groups, **demand),
        need={"p": Criterion(layer="units", column="stratum", zero_at=4, full_at=1)},
    )  # fmt: skip


def rows(shapes, **columns) -> gpd.GeoDataFrame:
    names = [f"u{place}" for place in range(len(shapes))]
    return gpd.GeoDataFrame(columns, index=names, geometry=list(shapes), crs=UTM).rename_axis("id")


def study_of(area, ring_m=0.0, rasters=None, kinds=None, **tables) -> Study:
    kinds = {"residents": "count", "floors": "value", "use": "category", **(kinds or {})}
    columns = {name: Column(kind=kind) for name, kind in kinds.items()}
    layers = {
        name: Layer(name=name, title=name, source="x", kind="polygons", columns=columns)
        for name in [*tables, *(rasters or {})]
    }
    region = area.buffer(ring_m, join_style="mitre") if ring_m else area
    return Study(UTM, area, region, tables, rasters or {}, layers, ())


def told(made: cells.Cells) -> str:
    return "\n".join(str(one) for one in made.notices)


def by_square(made: cells.Cells, column="people") -> list[float]:
    return made.table[column].reindex(["s0_0", "s1_0", "s2_0"]).tolist()


UNIT = rows([ROW], residents=[120.0])
HOUSES = [box(0, 0, 20, 20), box(100, 0, 120, 20), box(200, 0, 240, 20)]


def test_people_live_on_floors():
    homes = rows(HOUSES, floors=[1.0, 3.0, 1.0])
    made = cells.lay(
        scenario(squares_m=100, spread_over="homes", spread_by="floors"),
        study_of(ROW, units=UNIT, homes=homes),
    )
    assert by_square(made) == pytest.approx([20, 60, 40])


def test_a_count_is_spread_over_its_building():
    homes = rows([box(50, 0, 150, 20), HOUSES[2]], homes=[6.0, 2.0])
    given = study_of(ROW, units=UNIT, homes=homes, kinds={"homes": "count"})
    made = cells.lay(scenario(squares_m=100, spread_over="homes", spread_by="homes"), given)
    assert by_square(made) == pytest.approx([45, 45, 30])


def test_people_live_by_use():
    """Eicher and Brewer 2001, weighted by class: here 1 : 0.5, none on industry."""
    land = rows(
        [box(0, 0, 100, 100), box(100, 0, 200, 100), box(200, 0, 300, 100)],
        use=["residential", "mixed", "industry"],
    )
    asked = {"spread_over": "land", "spread_by": "use"}
    densities = {"residential": 1, "mixed": 0.5}
    made = cells.lay(
        scenario(squares_m=100, densities=densities, **asked), study_of(ROW, units=UNIT, land=land)
    )
    assert by_square(made) == pytest.approx([80, 40, np.nan], nan_ok=True)
    assert (
        "layers/land: 1 of 3 rows flagged: [demand] densities give no number for their use: nobody "
        "is taken to live there (for example industry)"
    ) in told(made)


def test_floors_that_are_not_known_are_as_in_the_middle_row():
    homes = rows(HOUSES, floors=[2.0, np.nan, -1.0])
    made = cells.lay(
        scenario(squares_m=100, spread_over="homes", spread_by="floors"),
        study_of(ROW, units=UNIT, homes=homes),
    )
    assert by_square(made) == pytest.approx([30, 30, 60])
    assert "2 of 3 rows flagged: 'floors' is not known there: as in the middle row (2)" in told(
        made
    )


def test_areas_without_homes_are_shared_by_their_ground_and_said():
    units = rows([box(0, 0, 150, 100), box(150, 0, 300, 100)], residents=[10.0, 30.0])
    homes = rows([HOUSES[0]], floors=[2.0])
    given = study_of(ROW, units=units, homes=homes)
    for by in ({}, {"spread_by": "floors"}):
        made = cells.lay(scenario(squares_m=100, spread_over="homes", **by), given)
        assert by_square(made) == pytest.approx([10, 10, 20])
        assert (
            "cells: units.residents: 30 people of areas where 'homes' has nothing are shared out "
            "over all the ground there (for example u1)"
        ) in told(made)
        assert "40 on cells inside the area + 0 in the ring" in told(made)


def test_a_house_of_no_floors_is_no_home():
    homes = rows(HOUSES, floors=[1.0, 0.0, 0.0])
    made = cells.lay(
        scenario(squares_m=100, spread_over="homes", spread_by="floors"),
        study_of(ROW, units=UNIT, homes=homes),
    )
    assert by_square(made) == pytest.approx([120, np.nan, np.nan], nan_ok=True)


def test_on_blocks_people_follow_the_blocks_own_floors():
    blocks = rows([box(0, 0, 40, 100), box(100, 0, 140, 100)], floors=[1.0, 4.0])
    given = study_of(ROW, units=UNIT, blocks=blocks)
    asked = {"cells": "blocks", "spread_over": "blocks"}
    plain = cells.lay(scenario(**asked), given)
    assert plain.table["people"].tolist() == pytest.approx([60, 60])
    made = cells.lay(scenario(**asked, spread_by="floors"), given)
    assert made.table["people"].tolist() == pytest.approx([24, 96])


def test_ground_counts_once_where_the_densest_lies():
    table = rows(
        [box(0, 0, 20, 10), box(10, 0, 30, 10), box(10, 0, 20, 10), box(5, 0, 8, 10)],
        floors=[1.0, 3.0, 3.0, 9.0],
    )
    demand = Demand(squares_m=9, people="u.p", spread_over="homes", spread_by="floors")
    homes, _ = find_homes(table, demand, Column())
    assert dict(zip(homes.per_m2, shapely.area(homes.shapes), strict=True)) == {
        9.0: 30, 3.0: 200, 1.0: 70
    }  # fmt: skip
    assert shapely.area(shapely.union_all(homes.shapes)) == pytest.approx(
        shapely.area(homes.shapes).sum()
    )


@st.composite
def houses(draw):
    number, side = st.integers(0, 270), st.integers(1, 60)
    shapes = [
        box(x, y, x + draw(side), y + draw(side))
        for x, y in (
            (draw(number), draw(st.integers(0, 90))) for _ in range(draw(st.integers(1, 9)))
        )
    ]
    return shapes, [draw(st.sampled_from([0.0, 1.0, 2.5, 7.0, np.nan])) for _ in shapes]


@settings(max_examples=50, deadline=None)
@given(houses(), st.lists(st.integers(0, 500), min_size=3, max_size=3))
def test_totals_stay_whatever_the_homes(drawn, residents):
    shapes, floors = drawn
    units = rows([box(100 * n, 0, 100 * n + 100, 100) for n in range(3)], residents=residents)
    given = study_of(ROW, 60, units=units, homes=rows(shapes, floors=floors))
    asked = scenario(squares_m=35, spread_over="homes", spread_by="floors")
    known = np.array(floors)[np.isfinite(floors)]
    if not (known > 0).any():
        with pytest.raises(InputError, match="by 'floors' nobody lives anywhere on 'homes'"):
            cells.lay(asked, given)
        return
    made = cells.lay(asked, given)
    assert made.table["people"].sum() == pytest.approx(sum(residents), rel=1e-9, abs=1e-9)


def test_people_by_floors_agree_with_a_plain_triple_loop():
    rng = np.random.default_rng(4)
    corners = np.column_stack([rng.uniform(0, 280, 40), rng.uniform(0, 80, 40)])
    shapes, floors = [], []
    for x, y in corners:  # houses that do not overlap
        house = box(x, y, x + rng.uniform(4, 20), y + rng.uniform(4, 20)).intersection(ROW)
        if not any(house.intersects(one) for one in shapes):
            shapes.append(house)
            floors.append(float(rng.integers(1, 9)))
    units = rows([box(0, 0, 130, 100), box(130, 0, 300, 100)], residents=[70.0, 330.0])
    made = cells.lay(
        scenario(squares_m=50, spread_over="homes", spread_by="floors"),
        study_of(ROW, units=units, homes=rows(shapes, floors=floors)),
    )
    expected = dict.fromkeys(made.table.index, 0.0)
    for unit, people in zip(units.geometry, units["residents"], strict=True):
        inside = [one.intersection(unit).area * f for one, f in zip(shapes, floors, strict=True)]
        for name, cell in made.table.geometry.items():
            part = [
                one.intersection(unit).intersection(cell).area * f
                for one, f in zip(shapes, floors, strict=True)
            ]
            expected[name] += people * sum(part) / sum(inside)
    found = made.table["people"].fillna(0).to_dict()
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_group_known_as_a_share_of_districts_follows_the_people():
    """Both margins hold: people by cell, and each district's share of its people."""
    districts = rows([box(0, 0, 100, 100), box(100, 0, 300, 100)], young=[0.5, 0.1])
    blocks = [box(0, 0, 100, 100), box(100, 0, 200, 100), box(200, 0, 300, 100)]
    units = rows(blocks, residents=[10.0, 100.0, 40.0])
    given = study_of(ROW, units=units, districts=districts, kinds={"young": "rate"})
    for asked in ({"squares_m": 100}, {"cells": "units"}):
        made = cells.lay(scenario(groups=["districts.young"], **asked), given)
        assert made.table["people"].tolist() == pytest.approx([10, 100, 40])
        assert made.table["districts.young"].tolist() == pytest.approx([5, 10, 4])
        assert "districts.young is a share: 19 of 150 people on cells (12.7 %)" in told(made)


def test_a_share_that_is_not_known_is_said():
    districts = rows([box(0, 0, 100, 100), box(100, 0, 250, 100)], young=[np.nan, 0.1])
    given = study_of(ROW, units=UNIT, districts=districts, kinds={"young": "rate"})
    made = cells.lay(scenario(squares_m=100, groups=["districts.young"]), given)
    assert by_square(made, "districts.young") == pytest.approx([np.nan, 4, 4], nan_ok=True)
    assert "districts.young is not known for 40 people" in told(made)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6)), min_size=1, max_size=20))
def test_a_group_is_never_more_than_the_people(pairs):
    share, people = np.array(pairs).T
    group = of_people(share, people)
    assert ((group >= 0) & (group <= people)).all()


def test_what_is_wrong_with_spreading():
    def refused(match, **demand):
        with pytest.raises(ValidationError, match=match):
            Demand(squares_m=100, people="units.residents", **demand)

    refused("spread_by names a column, but of no layer", spread_by="floors")
    refused("found densities, but no column", spread_over="homes", densities={"a": 1})
    both = {"spread_over": "land", "spread_by": "use"}
    refused("a density is below 0", **both, densities={"a": -1})
    refused("all densities are 0", **both, densities={"a": 0})


def test_what_the_layers_say_of_spreading():
    given = study_of(ROW, units=UNIT, land=rows([ROW], use=["residential"], floors=[1.0]))
    layers = {**given.layers, "city": given.layers["land"]}

    def problems(**demand):
        asked = scenario(squares_m=100, spread_over="land", **demand)
        return [str(one) for one in find(asked, layers) if "demand" in str(one)]

    assert problems(spread_by="floor") == [
        "scenarios/parks.toml: demand.spread_by: layer 'land' declares no column 'floor'; did you "
        "mean 'floors'?"
    ]
    assert "demand.spread_by: 'use' is a category; add densities" in problems(spread_by="use")[0]
    assert problems(spread_by="use", densities={"residential": 1}) == []
    found = problems(spread_by="floors", densities={"a": 1})
    assert "demand.densities: 'floors' is a value: its numbers count" in found[0]
    by_use = {"spread_over": "land", "spread_by": "use", "densities": {"residental": 1}}
    asked = scenario(squares_m=100, **by_use)
    with pytest.raises(InputError) as caught:
        cells.lay(asked, given)
    assert (
        "demand.densities.residental: no row of 'land' here has use = 'residental'; did you mean "
        "'residential'?"
    ) in str(caught.value)


def test_square_metres_in_place_of_people_are_called_so():
    column = Column(**{"from": "@floor_area_m2", "floors": "levels", "kind": "count"})
    keys = {"name": "b", "title": "B", "source": "b.gpkg", "kind": "polygons"}
    city = Layer(name="city", title="C", source="c.gpkg", kind="polygons")
    units = Layer(
        name="units", title="U", source="u.gpkg", kind="polygons", columns={"stratum": Column()}
    )
    asked = scenario(people="b.floor_area", squares_m=100)
    for proxy, count in (("", 1), ("floor area, in place of people", 0)):
        layers = {
            "city": city, "units": units,
            "b": Layer(columns={"floor_area": column}, proxy=proxy, **keys),
        }  # fmt: skip
        assert len(find(asked, layers)) == count
    assert "b.floor_area counts square metres in place of people; say so in layers/b.toml" in str(
        find(asked, {**layers, "b": Layer(columns={"floor_area": column}, **keys)})[0]
    )


BOGOTA = box(595_000, 505_000, 605_000, 515_000)
"""10 km in UTM zone 18 north."""


def count_raster(path: Path, crs: str, cell: float, *, nodata=None, holes=None, dtype="float64"):
    """Write random people around Bogotá's square; give the layer as read, and the numbers."""
    edge = gpd.GeoSeries([BOGOTA.buffer(4000)], crs=UTM).to_crs(crs).total_bounds
    width = int(np.ceil((edge[2] - edge[0]) / cell))
    height = int(np.ceil((edge[3] - edge[1]) / cell))
    values = np.random.default_rng(7).gamma(2, 20, (height, width)).astype(dtype)
    if holes is not None:
        values[::7, ::5] = holes
    transform = from_origin(edge[0], edge[3], cell, cell)
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=1, dtype=values.dtype,
        crs=crs, transform=transform, nodata=nodata,
    ) as file:  # fmt: skip
        file.write(values, 1)
    layer = Layer(
        name="units", title="P", source=path.name, kind="raster",
        columns={"residents": Column(kind="count")},
    )  # fmt: skip
    return read(layer, path.parent), values, transform


def sum_inside(values, transform, crs, region) -> float:
    """Add up raster cells by the share of each inside a region, one polygon a cell."""
    dense = gpd.GeoSeries([shapely.segmentize(region, 50)], crs=UTM).to_crs(crs).iloc[0]
    height, width = values.shape
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    west, north = transform.c + transform.a * column, transform.f + transform.e * row
    pixels = shapely.box(west, north + transform.e, west + transform.a, north).ravel()
    shapely.prepare(dense)
    near = shapely.intersects(dense, pixels)
    share = shapely.area(shapely.intersection(dense, pixels[near])) / shapely.area(pixels[near])
    return float(np.nansum(values.ravel()[near] * share))


@pytest.mark.parametrize(("crs", "cell"), [("EPSG:4326", 1 / 120), ("ESRI:54009", 1000)])
def test_rasters_of_people_keep_their_total_in_any_crs(tmp_path, crs, cell):
    """As WorldPop (degrees) and GHSL (Mollweide) come."""
    source, values, transform = count_raster(tmp_path / "p.tif", crs, cell)
    given = study_of(BOGOTA, 1500, rasters={"units": source.raster})
    made = cells.lay(scenario(hexagons_m=400), given)
    whole = sum_inside(values, transform, crs, given.region)
    assert made.table["people"].sum() == pytest.approx(whole, rel=1e-7)
    account = next(str(one) for one in made.notices if "in the layer =" in str(one))
    assert "0 not placed" in account
    assert "not placed" not in told(made).replace(account, "")


@pytest.mark.parametrize("unknown", [-200.0, -99999.0, np.nan])
@pytest.mark.parametrize("declared", [True, False])
def test_numbers_for_unknown_are_never_people(tmp_path, unknown, declared):
    nodata = unknown if declared else None
    source, values, transform = count_raster(
        tmp_path / "p.tif", "ESRI:54009", 500, nodata=nodata, holes=unknown
    )
    given = study_of(BOGOTA, rasters={"units": source.raster})
    made = cells.lay(scenario(squares_m=500), given)
    values = np.where(values < 0, np.nan, values)
    whole = sum_inside(values, transform, "ESRI:54009", BOGOTA)
    assert made.table["people"].sum() == pytest.approx(whole, rel=1e-7)
    said = "\n".join(str(one) for one in source.notices)
    flagged = f"'residents' is below 0 there (lowest {unknown:g}), which no count is"
    assert (flagged in said) == (not declared and unknown < 0)
    if flagged in said:
        assert f"write nodata = {unknown:g}" in said
