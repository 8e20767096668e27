"""Private layers: exact places become counts on squares before any other step sees them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj

from siteplanner.errors import Problem
from siteplanner.model import Layer, Notice
from siteplanner.model.private import Private
from siteplanner.sources.keys import plain
from siteplanner.sources.ledger import Ledger, listed
from siteplanner.sources.source import Source
from siteplanner.sources.squares import (
    LEVELS,
    REPORTS,
    areas_of,
    coarse,
    in_tens,
    in_words,
)

_MOST_OF_ONE = 0.5
"""A sum of which one row holds more is not told."""
_WORST_SCALE = 0.1
"""A CRS that draws ground larger or smaller by more than this is not counted on."""
_ALIKE = 0.8
"""How alike two words are that may be the same, misspelt (difflib's ratio)."""


@dataclass(frozen=True)
class _Placed:
    """The reports of one kind, each with its square and its area; area -1 where there is none."""

    table: pd.DataFrame
    columns: NDArray[np.intp]
    rows: NDArray[np.intp]
    area: NDArray[np.intp]


def withheld(source: Source) -> Source:
    """Put squares with counts in the place of exact rows.

    Parameters
    ----------
    source
        A layer with ``[private]``, as read.

    Returns
    -------
    The layer with polygons: squares of ``cell_m``, or several together, with at least
    ``at_least`` rows of the file in each.  Columns: ``@reports``, the rows behind each area, in
    tens; sums of counts and means of rates and values, to two significant digits (NaN where
    fewer than ``at_least`` rows are known, or one row holds over half of a sum); the words of
    ``keep_text``, each combination with areas of its own.  No id, label, hours or other words,
    and no notice that quotes a row.

    Raises
    ------
    InputError
        If no area has enough rows, or a sensitive word is nearly one that the rows have.
    """
    layer = source.layer
    assert layer.private is not None  # noqa: S101  read() has seen to it
    assert source.table is not None  # noqa: S101  only layers with rows are private
    ledger = Ledger(layer)
    table = source.table
    secret = _sensitive(ledger, table, layer.private)
    crs = _metric_crs(table)
    placed = list(_by_kind(table[~secret].to_crs(crs), layer.private))
    areas = [row for one in placed for row in _areas(one, layer)]
    if not areas:
        raise ledger.refuse_file(
            f"nowhere are there {layer.private.at_least} rows near each other: nothing of this "
            "private layer may be told",
            "collect more, or write a larger cell_m",
        )
    made = gpd.GeoDataFrame(areas, geometry="geometry", crs=crs).set_index("id").sort_index()
    several = int((made.area > 1.5 * layer.private.cell_m**2).sum())
    ledger.notices += list(_of_reading(ledger, source.notices))
    rows = (len(table), int(made[REPORTS].sum()), int(secret.sum()))
    _remark(ledger, rows, (len(made), several))
    coarser = f"Counted on squares of {layer.private.cell_m:g} m or larger, in tens."
    update = {"kind": "polygons", "join": None, "inside": None, "entrances": None, "label": None,
              "id": None, "hours": None, "columns": _columns(layer),
              "notes": (*layer.notes, coarser)}  # fmt: skip
    return replace(
        source, layer=layer.model_copy(update=update), table=made, notices=tuple(ledger.notices),
        matching=None, elsewhere=None, written=source.written or layer,
    )  # fmt: skip


def leaning_on_private(layers: Mapping[str, Layer]) -> list[tuple[str, Problem]]:
    """Find layers that ask a private one for places or names, which it does not give.

    Examples
    --------
    >>> votes = Layer(name="votes", title="V", source="v.csv", kind="points",
    ...               private={"cell_m": 500})
    >>> table = Layer(name="t", title="T", source="t.csv", kind="table",
    ...               join={"layer": "votes", "key": "no"})
    >>> print(leaning_on_private({"votes": votes, "t": table})[0][1])
    layers/t.toml: join.layer: layer 'votes' is private: its rows have no exact place; name another layer
    """  # noqa: E501
    wrong = []
    for name, layer in layers.items():
        asks = {"entrances": layer.entrances or ""}
        asks |= {"join.layer": layer.join.layer} if layer.join else {}
        asks |= {"inside.layer": layer.inside.layer} if layer.inside else {}
        for key, other in asks.items():
            if other in layers and layers[other].private is not None:
                found = f"layer '{other}' is private: its rows have no exact place"
                file = f"layers/{name}.toml"
                wrong.append((name, Problem(file, key, found, "name another layer")))
    return wrong


def _columns(layer: Layer) -> dict[str, object]:
    kept = layer.private.keep_text if layer.private else ()
    return {
        name: one for name, one in layer.columns.items() if one.kind != "category" or name in kept
    }


def _sensitive(ledger: Ledger, table: gpd.GeoDataFrame, private: Private) -> NDArray[np.bool_]:
    """Tell which rows are sensitive, or may be: their word is missing."""
    if private.sensitive is None:
        return np.zeros(len(table), dtype=bool)
    said = table[private.sensitive.column]
    words = plain(said.fillna(""))
    wanted = plain(pd.Series(private.sensitive.values))
    others = [str(one) for one in pd.unique(words) if one and one not in set(wanted)]
    for word, found in zip(private.sensitive.values, wanted, strict=True):
        near = difflib.get_close_matches(found, others, n=1, cutoff=_ALIKE)
        if not (words == found).any() and near:
            original = str(said[words == near[0]].iloc[0])
            ledger.in_toml(
                "private.sensitive.values",
                f"no row has {word!r}, and some have {original!r}",
                "name the words as the file has them; name both if both are right",
            )
    ledger.stop_if_wrong()
    found_rows: NDArray[np.bool_] = (words.isin([*wanted, ""])).to_numpy(dtype=bool)
    return found_rows


def _metric_crs(table: gpd.GeoDataFrame) -> CRS:
    """Give the file's CRS where it draws metres as metres; else the UTM zone of most rows."""
    crs = CRS(table.crs)
    bounds = table.geometry.to_crs(4326).bounds
    lon = float(((bounds["minx"] + bounds["maxx"]) / 2).median())
    lat = float(((bounds["miny"] + bounds["maxy"]) / 2).median())
    if crs.is_projected and {axis.unit_name for axis in crs.axis_info[:2]} == {"metre"}:
        scale = Proj(crs).get_factors(lon, lat).areal_scale
        if abs(scale - 1) <= _WORST_SCALE:
            return crs
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def _by_kind(table: gpd.GeoDataFrame, private: Private) -> Iterator[_Placed]:
    """Give the reports by the words that stay, on their squares."""
    points = shapely.point_on_surface(table.geometry.to_numpy())
    at = shapely.get_coordinates(points)
    there = np.isfinite(at).all(axis=1)
    square = np.floor(at[there] / private.cell_m).astype(np.intp)
    rows = pd.DataFrame(table.drop(columns="geometry"))
    rows = rows.take(np.flatnonzero(there)).reset_index(drop=True)
    kept = list(private.keep_text)
    groups = rows.groupby(kept, dropna=False, sort=True).indices if kept else {"": rows.index}
    for places in groups.values():
        those = np.asarray(places, dtype=np.intp)
        column, row = square[those, 0], square[those, 1]
        area = areas_of(column, row, private.at_least)
        yield _Placed(rows.take(those), column, row, area)


def _areas(placed: _Placed, layer: Layer) -> Iterator[dict[str, Any]]:
    """Give the areas of one kind of report: id, counts, sums, means, words and ground."""
    assert layer.private is not None  # noqa: S101
    number = int(placed.area.max(initial=-1)) + 1
    counts = np.bincount(placed.area[placed.area >= 0], minlength=number).astype(np.int64)
    members = [np.flatnonzero(placed.area == place) for place in range(number)]
    squares = [
        np.unique(np.column_stack([placed.columns[those], placed.rows[those]]), axis=0)
        for those in members
    ]
    blocks = [(int(one[0, 0]) >> LEVELS, int(one[0, 1]) >> LEVELS) for one in squares]
    numbers = {block: place for place, block in enumerate(dict.fromkeys(blocks))}
    tens = in_tens(counts, np.array([numbers[block] for block in blocks], dtype=np.intp))
    side = layer.private.cell_m
    for those, ground, count in zip(members, squares, tens, strict=True):
        rows = placed.table.iloc[those]
        words = [rows[name].iloc[0] for name in layer.private.keep_text]
        said = " ".join("" if pd.isna(one) else str(one) for one in words)
        boxes = shapely.box(*(ground * side).T, *((ground + 1) * side).T)
        yield {
            "id": f"p{ground[0, 0]}_{ground[0, 1]} {said}".strip(),
            **dict(zip(layer.private.keep_text, words, strict=True)),
            **{
                name: _told(
                    rows[name].to_numpy(dtype=float), layer.private, add=one.kind == "count"
                )
                for name, one in layer.columns.items()
                if one.kind != "category"
            },
            REPORTS: float(count),
            "geometry": shapely.union_all(boxes),
        }


def _told(values: NDArray[np.float64], private: Private, *, add: bool) -> float:
    """Give the sum or the mean of an area, if it gives nobody's number away."""
    known = values[~np.isnan(values)]
    if len(known) < private.at_least:
        return float("nan")
    size = np.abs(known)
    if size.max() > _MOST_OF_ONE * size.sum():
        return float("nan")
    return coarse(float(known.sum() if add else known.mean()))


def _of_reading(ledger: Ledger, notices: tuple[Notice, ...]) -> Iterator[Notice]:
    """Say how much was dropped or mended, and nothing that quotes a row."""
    for kind in ("dropped", "mended", "flagged"):
        count = int(sum(one.count for one in notices if one.kind == kind))
        if count:
            reason = (
                f"{in_words(count)} rows were {kind} while reading; what was found is not told, "
                "the layer is private"
            )
            yield Notice(ledger.name, "info", 0, 0, reason)


def _remark(ledger: Ledger, rows: tuple[int, int, int], areas: tuple[int, int]) -> None:
    private, (total, told, secret), (count, several) = ledger.layer.private, rows, areas
    assert private is not None  # noqa: S101
    ledger.remark(
        f"private: {in_words(total)} rows are told as counts in tens, on {count} areas of squares "
        f"of {private.cell_m:g} m with at least {private.at_least} rows each; {several} of the "
        "areas are several squares that had too few"
    )
    left = total - told - secret
    ledger.remark(
        f"private: {in_words(left)} rows are on no area, since there were too few around them, or "
        "by rounding"
    )
    if private.sensitive is not None:
        what = listed(private.sensitive.values, len(private.sensitive.values))
        ledger.remark(
            f"private: {in_words(secret)} rows are of a sensitive '{private.sensitive.column}' "
            f"({what}, or not said); this total is all that is told of them"
        )
    lost = [
        name
        for name, one in ledger.layer.columns.items()
        if one.kind == "category" and name not in private.keep_text
    ]
    if lost:
        ledger.remark(f"private: {listed(lost, len(lost))} may be free text and is left out")
