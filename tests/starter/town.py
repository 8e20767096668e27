"""Make Dosorillas, the made-up town of the starter project, always the same to the byte.

Run ``python tests/starter/town.py`` to write its files into ``layers/`` again, or
``python tests/starter/town.py FOLDER`` to write them elsewhere.

The town lies in the open South Atlantic, so that nobody takes it for a real place.  A river
parts it and has two bridges.  The old centre in the west has most services; Las Lomas, on the
steep eastern bank, has most children, least money, and a long walk to everything.

Only sums, products and ``random()`` are used, no geometry library, so that the numbers do not
depend on anybody's version of anything.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS

ROOT = Path(__file__).parents[2]
SEED = 20350

COLUMNS, ROWS = 18, 14  # street crossings, west to east and south to north
STEP_M = 118.0
RIVER = 9  # the river runs between this column of crossings and the next
BRIDGES = (3, 8)  # rows that cross it
LONGITUDE, LATITUDE = -27.0, -20.0
METRES_EAST, METRES_NORTH = 104_604.0, 110_704.0  # in a degree, here
UTM_26S_EAST, UTM_26S_NORTH = 500_000.0, 7_788_519.0  # of the middle of the town

Place = tuple[float, float]  # metres east and north of the middle of the town
Face = tuple[int, int]  # column and row of the block's south-west crossing

# Planning units: name, district, faces from and to (column, row), mean stratum, people in a
# block, share under 15, share of 60 and over.
UNITS: tuple[tuple[str, str, Face, Face, float, int, float, float], ...] = (
    ("Centro", "Casco Viejo", (4, 5), (8, 9), 4.1, 48, 0.15, 0.22),
    ("El Molino", "Casco Viejo", (0, 5), (3, 12), 3.6, 40, 0.19, 0.17),
    ("Peñón", "Casco Viejo", (4, 10), (8, 12), 3.2, 46, 0.21, 0.14),
    ("San Telmo", "Arenal", (0, 0), (3, 4), 4.6, 36, 0.16, 0.21),
    ("Alameda", "Arenal", (4, 0), (8, 4), 3.4, 50, 0.20, 0.16),
    ("Ribera Baja", "Otra Orilla", (10, 0), (13, 5), 2.4, 62, 0.26, 0.10),
    ("La Fábrica", "Otra Orilla", (14, 0), (16, 5), 2.7, 44, 0.24, 0.12),
    ("Lomas Bajas", "Las Lomas", (10, 6), (12, 12), 1.7, 84, 0.30, 0.08),
    ("Lomas Altas", "Las Lomas", (13, 6), (16, 12), 1.2, 92, 0.34, 0.06),
)
EMPTY = {(0, 0), (0, 1), (1, 0), (0, 12), (0, 11), (16, 0), (16, 1), (15, 0), (16, 12)}
PARKS = {
    "Parque de la Villa": ((4, 6), "large"),
    "Jardín del Molino": ((2, 8), "neighbourhood"),
    "Plaza San Telmo": ((2, 3), "neighbourhood"),
    "Parque de la Ribera": ((10, 4), "large"),
    "Alameda Vieja": ((6, 2), "neighbourhood"),
}


def write(folder: Path) -> None:
    """Write every data file of the town into a folder."""
    town = Town()
    features = {
        "town": town.outline(),
        "districts": town.districts(),
        "planning_units": town.planning_units(),
        "city_blocks": town.city_blocks(),
        "public_buildings": town.public_buildings(),
        "vacant_lots": town.vacant_lots(),
        "parks": town.parks(),
        "flood_zone": town.flood_zone(),
        "streams": town.streams(),
        "clinics": town.points(CLINICS),
        "nurseries": town.points(NURSERIES),
        "care_blocks_open": town.points(CARE_BLOCKS),
    }
    for name, found in features.items():
        _write_text(folder / f"{name}.geojson", _geojson(found))
    _write_text(folder / "schools.csv", _csv(town.points(SCHOOLS)))
    _write_text(folder / "services.csv", _csv(town.points(SERVICES)))
    _write_text(folder / "census.csv", _table(town.census()))
    _write_text(folder / "streets.osm", town.streets())
    town.write_elevation(folder / "elevation.tif")


# Facilities: name, face they stand in, and what else is known of them.
SCHOOLS = (
    ("Escuela El Peñón", (6, 11), {"level": "primary"}),
    ("Escuela del Molino", (2, 10), {"level": "primary"}),
    ("Colegio Central", (6, 8), {"level": "secondary"}),
    ("Escuela San Telmo", (3, 2), {"level": "primary"}),
    ("Escuela Alameda", (7, 1), {"level": "primary"}),
    ("Escuela de la Ribera", (11, 2), {"level": "primary"}),
    ("Colegio La Fábrica", (15, 4), {"level": "secondary"}),
    ("Escuela Las Lomas", (12, 9), {"level": "primary"}),
    ("Escuela Mirador", (15, 11), {"level": "primary"}),
)
NURSERIES = (
    ("Jardín Infantil Centro", (5, 7), {}),
    ("Jardín Infantil Molino", (1, 6), {}),
    ("Jardín Infantil Arenal", (5, 3), {}),
    ("Jardín Infantil Ribera", (12, 1), {}),
    ("Jardín Infantil Las Lomas", (11, 8), {}),
)
CLINICS = (
    ("Hospital Dosorillas", (7, 6), {"beds": 120}),
    ("Clínica San Telmo", (2, 1), {"beds": 20}),
    ("Puesto de Salud Ribera", (13, 3), {"beds": 0}),
    ("Puesto de Salud Lomas", (12, 7), {"beds": 0}),
)
SERVICES = (
    ("Respite for carers, town hall", (6, 6), {"family": "carers"}),
    ("Evening school for adults", (5, 8), {"family": "carers"}),
    ("Job training, the mill", (3, 7), {"family": "carers"}),
    ("Carers' circle, river market", (12, 3), {"family": "carers"}),
    ("Day centre for older people", (4, 8), {"family": "people cared for"}),
    ("Day centre San Telmo", (3, 3), {"family": "people cared for"}),
    ("Play room Alameda", (6, 3), {"family": "people cared for"}),
    ("Toy library Ribera", (11, 4), {"family": "people cared for"}),
    ("After-school club Lomas", (12, 10), {"family": "people cared for"}),
    ("Workshop 'men care too'", (7, 8), {"family": "cultural change"}),
    ("Radio Arenal", (5, 1), {"family": "cultural change"}),
    ("Street theatre Las Lomas", (11, 7), {"family": "cultural change"}),
)
CARE_BLOCKS = (
    (
        "Care block Town Hall",
        (6, 6),
        {"opened": 2021, "hours": "Mo-Fr 08:00-20:00; Sa 09:00-13:00"},
    ),
    ("Care block San Telmo", (3, 2), {"opened": 2023, "hours": "Mo-Fr 08:00-17:00"}),
)
# Buildings: name, face, use, owner, size in metres.
BUILDINGS = (
    ("Town hall annex", (6, 6), "office", "public", (34, 26)),
    ("Library", (5, 6), "library", "public", (30, 24)),
    ("Market hall", (5, 8), "market", "public", (44, 30)),
    ("Colegio Central", (6, 8), "school", "public", (52, 32)),
    ("Old theatre", (7, 8), "culture", "private", (36, 26)),
    ("The mill", (3, 7), "culture", "public", (40, 24)),
    ("Escuela del Molino", (2, 10), "school", "public", (40, 26)),
    ("Fire station", (1, 7), "emergency", "public", (30, 22)),
    ("Escuela El Peñón", (6, 11), "school", "public", (42, 24)),
    ("Sports hall Peñón", (5, 10), "sport", "public", (46, 30)),
    ("Escuela San Telmo", (3, 2), "school", "public", (40, 28)),
    ("Clínica San Telmo", (2, 1), "clinic", "private", (34, 22)),
    ("Yacht club", (2, 4), "sport", "private", (30, 24)),
    ("Escuela Alameda", (7, 1), "school", "public", (42, 24)),
    ("Community hall Alameda", (5, 3), "community", "public", (28, 24)),
    ("River market", (12, 3), "market", "public", (44, 26)),
    ("Escuela de la Ribera", (11, 2), "school", "public", (40, 24)),
    ("Boat house", (10, 1), "sport", "public", (34, 22)),
    ("Community hall Ribera", (13, 1), "community", "public", (26, 20)),
    ("Puesto de Salud Ribera", (13, 3), "clinic", "public", (24, 18)),
    ("Old factory canteen", (15, 3), "community", "public", (40, 22)),
    ("Colegio La Fábrica", (15, 4), "school", "public", (50, 28)),
    ("Puesto de Salud Lomas", (12, 7), "clinic", "public", (22, 18)),
    ("Escuela Las Lomas", (12, 9), "school", "public", (38, 22)),
    ("Parish hall Las Lomas", (11, 10), "community", "private", (30, 24)),
    ("Community hall Lomas", (13, 8), "community", "public", (32, 22)),
    ("Water works", (14, 10), "works", "public", (36, 24)),
    ("Escuela Mirador", (15, 11), "school", "public", (34, 20)),
    ("Bus depot", (14, 6), "works", "public", (48, 30)),
)


class Town:
    """Street crossings, and everything that is placed by them."""

    def __init__(self) -> None:
        self.random = random.Random(SEED).random  # this one method is the same everywhere
        self.crossings = {
            (column, row): self._crossing(column, row)
            for row in range(ROWS)
            for column in range(COLUMNS)
        }

    def _crossing(self, column: int, row: int) -> Place:
        wide = 24.0 if column > RIVER else -24.0  # the river makes room for itself
        wild = 26.0 if _on_hill((column, row)) else 13.0
        east = (column - (COLUMNS - 1) / 2) * STEP_M + wide
        north = (row - (ROWS - 1) / 2) * STEP_M
        return (
            east + 55 * math.sin(north / 420) + wild * (2 * self.random() - 1),
            north + 28 * math.sin(east / 380) + wild * (2 * self.random() - 1),
        )

    def faces(self) -> Iterator[Face]:
        """Give every built block, row by row from the south west."""
        for row in range(ROWS - 1):
            for column in range(COLUMNS - 1):
                if column != RIVER and (column, row) not in EMPTY:
                    yield column, row

    def corners(self, face: Face) -> list[Place]:
        """Give the four crossings around a block, anticlockwise from the south west."""
        column, row = face
        around = ((0, 0), (1, 0), (1, 1), (0, 1))
        return [self.crossings[column + right, row + up] for right, up in around]

    def inset(self, face: Face, street_m: float) -> list[Place]:
        """Give a block's outline, half a street inside its crossings."""
        middle = self.at(face, 0.5, 0.5)
        share = 1 - street_m / STEP_M
        return [_between(middle, corner, share) for corner in self.corners(face)]

    def at(self, face: Face, right: float, up: float) -> Place:
        """Give the place at these shares (0 to 1) of a block's width and height."""
        south_west, south_east, north_east, north_west = self.corners(face)
        south = _between(south_west, south_east, right)
        return _between(south, _between(north_west, north_east, right), up)

    def around(self, first: Face, last: Face) -> list[Place]:
        """Give the outline of a rectangle of blocks along their streets."""
        (west, south), (east, north) = first, (last[0] + 1, last[1] + 1)
        ring = [(column, south) for column in range(west, east)]
        ring += [(east, row) for row in range(south, north)]
        ring += [(column, north) for column in range(east, west, -1)]
        ring += [(west, row) for row in range(north, south, -1)]
        return [self.crossings[crossing] for crossing in ring]

    def outline(self) -> list[dict[str, Any]]:
        """The limit of the town, a little outside its last streets."""
        ring = self.around((0, 0), (COLUMNS - 2, ROWS - 2))
        return [_polygon([(1.03 * x, 1.03 * y) for x, y in ring], name="Dosorillas")]

    def planning_units(self) -> list[dict[str, Any]]:
        """Nine units, each with its mean stratum."""
        return [
            _polygon(self.around(first, last), unit=f"U{number}", name=name, district=district,
                     mean_stratum=stratum)
            for number, (name, district, first, last, stratum, *_) in enumerate(UNITS, start=1)
        ]  # fmt: skip

    def districts(self) -> list[dict[str, Any]]:
        """Four districts, each all of its planning units."""
        spans = (
            ("Casco Viejo", (0, 5), (8, 12)),
            ("Arenal", (0, 0), (8, 4)),
            ("Otra Orilla", (10, 0), (16, 5)),
            ("Las Lomas", (10, 6), (16, 12)),
        )
        return [_polygon(self.around(first, last), name=name) for name, first, last in spans]

    def city_blocks(self) -> list[dict[str, Any]]:
        """The blocks people live on: no parks."""
        parks = {face for face, _ in PARKS.values()}
        return [
            _polygon(self.inset(face, 12), block=_block(face))
            for face in self.faces()
            if face not in parks
        ]

    def census(self) -> list[dict[str, Any]]:
        """People by age in each block; two blocks were not counted."""
        parks = {face for face, _ in PARKS.values()}
        rows = []
        for face in self.faces():
            if face in parks:
                continue
            _, _, _, _, stratum, people, children, older = _unit_of(face)
            residents = round(people * (0.6 + 0.8 * self.random()))
            poor = min(1.0, max(0.0, (3.4 - stratum) / 2.2)) * (0.85 + 0.15 * self.random())
            counts = (
                residents,
                round(residents * children * (0.85 + 0.3 * self.random())),
                round(residents * older * (0.85 + 0.3 * self.random())),
                round(residents * poor),
            )
            known = _block(face) not in ("B0703", "B1404")
            names = ("residents", "age_0_14", "age_60_plus", "low_income")
            values = counts if known else ("", "", "", "")
            rows.append({"block": _block(face), **dict(zip(names, values, strict=True))})
        return rows

    def parks(self) -> list[dict[str, Any]]:
        """Whole blocks of green."""
        return [
            _polygon(self.inset(face, 14), name=name, size=size)
            for name, (face, size) in PARKS.items()
        ]

    def points(self, places: Iterable[tuple[str, Face, dict[str, Any]]]) -> list[dict[str, Any]]:
        """Facilities, each near the street side of its block."""
        return [
            {
                "properties": {"name": name, **known},
                "geometry": {
                    "type": "Point",
                    "coordinates": _lonlat(
                        self.at(face, 0.25 + 0.5 * self.random(), 0.12 + 0.1 * self.random())
                    ),
                },
            }
            for name, face, known in places
        ]

    def public_buildings(self) -> list[dict[str, Any]]:
        """Large buildings that a service could move into."""
        return [
            _polygon(
                _rectangle(self.at(face, 0.5, 0.35), *size, self._turn(face)),
                building=f"P{number:02}",
                name=name,
                use=use,
                owner=owner,
                access_items=min(6, int(7 * self.random() * _unit_of(face)[4] / 3.5)),
            )
            for number, (name, face, use, owner, size) in enumerate(BUILDINGS, start=1)
        ]

    def vacant_lots(self) -> list[dict[str, Any]]:
        """Lots without a building: good, too small, too thin, too steep, flooded, private."""
        taken = {face for _, face, *_ in BUILDINGS} | {face for face, _ in PARKS.values()}
        lots: list[dict[str, Any]] = []
        for face in self.faces():
            if face in taken or self.random() > 0.42:
                continue
            kind = self.random()
            long_m, wide_m = 26 + 34 * self.random(), 24 + 26 * self.random()
            if kind < 0.18:
                long_m, wide_m = 86.0, 7 + 6 * self.random()  # a strip along a wall or a drain
            elif kind < 0.30:
                long_m, wide_m = 20.0, 14 + 8 * self.random()
            place = self.at(face, 0.5, 0.72 if wide_m < 30 else 0.6)
            owner = "public" if self.random() < 0.72 else "private"
            waste = "yes" if self.random() < 0.25 else "no"
            ring = _rectangle(place, long_m, wide_m, self._turn(face))
            lots.append(_polygon(ring, lot=f"L{len(lots) + 1:02}", owner=owner, dumping=waste))
        return lots

    def _turn(self, face: Face) -> float:
        (x0, y0), (x1, y1), *_ = self.corners(face)
        return math.atan2(y1 - y0, x1 - x0)

    def flood_zone(self) -> list[dict[str, Any]]:
        """Low ground by the river that a heavy rain takes."""
        west = [self.at((RIVER - 1, row), 0.72, 0.5) for row in range(7)]
        east = [self.at((RIVER + 1, row), 0.46, 0.5) for row in range(6, -1, -1)]
        return [_polygon(west + east, name="River Dos, once in 25 years")]

    def streams(self) -> list[dict[str, Any]]:
        """The river, and two ravines that come down from the hill."""
        heads = (("Quebrada Honda", 10, 16, 0.55), ("Quebrada Chica", 7, 15, 0.45))
        lines = {"River Dos": [self.at((RIVER, row), 0.5, 0.5) for row in range(ROWS - 2, -1, -1)]}
        for name, row, head, height in heads:
            lines[name] = [self.at((at, row), 0.5, height) for at in range(head, RIVER - 1, -1)]
        return [
            {
                "properties": {"name": name},
                "geometry": {"type": "LineString", "coordinates": [_lonlat(at) for at in line]},
            }
            for name, line in lines.items()
        ]

    def streets(self) -> str:
        """Streets, footpaths, steps, bridges and what is no way to walk, as OpenStreetMap XML."""
        numbers = {crossing: 101 + at for at, crossing in enumerate(self.crossings)}
        extra: list[Place] = []
        ways: list[tuple[list[int], dict[str, str]]] = []

        def node(place: Place) -> int:
            extra.append(place)
            return 1000 + len(extra)

        for line in self._lines():
            for stretch in self._stretches(line):
                known = self._street(stretch)
                ways.append(([numbers[crossing] for crossing in stretch], known))
        for face in ((5, 6), (13, 7), (14, 9), (12, 11), (15, 8), (3, 10), (11, 3)):  # dead ends
            end = node(self.at(face, 0.5, 0.6))
            start = node(self.at(face, 0.5, 0.0))
            south_west, south_east = (face[0], face[1]), (face[0] + 1, face[1])
            _put_between(ways, numbers[south_west], numbers[south_east], start)
            ways.append(([start, end], {"highway": "service" if face[0] < 10 else "residential"}))
        diagonal = [numbers[13, 8], node(self.at((13, 8), 0.6, 0.5)), numbers[14, 9]]
        ways.append((diagonal, {"highway": "steps", "name": "Escaleras del Mirador"}))
        villa = [numbers[4, 6], node(self.at((4, 6), 0.5, 0.5)), numbers[5, 7]]
        ways.append((villa, {"highway": "footway", "name": "Parque de la Villa"}))
        depot = [numbers[14, 6], node(self.at((14, 6), 0.5, 0.5))]
        ways.append((depot, {"highway": "service", "access": "private"}))
        bypass = [node((x, 900.0)) for x in (-1100.0, 0.0, 1100.0)]
        ways.append((bypass, {"highway": "motorway", "name": "Bypass"}))
        island = [node(self.at((RIVER, 11), share, 0.5)) for share in (0.4, 0.5, 0.6)]
        ways.append((island, {"highway": "path", "name": "River island"}))
        places = {numbers[crossing]: place for crossing, place in self.crossings.items()}
        places |= {1001 + at: place for at, place in enumerate(extra)}
        return _osm(places, ways)

    def _lines(self) -> Iterator[list[Face]]:
        for row in range(ROWS):
            yield [(column, row) for column in range(COLUMNS)]
        for column in range(COLUMNS):
            yield [(column, row) for row in range(ROWS)]

    def _stretches(self, line: list[Face]) -> Iterator[list[Face]]:
        """Cut a street where the river, empty ground or a missing piece parts it."""
        stretch = [line[0]]
        for crossing in line[1:]:
            before = stretch[-1]
            if not self._joined(before, crossing):
                if len(stretch) > 1:
                    yield stretch
                stretch = [crossing]
                continue
            bridge = before[0] == RIVER and crossing[0] == RIVER + 1
            longest = 2 if _on_hill(before) and _on_hill(crossing) else 8
            if bridge or len(stretch) >= longest or _on_hill(before) != _on_hill(crossing):
                if len(stretch) > 1:
                    yield stretch
                stretch = [before]
            stretch.append(crossing)
            if bridge:
                yield stretch
                stretch = [crossing]
        if len(stretch) > 1:
            yield stretch

    def _joined(self, one: Face, other: Face) -> bool:
        if one[0] == RIVER and other[0] == RIVER + 1:
            return one[1] in BRIDGES
        column, row = min(one, other)
        along = one[1] == other[1]
        beside = ((column, row), (column, row - 1) if along else (column - 1, row))
        if not any(_is_built(face) for face in beside):
            return False
        return not (_on_hill(one) and _on_hill(other) and self.random() < 0.2)

    def _street(self, stretch: list[Face]) -> dict[str, str]:
        (column, row), (last_column, _) = stretch[0], stretch[-1]
        along = row == stretch[-1][1]
        if column == RIVER and last_column == RIVER + 1:
            name = "Puente Viejo" if row == BRIDGES[0] else "Puente Nuevo"
            return {"highway": "secondary", "bridge": "yes", "layer": "1", "name": name}
        if along and row in BRIDGES:
            return {"highway": "secondary", "name": "Calle Mayor" if row == 8 else "Calle Real"}
        if not along and column in (4, 12):
            return {"highway": "tertiary", "name": "Avenida Norte"}
        if _on_hill(stretch[0]) and along and self.random() < 0.4:
            return {"highway": "steps"}
        if _on_hill(stretch[0]) and self.random() < 0.15:
            return {"highway": "path"}
        return {"highway": "residential"}

    def write_elevation(self, path: Path) -> None:
        """Heights in metres on squares of 50 m; what is not surveyed is -9999."""
        west, north, side, wide, high = -1300.0, 1000.0, 50.0, 52, 40
        x = west + side * (np.arange(wide) + 0.5)
        y = north - side * (np.arange(high) + 0.5)
        east, up = np.meshgrid(x, y)
        hill = np.clip((east - 250) / 900, 0, None) * np.clip((up + 250) / 700, 0, 1.4)
        heights = np.round(18 + 0.006 * np.abs(east) + 95 * hill, 1).astype("float32")
        heights[:2, :3] = -9999
        profile = {
            "driver": "GTiff", "width": wide, "height": high, "count": 1, "dtype": "float32",
            "crs": CRS.from_epsg(32726), "nodata": -9999,
            "transform": Affine(side, 0, UTM_26S_EAST + west, 0, -side, UTM_26S_NORTH + north),
        }  # fmt: skip
        with rasterio.open(path, "w", **profile) as raster:
            raster.write(heights, 1)


def _on_hill(crossing: Face) -> bool:
    return crossing[0] >= 12 and crossing[1] >= 7


def _is_built(face: Face) -> bool:
    column, row = face
    inside = 0 <= column < COLUMNS - 1 and 0 <= row < ROWS - 1
    return inside and column != RIVER and face not in EMPTY


def _block(face: Face) -> str:
    return f"B{face[0]:02}{face[1]:02}"


def _unit_of(face: Face) -> tuple[str, str, Face, Face, float, int, float, float]:
    for unit in UNITS:
        _, _, first, last, *_ = unit
        if first[0] <= face[0] <= last[0] and first[1] <= face[1] <= last[1]:
            return unit
    raise LookupError(face)


def _between(one: Place, other: Place, share: float) -> Place:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _rectangle(middle: Place, long_m: float, wide_m: float, turn: float) -> list[Place]:
    cosine, sine = math.cos(turn), math.sin(turn)
    half = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    sides = [(right * long_m / 2, up * wide_m / 2) for right, up in half]
    return [
        (middle[0] + x * cosine - y * sine, middle[1] + x * sine + y * cosine) for x, y in sides
    ]


def _put_between(
    ways: list[tuple[list[int], dict[str, str]]], one: int, other: int, new: int
) -> None:
    """Put a new crossing into the street that joins two others, where there is one."""
    for nodes, _ in ways:
        for at, pair in enumerate(pairwise(nodes)):
            if pair == (one, other):
                nodes.insert(at + 1, new)
                return
    ways.append(([one, new], {"highway": "residential"}))


def _lonlat(place: Place) -> list[float]:
    longitude = LONGITUDE + place[0] / METRES_EAST
    return [round(longitude, 6), round(LATITUDE + place[1] / METRES_NORTH, 6)]


def _polygon(ring: list[Place], **known: Any) -> dict[str, Any]:
    coordinates = [_lonlat(place) for place in [*ring, ring[0]]]
    return {"properties": known, "geometry": {"type": "Polygon", "coordinates": [coordinates]}}


def _geojson(features: list[dict[str, Any]]) -> str:
    lines = ",\n".join(
        json.dumps({"type": "Feature", **one}, ensure_ascii=False, separators=(",", ":"))
        for one in features
    )
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _csv(points: list[dict[str, Any]]) -> str:
    rows = []
    for point in points:
        longitude, latitude = point["geometry"]["coordinates"]
        rows.append({**point["properties"], "lon": longitude, "lat": latitude})
    return _table(rows)


def _table(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _osm(places: dict[int, Place], ways: list[tuple[list[int], dict[str, str]]]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="town.py">']
    used = {number for nodes, _ in ways for number in nodes}
    for number in sorted(used):
        longitude, latitude = _lonlat(places[number])
        lines.append(f'<node id="{number}" lat="{latitude}" lon="{longitude}"/>')
    for number, (nodes, tags) in enumerate(ways, start=1):
        lines.append(f'<way id="{number}">')
        lines += [f'<nd ref="{node}"/>' for node in nodes]
        lines += [f"<tag k={quoteattr(key)} v={quoteattr(tags[key])}/>" for key in sorted(tags)]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>", ""])


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "layers")
