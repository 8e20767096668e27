"""Which row of a table belongs to which row of the layer it joins: every row accounted for."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.errors import OutputError
from siteplanner.sources.columns import as_text
from siteplanner.sources.keys import is_cut
from siteplanner.sources.pairs import NEAR_M, Side, likely

Flags: TypeAlias = NDArray[np.bool_]
FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes a cell for a formula by."""
SHOWN = 3
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")

STATES = ("matched", "confirmed", "comes again", "no key", "total", "not there", "no row")
"""What a row of a join can be: the same key; a pair of ``[join.pairs]``; another row has the
same key; the key is empty; it sums up the others; its key is not in the other layer; a row of
the other layer that no row here belongs to."""


@dataclass(frozen=True)
class Table:
    """A table that is to be joined.

    Parameters
    ----------
    key
        Its key column, as the file has it.
    name
        What people call each row, on the same index; None where nobody says.
    place
        Where each row lies by its own coordinates or geometry; None where it has none.
    total
        The rows that sum up the others; where the key of one is a place, it is no total.
    counts
        What can be added up of each row, such as its people.
    """

    key: pd.Series
    name: pd.Series | None = None
    place: gpd.GeoSeries | None = None
    total: pd.Index | None = None
    counts: pd.DataFrame | None = None


@dataclass(frozen=True)
class Matching:
    """How a table and the layer that it joins fit together.

    Parameters
    ----------
    layer, other
        Name of the table's layer, and of the one with the geometry.
    table
        First the rows of the table, then the rows of the other layer that have none.
        ``row``: its place in the table, from 1 (missing for the other layer's); ``key``: as the
        file has it, empty where it has none; ``name``; ``state``: one of `STATES`;
        ``other_key`` and ``id``: of the first row of the other layer that it belongs to;
        ``places``: how many rows of the other layer have that key; ``offered``: a key that is
        likely meant, and ``why``; ``off_m``: how far its own coordinates lie from where its
        key puts it, in metres (0 inside, NaN not known).
    counts
        What can be added up of each row of the table, in its order; None where nobody says.

    Examples
    --------
    >>> there = Side(pd.Series(["001", "002"], index=["a", "b"]))
    >>> found = match("people", Table(pd.Series(["001", "2", None])), "units", there, {})
    >>> found.table[["key", "state", "id", "offered"]].to_numpy().tolist()
    [['001', 'matched', 'a', ''], ['2', 'not there', '', '002'], ['', 'no key', '', ''], ['', 'no row', 'b', '']]
    >>> found.pairs
    {'2': '002'}
    >>> print(found)
    people joins units: 1 of 3 rows matched, 1 no key, 1 not there; 1 of 2 rows of units without a row
    # people: zeros in front are lost (2 for 002): open that column as text, or confirm the pairs
    [join.pairs]
    "2" = "002"  # the same number
    """  # noqa: E501

    layer: str
    other: str
    table: pd.DataFrame
    counts: pd.DataFrame | None = None

    @property
    def pairs(self) -> dict[str, str]:
        """The pairs that are offered: key here to key there."""
        offered = self.table[self.table["offered"] != ""]
        return dict(zip(offered["key"], offered["offered"], strict=True))

    def rows(self, *states: str) -> pd.DataFrame:
        """Give the rows in some states."""
        return self.table[self.table["state"].isin(states)]

    def held(self, *states: str) -> str:
        """Say how many people (or what else is counted) the rows in some states hold.

        Returns
        -------
        Half a sentence; empty where there are no such rows, or nothing of them is known.
        """
        if self.counts is None:
            return ""
        state = self.table["state"][self.table["row"].notna()].to_numpy()
        lost, all_of = (self.counts[one] for one in (np.isin(state, states), state != "total"))
        told = [
            f"{lost[name].sum():,.0f} of {all_of[name].sum():,.0f} {name}"
            for name in self.counts.columns
            if lost[name].notna().any()
        ]
        return f"they hold {', '.join(told[:SHOWN])}" if told else ""

    def __str__(self) -> str:
        own = self.table[self.table["state"] != "no row"]
        joined = own["state"].isin(("matched", "confirmed"))
        counts = own["state"][~joined].value_counts()
        told = [f"{counts[state]:,} {state}" for state in STATES if state in counts]
        matched = f"{joined.sum():,} of {len(own):,} rows matched"
        lines = [f"{self.layer} joins {self.other}: {', '.join([matched, *told])}"]
        without = len(self.rows("no row"))
        if without:
            there = without + self.rows("matched", "confirmed")["id"].nunique()
            lines[0] += f"; {without:,} of {there:,} rows of {self.other} without a row"
        held = self.held("not there", "no key")
        remarks = [*([f"what joins nothing: {held}"] if held else []), *lost_digits(self)]
        return "\n".join([*lines, *(f"# {one}" for one in remarks), *self._toml()])

    def _toml(self) -> list[str]:
        """Write the offered pairs as the planner may copy them."""
        offered = self.table[self.table["offered"] != ""].drop_duplicates("key")
        if offered.empty:
            return []
        told = zip(offered["key"], offered["offered"], offered["why"], strict=True)
        return ["[join.pairs]", *(f"{_quoted(a)} = {_quoted(b)}  # {why}" for a, b, why in told)]


def match(layer: str, table: Table, other: str, there: Side, pairs: dict[str, str]) -> Matching:
    """Hold the keys of a table against those of the layer it joins.

    Parameters
    ----------
    layer, other
        Their names.
    table
        The table.
    there
        The other layer; its key may be missing, and may come several times.
    pairs
        What the planner has confirmed: key here to key there.

    Returns
    -------
    Every row of both, and what became of it.  Nothing is joined by likeness.
    """
    keys, theirs = as_text(table.key), as_text(there.key).dropna()
    meant = keys
    if pairs:
        meant = keys.map(lambda key: pairs.get(key, key), na_action="ignore")
    first = theirs.drop_duplicates()
    ids = pd.Series(first.index.astype(str), index=pd.Index(first.to_numpy(dtype=object)))
    fits = meant.isin(set(first)).to_numpy()
    found = pd.DataFrame(
        {
            "row": pd.array(range(1, len(keys) + 1), dtype="Int64"),
            "key": keys.astype(object).where(keys.notna(), ""),
            "name": "" if table.name is None else table.name.astype(object).to_numpy(),
            "state": "not there",
            "other_key": meant.astype(object).where(fits, ""),
            "places": meant.map(theirs.value_counts()).fillna(0).astype(int).to_numpy(),
            "offered": "",
            "why": "",
            "off_m": float("nan"),
        },
        index=keys.index,
    )
    found["id"] = found["other_key"].map(ids).fillna("").astype(object)
    _set_states(found, keys, fits, pairs, table.total)
    _offer(found, table, there, first)
    found["off_m"] = _off(found, table.place, there)
    whole = pd.concat([found, _left(found, there, theirs)]).reset_index(drop=True)
    return Matching(layer, other, whole, table.counts)


def _set_states(
    found: pd.DataFrame, keys: pd.Series, fits: Flags, pairs: dict[str, str], total: pd.Index | None
) -> None:
    found.loc[fits, "state"] = "matched"
    found.loc[fits & keys.isin(set(pairs)).to_numpy(), "state"] = "confirmed"
    found.loc[keys.isna().to_numpy(), "state"] = "no key"
    if total is not None:
        found.loc[total[~fits[keys.index.get_indexer(total)]], "state"] = "total"
    joined = found["state"].isin(("matched", "confirmed"))
    again = joined & found["other_key"].where(joined).duplicated(keep=False)
    found.loc[again, "state"] = "comes again"


def _offer(found: pd.DataFrame, table: Table, there: Side, first: pd.Series) -> None:
    """Offer the likely pairs of what is left on either side, in place."""
    lost = found[found["state"] == "not there"]
    lost = lost.drop_duplicates("key")
    taken = set(found["other_key"])
    left = first[~first.isin(taken)]
    if lost.empty or left.empty:
        return
    place = None if table.place is None else table.place[lost.index]
    name = None if table.name is None else table.name[lost.index]
    offered = likely(Side(lost["key"], name, place), there.only(left.index))
    by_key = offered.set_axis(pd.Index(lost["key"]))
    rows = found["state"] == "not there"
    for column in ("offered", "why"):
        found.loc[rows, column] = by_key[column][found["key"][rows]].to_numpy()


def _off(found: pd.DataFrame, place: gpd.GeoSeries | None, there: Side) -> pd.Series:
    """Measure how far the rows' own coordinates lie from where their keys put them."""
    off = pd.Series(float("nan"), index=found.index)
    joined = found[found["state"].isin(("matched", "confirmed"))]
    if place is None or there.place is None or joined.empty:
        return off
    metric = there.place.estimate_utm_crs()
    shapes = there.place.to_crs(metric).set_axis(there.place.index.astype(str))
    points = place[joined.index].to_crs(metric).representative_point()
    away = shapely.distance(points.to_numpy(), shapes[joined["id"]].to_numpy())
    off[joined.index] = pd.Series(away, index=joined.index)
    return off


def save(found: Iterable[Matching], path: Path) -> None:
    """Write every row of some joins as CSV, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    tables = [one.table.assign(layer=one.layer, other=one.other) for one in found]
    table = pd.concat(tables, ignore_index=True)
    first = ["layer", "other"]
    table = table[[*first, *(name for name in table.columns if name not in first)]]
    part = path.with_name(f".{path.name}.part")
    try:
        plain = table.round({"off_m": 1}).map(harmless)
        plain.to_csv(part, index=False, lineterminator="\n")
        part.replace(path)
    except OSError as error:
        message = f"{path}: {error.strerror}; name a file that can be written"
        raise OutputError(message) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def harmless(cell: object) -> object:
    r"""Put a sign before a text that a spreadsheet would take for a formula, and run.

    Examples
    --------
    >>> harmless('=HYPERLINK("x")'), harmless("-12.5"), harmless("Rua -1"), harmless(3)
    ('\'=HYPERLINK("x")', '-12.5', 'Rua -1', 3)
    """
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    formula = cell.startswith(("\t", "\r")) or cell.lstrip().startswith(FORMULA)
    return f"'{cell}" if formula else cell


def lost_digits(found: Matching) -> list[str]:
    """Say where a spreadsheet has taken digits of keys away, and how to get them back.

    Parameters
    ----------
    found
        How a table and another layer fit.

    Returns
    -------
    A sentence for each way in which digits were lost, on either side.
    """
    said = []
    own = found.rows("not there", "no key", "comes again").drop_duplicates("key")
    theirs = found.rows("no row").drop_duplicates("other_key")["other_key"]
    for name, keys in ((found.layer, own["key"]), (found.other, theirs)):
        cut = [key for key in keys if is_cut(key)]
        if cut:
            said.append(
                f"{name}: a spreadsheet has rounded {_some(cut)}, and the last digits are lost: "
                "fetch the table again and open that column as text"
            )
    pairs = own[own["why"] == "the same number"]
    for name, one, other in (
        (found.layer, pairs["key"], pairs["offered"]),
        (found.other, pairs["offered"], pairs["key"]),
    ):
        bare = [
            f"{a} for {b}" for a, b in zip(one, other, strict=True)
            if b.startswith("0") and len(a) < len(b) and a.isdecimal()
        ]  # fmt: skip
        if bare:
            said.append(
                f"{name}: zeros in front are lost ({_some(bare)}): open that column as text, or "
                "confirm the pairs"
            )
    return said


def _some(words: list[str]) -> str:
    more = f" and {len(words) - SHOWN:,} more" if len(words) > SHOWN else ""
    return ", ".join(f"{one:.60}" for one in words[:SHOWN]) + more


def is_off(found: pd.DataFrame) -> pd.Series:
    """Say which rows lie, by their own coordinates, elsewhere than their key says."""
    return found["off_m"] > NEAR_M


def _left(found: pd.DataFrame, there: Side, theirs: pd.Series) -> pd.DataFrame:
    """List the rows of the other layer that no row belongs to."""
    joined = found["other_key"][found["state"].isin(("matched", "confirmed", "comes again"))]
    rows = there.key.index.difference(theirs.index[theirs.isin(set(joined))], sort=False)
    name = "" if there.name is None else there.name[rows].astype(object).to_numpy()
    keys = theirs.reindex(rows).astype(object)
    left = {"key": "", "name": name, "state": "no row", "id": rows.astype(str), "places": 0}
    left |= {"other_key": keys.where(keys.notna(), "").to_numpy(), "offered": "", "why": ""}
    return pd.DataFrame(left, index=rows)


def _quoted(text: str) -> str:
    """Write text as TOML does."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
