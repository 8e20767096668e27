"""Walkability of the ground a place stands on: crossings, streets, blocks and uses.

Measured within a circle: as far around the place's inner point as the criterion's limit,
taken straight.  With ``within = "place"`` it is the place's own ground, for districts and the
like.  Where a circle leaves the study, the part inside speaks as long as it is at least half.
Streets are those of the scenario's profile: footways count, and cut blocks.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from siteplanner.cells import area_shares
from siteplanner.measures.at_place import one_hot
from siteplanner.measures.ground import Array, Ground
from siteplanner.measures.in_reach import reach_of
from siteplanner.measures.known import quotient
from siteplanner.measures.walkability import land_use_mix
from siteplanner.model import Criterion
from siteplanner.walk import Walker

KM2 = 1e6
"""Square metres."""
HECTARE = 1e4
"""Square metres."""
MEETING = 3
"""Street ends that make an intersection."""
AT_ONCE = 512
"""Places measured together, so that memory stays bounded."""

Shapes = NDArray[np.object_]


def intersections(ground: Ground, shapes: Shapes, criterion: Criterion) -> Array:  # noqa: ARG001
    """Count the nodes where at least three street ends meet, per km².

    Parameters
    ----------
    ground
        Has the streets.
    shapes
        Polygons.
    criterion
        Of the measure.

    Returns
    -------
    By shape; NaN without streets and where a shape has no area.
    """
    if not isinstance(ground.walker, Walker):
        return np.full(len(shapes), np.nan)
    network = ground.walker.network
    ends = np.concatenate([network.edges["u"].to_numpy(), network.edges["v"].to_numpy()])
    meeting = np.bincount(ends, minlength=len(network.nodes)) >= MEETING
    nodes = np.asarray(shapely.points(network.nodes[meeting]))
    shape, _ = shapely.STRtree(nodes).query(shapes, predicate="intersects")
    found = np.bincount(shape, minlength=len(shapes)).astype(np.float64)
    return quotient(KM2 * found, shapely.area(shapes))


def street_length(ground: Ground, shapes: Shapes, criterion: Criterion) -> Array:  # noqa: ARG001
    """Measure the length of the streets, in km per km²; see `intersections`."""
    streets = ground.walker.streets
    if streets is None:
        return np.full(len(shapes), np.nan)
    lines = streets.geometry.to_numpy()
    length_m, middles = (
        shapely.length(lines),
        shapely.line_interpolate_point(lines, 0.5, normalized=True),
    )
    tree, of_middles = shapely.STRtree(lines), shapely.STRtree(middles)
    metres = np.zeros(len(shapes))
    for start in range(0, len(shapes), AT_ONCE):
        some = shapes[start : start + AT_ONCE]
        shapely.prepare(some)
        shape, line = of_middles.query(some, predicate="intersects")
        whole_m = np.bincount(shape, length_m[line], minlength=len(some))
        shape, line = tree.query(shapely.boundary(some), predicate="intersects")  # cut
        part_m = shapely.length(shapely.intersection(some[shape], lines[line]))
        part_m -= np.where(shapely.intersects(some[shape], middles[line]), length_m[line], 0.0)
        metres[start : start + AT_ONCE] = whole_m + np.bincount(shape, part_m, len(some))
    return quotient(KM2 / 1000 * metres, shapely.area(shapes))


def block_size(ground: Ground, shapes: Shapes, criterion: Criterion) -> Array:
    """Measure the median area, in hectares, of the blocks whose inner point lies there.

    Blocks are the rows of the criterion's layer, or without one the faces that streets enclose.

    Returns
    -------
    By shape; NaN where there is no block.
    """
    if criterion.layer:
        blocks = ground.rows(criterion.layer[0], criterion.where).geometry.to_numpy()
    elif ground.walker.streets is not None:
        lines = ground.walker.streets.geometry.to_numpy()
        blocks = shapely.get_parts(shapely.polygonize(lines))
    else:
        blocks = np.empty(0, dtype=object)
    tree = shapely.STRtree(shapely.point_on_surface(blocks))
    shape, block = tree.query(shapes, predicate="intersects")
    hectares = pd.Series(shapely.area(blocks)[block] / HECTARE)
    return hectares.groupby(shape).median().reindex(np.arange(len(shapes))).to_numpy(np.float64)


def mix(ground: Ground, shapes: Shapes, criterion: Criterion) -> Array:
    """Measure how evenly the land is shared among its uses, 0 to 1; see `land_use_mix`.

    The uses are those that ``where`` lists for the column, or else all that the layer has.

    Returns
    -------
    By shape; NaN where no land is known, or where more than half of it has an unknown use.

    Raises
    ------
    ValueError
        If the criterion has no column.
    """
    if criterion.column is None:
        msg = "mix needs a layer and a column"
        raise ValueError(msg)
    rows = ground.rows(criterion.layer[0], criterion.where)
    uses = rows[criterion.column]
    land = sparse.csr_array(area_shares(rows.geometry.to_numpy(), shapes))
    by_use = land @ one_hot(uses)
    listed = len(set(criterion.where.get(criterion.column, ())))
    missing = max(listed - by_use.shape[1], 0)
    mixed = land_use_mix(np.pad(by_use, ((0, 0), (0, missing))))
    unknown = land @ uses.isna().to_numpy(dtype=np.float64)
    return np.where(unknown > by_use.sum(axis=1), np.nan, mixed)


def around(ground: Ground, criterion: Criterion) -> tuple[Shapes, NDArray[np.bool_]]:
    """Draw the circles around places, without what lies beyond the study.

    Parameters
    ----------
    ground
        Has the places.
    criterion
        Its own limit is the radius, or else the scenario's; minutes at the profile's speed.

    Returns
    -------
    The circles, and whether at least half of each lies inside the study.
    """
    walk = reach_of(criterion, ground.walk)
    radius_m = [] if walk.limit_m is None else [walk.limit_m]
    if walk.limit_min is not None:
        radius_m.append(walk.limit_min * 60 * ground.walker.profile.speed_m_s)
    circles = shapely.buffer(ground.places.points.to_numpy(), min(radius_m), quad_segs=32)
    region = ground.setting.study.region
    shapely.prepare(region)
    beyond = ~shapely.covers(region, circles)
    whole_m2 = shapely.area(circles)
    circles[beyond] = shapely.intersection(circles[beyond], region)
    return circles, shapely.area(circles) >= whole_m2 / 2
