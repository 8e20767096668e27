"""The three programmes as first scenarios of a project from OpenStreetMap."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siteplanner.founding.filling import PROGRAMMES, TEMPLATES, fill
from siteplanner.founding.layers import unwritable
from siteplanner.founding.scales import density_scale, hexagons_m, reach_scale
from siteplanner.openstreetmap import Made, words_of

CORE = (
    "amenity=school", "amenity=clinic", "amenity=hospital", "amenity=library",
    "amenity=community_centre", "amenity=social_centre", "amenity=college",
    "building=school", "building=hospital", "building=college", "building=community_centre",
)  # fmt: skip
"""Buildings that a hub can grow from: a place with a core service of its own."""
ANCHOR_M2 = 600
LOT_M2 = (800, 3900)
LOT_WIDTH_M = 16
WALKS_M = (500, 800, 1200)
REACHES = {
    "care_blocks": (800, "", "public_buildings"),
    "micro_parks": (500, "parks", "open_ground"),
    "community_hubs": (1200, "community_centres", "core"),
}
"""By programme: the longest walk, the layer that already serves, and the possible sites."""


def write_scenarios(root: Path, made: Mapping[str, Made]) -> None:
    """Write the scenario of each programme, for the layers that are there.

    Parameters
    ----------
    root
        The project.
    made
        Its tables by layer, ``boundary`` and ``people`` among them, in degrees.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    people = made["people"].table
    crs = people.estimate_utm_crs()
    people = people.to_crs(crs)
    area = made["boundary"].table.to_crs(crs).geometry.union_all()
    core = [tag for tag in words_of(made, "public_buildings") if tag in CORE]
    fitting = {
        "open_ground": _fitting(made, "open_ground", area, crs, least_m2=LOT_M2[0]),
        "public_buildings": _fitting(made, "public_buildings", area, crs, least_m2=ANCHOR_M2),
        "core": _fitting(made, "public_buildings", area, crs, tags=core),
    }
    there = {name for name in made if name not in fitting}
    there |= {name for name, shapes in fitting.items() if len(shapes)}
    hexagons = hexagons_m(area)
    values: dict[str, object] = {
        "people_note": _quoted(" ".join(made["people"].notes)),
        "hexagons": hexagons,
        "grid": max(200, 2 * hexagons),
        "core": "[" + ", ".join(f'"{tag}"' for tag in core) + "]",
    }
    for limit in WALKS_M:
        low, high = density_scale(people, limit)
        values |= {f"density_low_{limit}": low, f"density_high_{limit}": high}
    for name, (limit, existing, sites) in REACHES.items():
        served = _shapes(made, existing, crs)
        values[f"reach_{name}"] = reach_scale(people, limit, existing=served, sites=fitting[sites])
    for name in PROGRAMMES:
        text = fill((TEMPLATES / f"{name}.toml").read_text(encoding="utf-8"), there, values)
        path = root / "scenarios" / f"{name}.toml"
        try:
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise unwritable(path, error) from None


def _fitting(
    made: Mapping[str, Made],
    name: str,
    area: shapely.Geometry,
    crs: object,
    *,
    least_m2: float = 0.0,
    tags: list[str] | None = None,
) -> NDArray[Any]:
    """Give the shapes of a layer that may become sites: inside the area, of a fitting size."""
    shapes = _shapes(made, name, crs, tags)
    size = shapely.area(shapes)
    fits = shapely.intersects(area, shapely.point_on_surface(shapes)) & (size >= least_m2)
    if name == "open_ground":
        wide = shapely.buffer(shapes, -LOT_WIDTH_M / 2)
        fits &= (size <= LOT_M2[1]) & ~shapely.is_empty(wide)
    return shapes[fits]


def _shapes(
    made: Mapping[str, Made], name: str, crs: object, tags: list[str] | None = None
) -> NDArray[Any]:
    if name not in made:
        return np.empty(0, dtype=object)
    table = made[name].table
    if tags is not None:
        table = table[table["tag"].isin(tags)]
    return np.asarray(table.to_crs(crs).geometry.to_numpy(), dtype=object)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
