"""Rows that say which area they lie in, held against where they lie."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from siteplanner.errors import Problem
from siteplanner.model import Layer
from siteplanner.sources.keys import numeral, plain
from siteplanner.sources.ledger import EXAMPLES, Ledger, listed, offer

_NEAR_M = 100.0
"""Outlines may be simplified by as much."""
_EDGE_M = 1.0
"""A row on the edge between two areas is in both."""
_DEGREES = "EPSG:4326"
_EARTH = Geod(ellps="WGS84")


def wrong_insides(layers: Mapping[str, Layer]) -> list[tuple[str, Problem]]:
    """Find layers whose ``[inside]`` names no layer of polygons, or themselves.

    Examples
    --------
    >>> from siteplanner.model import Inside
    >>> inside = Inside(layer="district", column="localidad")
    >>> parks = Layer(name="parks", title="P", source="p.gpkg", kind="points", inside=inside)
    >>> areas = Layer(name="districts", title="D", source="d.gpkg", kind="polygons")
    >>> print(wrong_insides({"parks": parks, "districts": areas})[0][1])
    layers/parks.toml: inside.layer: no layer 'district'; did you mean 'districts'?
    """
    wrong = []
    for name, layer in layers.items():
        if layer.inside is None:
            continue
        ledger, areas = Ledger(layer), layers.get(layer.inside.layer)
        if layer.kind in ("raster", "network"):
            ledger.in_toml("inside", f"a {layer.kind} names no areas", "delete the table")
        elif areas is None:
            found = f"no layer '{layer.inside.layer}'"
            ledger.in_toml("inside.layer", found, offer(layer.inside.layer, layers))
        elif areas.name == name or areas.kind in ("points", "lines", "raster", "network"):
            what = "it is the layer itself" if areas.name == name else f"it has {areas.kind}"
            ledger.in_toml("inside.layer", what, "name another layer, of polygons")
        wrong += [(name, problem) for problem in ledger.problems]
    return wrong


def elsewhere(
    ledger: Ledger, says: pd.Series, table: gpd.GeoDataFrame, areas: gpd.GeoDataFrame,
    names: list[pd.Series],
) -> pd.DataFrame:  # fmt: skip
    """Find rows that lie in another area than their own column says.

    Parameters
    ----------
    ledger
        Of the rows' layer; what is found is flagged there, no row is dropped.
    says
        The area that each row names; missing where it names none.
    table
        The rows; lines and polygons are looked at by a point inside them.
    areas
        Polygons in any CRS.
    names
        What an area may be called, most usual first, each on the index of ``areas``; missing
        where an area has no such name.

    Returns
    -------
    The rows that contradict themselves, the farthest first: ``says``; ``lies_in``, empty
    where they lie in no area; ``away_m``, how far from the area they name, or, where nobody
    knows that name, from the nearest one.  Names are compared without capitals, accents,
    spaces and signs, numbers without zeros in front.

    Examples
    --------
    >>> from shapely import Point, box
    >>> areas = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326)
    >>> names = [pd.Series(["Suba", "Engativá"])]
    >>> rows = gpd.GeoDataFrame(geometry=[Point(0.5, 0.5), Point(1.25, 0.5)], crs=4326)
    >>> layer = Layer(name="parks", title="P", source="p.gpkg", kind="points",
    ...               inside={"layer": "districts", "column": "district"})
    >>> found = elsewhere(Ledger(layer), pd.Series(["SUBA", "suba"]), rows, areas, names)
    >>> found.round(-2).to_dict("index")
    {1: {'says': 'suba', 'lies_in': 'Engativá', 'away_m': 27800.0}}
    """
    names = [one.astype(object).map(str.strip, na_action="ignore") for one in names]
    shapes = areas.geometry.to_crs(_DEGREES).to_numpy()
    points = shapely.point_on_surface(table.geometry.to_crs(_DEGREES).to_numpy())
    said = _named(says, names)
    known = says.notna().to_numpy()
    lies = _lies_in(points, shapes)
    at_home = np.zeros(len(points), dtype=bool)
    told = np.flatnonzero(said >= 0)
    at_home[told] = shapely.intersects(points[told], shapes[said[told]])
    bad = known & ~at_home & ((said >= 0) | (lies < 0))
    rows = np.flatnonzero(bad)
    nearest = np.where(said >= 0, said, shapely.STRtree(shapes).nearest(points))
    found = pd.DataFrame(
        {
            "says": says.to_numpy(dtype=object)[rows],
            "lies_in": np.append(names[0].to_numpy(dtype=object), "")[lies[rows]],
            "away_m": _metres(points[rows], shapes[nearest[rows]]),
        },
        index=table.index[rows],
    )
    found = found[found["away_m"] > _EDGE_M]
    found = found.sort_values("away_m", ascending=False, kind="stable")
    _say(ledger, found, table, says, names[0], said)
    return found


def _named(says: pd.Series, names: list[pd.Series]) -> NDArray[np.intp]:
    """Find the area that each row names; -1 where there is none, or several."""
    result = np.full(len(says), -1)
    for form in (plain, numeral):
        for one in names:
            forms = form(one.fillna("").astype(str))
            places = pd.Series(np.arange(len(one)), index=pd.Index(forms))
            places = places[(places.index != "") & ~places.index.duplicated(keep=False)]
            fits = form(says.fillna("").astype(str)).map(places).fillna(-1).to_numpy(dtype=int)
            result = np.where(result < 0, fits, result)
    return result


def _lies_in(points: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.intp]:
    """Find the area around each point, the first where they overlap; -1 where there is none."""
    result = np.full(len(points), len(shapes))
    point, shape = shapely.STRtree(shapes).query(points, predicate="intersects")
    np.minimum.at(result, point, shape)
    return np.where(result == len(shapes), -1, result)


def _metres(points: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    ends = shapely.get_coordinates(shapely.shortest_line(points, shapes)).reshape(-1, 4)
    away: NDArray[np.float64] = np.asarray(_EARTH.inv(*ends.T)[2], dtype=float).reshape(-1)
    return away


def _say(
    ledger: Ledger, found: pd.DataFrame, table: gpd.GeoDataFrame, says: pd.Series,
    names: pd.Series, said: NDArray[np.intp],
) -> None:  # fmt: skip
    """Flag what was found: rows in another area, rows in none, names that no area has."""
    inside = ledger.layer.inside
    column, areas = (inside.column, inside.layer) if inside else ("", "")
    called = table["label"] if "label" in table.columns else pd.Series(table.index, table.index)
    called = called.where(called != "", pd.Series(table.index, table.index))
    total = int(says.notna().sum())
    for reason, those in (
        (f"'{column}' names one of '{areas}' and they lie in another", found["lies_in"] != ""),
        (f"they name a '{column}' and lie in none of '{areas}'", found["lies_in"] == ""),
    ):
        rows = found[those]
        near = int((rows["away_m"] <= _NEAR_M).sum())
        shown = [_told(called[row], *one) for row, *one in rows[:EXAMPLES].itertuples()]
        more = f" (within {_NEAR_M:g} m of it: {near})" if near else ""
        tail = "; …" if len(rows) > EXAMPLES else ""
        ledger.notice("flagged", len(rows), total, f"{reason}: {'; '.join(shown)}{tail}{more}")
    strange = says[(said < 0) & says.notna().to_numpy()]
    words = listed(strange.drop_duplicates())
    hint = _nearest(str(strange.iloc[0]), names) if len(strange) else ""
    ledger.notice("flagged", len(strange), total, f"no area of '{areas}' is called {words}{hint}")


def _nearest(name: str, names: pd.Series) -> str:
    known = {str(one).casefold(): str(one) for one in names.dropna()}
    close = difflib.get_close_matches(name.casefold(), known, n=1)
    return f" (did you mean '{known[close[0]]}'?)" if close else ""


def _told(name: object, says: str, lies_in: str, away_m: float) -> str:
    away = f"{away_m:,.0f} m" if away_m < 10_000 else f"{away_m / 1000:,.0f} km"
    place = f"lies in {lies_in}, {away} from it" if lies_in else f"lies {away} from it"
    return f"{name} says {says}, {place}"
