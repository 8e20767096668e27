"""The real cities, with all their traps, through the same general checks."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely

from siteplanner.sources import read_all

pytestmark = pytest.mark.data


@pytest.fixture
def bogota(real_data, monkeypatch, reading):
    monkeypatch.setenv("SITEPLANNER_DATA", str(real_data))
    return lambda name, *args, **keys: reading(
        f"${{SITEPLANNER_DATA}}/bogota/{name}", *args, **keys
    )


def test_planning_units(bogota):
    columns = {
        "people": {"from": "poblacion_total", "kind": "count", "unit": "people"},
        "stratum": {"from": "estrato_prom", "unit": "1 (lowest) to 6"},
    }
    source = bogota("upz.geojson", "polygons", id="codigo_upz", label="nombre_upz", columns=columns)
    table = source.table
    assert len(table) == 112
    assert table.index[0] == "001"
    assert table["people"].sum() == 7_387_400
    assert table["stratum"].between(1, 6).all()
    assert table.loc["016", "label"] == "SANTA BARBARA"
    assert source.notices == ()


def test_parks_in_other_countries_read(bogota):
    name = "parques_directorio_2023_RAW_con_errores.geojson"
    source = bogota(name, "points", id="no", label="nombre")
    assert len(source.table) + sum(n.count for n in source.notices if n.kind == "dropped") == 210
    lon = source.table.geometry.x
    assert ((lon < -75) | (lon > -73)).sum() >= 10


@pytest.mark.parametrize(
    ("name", "kind", "rows"),
    [
        ("manzanas_area_estudio.gpkg", "polygons", 13_805),
        ("vias_area_estudio.gpkg", "lines", 42_253),
        ("lotes_sin_direccion_200_50000m2.gpkg", "polygons", 3_124),
        ("area_actividad_pot.gpkg", "polygons", 1_141),
        ("colegios.geojson", "points", 2_227),
        ("area_estudio.geojson", "polygons", 1),
    ],
)
def test_no_row_is_lost_in_silence(bogota, name, kind, rows):
    source = bogota(name, kind)
    dropped = sum(one.count for one in source.notices if one.kind == "dropped")
    assert len(source.table) + dropped == rows
    assert source.table.index.is_unique
    assert shapely.is_valid(source.table.geometry.to_numpy()).all()


def test_a_table_of_people_joins_by_codes_with_leading_zeros(real_data, monkeypatch, layer, folder):
    monkeypatch.setenv("SITEPLANNER_DATA", str(real_data))
    base = "${SITEPLANNER_DATA}/bogota/"
    layers = {
        "people": layer(
            base + "upz_poblacion_2018.csv",
            "table",
            name="people",
            columns={"residents": {"from": "poblacion_total", "kind": "count"}},
            join={"layer": "units", "key": "codigo_upz"},
        ),
        "units": layer(
            base + "upz.geojson",
            "polygons",
            name="units",
            id="codigo_upz",
            columns={"residents": {"from": "poblacion_total", "kind": "count"}},
        ),
    }
    sources = read_all(layers, folder)
    both = sources["people"].table["residents"], sources["units"].table["residents"]
    assert len(both[0]) == 112
    np.testing.assert_array_equal(*both)


@pytest.mark.slow
def test_a_million_rows_of_csv(folder, reading):
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-74.2, -74, 10**6), rng.uniform(4.5, 4.7, 10**6)
    people = rng.integers(0, 9, 10**6)
    lines = (
        f"{n:07d},{x:.7f},{y:.7f},{p}"
        for n, x, y, p in zip(range(10**6), lon, lat, people, strict=True)
    )
    (folder / "big.csv").write_text("no,lon,lat,people\n" + "\n".join(lines) + "\n")
    start = time.process_time()
    source = reading("big.csv", id="no", columns={"people": "count"})
    took = time.process_time() - start
    assert len(source.table) == 10**6
    assert source.table["people"].sum() == people.sum()
    assert took < 60  # some 7 s of one core; a guard against going row by row
