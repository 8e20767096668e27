"""A table that takes its geometry from another layer, through a shared key."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from siteplanner.errors import nearest_names
from siteplanner.sources.keys import is_cut
from siteplanner.sources.ledger import Ledger, listed
from siteplanner.sources.matching import Matching, is_off
from siteplanner.sources.source import Source

_SHOWN = 3


def join(
    ledger: Ledger, table: pd.DataFrame, matching: Matching, other: Source, other_keys: pd.Series
) -> gpd.GeoDataFrame:
    """Put the rows of a table onto the geometries of another layer.

    Parameters
    ----------
    ledger
        Of the table's layer.
    table
        Its declared columns.
    matching
        Which of its rows belongs where.
    other
        The layer with the geometry.
    other_keys
        The key of each of its rows, text, on its index.

    Returns
    -------
    The rows of the other layer that have a row in the table, under their own ids.

    Raises
    ------
    InputError
        If no key matches, a key comes twice, counts would be counted several times, or a
        pair of ``[join.pairs]`` names a key that is nowhere.
    """
    assert other.table is not None  # noqa: S101  read() has seen to it
    found = matching.table
    own = found[found["state"] != "no row"].set_axis(table.index)
    _check_pairs(ledger, own, other_keys)
    _say_totals(ledger, own)
    with_key = own[~own["state"].isin(("no key", "total"))]
    empty, held = int((own["state"] == "no key").sum()), matching.held("no key")
    reason = "their key is empty" + (f": {held}" if held else "")
    ledger.notice("dropped", empty, len(own), reason)
    _check_matches(ledger, with_key, matching, found)
    twice = own[own["state"] == "comes again"]
    if len(twice):
        keys = twice["other_key"].unique()
        rows = f" (rows {', '.join(map(str, twice['row'][: _SHOWN + 1]))})"
        what = f"{len(keys)} keys come more than once: {listed(keys)}{rows}"
        key = "" if ledger.layer.join is None else ledger.layer.join.key
        ledger.in_file(key, what, "leave one row per key: sum the rows, or give each its column")
    joined = own[own["state"].isin(("matched", "confirmed"))]
    other_keys = other_keys[other_keys.isin(set(joined["other_key"]))]
    _check_counts(ledger, other, other_keys)
    ledger.stop_if_wrong()
    _say_off(ledger, joined)
    row = pd.Series(joined.index, index=pd.Index(joined["other_key"].to_numpy()))
    placed = table.loc[row[other_keys.to_numpy()].to_numpy()].set_axis(other_keys.index)
    where = other.table.loc[other_keys.index]
    if ledger.layer.label is None and "label" in where.columns:
        placed = placed.assign(label=where["label"])
    without = len(other.table) - len(where)
    if without:
        what = f"{without} of {len(other.table)} rows of '{other.layer.name}'"
        missing = other.table.index.difference(where.index)
        ledger.remark(f"{what} have no row here: nothing is known of them", missing)
    return gpd.GeoDataFrame(placed, geometry=where.geometry, crs=other.table.crs)


def _check_pairs(ledger: Ledger, own: pd.DataFrame, other_keys: pd.Series) -> None:
    """See that the confirmed pairs name keys that are there."""
    asked = ledger.layer.join
    ours, theirs = set(own["key"]) - {""}, set(other_keys.dropna())
    for key, other in asked.pairs.items() if asked else ():
        if key not in ours:
            found = f"{ledger.file} has no key '{key}'"
            ledger.in_toml("join.pairs", found, nearest_names(key, ours))
        if other not in theirs:
            found = f"'{asked.layer}' has no key '{other}'" if asked else ""
            ledger.in_toml("join.pairs", found, nearest_names(other, theirs))


def _say_totals(ledger: Ledger, own: pd.DataFrame) -> None:
    total = own[own["state"] == "total"]
    called = total["key"].where(total["key"] != "", total["name"])
    reason = "it holds as many as all others together: a total, no place"
    ledger.notice("dropped", len(total), len(own), reason, called)


def _check_matches(
    ledger: Ledger, own: pd.DataFrame, matching: Matching, found: pd.DataFrame
) -> None:
    """Say how many keys find nothing, with examples, and which pairs are likely."""
    lost = own[own["state"] == "not there"]
    if lost.empty and len(own):
        return
    left = found["other_key"][found["state"] == "no row"]
    theirs = left[left != ""] if (left != "").any() else found["other_key"]
    examples = list(dict.fromkeys(theirs[theirs != ""]))
    hint = _hint(ledger, lost)
    if (own["state"] == "not there").all():
        side = f"here {listed(lost['key'])}, in '{matching.other}' {listed(examples)}"
        todo = hint or "name the right key in [join], or another layer"
        raise ledger.refuse_key("join.key", f"none of {len(own)} keys matches: {side}", todo)
    reason = f"their key is not in '{matching.other}'"
    if examples:
        reason += f", which has for example {listed(examples)}"
    held = matching.held("not there")
    reason += f"; {held}" if held else ""
    reason += f"; {hint}" if hint else ""
    ledger.notice("dropped", len(lost), len(own), reason, lost["key"])


def _hint(ledger: Ledger, lost: pd.DataFrame) -> str:
    """Offer the likely pairs, but never apply them."""
    told = []
    offered = lost[lost["offered"] != ""]
    if len(offered):
        shown = offered.drop_duplicates("why")[:_SHOWN]
        pairs = zip(shown["key"], shown["offered"], shown["why"], strict=True)
        those = ", ".join(f"'{key}' and '{other}' ({why})" for key, other, why in pairs)
        told.append(
            f"{len(offered)} have a likely pair: {those}; write the keys the same way in both "
            f"files, or confirm the pairs in [join.pairs] (siteplanner joins {ledger.layer.name})"
        )
    unsure = lost[(lost["offered"] == "") & (lost["why"] != "")]
    if len(unsure):
        told.append(f"{len(unsure)} cannot be told apart: {unsure['why'].iloc[0]}")
    cut = [key for key in lost["key"] if is_cut(key)]
    if cut:
        told.append(
            f"a spreadsheet has rounded {listed(cut)}: digits are lost, so fetch the table "
            "again and open that column as text"
        )
    return "; ".join(told)


def _say_off(ledger: Ledger, joined: pd.DataFrame) -> None:
    """Flag the rows whose own coordinates contradict their key; the key stands."""
    off = joined[is_off(joined)].sort_values("off_m", ascending=False)
    shown = (f"{key}: {away:,.0f} m" for key, away in zip(off["key"], off["off_m"], strict=True))
    reason = "their own coordinates lie elsewhere than where their key puts them; the key stands"
    ledger.notice("flagged", len(off), len(joined), reason, shown)


def _check_counts(ledger: Ledger, other: Source, other_keys: pd.Series) -> None:
    """Refuse to give one count to several places; a rate or a value may be shared."""
    shared = other_keys[other_keys.duplicated(keep=False)]
    if shared.empty:
        return
    counts = [name for name, one in ledger.layer.columns.items() if one.kind == "count"]
    places = f"{len(shared)} rows of '{other.layer.name}' share a key: {listed(shared.unique())}"
    if other.table is not None and "label" in other.table.columns:
        first = shared.index[shared == shared.iloc[0]]
        places += f" stands for {listed(other.table['label'][first].unique())}"
    if counts:
        todo = "make the key of that layer unique, or declare a rate or a value"
        ledger.in_toml("join.to", f"{places}, so {listed(counts)} would count twice", todo)
    else:
        ledger.notice(
            "flagged", len(shared), len(other_keys), f"{places}; they get the same values"
        )
