"""Where visitors come from, held against who can walk there; never fewer than ten from anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteplanner.errors import InputError, Problem
from siteplanner.monitoring.counting import Reach
from siteplanner.monitoring.openings import OPEN
from siteplanner.plan import Plan, reaching
from siteplanner.sources import Source
from siteplanner.sources.squares import REPORTS

SMALLEST = 10
"""Origins with fewer visitors are not told, to nobody."""
COUNTS = ("visitors", "visits", "attendance")
"""What the column of counts is called, where a layer has several."""


@dataclass(frozen=True, eq=False)
class Visitors:
    """Visitors by origin, and how many of them come from beyond the walk.

    Parameters
    ----------
    origins
        Index ``origin``: ``label``, ``lon`` and ``lat`` of a point inside, ``visited`` (the place,
        empty where not said), ``visitors`` (10 or more), ``people`` who live there (NaN where no
        cell does, and of points), ``reached_people`` within reach of the place (of any open one
        where not said; NaN where nobody knows who lives there),
        ``share_within`` of the people there, 0..1, and ``per_1000``: visitors for 1,000 people
        within reach.
    visitors
        Of all origins that are told.
    beyond
        The least and the most of them that can come from beyond the walk, shares 0..1: an origin
        partly within reach counts wholly as within, and wholly as beyond.  NaN without visitors.
    withheld
        Origins with fewer than ten visitors, or with none that are known.
    silent_people
        People within reach of an open place who live in none of the origins that are told;
        NaN where origins are points, which do not say who lives there.
    """

    origins: pd.DataFrame
    visitors: float
    beyond: tuple[float, float]
    withheld: int
    silent_people: float


def count_visitors(source: Source, plan: Plan, reach: Reach) -> Visitors:
    """Hold attendance against reach, origin by origin.

    Parameters
    ----------
    source
        The layer: private, or with counts of visitors by origin.
    plan
        Need and walks of today.
    reach
        Who can walk to which place.

    Returns
    -------
    Origins with ten visitors or more.

    Raises
    ------
    InputError
        If its rows are single people who are not private, or it has no place or no counts.
    """
    table, counts = _counted(source)
    told = table[counts >= SMALLEST]
    rows, all_columns = [], _open(reach)
    served_by: dict[bytes, np.ndarray] = {}  # two places may be called the same
    near_by = np.zeros(len(plan.cells), dtype=bool)
    homes = reaching.homes_of(plan.cells)
    points = shapely.STRtree(homes.to_numpy())
    areas = gpd.GeoDataFrame(told).to_crs(plan.study.crs)
    middles = areas.geometry.representative_point().to_crs(4326)
    for number, (origin, row) in enumerate(areas.iterrows()):
        visited, columns = _visited(row, reach, all_columns)
        here = points.query(row.geometry, predicate="intersects")
        if columns.tobytes() not in served_by:
            served_by[columns.tobytes()] = reach.best(columns)
        served = served_by[columns.tobytes()]
        area = shapely.get_dimensions(row.geometry) == 2
        counted = bool(area) and not np.isnan(reach.people[here]).all()
        people = np.nan_to_num(reach.people[here])
        reached = round(float(people @ served[here]), 6) if counted else np.nan
        lives = float(people.sum()) if counted else np.nan
        share = reached / lives if lives > 0 else _share_of(plan, reach, row.geometry, columns)
        near_by[here] = True
        visitors = float(counts[told.index[number]])
        rows.append(
            {
                "origin": str(origin),
                "label": _label(source, row, middles.iloc[number]),
                "lon": round(middles.iloc[number].x, 4),
                "lat": round(middles.iloc[number].y, 4),
                "visited": visited,
                "visitors": visitors,
                "people": lives if lives > 0 else np.nan,
                "reached_people": reached,
                "share_within": round(share, 6),
                "per_1000": round(1000 * visitors / reached, 6) if reached > 0 else np.nan,
            }
        )
    names = ("origin", "label", "lon", "lat", "visited", "visitors", "people", "reached_people",
             "share_within", "per_1000")  # fmt: skip
    origins = pd.DataFrame(rows, columns=list(names)).set_index("origin")
    by_any = reach.best(all_columns)
    silent = reach.inside & ~near_by
    flat = bool((shapely.get_dimensions(areas.geometry.to_numpy()) == 2).all())
    left = float(np.nansum(reach.people[silent] * by_any[silent])) if flat else np.nan
    return Visitors(
        origins=origins.sort_values("visitors", ascending=False, kind="stable"),
        visitors=float(origins["visitors"].sum()),
        beyond=beyond_of(origins["visitors"], origins["share_within"]),
        withheld=len(table) - len(told),
        silent_people=round(left, 6),
    )


def beyond_of(visitors: pd.Series, within: pd.Series) -> tuple[float, float]:
    """Give the least and the most share of visitors that can come from beyond the walk.

    Parameters
    ----------
    visitors
        By origin.
    within
        Share of the people of each origin within reach, 0..1.

    Examples
    --------
    >>> beyond_of(pd.Series([60.0, 20.0, 20.0]), pd.Series([1.0, 0.5, 0.0]))
    (0.2, 0.4)
    """
    total = float(visitors.sum())
    if not total > 0:
        return (float("nan"), float("nan"))
    least = float(visitors[within <= 1e-9].sum()) / total
    most = 1 - float(visitors[within >= 1 - 1e-9].sum()) / total
    return (round(least, 9), round(most, 9))


def _counted(source: Source) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Give the origins, and how many visitors each has."""
    layer, table = source.layer, source.table
    file = f"layers/{layer.name}.toml"
    if table is None:
        todo = "name a layer of points or polygons"
        raise InputError([Problem(file, "kind", "a raster tells no origins", todo)])
    columns = [name for name, one in layer.columns.items() if one.kind == "count"]
    named = [one for one in COUNTS if one in columns]
    column = named[0] if named else columns[0] if len(columns) == 1 else None
    if column is None and len(columns) > 1:
        found = f"it has {len(columns)} counts, and none of them is called visitors"
        raise InputError([Problem(file, "columns", found, "call one of them visitors")])
    if column is None and REPORTS in table:
        return table, table[REPORTS].astype(float)
    if column is None:
        found = "each row is one person: where somebody comes from is nobody's business"
        todo = "add [private] cell_m = 500, or count visitors by origin in a column of kind count"
        raise InputError([Problem(file, "private", found, todo)])
    return table, table[column].astype(float)


def _open(reach: Reach) -> np.ndarray:
    return np.asarray(reach.places["state"] == OPEN, dtype=bool)


def _label(source: Source, row: pd.Series, middle: shapely.Point) -> str:
    """Give the name of an origin; squares of a private layer are called by where they lie."""
    if source.layer.private is not None:
        return f"{middle.y:.4f}, {middle.x:.4f}"
    name = row.get("label", "")
    return "" if pd.isna(name) else str(name)


def _visited(row: pd.Series, reach: Reach, every: np.ndarray) -> tuple[str, np.ndarray]:
    """Say which place visitors went to, and its column; all open ones where it is not said."""
    site = row.get("site")
    if site is None or pd.isna(site) or not str(site).strip():
        return "", every
    name = str(site).strip()
    own = np.asarray((reach.places.index == name) | (reach.places["label"] == name).to_numpy())
    called = reach.places["label"][own]
    return str(called.iloc[0]) if len(called) else name, own.astype(bool)


def _share_of(plan: Plan, reach: Reach, place: shapely.Geometry, columns: np.ndarray) -> float:
    """Say how fully an origin is within reach where nobody is known to live: from its middle."""
    if plan.walk is None or not columns.any():
        return 0.0
    spot = gpd.GeoDataFrame(geometry=[shapely.point_on_surface(place)], crs=plan.study.crs)
    found = reaching.reach(plan.walk, spot, gpd.GeoDataFrame(reach.places[columns]))
    return float(found.max()) if found.nnz else 0.0
