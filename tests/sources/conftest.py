"""A folder of layers, and a short way to read one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box

from siteplanner.errors import InputError
from siteplanner.model import Layer
from siteplanner.sources import Source, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "city" / "layers"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def layer() -> Callable[..., Layer]:
    """Make a layer of a file's name; columns as {name: kind} or {name: {keys}}."""

    def make(source: str, kind: str = "points", **keys: Any) -> Layer:
        columns = {
            name: {"kind": one} if isinstance(one, str) else one
            for name, one in keys.pop("columns", {}).items()
        }
        keys = {"name": "things", "title": "Things", **keys}
        return Layer.model_validate({"source": source, "kind": kind, "columns": columns, **keys})

    return make


@pytest.fixture
def reading(folder: Path, layer: Callable[..., Layer]) -> Callable[..., Source]:
    """Read a source with the keys of its layer."""
    return lambda source, kind="points", **keys: read(layer(source, kind, **keys), folder)


@pytest.fixture
def refused(folder: Path, layer: Callable[..., Layer]) -> Callable[..., str]:
    """Give the sentences with which a source is refused."""

    def refuse(source: str, kind: str = "points", **keys: Any) -> str:
        with pytest.raises(InputError) as caught:
            read(layer(source, kind, **keys), folder)
        return str(caught.value)

    return refuse


@pytest.fixture
def write(folder: Path) -> Callable[..., str]:
    """Write text (or bytes) into the folder of layers; give the file's name."""

    def put(name: str, content: str | bytes, encoding: str = "utf-8") -> str:
        data = content if isinstance(content, bytes) else content.encode(encoding)
        (folder / name).write_bytes(data)
        return name

    return put


@pytest.fixture
def blocks() -> gpd.GeoDataFrame:
    """Three blocks of 100 m: code as text with zeros in front, people, a name."""
    table = {
        "code": ["003", "001", "002"],
        "people": [30, 10, 20],
        "share": [0.5, None, 0.25],
        "name": ["Ñemby", "São João", None],
    }
    shapes = [box(600_000 + x, 510_000, 600_100 + x, 510_100) for x in (200, 0, 100)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:32618")
