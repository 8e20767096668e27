"""Fairness: whether those who need it most gain, who just misses, and what happens next door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from siteplanner import equity
from siteplanner.outcomes import IN_NEED, PEOPLE, need_decile

JUST = 1.1
"""Who walks at most this many times the limit has just missed it."""
AVERSION = 1.0
"""Aversion to unequal walks, in units that know no minutes (ε of Kolm and Pollak)."""
RINGS = ("within_the_limit", "up_to_twice_the_limit", "farther")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """How evenly a plan shares what it brings.

    Parameters
    ----------
    measures
        Index ``measure``; columns ``before`` and ``after``, of people in the area.
        ``reached_most_need`` and ``reached_least_need``: share of the tenth of people with most
        and with least need that is within reach, 0..1; ``gap``: the first less the second;
        ``concentration``: whether reach gathers where need is high (above 0) or low (below 0),
        -1..1; ``mean_walk_min``: mean walk to the nearest place; ``even_walk_min``: the walk
        that, walked by all alike, would be as bad; ``people_no_path``: people from whom no walk
        leads to any place, left out of both.  NaN where it cannot be told.
    saved
        Index ``decile`` of need (1 most): ``people`` who walk less than before, ``minutes`` that
        they save on one way, added up, and ``minutes_each``.
    just_missed
        Index ``group``: people in the area who walk up to 1.1 times the limit and so count as
        left out: ``before`` and ``after``.
    changed
        Index ``walk``, what becomes of the walk to the nearest place: ``shorter``, ``same``,
        ``longer``; where there is anybody, ``first`` (no walk led anywhere before), ``cut_off``
        (none does any more), ``unknown`` (neither).  ``people`` in the area and ``demand``
        (people in need), ``nearest_closes``: for how many of these people the place that is
        nearest before closes, and ``mean_minutes``: after less before, one way, 0 or NaN where
        there is nothing to compare.
    rings
        Index ``ring``, by the walk to the nearest new site: ``people`` around it inside and
        outside the area, ``mean_need``, ``newly`` reached, and ``newly_outside``: how many of
        them live outside the area.

    Examples
    --------
    >>> list(Judged.__dataclass_fields__)
    ['measures', 'saved', 'just_missed', 'changed', 'rings']
    """

    measures: pd.DataFrame
    saved: pd.DataFrame
    just_missed: pd.DataFrame
    changed: pd.DataFrame
    rings: pd.DataFrame


def judge(
    cells: gpd.GeoDataFrame,
    *,
    groups: Sequence[str],
    served: pd.DataFrame,
    walks: pd.DataFrame,
    limit_m: float | None,
    limit_min: float | None,
) -> Judged:
    """Judge how evenly a plan shares what it brings.

    Parameters
    ----------
    cells
        ``people``, a column per group, ``need`` (0..1), ``demand`` (people × need), ``in_area``.
    groups
        The group columns.
    served
        Cells × (``before``, …, last phase), 0..1.
    walks
        Cells × (``before_m``, ``before_min``, ``after_m``, ``after_min``, ``new_m``,
        ``new_min``): the walk to the nearest place before, after, and to the nearest new site;
        NaN where no walk leads there.  Where existing places close, also ``staying_min``: to the
        nearest one that does not.
    limit_m, limit_min
        The limits within which people are reached; None for no limit of that kind.

    Returns
    -------
    Tables, rounded to 1e-6.  Unknown numbers are left out of every sum.

    References
    ----------
    Erreygers, G. (2009), see `equity.erreygers`; Logan, T. and others (2021), see
    `equity.kolm_pollak`.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> cells = gpd.GeoDataFrame(
    ...     {"people": [10.0, 30.0], "need": [1.0, 0.0], "demand": [10.0, 0.0],
    ...      "in_area": True}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=32618)
    >>> served = pd.DataFrame({"before": [0.0, 1.0], "phase 1": [1.0, 1.0]})
    >>> walks = pd.DataFrame({
    ...     "before_m": [900.0, 100.0], "before_min": [12.0, 2.0], "after_m": [300.0, 100.0],
    ...     "after_min": [4.0, 2.0], "new_m": [300.0, 900.0], "new_min": [4.0, 12.0]})
    >>> found = judge(
    ...     cells, groups=[], served=served, walks=walks, limit_m=800.0, limit_min=None)
    >>> found.measures.loc["gap"].tolist(), found.saved["minutes"].tolist()
    ([-1.0, 0.0], [80.0])
    """  # fmt: skip
    amounts = pd.DataFrame(
        {PEOPLE: cells["people"], IN_NEED: cells["demand"]}
        | {group: cells[group] for group in groups}
    )
    inside = cells["in_area"].astype(bool).to_numpy()
    both = {
        when: (
            served.iloc[inside, column].to_numpy(float),
            walks[f"{when}_min"].to_numpy(float)[inside],
        )
        for when, column in (("before", 0), ("after", -1))
    }
    limits = (limit_m, limit_min)
    return Judged(
        measures=_measures(cells[inside], both),
        saved=_saved(cells[inside], both["before"][1], both["after"][1]),
        just_missed=_just_missed(amounts[inside], served[inside], walks[inside], limits),
        changed=_changed(cells[inside], walks[inside]),
        rings=_rings(cells, served, walks, limits),
    )


def _measures(cells: gpd.GeoDataFrame, both: dict[str, tuple[Floats, Floats]]) -> pd.DataFrame:
    people, need = (cells[one].to_numpy(dtype=float) for one in (PEOPLE, "need"))
    tenth = need_decile(need, people)
    known = tenth[tenth > 0]
    ends = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    aversion = float("nan")
    found: dict[str, dict[str, float]] = {}
    for when, (reached, minutes) in both.items():
        most, least = (_share(reached, people, tenth == end) for end in ends)
        there = np.nan_to_num(people) * ~np.isnan(minutes)
        if np.isnan(aversion) and (there * np.nan_to_num(minutes)).sum() > 1e-9:
            aversion = equity.kolm_pollak_aversion(minutes, there, AVERSION)
        walked = there.sum() > 0
        found[when] = {
            "reached_most_need": most,
            "reached_least_need": least,
            "gap": most - least,
            "concentration": _concentration(reached, people, need),
            "mean_walk_min": float(there @ np.nan_to_num(minutes) / there.sum())
            if walked
            else float("nan"),
            "even_walk_min": equity.kolm_pollak(minutes, there, aversion)
            if walked and aversion > 0
            else float("nan"),
            "people_no_path": float(np.nansum(people) - there.sum()),
        }
    return pd.DataFrame(found).rename_axis("measure").round(6)


def _share(reached: Floats, people: Floats, here: npt.NDArray[np.bool_]) -> float:
    known = here & ~np.isnan(reached * people)
    total = people[known].sum()
    return float(people[known] @ reached[known] / total) if total > 0 else float("nan")


def _concentration(reached: Floats, people: Floats, need: Floats) -> float:
    known = ~np.isnan(reached * people * need) & (np.nan_to_num(people) > 0)
    if not known.any():
        return float("nan")
    return equity.erreygers(np.clip(reached[known], 0, 1), people[known], need[known])


def _saved(cells: gpd.GeoDataFrame, before: Floats, after: Floats) -> pd.DataFrame:
    people = np.nan_to_num(cells[PEOPLE].to_numpy(dtype=float))
    tenth = need_decile(cells["need"].to_numpy(dtype=float), cells[PEOPLE].to_numpy(dtype=float))
    less = np.nan_to_num(before - after) > 1e-9
    minutes = np.where(less, before - after, 0.0)
    rows = {}
    for number in np.unique(tenth[tenth > 0]):
        here = less & (tenth == number)
        nearer, saved = float(people[here].sum()), float(people[here] @ minutes[here])
        if nearer > 0:
            rows[int(number)] = {
                PEOPLE: nearer,
                "minutes": saved,
                "minutes_each": saved / nearer,
            }
    columns = [PEOPLE, "minutes", "minutes_each"]
    return (
        pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("decile").round(6)
    )


def _changed(cells: gpd.GeoDataFrame, walks: pd.DataFrame) -> pd.DataFrame:
    """Count whose walk to the nearest place gets shorter or longer, and whose place closes."""
    before, after = (walks[f"{when}_min"].to_numpy(dtype=float) for when in ("before", "after"))
    people, demand = (np.nan_to_num(cells[one].to_numpy(dtype=float)) for one in (PEOPLE, "demand"))
    closes = np.zeros(len(cells), dtype=bool)
    if "staying_min" in walks:
        staying = walks["staying_min"].to_numpy(dtype=float)
        closes = ~np.isnan(before) & ~(staying <= before + 1e-9)
    more = after - before
    none = np.isnan(before), np.isnan(after)
    kinds = {
        "shorter": more < -1e-9,
        "same": np.abs(more) <= 1e-9,
        "longer": more > 1e-9,
        "first": none[0] & ~none[1],
        "cut_off": ~none[0] & none[1],
        "unknown": none[0] & none[1],
    }
    rows = {}
    for kind, here in kinds.items():
        total = float(people[here].sum())
        if total > 0 or kind in ("shorter", "same", "longer"):
            gone = np.nan_to_num(more[here])
            rows[kind] = {
                "people": total,
                "demand": float(demand[here].sum()),
                "nearest_closes": float(people[here & closes].sum()),
                "mean_minutes": float(people[here] @ gone / total)
                if total > 0 and not (none[0] | none[1])[here].any()
                else float("nan"),
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("walk").round(6)


def _within(
    walks: pd.DataFrame, when: str, limits: tuple[float | None, float | None], times: float
) -> npt.NDArray[np.bool_]:
    """Tell whose walk keeps to both limits, made so many times longer."""
    there: npt.NDArray[np.bool_] = ~np.isnan(walks[f"{when}_m"].to_numpy(dtype=float))
    for unit, limit in zip(("m", "min"), limits, strict=True):
        if limit is not None:
            with np.errstate(invalid="ignore"):
                there &= walks[f"{when}_{unit}"].to_numpy(dtype=float) <= times * limit + 1e-9
    return there


def _just_missed(
    amounts: pd.DataFrame,
    served: pd.DataFrame,
    walks: pd.DataFrame,
    limits: tuple[float | None, float | None],
) -> pd.DataFrame:
    found = {}
    for when, column in (("before", 0), ("after", -1)):
        here = _within(walks, when, limits, JUST) & ~_within(walks, when, limits, 1.0)
        left = 1 - served.iloc[:, column].to_numpy(dtype=float)
        found[when] = amounts[here].mul(left[here], axis="index").sum()
    return pd.DataFrame(found).rename_axis("group").round(6)


def _rings(
    cells: gpd.GeoDataFrame,
    served: pd.DataFrame,
    walks: pd.DataFrame,
    limits: tuple[float | None, float | None],
) -> pd.DataFrame:
    near, next_to = (_within(walks, "new", limits, times) for times in (1.0, 2.0))
    people = cells[PEOPLE].fillna(0.0).to_numpy(dtype=float)
    need = cells["need"].to_numpy(dtype=float)
    newly = people * np.nan_to_num((served.iloc[:, -1] - served.iloc[:, 0]).to_numpy(dtype=float))
    outside = ~cells["in_area"].astype(bool).to_numpy()
    rows = {}
    for ring, here in zip(RINGS, (near, next_to & ~near, ~next_to), strict=True):
        known = here & ~np.isnan(need) & (people > 0)
        total = people[known].sum()
        rows[ring] = {
            "people": float(people[here].sum()),
            "mean_need": float(people[known] @ need[known] / total) if total > 0 else float("nan"),
            "newly": float(newly[here].sum()),
            "newly_outside": float(newly[here & outside].sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ring").round(6)
