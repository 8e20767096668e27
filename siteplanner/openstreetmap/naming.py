"""Names for places that have none: what they are, and the nearest street that has a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from siteplanner.openstreetmap.areas import DEGREES, unreadable
from siteplanner.openstreetmap.tables import Made

CALLED = "called"
"""The column with a name for everybody: the place's own, or else the made one."""
NEAR_M = 300.0
"""A street further away than this says nothing about where a place is."""
_WORDS = {
    "building": "{} building",
    "office": "{} office",
    "verge": "verge",
    "abandoned:landuse": "abandoned {}",
    "disused:landuse": "disused {}",
}


def named_streets(path: Path) -> gpd.GeoDataFrame:
    """Read the streets of a file that have a name.

    Parameters
    ----------
    path
        As `siteplanner.openstreetmap.write_streets` writes it.

    Returns
    -------
    Lines in degrees with ``name``; index ``id`` (``way/12``).

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    ids, names, lines = list[str](), list[str](), list[Any]()
    ways = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    ways.with_filter(osmium.filter.KeyFilter("highway"))
    try:
        way: Any
        for way in ways.with_filter(osmium.filter.KeyFilter("name")):
            nodes = [(one.lon, one.lat) for one in way.nodes if one.location.valid()]
            if len(nodes) > 1 and way.tags["name"].strip():
                ids.append(f"way/{way.id}")
                names.append(way.tags["name"].strip())
                lines.append(shapely.LineString(nodes))
    except (RuntimeError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None
    index = pd.Index(ids, name="id", dtype="str")
    table = pd.DataFrame({"name": pd.Series(names, index=index, dtype="str")}, index=index)
    return gpd.GeoDataFrame(table, geometry=lines, crs=DEGREES)


def call(made: Made, streets: gpd.GeoDataFrame) -> Made:
    """Call places without a name by what they are and the nearest street.

    Parameters
    ----------
    made
        A table with ``tag`` and ``name`` (missing where nobody has mapped one), in degrees.
    streets
        As `named_streets` gives them.

    Returns
    -------
    The same rows with the column ``called``: the name, or ``grass near Rua X``; those that would
    be called alike are numbered in the order of their ids.  Where no street with a name is within
    300 m it is what the place is, with a number.  The same table where all have a name.

    Examples
    --------
    >>> lots = gpd.GeoDataFrame(
    ...     {"tag": ["landuse=grass", "landuse=grass", "leisure=park"], "name": [None, None, "Jardim"]},
    ...     index=["way/1", "way/2", "way/3"], geometry=gpd.points_from_xy([0, 0.001, 0], [0, 0, 0]),
    ...     crs="EPSG:4326")
    >>> line = shapely.LineString([(0, 0.001), (0.001, 0.001)])
    >>> streets = gpd.GeoDataFrame({"name": ["Rua X"]}, geometry=[line], crs="EPSG:4326")
    >>> call(Made(lots), streets).table["called"].tolist()
    ['grass near Rua X (1)', 'grass near Rua X (2)', 'Jardim']
    """  # noqa: E501
    table = made.table
    words = ["" if pd.isna(one) else str(one).strip() for one in table["name"]]
    own = pd.Series(words, index=table.index, dtype="object")
    without = (own == "").to_numpy(dtype=bool)
    if not without.any():
        return made
    lost = table[without]
    near = _nearest(lost, streets)
    what = lost["tag"].map(what_of)
    made_up = what.where(near.isna(), what + " near " + near.fillna(""))
    alike = made_up.duplicated(keep=False) | near.isna() | made_up.isin(set(own[~without]))
    number = made_up.groupby(made_up).cumcount() + 1
    called = own.copy()
    called[without] = made_up.where(~alike, made_up + " (" + number.astype(str) + ")")
    said = (
        f"{len(lost):,} of {len(table):,} have no name in OpenStreetMap: they are called by what "
        "they are and the nearest street with a name."
    )
    result = table.assign(**{CALLED: called.astype("str")})
    return Made(result, (*made.notes, said))


def what_of(tag: str) -> str:
    """Say in words what a tag says a place is.

    Examples
    --------
    >>> what_of("landuse=village_green"), what_of("building=school"), what_of("building=yes")
    ('village green', 'school building', 'building')
    """
    key, _, value = tag.partition("=")
    if value in ("yes", "true", ""):
        return key.rpartition(":")[2].replace("_", " ")
    words = value.partition(";")[0].strip().replace("_", " ")
    return _WORDS.get(key, "{}").format(words)


def _nearest(table: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> pd.Series:
    """Give the name of the nearest street; of several equally near, the first by alphabet."""
    found = np.full(len(table), None, dtype=object)
    if streets.empty:
        return pd.Series(found, index=table.index)
    crs = table.estimate_utm_crs()
    lines = streets.to_crs(crs).geometry.to_numpy()
    shapes = table.to_crs(crs).geometry.to_numpy()
    place, street = shapely.STRtree(lines).query_nearest(shapes, max_distance=NEAR_M)
    pairs = pd.DataFrame({"place": place, "name": streets["name"].to_numpy()[street]})
    first = pairs.groupby("place")["name"].min()
    found[first.index.to_numpy()] = first.to_numpy(dtype=object)
    return pd.Series(found, index=table.index)
