"""A table that takes its geometry from another layer, through a shared key."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd

from siteplanner.sources.columns import as_text
from siteplanner.sources.ledger import Ledger, listed
from siteplanner.sources.source import Source

_WAYS: tuple[tuple[str, Callable[[pd.Series], pd.Series]], ...] = (
    ("spaces at the ends", lambda key: key.str.strip()),
    ("capitals", lambda key: key.str.strip().str.casefold()),
    ("leading zeros", lambda key: key.str.strip().str.lstrip("0")),
    ("a '.0' at the end", lambda key: key.str.strip().str.replace(r"\.0+$", "", regex=True)),
    (
        "leading zeros and letters in front",
        lambda key: key.str.strip().str.replace(r"^\D*0*", "", regex=True),
    ),
)


def join(
    ledger: Ledger, table: pd.DataFrame, keys: pd.Series, other: Source, other_keys: pd.Series
) -> gpd.GeoDataFrame:
    """Put the rows of a table onto the geometries of another layer.

    Parameters
    ----------
    ledger
        Of the table's layer.
    table
        Its declared columns.
    keys
        Its key column, on the same index.
    other
        The layer with the geometry.
    other_keys
        The key of each of its rows, on its index.

    Returns
    -------
    The rows of the other layer that have a row in the table, under their own ids.

    Raises
    ------
    InputError
        If no key matches, a key comes twice, or counts would be counted several times.
    """
    assert other.table is not None  # noqa: S101  read() has seen to it
    keys, other_keys = as_text(keys), as_text(other_keys)
    ledger.notice("dropped", int(keys.isna().sum()), len(keys), "their key is empty")
    keys = keys.dropna()
    matched = keys.isin(set(other_keys.dropna()))
    _check_matches(ledger, keys, matched, other, other_keys)
    keys = keys[matched]
    twice = keys[keys.duplicated()]
    if len(twice):
        found = f"{len(twice)} keys come more than once: {listed(twice.unique())}"
        key = "" if ledger.layer.join is None else ledger.layer.join.key
        ledger.in_file(key, found, "leave one row per key: sum the rows, or give each its column")
    other_keys = other_keys[other_keys.isin(set(keys))]
    _check_counts(ledger, other, other_keys)
    ledger.stop_if_wrong()
    row = pd.Series(keys.index, index=pd.Index(keys.to_numpy()))
    joined = table.loc[row[other_keys.to_numpy()].to_numpy()].set_axis(other_keys.index)
    where = other.table.loc[other_keys.index]
    if ledger.layer.label is None and "label" in where.columns:
        joined = joined.assign(label=where["label"])
    without = len(other.table) - len(where)
    if without:
        what = f"{without} of {len(other.table)} rows of '{other.layer.name}'"
        missing = other.table.index.difference(where.index)
        ledger.remark(f"{what} have no row here: nothing is known of them", missing)
    return gpd.GeoDataFrame(joined, geometry=where.geometry, crs=other.table.crs)


def _check_matches(
    ledger: Ledger, keys: pd.Series, matched: pd.Series, other: Source, other_keys: pd.Series
) -> None:
    """Say how many keys find nothing, with examples, and in which spelling they would."""
    lost = keys[~matched]
    if lost.empty and len(keys):
        return
    theirs = other_keys.dropna()
    theirs = theirs[~theirs.isin(set(keys))]
    hint = _hint(ledger, lost, theirs if len(theirs) else other_keys.dropna())
    side = f"here {listed(lost)}, in '{other.layer.name}' {listed(theirs.unique())}"
    if not matched.any():
        todo = hint or "name the right key in [join], or another layer"
        raise ledger.refuse_key("join.key", f"none of {len(keys)} keys matches: {side}", todo)
    reason = f"their key is not in '{other.layer.name}'"
    if len(theirs):
        reason += f", which has for example {listed(theirs.unique())}"
    reason += f"; {hint}" if hint else ""
    ledger.notice("dropped", len(lost), len(keys), reason, lost)


def _hint(ledger: Ledger, lost: pd.Series, theirs: pd.Series) -> str:
    """Offer the spelling under which most lost keys would match, but never apply it."""
    best, name = 0, ""
    for called, way in _WAYS:
        count = int(way(lost).isin(set(way(theirs)) - {""}).sum())
        if count > best:
            best, name = count, called
    if not best:
        return ""
    todo = f"edit {ledger.file} and write the keys the same way in both files"
    return f"{best} would match without {name}: {todo}"


def _check_counts(ledger: Ledger, other: Source, other_keys: pd.Series) -> None:
    """Refuse to give one count to several places; a rate or a value may be shared."""
    shared = other_keys[other_keys.duplicated(keep=False)]
    if shared.empty:
        return
    counts = [name for name, one in ledger.layer.columns.items() if one.kind == "count"]
    places = f"{len(shared)} rows of '{other.layer.name}' share a key: {listed(shared.unique())}"
    if counts:
        todo = "make the key of that layer unique, or declare a rate or a value"
        ledger.in_toml("join.to", f"{places}, so {listed(counts)} would count twice", todo)
    else:
        ledger.notice(
            "flagged", len(shared), len(other_keys), f"{places}; they get the same values"
        )
