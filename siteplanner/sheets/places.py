"""Possible sites with their numbers, and the places that are there already, as signs on a map."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.maps.answer import Answer
from siteplanner.sheets.ground import Taken, View
from siteplanner.sheets.lettering import MM_PER_POINT
from siteplanner.sheets.page import Page, Pen

NUMBER_PT = 7.5
"""Numbers of sites are never smaller."""
DIRECTIONS = 12
STEPS_AWAY = 7
RING = Pen(fill=1.0, line_pt=0.7)
CHOSEN_RING = Pen(fill=1.0, line_pt=1.8)
DOT = Pen(fill=1.0, line_pt=0.7)
LEADER = Pen(line_pt=0.5)


def numbers(answer: Answer) -> pd.Series:
    """Give the possible sites numbers: the chosen as on the council map, then by rank.

    Returns
    -------
    Index ``site``, in the order of the numbers, from 1.  Sites without a rank come last.
    """
    sites = answer.sites
    order = pd.DataFrame(
        {
            "order": sites["order"].astype("Float64").fillna(np.inf),
            "rank": sites["rank"].astype("Float64").fillna(np.inf),
            "id": sites.index.astype(str),
        },
        index=sites.index,
    ).sort_values(["order", "rank", "id"])
    return pd.Series(np.arange(1, len(order) + 1), index=order.index, name="number")


def draw_existing(page: Page, view: View, existing: gpd.GeoDataFrame, taken: Taken,
                  size_mm: float) -> None:  # fmt: skip
    """Draw the places that are there already: a square with a cross, whole within the frame."""
    left, bottom, width, height = view.frame
    half = size_mm / 2
    for at_x, at_y in _points(existing, view):
        x = min(max(at_x, left + half), left + width - half)
        y = min(max(at_y, bottom + half), bottom + height - half)
        existing_sign(page, x, y, size_mm)
        taken.take(shapely.box(x - half, y - half, x + half, y + half))


def existing_sign(page: Page, x: float, y: float, size_mm: float) -> None:
    """Draw one square with a cross."""
    half = size_mm / 2
    page.rectangle((x - half, y - half, size_mm, size_mm), Pen(fill=1.0, line_pt=0.8))
    page.line([(x - half, y), (x + half, y)], Pen(line_pt=0.8))
    page.line([(x, y - half), (x, y + half)], Pen(line_pt=0.8))


def site_sign(page: Page, x: float, y: float, number: str, size_pt: float, *, chosen: bool) -> None:
    """Draw one number in a ring; a chosen site has a thick one."""
    page.circle(x, y, radius_mm(page, number, size_pt), CHOSEN_RING if chosen else RING)
    page.write(x, y, number, size_pt, bold=chosen, align="center", level="center_baseline")


def radius_mm(page: Page, number: str, size_pt: float) -> float:
    """Give the radius of the ring around a number."""
    width = page.letters.width_mm(number, size_pt, bold=True)
    return max(width / 2 + 0.6, size_pt * MM_PER_POINT * 0.75)


def draw_sites(page: Page, view: View, sites: gpd.GeoDataFrame, taken: Taken,
               size_pt: float = NUMBER_PT) -> int:  # fmt: skip
    """Draw sites with their numbers; where they crowd, a number stands aside, tied by a line.

    Parameters
    ----------
    page, view
        Where to.
    sites
        Geometry, ``number`` and ``chosen`` (bool).
    taken
        Room that holds something; the signs are added.
    size_pt
        Size of the numbers.

    Returns
    -------
    How many are on this page.
    """
    at = _points(sites, view)
    inside = _shown(sites, view)
    given = [str(one) for one in sites["number"].to_numpy()[inside]]
    chosen = sites["chosen"].to_numpy(dtype=bool)[inside]
    radii = [radius_mm(page, one, size_pt) for one in given]
    spots = _spread(at, np.array(radii), view, taken)
    for (x, y), (away_x, away_y) in zip(at, spots, strict=True):
        if (x, y) != (away_x, away_y):
            page.line([(x, y), (away_x, away_y)], LEADER)
    for (x, y), (away_x, away_y), number, picked in zip(at, spots, given, chosen, strict=True):
        if (x, y) != (away_x, away_y):
            page.circle(x, y, 0.6, DOT)
        site_sign(page, away_x, away_y, number, size_pt, chosen=bool(picked))
    return len(given)


def _spread(
    at: list[tuple[float, float]], radii: NDArray[np.float64], view: View, taken: Taken
) -> list[tuple[float, float]]:
    """Give each sign the nearest spot where it covers no other; its own place where it can."""
    left, bottom, width, height = view.frame
    frame = shapely.box(left, bottom, left + width, bottom + height)
    spots = []
    for (x, y), radius in zip(at, radii, strict=True):
        best = (x, y)
        for spot in _around(x, y, float(radius)):
            room = shapely.Point(spot).buffer(radius + 0.25, quad_segs=4)
            others = [one for one in at if one != (x, y)]
            clear = not others or _farthest(spot, others) > radius + 0.5
            if clear and taken.free(room) and frame.contains(room):
                best = spot
                break
        spots.append(best)
        taken.take(shapely.Point(best).buffer(radius + 0.25, quad_segs=4))
        taken.take(shapely.Point(x, y).buffer(0.6, quad_segs=4))
    return spots


def _farthest(spot: tuple[float, float], others: list[tuple[float, float]]) -> float:
    """Give the distance to the nearest of the others."""
    away = np.asarray(others) - spot
    return float(np.hypot(away[:, 0], away[:, 1]).min())


def _around(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    found = [(x, y)]
    for step in range(1, STEPS_AWAY + 1):
        far = radius * (0.8 + 0.7 * step)
        for turn in range(DIRECTIONS):
            angle = 2 * np.pi * (turn + 0.5) / DIRECTIONS
            found.append((float(x + far * np.cos(angle)), float(y + far * np.sin(angle))))
    return found


def _shown(places: gpd.GeoDataFrame, view: View) -> NDArray[np.bool_]:
    points = shapely.point_on_surface(places.geometry.to_numpy())
    found: NDArray[np.bool_] = shapely.intersects(points, view.window)
    return found


def _points(places: gpd.GeoDataFrame, view: View) -> list[tuple[float, float]]:
    """Give where the places stand on paper, those outside the frame left out."""
    if not len(places):
        return []
    points = shapely.point_on_surface(places.geometry.to_numpy())[_shown(places, view)]
    return [
        (float(x), float(y)) for x, y in view.to_paper(shapely.get_coordinates(points)).round(3)
    ]
