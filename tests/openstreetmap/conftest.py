"""A village to check by eye, as an OpenStreetMap file and on a server."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import osmium
import pytest
from geopandas.array import GeometryArray

LON, LAT = 10.0, 50.0
STEP = 0.002
"""Degrees between two streets: 143 m east, 222 m north."""
SIZE = 6
"""Streets each way."""


def at(east: float, north: float) -> tuple[float, float]:
    """Give degrees of a place in steps of the street grid."""
    return LON + east * STEP, LAT + north * STEP


class Drawing:
    """Writes elements as OPL, one a line."""

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.ways: list[str] = []
        self.relations: list[str] = []
        self.next = 1000

    def node(self, number: int, place: tuple[float, float], **tags: str) -> int:
        self.nodes.append(f"n{number} v1 x{place[0]:.7f} y{place[1]:.7f} T{_tags(tags)}")
        return number

    def way(self, number: int, nodes: list[int], **tags: str) -> int:
        self.ways.append(f"w{number} v1 T{_tags(tags)} N{','.join(f'n{one}' for one in nodes)}")
        return number

    def line(self, number: int, places: list[tuple[float, float]], **tags: str) -> int:
        return self.way(number, [self._new(place) for place in places], **tags)

    def box(self, number: int, low: tuple, high: tuple, **tags: str) -> int:
        corners = [low, (high[0], low[1]), high, (low[0], high[1])]
        nodes = [self._new(at(*one)) for one in corners]
        return self.way(number, [*nodes, nodes[0]], **tags)

    def relation(self, number: int, members: list[tuple[int, str]], **tags: str) -> int:
        text = ",".join(f"w{one}@{role}" for one, role in members)
        self.relations.append(f"r{number} v1 T{_tags(tags)} M{text}")
        return number

    def _new(self, place: tuple[float, float]) -> int:
        self.next += 1
        return self.node(self.next, place)

    def save(self, path: Path) -> Path:
        text = path.with_suffix(".opl")
        by_id = [
            sorted(part, key=lambda line: int(line.split()[0][1:]))
            for part in (self.nodes, self.ways, self.relations)
        ]
        text.write_text("\n".join(line for part in by_id for line in part) + "\n", encoding="utf-8")
        path.unlink(missing_ok=True)
        with osmium.SimpleWriter(str(path)) as writer:
            osmium.apply(str(text), writer)
        return path


def _tags(tags: dict[str, str]) -> str:
    plain = {key.replace("__", ":"): value.replace(" ", "%20%") for key, value in tags.items()}
    return ",".join(f"{key}={value}" for key, value in plain.items())


def streets(draw: Drawing) -> None:
    for row in range(SIZE):
        for column in range(SIZE):
            draw.node(10 * row + column + 1, at(column, row))
    for one in range(SIZE):
        along = [10 * one + column + 1 for column in range(SIZE)]
        across = [10 * row + one + 1 for row in range(SIZE)]
        draw.way(500 + one, along, highway="residential", name=f"Row {one}")
        draw.way(510 + one, across, highway="residential", lit="no")
    draw.line(520, [at(0, 0), at(1, 1)], highway="cycleway")
    draw.line(521, [at(1, 1), at(2, 2)], highway="motorway")
    draw.line(522, [at(2, 2), at(3, 3)], highway="footway", foot="no")


@pytest.fixture
def village(tmp_path: Path) -> Path:
    """Write the village: what it has is told in `test_tables`."""
    draw = Drawing()
    streets(draw)
    draw.box(100, (0.2, 0.2), (0.5, 0.4), amenity="school", building="school", name="Oak")
    draw.node(201, at(0.3, 0.3), amenity="school", name="Oak")
    draw.node(202, at(3.3, 0.3), amenity="school", name="Förskolan Älgen")
    draw.node(203, at(1.2, 3.4), amenity="kindergarten", opening_hours="Mo-Fr 07:00-17:00")
    draw.box(110, (1.1, 1.1), (1.9, 1.9), leisure="park", name="Green")
    draw.node(211, at(1.1, 1.5), barrier="gate")
    draw.node(212, at(1.5, 1.5), barrier="gate")
    draw.node(213, at(1.9, 1.5), barrier="gate", access="private")
    draw.node(214, at(1.5, 1.9), entrance="main")
    draw.line(120, [at(-0.5, 2.5), at(5.5, 2.5)], railway="rail")
    draw.node(221, at(2, 2.5), railway="level_crossing")
    draw.line(121, [at(-0.5, 4.5), at(5.5, 4.5)], railway="rail", tunnel="yes")
    draw.line(122, [at(4.5, -0.5), at(4.5, 5.5)], waterway="stream", name="Brook")
    for number, (east, levels) in enumerate([(2.2, "12"), (2.5, "two"), (2.8, "")]):
        tags = {"building": "house", **({"building__levels": levels} if levels else {})}
        draw.box(130 + number, (east, 3.2), (east + 0.2, 3.3), **tags)
    draw.box(135, (3.2, 3.2), (3.4, 3.3), building="garage")
    draw.box(140, (3.1, 1.1), (3.5, 1.3), landuse="brownfield")
    draw.box(141, (3.1, 1.5), (3.5, 1.7), landuse="grass", access="private")
    draw.node(230, at(2.1, 0.1), highway="bus_stop", name="Market")
    outer = draw.box(150, (0.2, 3.2), (0.8, 3.8))
    inner = draw.box(151, (0.4, 3.4), (0.6, 3.6))
    draw.relation(300, [(outer, "outer"), (inner, "inner")], type="multipolygon", natural="water")
    edge = draw.box(160, (-0.2, -0.2), (5.2, 5.2), boundary="administrative")
    draw.relation(
        400, [(edge, "outer")], type="boundary", boundary="administrative", admin_level="8",
        name="Village",
    )  # fmt: skip
    return draw.save(tmp_path / "village.osm.pbf")


ZONES: dict[Any, Any] = {}


@pytest.fixture(autouse=True)
def remembered_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look a UTM zone up once: OSMnx does so for every request, and it takes half a second."""
    look_up = GeometryArray.estimate_utm_crs

    known: dict[Any, Any] = ZONES

    def remember(shapes: GeometryArray, datum_name: str = "WGS 84") -> Any:
        key = (str(shapes.crs), *np.round(shapes.total_bounds, 1), datum_name)
        if key not in known:
            known[key] = look_up(shapes, datum_name)
        return known[key]

    monkeypatch.setattr(GeometryArray, "estimate_utm_crs", remember)


@pytest.fixture(scope="session")
def servers() -> ModuleType:
    """Give the module that answers as the servers do."""
    spec = importlib.util.spec_from_file_location("servers", Path(__file__).with_name("server.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def osm_server(village: Path, servers: ModuleType) -> Iterator[Any]:
    """Answer as Overpass and Nominatim do, from the village."""
    low, high = at(-0.2, -0.2), at(5.2, 5.2)
    ring = [[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]], [*low]]
    places = {
        "Village, Nowhere": [found({"type": "Polygon", "coordinates": [ring]})],
        "Market": [found({"type": "Point", "coordinates": [*at(2.1, 0.1)]})],
        "Atlantis": [],
    }
    with servers.serving(servers.City(village, places)) as server:
        yield server


def found(shape: dict[str, Any]) -> dict[str, Any]:
    """Give what Nominatim says of a place."""
    return {
        "place_id": 1, "osm_type": "relation", "osm_id": 400, "lat": "50", "lon": "10",
        "importance": 0.5, "boundingbox": ["49", "51", "9", "11"], "geojson": shape,
        "display_name": "Village",
    }  # fmt: skip
