"""Points on streets by what it costs to walk between them and both ends of their edge."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ends:
    """Points on streets, by what it costs to walk between them and both ends of their edge.

    Parameters
    ----------
    row
        Number of each point among all that were asked for, rising (n).
    edge, u, v
        Its edge and that edge's two nodes (n each).
    offset
        Cost between the point and the street (n).
    down, up
        Cost along the street from ``u`` to where the point meets it, and back (n each).
    to_u, to_v, from_u, from_v
        Cost from the point to both nodes, and from them to the point (n each).
    size
        How many points were asked for.
    """

    row: Ints
    edge: Ints
    u: Ints
    v: Ints
    offset: Ints
    down: Ints
    up: Ints
    to_u: Ints
    to_v: Ints
    from_u: Ints
    from_v: Ints
    size: int

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, chosen: NDArray[Any] | slice) -> Ends:
        names = [one.name for one in fields(self) if one.name != "size"]
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    def turned(self) -> Ends:
        """Give the same points with all walks the other way round."""
        places = self.row, self.edge, self.u, self.v, self.offset
        costs = self.up, self.down, self.from_u, self.from_v, self.to_u, self.to_v
        return Ends(*places, *costs, size=self.size)


def on_one_edge(origins: Ends, destinations: Ends) -> tuple[Ints, Ints]:
    """Pair origins and destinations that are on the same edge, by origin."""
    by_edge = np.argsort(destinations.edge, kind="stable")
    edges = destinations.edge[by_edge]
    first = np.searchsorted(edges, origins.edge, side="left")
    count = np.searchsorted(edges, origins.edge, side="right") - first
    one = np.repeat(np.arange(len(origins)), count)
    skipped = np.repeat(np.cumsum(count) - count, count)
    return one, by_edge[np.repeat(first, count) + np.arange(len(one)) - skipped]


def straight_along(origins: Ends, destinations: Ends) -> Ints:
    """Walk along the shared edge, without going by its ends; uphill or downhill as it lies."""
    between = np.maximum(destinations.down - origins.down, origins.up - destinations.up)
    return np.asarray(between + origins.offset + destinations.offset)
