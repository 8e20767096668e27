"""Whether a box lies in a file, and whether its numbers were written in another order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from siteplanner.errors import Problem

Bounds = tuple[float, float, float, float]
TODO = "write west south east north, in degrees"
ORDERS = (
    ((0, 1, 2, 3), "the lower number comes first"),
    ((1, 0, 3, 2), "latitude and longitude are swapped"),
    ((0, 2, 1, 3), "it is in the order west east south north"),
    ((2, 0, 3, 1), "it is in the order south north west east"),
)
"""Where west, south, east and north stand in the orders that other tools use, and what to say."""
HUGE = 100.0
"""A box so many times as large as the file is one only if no other order fits."""


def box_problems(
    bbox: Sequence[float], extent: Bounds | None = None, name: str = ""
) -> list[Problem]:
    """Find what is wrong with a box, by itself and against a file.

    Parameters
    ----------
    bbox
        West, south, east, north as somebody gave them.
    extent
        West, south, east, north of the file, if there is one.
    name
        Of that file.

    Returns
    -------
    Nothing where the box can be used.  Else each thing that is wrong; where the same numbers in
    another order fit the file, or are the only small box that they can be, the order to write.

    Examples
    --------
    >>> helsinki = (24.93, 60.15, 24.96, 60.19)
    >>> box_problems((24.94, 60.16, 24.95, 60.18), helsinki, "h.osm.pbf")
    []
    >>> print(*box_problems((60.16, 24.94, 60.18, 24.95), helsinki, "h.osm.pbf"))
    --bbox: 60.16 24.94 60.18 24.95: it lies outside h.osm.pbf, which covers 24.93 60.15 24.96 60.19 (west south east north); latitude and longitude are swapped: write --bbox 24.94 60.16 24.95 60.18
    >>> print(*box_problems((0, 0, 1, 1), helsinki, "h.osm.pbf"))
    --bbox: 0 0 1 1: it lies outside h.osm.pbf, which covers 24.93 60.15 24.96 60.19 (west south east north); choose a box inside it, or take another file
    """  # noqa: E501
    wrong = list(_wrong(bbox))
    if extent is None:
        other = _small(bbox) if wrong else ""
    else:
        other = _fitting(bbox, extent)
        covers = f"covers {written(extent)} (west south east north)"
        if wrong:
            wrong = [f"{one}; {name} {covers}" for one in wrong]
        elif _shared(bbox, extent) == 0.0:
            wrong = [f"it lies outside {name}, which {covers}"]
        elif other and _size(bbox) > HUGE * _size(extent):
            wrong = [f"it is far larger than {name}, which {covers}"]
    todo = other or ("choose a box inside it, or take another file" if extent else TODO)
    return [Problem("--bbox", written(bbox), one, todo) for one in wrong]


def overlap(inner: Bounds, outer: Bounds) -> float:
    """Give the share of a box that lies in another, 0 to 1.

    Examples
    --------
    >>> overlap((0, 0, 2, 2), (1, 0, 5, 5))
    0.5
    """
    return _shared(inner, outer) / _size(inner)


def written(bbox: Sequence[float]) -> str:
    """Write a box as it is given on the command line.

    Examples
    --------
    >>> written((24.93, -60.0, 25, 1e-6))
    '24.93 -60 25 1e-06'
    """
    return " ".join(f"{one:.7g}" for one in bbox)


def _wrong(bbox: Sequence[float]) -> Iterator[str]:
    """Say what keeps four numbers from being a box."""
    west, south, east, north = bbox
    if not all(map(math.isfinite, bbox)):
        yield "that is no number"
        return
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        yield "longitudes lie between -180 and 180"
    if not (-90 <= south <= 90 and -90 <= north <= 90):
        yield "latitudes lie between -90 and 90"
    if west >= east:
        yield "west is not below east"
    if south >= north:
        yield "south is not below north"


def _others(bbox: Sequence[float]) -> Iterator[tuple[Bounds, str]]:
    """Give the boxes that the same numbers make in other orders, and what the order is."""
    for order, said in ORDERS:
        first, second, third, fourth = (bbox[one] for one in order)
        box = (min(first, third), min(second, fourth), max(first, third), max(second, fourth))
        if box != tuple(bbox) and not any(_wrong(box)):
            yield box, f"{said}: write --bbox {written(box)}"


def _fitting(bbox: Sequence[float], extent: Bounds) -> str:
    """Say in which other order a box lies half inside a file, or has half of it inside."""
    for box, said in _others(bbox):
        shared = _shared(box, extent)
        small = _size(box) <= HUGE * _size(extent)
        if small and 2 * shared >= min(_size(box), _size(extent)):
            return said
    return ""


def _small(bbox: Sequence[float]) -> str:
    """Say in which other order a box is smaller than a degree, if that is one order alone."""
    if not all(map(math.isfinite, bbox)):
        return ""
    found = {box: said for box, said in _others(bbox) if max(box[2] - box[0], box[3] - box[1]) < 1}
    swapped = [said for said in found.values() if "swapped" in said]
    return swapped[0] if len(found) == 1 and swapped else ""


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def _size(box: Sequence[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
