"""What the page is told: the answer as plain JSON, geometry and numbers packed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.maps import counts, method
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counting_criteria, is_public, released
from siteplanner.maps.classes import NO_DATA, Classes, classed, classed_evenly
from siteplanner.maps.neediest import most_in_need
from siteplanner.maps.packing import (
    Frame,
    packed,
    packed_lines,
    packed_points,
    packed_polygons,
    packed_values,
)

CELL_TOLERANCE_M = 1.0
STREET_TOLERANCE_M = 2.0
STREET_VERTICES = 150_000
"""More street than this is left out of the page, shortest lines first."""

NEED, PEOPLE, REACH, SITES = "Need", "People", "Within reach on foot", "Possible sites"


def page_contents(answer: Answer) -> dict[str, Any]:
    """Gather what the page shows, ready for JSON and as its audience may have it.

    Parameters
    ----------
    answer
        The whole answer; what is not for its audience is withheld here.

    Returns
    -------
    Texts, tables, map layers and geometry.  The same answer gives the same contents, in the
    same order.
    """
    shown = released(answer)
    cells = _on_map(shown.cells, shown, CELL_TOLERANCE_M)
    sites = _on_map(shown.sites, shown, CELL_TOLERANCE_M / 2)
    existing = _on_map(shown.existing, shown, CELL_TOLERANCE_M)
    area = _lonlat(gpd.GeoSeries([answer.area], crs=answer.crs), CELL_TOLERANCE_M)
    streets, left_out = _streets(answer)
    cell_layers = _cell_layers(answer)
    frame = Frame.around(area, cells, sites, existing)
    return {
        "frame": [frame.west, frame.south, frame.east, frame.north],
        "view": [round(float(one), 6) for one in area.total_bounds],
        "about": method.about(answer),
        "summary": method.summary(answer),
        "layers": [*cell_layers, *_site_layers(shown)],
        "criteria": method.criteria(answer),
        "neediest": most_in_need(answer),
        "area": packed_polygons(area, frame),
        "cells": {"count": len(cells), **_geometry(cells, frame)},
        "sites": {**_site_facts(answer, shown), **_places(sites, frame)},
        "existing": {"labels": [str(one) for one in shown.existing["label"]]}
        | _places(existing, frame),
        "streets": packed_lines(_within(streets, frame), frame),
        "method": method.describe(shown, whole=answer, streets_left_out=left_out),
    }


def _on_map(table: gpd.GeoDataFrame, answer: Answer, tolerance_m: float) -> gpd.GeoSeries:
    return _lonlat(gpd.GeoSeries(table.geometry, crs=answer.crs), tolerance_m)


def _lonlat(places: gpd.GeoSeries, tolerance_m: float) -> gpd.GeoSeries:
    shapes = places.to_numpy()
    simple = shapely.simplify(shapes, tolerance_m, preserve_topology=False)
    spoilt = shapely.is_empty(simple) | ~shapely.is_valid(simple)
    simple[spoilt] = shapes[spoilt]
    return gpd.GeoSeries(simple, index=places.index, crs=places.crs).to_crs("EPSG:4326")


def _geometry(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack cells: polygons, or points where there is none."""
    if _has_polygons(places):
        return packed_polygons(places, frame)
    return packed_points(places.representative_point(), frame)


def _places(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack places as points to click on and, where they have an outline, that as well."""
    outlines = packed_polygons(places, frame) if _has_polygons(places) else None
    return {"points": packed_points(places.representative_point(), frame), "outlines": outlines}


def _has_polygons(places: gpd.GeoSeries) -> bool:
    return bool(places.geom_type.isin(["Polygon", "MultiPolygon"]).any())


def _streets(answer: Answer) -> tuple[gpd.GeoSeries, int]:
    """Join, simplify and, where there are too many, thin the streets; say how many went."""
    if answer.streets is None or answer.streets.empty:
        return gpd.GeoSeries([], crs="EPSG:4326"), 0
    parts = shapely.get_parts(answer.streets.geometry.to_numpy())
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
    lines = shapely.simplify(lines, STREET_TOLERANCE_M, preserve_topology=False)
    longest_first = np.argsort(-shapely.length(lines), kind="stable")
    total = np.cumsum(shapely.get_num_coordinates(lines[longest_first]))
    kept = longest_first[total <= STREET_VERTICES]
    streets = gpd.GeoSeries(lines[np.sort(kept)], crs=answer.crs)
    return streets.to_crs("EPSG:4326"), len(lines) - len(kept)


def _within(streets: gpd.GeoSeries, frame: Frame) -> gpd.GeoSeries:
    if streets.empty:
        return streets
    return streets.clip_by_rect(frame.west, frame.south, frame.east, frame.north)


def _cell_layers(answer: Answer) -> list[dict[str, Any]]:
    cells, public = answer.cells, is_public(answer)
    smallest = SMALLEST if public else None
    counting = counting_criteria(answer, "need")
    need = classed(_floats(cells["need"]), factor=100)
    unit = "0 (least) to 100 (most)"
    layers = [_layer("need", "Need", cells["need"], need, group=NEED, factor=100, unit=unit)]
    for key, one in answer.criteria_of("need").iterrows():
        small = smallest if key in counting else None
        layers.append(
            _criterion_layer(str(key), one, answer.need_values, answer.need_scores, smallest=small)
        )
    for name in [*answer.count_columns, "demand"]:
        title = counts.count_title(answer, name)
        unit = "people × need" if name == "demand" else "people"
        classes = classed(_floats(cells[name]), smallest=smallest)
        layers.append(_layer(name, title, cells[name], classes, group=PEOPLE, unit=unit))
    layers += _reach_layers(answer)
    for layer in layers:
        layer["on"] = "cells"
        if public:
            layer.pop("values", None)
            layer.pop("scores", None)
    return layers


def _reach_layers(answer: Answer) -> list[dict[str, Any]]:
    """Show who is within reach: nobody asks without a walk, and nothing changes without sites."""
    titles = {"served_before": "Within reach today"} if answer.scenario.walk else {}
    if answer.scenario.sites:
        titles["served_after"] = "Within reach with the chosen sites"
    both = answer.cells[["served_before", "served_after"]].astype(float)
    yes_no = bool(both.isin([0.0, 1.0]).where(both.notna(), True).all(axis=None))
    words = ("not within reach", "within reach") if yes_no else None
    unit = "within reach or not" if yes_no else "share of the people there, in %"
    layers = []
    for name, title in titles.items():  # both classed alike, so that they can be compared
        classes = classed_evenly(_floats(both[name]), words=words)
        one = _layer(name, title, both[name], classes, group=REACH, factor=100, unit=unit)
        if yes_no:
            del one["values"]  # the class says it all
        layers.append(one)
    return layers


def _site_layers(answer: Answer) -> list[dict[str, Any]]:
    if answer.scenario.sites is None:
        return []
    index = answer.sites["index"]
    classes = classed(_floats(index), factor=100)
    unit = "0 (worst) to 100 (best)"
    layers = [
        _layer("index", "Site index", index, classes, group=SITES, factor=100, unit=unit),
        *(
            _criterion_layer(str(name), one, answer.site_values, answer.site_scores)
            for name, one in answer.criteria_of("site").iterrows()
        ),
    ]
    for layer in layers:
        layer["on"] = "sites"
        layer.pop("scores", None)  # they are with the sites
    return layers


def _criterion_layer(
    name: str,
    criterion: pd.Series,
    values: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    smallest: float | None = None,
) -> dict[str, Any]:
    known = name in values and bool(values[name].notna().any())
    column = values[name] if name in values else pd.Series(np.nan, index=values.index)
    group = NEED if criterion["level"] == "need" else SITES
    layer = _layer(
        f"{criterion['level']}.{name}",
        str(criterion["title"] or name),
        column,
        classed(_floats(column), smallest=smallest),
        group=group,
        unit=str(criterion["unit"]),
    )
    layer["criterion"] = name
    layer["empty"] = not known
    if known and name in scores:
        layer["scores"] = packed_values(_floats(scores[name]))
    return layer


def _layer(
    name: str,
    title: str,
    values: pd.Series,
    classes: Classes,
    *,
    group: str,
    unit: str,
    factor: int = 1,
) -> dict[str, Any]:
    return {
        "id": name,
        "title": title,
        "group": group,
        "unit": unit,
        "factor": factor,
        "labels": list(classes.labels),
        "colours": list(classes.colours),
        "note": classes.note,
        "gaps": bool((classes.codes == NO_DATA).any()),
        "codes": packed(classes.codes),
        "values": packed_values(_floats(values)),
    }


def _site_facts(answer: Answer, shown: Answer) -> dict[str, Any]:
    sites = shown.sites
    names = list(answer.criteria_of("site").index)
    return {
        "ids": [str(one) for one in sites.index],
        "labels": [str(one) for one in sites["label"]],
        "rank": _whole(sites["rank"]),
        "index": _rounded(sites["index"], 6),
        "alike": _whole(sites["alike"]),
        "phase": _whole(sites["phase"]),
        "order": _whole(sites["order"]),
        "people": counts.told(answer.sites["people_reached"], sites["people_reached"]),
        "need": counts.told(answer.sites["need_reached"], sites["need_reached"]),
        "area_m2": _rounded(sites["area_m2"], 0),
        "confidence": _rounded(shown.confidence.reindex(sites.index), 3),
        "why": [str(one) for one in sites["why"]] if "why" in sites else [""] * len(sites),
        "why_not": [str(one) for one in sites["why_not"]],
        "small": {
            name: np.flatnonzero(shown.site_values[name].isna() & known).tolist()
            for name, known in answer.site_values.notna().items()
            if is_public(answer)
        },
        "withheld": np.flatnonzero(sites["index"].isna() & answer.sites["index"].notna()).tolist(),
        "values": _columns(shown.site_values, names, sites.index),
        "scores": _columns(shown.site_scores, names, sites.index),
        "contributions": _columns(shown.contributions, names, sites.index),
    }


def _columns(table: pd.DataFrame, names: list[str], index: pd.Index) -> dict[str, Any]:
    table = table.reindex(index)
    return {name: packed_values(_floats(table[name])) for name in names if name in table}


def _floats(values: pd.Series) -> NDArray[np.float64]:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _whole(values: pd.Series) -> list[int | None]:
    return [None if pd.isna(one) else int(one) for one in values]


def _rounded(values: pd.Series, decimals: int) -> list[float | None]:
    return [None if pd.isna(one) else round(float(one), decimals) for one in values]
