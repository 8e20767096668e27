"""Likely pairs of keys that are not the same: offered to the planner, never joined."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteplanner.sources.keys import bare, digits_left, numeral, plain, rounded

_ALIKE = 0.85
"""Names are alike from this share of common letters on (Ratcliff and Obershelp's)."""
_MOST_COMPARED = 200_000
_SHORTEST = 4
_SHOWN = 3
NEAR_M = 50.0
"""A point is at a point this near."""


@dataclass(frozen=True)
class Side:
    """Keys on one side of a join.

    Parameters
    ----------
    key
        A key each, text; unique.
    name
        What people call the row, on the same index; None where nobody says.
    place
        Where it lies, on the same index, in any CRS; None where nobody says.
    """

    key: pd.Series
    name: pd.Series | None = None
    place: gpd.GeoSeries | None = None

    def only(self, index: pd.Index) -> Side:
        """Keep some rows."""
        name = None if self.name is None else self.name[index]
        place = None if self.place is None else self.place[index]
        return Side(self.key[index], name, place)


def likely(here: Side, there: Side) -> pd.DataFrame:
    """Find keys on the other side that are likely meant.

    Ways are tried from the surest to the least sure.  A pair is offered where a key fits one
    key of the other side only, and that one fits no other; both are then taken.

    Parameters
    ----------
    here
        Keys that are not on the other side.
    there
        Keys that are not on this side.

    Returns
    -------
    On the index of ``here.key``: ``offered``, the other side's key, and ``why``; both empty
    where nothing fits.  Where several fit and nothing tells them apart, ``offered`` is empty
    and ``why`` names them.

    References
    ----------
    Ratcliff, J. W. and Metzener, D. E. (1988). Pattern matching: the gestalt approach.
    Dr. Dobb's Journal, 13(7), 46-72.  For names; numbers are never matched by likeness.

    Examples
    --------
    >>> here = Side(pd.Series(["16", "engativa", "UPZ1", "UPR1", "99"]))
    >>> there = Side(pd.Series(["016", "Engativá", "001", "077"]))
    >>> likely(here, there)["offered"].tolist()
    ['016', 'Engativá', '', '', '']
    >>> likely(here, there)["why"][3]
    "'UPZ1' and 'UPR1' both fit '001'"
    """
    found = pd.DataFrame({"offered": "", "why": ""}, index=here.key.index, dtype=object)
    left, right = here, there
    for why, way in _ways(here, there):
        pairs = pd.DataFrame([*way(left, right)], columns=["ours", "theirs"])
        once = ~pairs["ours"].duplicated(keep=False) & ~pairs["theirs"].duplicated(keep=False)
        sure = pairs[once]
        ours, theirs = pd.Index(sure["ours"]), pd.Index(sure["theirs"])
        found.loc[ours, "offered"] = there.key[theirs].to_numpy()
        found.loc[ours, "why"] = why
        _say_several(found, pairs[~once], here, there)
        left = left.only(left.key.index.difference(ours, sort=False))
        right = right.only(right.key.index.difference(theirs, sort=False))
        if left.key.empty or right.key.empty:
            break
    return found


Way = Callable[[Side, Side], Iterator[tuple[object, object]]]


def _ways(here: Side, there: Side) -> Iterator[tuple[str, Way]]:
    yield "the same but for capitals, accents, spaces or signs", _by_form(plain)
    yield "the same number", _by_form(numeral)
    cut = {digits_left(str(key)) for key in (*here.key, *there.key)} - {None}
    for digits in sorted((one for one in cut if one is not None), reverse=True):
        why = f"a spreadsheet has cut it to {digits + 1} digits"
        yield why, _by_form(partial(rounded, digits=digits))
    yield "the same but for letters in front", _by_form(bare)
    yield "it is the other's name", _by_names
    yield "it lies there", _by_place
    yield "spelt much alike", _by_likeness


def _by_form(form: Callable[[pd.Series], pd.Series]) -> Way:
    def way(here: Side, there: Side) -> Iterator[tuple[object, object]]:
        yield from _alike(form(here.key), form(there.key))

    return way


def _by_names(here: Side, there: Side) -> Iterator[tuple[object, object]]:
    """Hold keys and names against names and keys."""
    ours = [here.key] + ([] if here.name is None else [here.name])
    theirs = [there.key] + ([] if there.name is None else [there.name])
    found = {
        pair
        for one in ours
        for other in theirs
        if not (one is here.key and other is there.key)
        for pair in _alike(plain(one), plain(other))
    }
    yield from sorted(found, key=str)


def _alike(ours: pd.Series, theirs: pd.Series) -> Iterator[tuple[object, object]]:
    ours, theirs = ours[ours != ""], theirs[theirs != ""]
    theirs = theirs[theirs.isin(set(ours))]
    groups = theirs.groupby(theirs).groups
    for row, form in ours[ours.isin(set(theirs))].items():
        for other in groups[form]:
            yield row, other


def _by_place(here: Side, there: Side) -> Iterator[tuple[object, object]]:
    """Find where rows with a place of their own lie."""
    if here.place is None or there.place is None or there.place.empty:
        return
    metric = there.place.estimate_utm_crs()
    points = here.place.to_crs(metric).representative_point().to_numpy()
    shapes = there.place.to_crs(metric).to_numpy()
    usable = np.flatnonzero(~shapely.is_missing(points) & ~shapely.is_empty(points))
    flat = shapely.get_dimensions(shapes) == 2
    near = np.where(flat, 0.0, NEAR_M)
    tree = shapely.STRtree(shapes)
    row, other = tree.query(points[usable], predicate="dwithin", distance=NEAR_M)
    close = shapely.distance(points[usable][row], shapes[other]) <= near[other]
    for one, that in zip(usable[row[close]], other[close], strict=True):
        yield here.key.index[one], there.key.index[that]


def _by_likeness(here: Side, there: Side) -> Iterator[tuple[object, object]]:
    """Compare names letter by letter; whatever number is in them has to be the same."""
    ours, theirs = plain(here.key), plain(there.key)
    ours, theirs = ours[ours.str.len() >= _SHORTEST], theirs[theirs.str.len() >= _SHORTEST]
    ours, theirs = ours[ours.map(_has_letters)], theirs[theirs.map(_has_letters)]
    if len(ours) * len(theirs) > _MOST_COMPARED:
        return
    for row, one in ours.items():
        matcher = difflib.SequenceMatcher(b=one, autojunk=False)
        for other, name in theirs.items():
            matcher.set_seq1(name)
            if (
                matcher.real_quick_ratio() >= _ALIKE
                and matcher.quick_ratio() >= _ALIKE
                and matcher.ratio() >= _ALIKE
                and re.findall(r"\d+", one) == re.findall(r"\d+", name)
            ):
                yield row, other


def _has_letters(text: str) -> bool:
    return any(one.isalpha() for one in text)


def _say_several(found: pd.DataFrame, pairs: pd.DataFrame, here: Side, there: Side) -> None:
    """Say once, of the surest way, why a key that fits is not offered."""
    said = set(found.index[found["why"] != ""])
    ours_of: dict[object, list[str]] = {}
    theirs_of: dict[object, list[str]] = {}
    keys, others = dict(here.key), dict(there.key)
    for row, other in pairs.itertuples(index=False):
        theirs_of.setdefault(row, []).append(others[other])
        ours_of.setdefault(others[other], []).append(keys[row])
    why = {}
    for row, theirs in theirs_of.items():
        if row in said:
            continue
        if len(theirs) > 1:
            why[row] = f"it fits several: {_said(theirs)}"
            continue
        rivals = ours_of[theirs[0]]
        both = "both" if len(rivals) == 2 else "all"
        why[row] = f"{_said(rivals)} {both} fit '{theirs[0]}'"
    if why:
        found.loc[list(why), "why"] = list(why.values())


def _said(keys: list[str]) -> str:
    """Name some keys, and how many more there are."""
    shown = [f"'{key}'" for key in keys[:_SHOWN]]
    if len(keys) > _SHOWN:
        return f"{', '.join(shown)} and {len(keys) - _SHOWN} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)
