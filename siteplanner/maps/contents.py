"""What the page is told: the answer as plain JSON, geometry and numbers packed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.maps import counts, messages, method
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import is_public, released
from siteplanner.maps.ground import thinned_streets
from siteplanner.maps.layers import cell_layers, site_layers
from siteplanner.maps.live import gather, refused
from siteplanner.maps.neediest import most_in_need
from siteplanner.maps.packing import packed_values
from siteplanner.maps.shapes import (
    Frame,
    has_polygons,
    packed_cells,
    packed_lines,
    packed_points,
    packed_polygons,
)

CELL_TOLERANCE_M = 1.0
SIMPLE = 7
"""Shapes of at most so many coordinates stay as they are."""


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
    frame = Frame.around(area, cells, sites, existing)
    return {
        "frame": [frame.west, frame.south, frame.east, frame.north],
        "view": [round(float(one), 6) for one in area.total_bounds],
        "about": method.about(answer),
        "messages": messages.packed(),
        "summary": method.summary(answer),
        "layers": [*cell_layers(answer), *site_layers(shown)],
        "criteria": method.criteria(answer),
        "neediest": most_in_need(answer),
        "area": packed_polygons(area, frame),
        "cells": {"count": len(cells), **packed_cells(cells, frame)},
        "sites": {**_site_facts(answer, shown), **_places(sites, frame)},
        "existing": {"labels": [str(one) for one in shown.existing["label"]]}
        | _places(existing, frame),
        "streets": packed_lines(_within(streets, frame), frame),
        "live": gather(answer),
        "method": method.describe(shown, whole=answer, streets_left_out=left_out),
    }


def _on_map(table: gpd.GeoDataFrame, answer: Answer, tolerance_m: float) -> gpd.GeoSeries:
    return _lonlat(gpd.GeoSeries(table.geometry, crs=answer.crs), tolerance_m)


def _lonlat(places: gpd.GeoSeries, tolerance_m: float) -> gpd.GeoSeries:
    shapes = places.to_numpy().copy()
    many = np.flatnonzero(shapely.get_num_coordinates(shapes) > SIMPLE)
    simple = shapely.simplify(shapes[many], tolerance_m, preserve_topology=False)
    sound = ~shapely.is_empty(simple) & shapely.is_valid(simple)
    shapes[many[sound]] = simple[sound]
    return gpd.GeoSeries(shapes, index=places.index, crs=places.crs).to_crs("EPSG:4326")


def _places(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack places as points to click on and, where they have an outline, that as well."""
    outlines = packed_polygons(places, frame) if has_polygons(places) else None
    return {"points": packed_points(places.representative_point(), frame), "outlines": outlines}


def _streets(answer: Answer) -> tuple[gpd.GeoSeries, int]:
    """Simplify and, where there are too many, thin the streets; say how many went."""
    streets, left_out = thinned_streets(answer)
    return streets.to_crs("EPSG:4326"), left_out


def _within(streets: gpd.GeoSeries, frame: Frame) -> gpd.GeoSeries:
    if streets.empty:
        return streets
    return streets.clip_by_rect(frame.west, frame.south, frame.east, frame.north)


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
        "warnings": [str(one) for one in sites["warnings"]] if "warnings" in sites else [],
        "gain": _gains(answer, shown),
        **_reasons(answer, sites),
        "small": {
            name: np.flatnonzero(shown.site_values[name].isna() & known).tolist()
            for name, known in answer.site_values.notna().items()
            if is_public(answer)
        },
        "withheld": np.flatnonzero(sites["index"].isna() & answer.sites["index"].notna()).tolist(),
        "values": _columns(shown.site_values, names, sites.index),
    }


def _gains(answer: Answer, shown: Answer) -> list[float | str | None]:
    """Give what each chosen site newly reached, as the plan counted it."""
    if "new_demand" not in shown.sites:
        return []
    return counts.told(answer.sites["new_demand"], shown.sites["new_demand"])


def _reasons(answer: Answer, sites: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """Give the plan's sentence on each site, where the page does not work it out by itself."""
    by_itself = answer.scenario.choice.model == "max_cover" and not refused(answer.scenario.choice)
    if by_itself and answer.walks is not None and sites["phase"].notna().any():
        return {"why": [], "why_not": []}
    return {
        name: [str(one) for one in sites[name]] if name in sites else []
        for name in ("why", "why_not")
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
