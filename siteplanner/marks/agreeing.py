"""Several photos of one sheet, and one answer: what most of those that could see it say.

A page may be printed many times, one for each table of a workshop.  Photos that share most of
their marks show the same copy; photos that do not show different copies, and each is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from shapely.geometry import Point

from siteplanner.marks.found import Found
from siteplanner.marks.reading import Read

NEAR_MM = 3.0
ALIKE = 0.5
"""Photos that share this much of their marks show one copy."""


@dataclass
class Copy:
    """One sheet of paper: the photos of it, and its marks."""

    reads: list[Read] = field(default_factory=list)
    marks: list[list[Found]] = field(default_factory=list)
    """Each mark, as every photo that shows it saw it."""

    def add(self, read: Read) -> None:
        """Bring in what another photo says."""
        free = list(range(len(self.marks)))
        for one in read.found:
            same = [place for place in free if same_mark(one, self.marks[place][0])]
            if same:
                place = min(same, key=lambda at: _apart(one, self.marks[at][0]))
                self.marks[place].append(one)
                free.remove(place)
            else:
                self.marks.append([one])
        self.reads.append(read)


def copies(reads: Iterable[Read]) -> list[Copy]:
    """Sort the photos of one page by the copy they show."""
    found: list[Copy] = []
    for read in reads:
        shared = [_shared(read, copy) for copy in found]
        if shared and max(shared) >= ALIKE:
            found[int(np.argmax(shared))].add(read)
        else:
            found.append(Copy())
            found[-1].add(read)
    return found


def agreed(copy: Copy) -> list[tuple[Found, bool]]:
    """Give each mark once, and whether at least half of the photos show it.

    Its place is the mean of what the photos say, weighted by how sure they are; its colour that of
    most of them.
    """
    result = []
    photos = len(copy.reads)
    for seen in copy.marks:
        best = max(seen, key=lambda one: one.confidence)
        votes = {one.colour: sum(other.colour == one.colour for other in seen) for one in seen}
        colour = max(votes, key=lambda name: (votes[name], name == best.colour))
        notes = [best.note]
        if len(votes) > 1:
            notes.append("photos disagree on the colour: " + ", ".join(sorted(votes)))
        if len(seen) < photos:
            notes.append(f"seen in {len(seen)} of {photos} photos")
        sure = best.confidence * (0.5 + 0.5 * len(seen) / photos)
        result.append(
            (
                replace(
                    best,
                    colour=colour,
                    shape_mm=_middle(seen) if best.kind == "sticker" else best.shape_mm,
                    confidence=round(sure, 2),
                    note="; ".join(note for note in notes if note),
                ),
                2 * len(seen) >= photos,
            )
        )
    return result


def same_mark(one: Found, other: Found) -> bool:
    """Say whether two photos mean the same mark; its colour they may see differently."""
    if one.kind != other.kind:
        return False
    if one.kind == "tick":
        return (one.row, one.says) == (other.row, other.says)
    if one.kind == "area":
        together = one.shape_mm.union(other.shape_mm).area
        return bool(one.shape_mm.intersection(other.shape_mm).area > 0.5 * together)
    near = NEAR_MM * (3 if one.kind == "line" else 1)
    return _apart(one, other) < near


def _apart(one: Found, other: Found) -> float:
    if one.kind == "line":
        return float(one.shape_mm.hausdorff_distance(other.shape_mm))
    return float(one.shape_mm.centroid.distance(other.shape_mm.centroid))


def _shared(read: Read, copy: Copy) -> float:
    """Give the share of marks that a photo and a copy have in common; 1 where both are bare."""
    known = [seen[0] for seen in copy.marks]
    fewer = min(len(read.found), len(known))
    if not fewer:
        return float(not read.found and not known)
    same = sum(
        any(same_mark(one, other) and one.colour == other.colour for other in known)
        for one in read.found
    )
    return same / max(fewer, 0.5 * max(len(read.found), len(known)))


def _middle(seen: Sequence[Found]) -> Point:
    at = np.array([(one.shape_mm.centroid.x, one.shape_mm.centroid.y) for one in seen])
    weights = np.array([one.confidence for one in seen]) + 1e-3
    return Point(*(weights @ at / weights.sum()))
