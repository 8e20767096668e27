"""The made-up town: the committed files are what the generator writes, small, and marked."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import rasterio

from siteplanner.model import read_layer, read_scenario

ROOT = Path(__file__).parents[2]
LAYERS = sorted((ROOT / "layers").glob("*.toml"))
SCENARIOS = sorted((ROOT / "scenarios").glob("*.toml"))
MOST_BYTES = 200_000


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("town", Path(__file__).with_name("town.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    load_generator().write(folder)
    return folder


def test_committed_files_are_what_the_generator_writes(written):
    committed = {p.name for p in (ROOT / "layers").iterdir() if p.suffix not in (".toml", ".md")}
    assert {path.name for path in written.iterdir()} == committed
    for path in written.iterdir():
        if path.suffix != ".tif":  # GDAL may lay out the same pixels in other bytes
            assert path.read_bytes() == (ROOT / "layers" / path.name).read_bytes(), path.name


def test_committed_raster_has_the_generated_pixels(written):
    with (
        rasterio.open(written / "elevation.tif") as new,
        rasterio.open(ROOT / "layers" / "elevation.tif") as old,
    ):
        assert (new.crs, new.transform, new.nodata) == (old.crs, old.transform, old.nodata)
        assert np.array_equal(new.read(1), old.read(1))


def test_generator_writes_the_same_bytes_twice(written, tmp_path):
    load_generator().write(tmp_path)
    for path in written.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_starter_is_small():
    files = [*(ROOT / "layers").iterdir(), *(ROOT / "scenarios").iterdir()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES


def test_one_layer_of_every_kind_and_all_marked_as_fictional():
    layers = [read_layer(path) for path in LAYERS]
    kinds = {"points", "lines", "polygons", "raster", "table", "network"}
    assert {layer.kind for layer in layers} == kinds
    for layer in layers:
        assert layer.fictional, layer.name
        assert layer.year, layer.name
        assert layer.licence, layer.name
        assert layer.attribution, layer.name


def test_the_three_programmes_and_a_reference_for_every_criterion():
    scenarios = [read_scenario(path) for path in SCENARIOS]
    assert {scenario.programme for scenario in scenarios} == {
        "care_block", "micro_park", "community_hub"
    }  # fmt: skip
    for path in SCENARIOS:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        for level in ("need", "site"):
            for name, one in _criteria(written[level]):
                assert one.get("reference"), f"{path.name}: {level}.{name}"


def test_every_layer_a_scenario_names_is_there():
    names = {path.stem for path in LAYERS}
    for path in SCENARIOS:
        assert set(read_scenario(path).layer_names()) <= names, path.name


def test_every_declared_column_is_in_its_file():
    for path in LAYERS:
        layer = read_layer(path)
        source = path.with_name(layer.source)
        if source.suffix == ".geojson":
            rows = json.loads(source.read_text(encoding="utf-8"))["features"]
            known = set(rows[0]["properties"])
        elif source.suffix == ".csv":
            known = set(source.read_text(encoding="utf-8").splitlines()[0].split(","))
        else:
            continue
        used = {column.source or name for name, column in layer.columns.items()}
        used |= {name for name in (layer.id, layer.label) if name}
        assert used <= known, path.name


def test_thin_lots_are_there_to_fail_the_width_rule():
    lots = json.loads((ROOT / "layers" / "vacant_lots.geojson").read_text(encoding="utf-8"))
    assert sum(_shortest_side_m(lot) < 16 for lot in lots["features"]) >= 5
    assert len(lots["features"]) >= 40


def _shortest_side_m(feature):
    generator = load_generator()
    ring = np.array(feature["geometry"]["coordinates"][0])
    sides = np.diff(ring, axis=0) * (generator.METRES_EAST, generator.METRES_NORTH)
    return np.hypot(*sides.T).min()


def _criteria(tree):
    for name, one in tree.items():
        if "criteria" in one:
            yield from _criteria(one["criteria"])
        yield name, one
