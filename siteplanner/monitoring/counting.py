"""People promised, and people reached by what is really open, on the walks of today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from siteplanner.monitoring.baseline import Baseline
from siteplanner.monitoring.openings import CLOSED, OPEN, UNKNOWN
from siteplanner.plan import Plan, reaching

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reach:
    """Who can walk to which of the places, today.

    Parameters
    ----------
    share
        Cells × places with a place, 0..1.
    places
        The places, as `openings.settled` gives them, in the order of the columns.
    people, demand
        Of each cell, people and people × need; NaN unknown.
    inside
        Whether a cell lies in the area of the plan.
    """

    share: sparse.csc_array
    places: gpd.GeoDataFrame
    people: Floats
    demand: Floats
    inside: Flags

    def best(self, which: Flags | pd.Series) -> Floats:
        """Give how fully each cell is reached by the best of some places, 0..1."""
        columns = np.flatnonzero(np.asarray(which, dtype=bool))
        if not len(columns):
            return np.zeros(self.share.shape[0])
        found = self.share[:, columns].max(axis=1)
        return np.asarray(found.todense(), dtype=float).ravel()

    def gain(self, before: Floats, after: Floats) -> dict[str, float]:
        """Count people and people in need in the area who are reached after and not before."""
        change = (after - before)[self.inside]
        amounts = {"people": self.people, "need": self.demand}
        return {key: float(np.nansum(one[self.inside] * change)) for key, one in amounts.items()}


def reach_of(plan: Plan, places: gpd.GeoDataFrame) -> Reach:
    """Find who can walk to which place, with the data of today.

    Parameters
    ----------
    plan
        The need and the walks of today.
    places
        As `openings.settled` gives them.

    Returns
    -------
    The walks to those that have a place.
    """
    found = gpd.GeoDataFrame(places[placed(places)]).to_crs(plan.study.crs)
    if plan.walk is None:
        msg = "this plan knows no walks"
        raise ValueError(msg)
    share = sparse.csc_array(reaching.reach(plan.walk, plan.cells, found))
    cells = plan.cells
    return Reach(
        share=share,
        places=found,
        people=cells["people"].to_numpy(dtype=float),
        demand=cells["demand"].to_numpy(dtype=float),
        inside=cells["in_area"].to_numpy(dtype=bool),
    )


def placed(places: gpd.GeoDataFrame) -> Flags:
    """Say of each place whether anybody knows where it is.

    Examples
    --------
    >>> placed(gpd.GeoDataFrame(geometry=[None], crs=4326)).tolist()
    [False]
    """
    return ~np.asarray(places.geometry.isna() | places.geometry.is_empty, dtype=bool)


def by_phase(baseline: Baseline, places: gpd.GeoDataFrame, reach: Reach) -> pd.DataFrame:
    """Hold what was promised against what is open, phase by phase.

    Parameters
    ----------
    baseline
        What was promised.
    places
        Every place and its state.
    reach
        Who can walk where today.

    Returns
    -------
    Index ``phase``; all numbers are of this phase and those before it.  ``planned_sites``,
    ``open_sites``, ``unknown_sites`` (nobody says whether they are open); ``promised_people`` and
    ``promised_need`` at publication; ``today_people`` and ``today_need``: what all of them would
    bring newly within reach, counted with the data of today; ``reached_people`` and
    ``reached_need``: what those that are open do bring, less the existing places that the plan
    closes and that are closed.
    """
    there = reach.places
    existing = (there["kind"] == "existing").to_numpy()
    closing = there.index.isin(list(baseline.closing)) & existing
    standing = existing & ~(closing & (there["state"] == CLOSED).to_numpy())
    before = reach.best(existing)
    rows = {}
    for phase, promised in baseline.phases.iterrows():
        own = (there["phase"] <= phase).to_numpy()
        is_open = own & (there["state"] == OPEN).to_numpy()
        planned = places[places["phase"] <= phase]
        today = reach.gain(before, reach.best((existing & ~closing) | own))
        reached = reach.gain(before, reach.best(standing | is_open))
        rows[phase] = {
            "planned_sites": float(len(planned)),
            "open_sites": float((planned["state"] == OPEN).sum()),
            "unknown_sites": float((planned["state"] == UNKNOWN).sum()),
            "promised_people": promised["promised_people"],
            "promised_need": promised["promised_need"],
            **{f"today_{key}": value for key, value in today.items()},
            **{f"reached_{key}": value for key, value in reached.items()},
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("phase").round(6)


def altogether(reach: Reach) -> dict[str, float]:
    """Count what everything that is open comes to, closures and unplanned places too.

    Parameters
    ----------
    reach
        Who can walk where today.

    Returns
    -------
    ``net_people`` and ``net_need``: reached now and not at publication, less who no longer is;
    ``lost_people`` and ``lost_need``: within reach at publication, and not now; ``more_people``
    and ``more_need``: reached by places that nobody planned, and by none that was planned or
    stood already.
    """
    there = reach.places
    is_open = (there["state"] == OPEN).to_numpy()
    existing = (there["kind"] == "existing").to_numpy()
    unplanned = (there["kind"] == "unplanned").to_numpy()
    before, now = reach.best(existing), reach.best(is_open)
    lost = reach.gain(now, np.maximum(before, now))
    more = reach.gain(reach.best(is_open & ~unplanned), now)
    net = reach.gain(before, now)
    return {
        f"{word}_{key}": round(value, 6)
        for word, counted in (("net", net), ("lost", lost), ("more", more))
        for key, value in counted.items()
    }


def by_site(places: gpd.GeoDataFrame, reach: Reach) -> pd.DataFrame:
    """Say of each place what it was to bring by itself, and what it would bring today.

    Parameters
    ----------
    places
        Every place and its state.
    reach
        Who can walk where today.

    Returns
    -------
    Index ``place``; ``label``, ``kind``, ``phase``, ``state``, ``opened``, ``closed``,
    ``capacity``, ``promised_need``: people in need it would newly reach by itself, at
    publication; ``today_need``: the same with the data of today, counted beyond the places that
    stood at publication, in the area and around it (NaN for those, and where nobody knows where
    it is).  Existing places that go on are left out.
    """
    there = reach.places
    before = reach.best((there["kind"] == "existing").to_numpy())
    left = np.nan_to_num(reach.demand) * (1 - before)
    alone = np.full(len(places), np.nan)
    alone[placed(places)] = np.asarray(reach.share.T @ left).ravel()
    table = pd.DataFrame(places.drop(columns="geometry")).rename(
        columns={"need_reached": "promised_need"}
    )
    stood = table["kind"] == "existing"
    table["today_need"] = np.where(stood, np.nan, alone).round(6)
    return table[~stood | (table["state"] == CLOSED)]


def released(table: pd.DataFrame, in_tens: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    """Tell counts of people as the public may have them.

    Parameters
    ----------
    table
        One of the tables of this module.
    in_tens
        Makes a column of counts fit for the public.

    Examples
    --------
    >>> table = pd.DataFrame({"open_sites": [2.0], "reached_need": [4.0]})
    >>> released(table, lambda one: one.mask(one < 10)).iloc[0].tolist()
    [2.0, nan]
    """
    public = table.copy()
    for column in table.columns:
        if str(column).endswith(("people", "_need", "visitors")):
            public[column] = in_tens(table[column].astype(float))
    if {"visitors", "people", "reached_people"} <= set(table):  # else exact counts would follow
        people, reached = public["people"], public["reached_people"]
        public["share_within"] = (reached / people.where(people > 0)).clip(0, 1).round(2)
        public["per_1000"] = (1000 * public["visitors"] / reached.where(reached > 0)).round(0)
    return public
