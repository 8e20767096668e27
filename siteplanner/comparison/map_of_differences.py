"""A map of what differs between two plans, as a drawing inside a page."""

from __future__ import annotations

import html
from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from siteplanner.maps import Answer

WIDTH = 720.0
MARGIN = 14.0
RADIUS = 7.0
BOTH, CAME, WENT = "both", "came", "went"


def picture(first: Answer, other: Answer, title: str) -> str:
    """Draw the area, the streets, and the sites that are in both sets or in one of them.

    Parameters
    ----------
    first, other
        Two plans of one place, as their audience may have them.
    title
        What a screen reader says.

    Returns
    -------
    An ``<svg>`` element.  Sites in both sets are filled, those that came in have a plus, those
    that went out a cross; each has its name as a tooltip.
    """
    west, south, east, north = first.area.bounds
    scale = (WIDTH - 2 * MARGIN) / max(east - west, 1e-9)
    height = (north - south) * scale + 2 * MARGIN

    def placed(geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(
            geometry,
            lambda at: np.column_stack(
                [(at[:, 0] - west) * scale + MARGIN, (north - at[:, 1]) * scale + MARGIN]
            ),
        )

    parts = [f'<path class="area" d="{_path([placed(first.area)])}"/>']
    if first.streets is not None and len(first.streets):
        lines = first.streets.geometry.simplify(1.0 / scale)
        near = lines[lines.intersects(first.area)]
        parts.append(f'<path class="street" d="{_path(placed(one) for one in near)}"/>')
    for state, table in _states(first, other).items():
        for label, geometry in zip(table["label"], table.geometry, strict=True):
            x, y = shapely.get_coordinates(placed(geometry.representative_point()))[0]
            parts.append(_site(state, x, y, str(label)))
    return (
        f'<svg role="img" aria-label="{html.escape(title)}" viewBox="0 0 {WIDTH:g} {height:.1f}">'
        + "".join(parts)
        + "</svg>"
    )


def _states(first: Answer, other: Answer) -> dict[str, pd.DataFrame]:
    own, theirs = (
        one.sites[one.sites["phase"].notna()] if "phase" in one.sites else one.sites.iloc[:0]
        for one in (first, other)
    )
    return {
        BOTH: own[own.index.isin(theirs.index)],
        WENT: own[~own.index.isin(theirs.index)],
        CAME: theirs[~theirs.index.isin(own.index)],
    }


def _site(state: str, x: float, y: float, label: str) -> str:
    sign = {
        BOTH: "",
        CAME: f'<path d="M{x - 4:.1f} {y:.1f}h8M{x:.1f} {y - 4:.1f}v8"/>',
        WENT: f'<path d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>',
    }[state]
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS:g}"/>'
    return f'<g class="{state}"><title>{html.escape(label)}</title>{circle}{sign}</g>'


def _path(shapes: Iterable[BaseGeometry]) -> str:
    """Write lines and outlines as a path, to a tenth of a unit."""
    found = []
    for shape in shapes:
        for part in shapely.get_parts(shape):
            rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            for ring in rings:
                at = shapely.get_coordinates(ring)
                found.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at))
    return "".join(found)
