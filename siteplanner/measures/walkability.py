"""Published walkability indices: how their parts are added up, with their weights.

Bare functions on arrays.  Both indices are relative: a number depends on all the places that
are measured together, and numbers of two runs, or of a run and a published map, cannot be
compared.  What lies around a place is measured in `siteplanner.measures.surroundings`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

FRANK_2010: Mapping[str, float] = {
    "intersections": 2.0,
    "residential_density": 1.0,
    "retail_floor_ratio": 1.0,
    "land_use_mix": 1.0,
}
"""Weights of the z-scores; intersections count twice."""
EPA: Mapping[str, float] = {
    "intersections": 1 / 3,
    "transit_m": 1 / 3,
    "employment_mix": 1 / 6,
    "employment_household_mix": 1 / 6,
}
"""Weights of the ranks; they add up to 1.  Some pages print 1/3 for employment mix: 7/6 in all."""


def frank_2010(
    intersections: ArrayLike,
    residential_density: ArrayLike,
    land_use_mix: ArrayLike,
    retail_floor_ratio: ArrayLike | None = None,
) -> Array:
    """Add up the walkability index of Frank and others.

    Parameters
    ----------
    intersections
        Intersections per km² of each place, or per any other unit of area.
    residential_density
        Homes per area of residential land.
    land_use_mix
        0 to 1, see `land_use_mix`.
    retail_floor_ratio
        Retail floor area over the land area of shops.  None where it is not known anywhere:
        the index is then 2 z + z + z, as others have published it.

    Returns
    -------
    Sum of z-scores by place; 0 is average.  NaN where one of the parts is unknown.  A part that
    is the same everywhere adds nothing.

    Raises
    ------
    ValueError
        If the parts are not of one length.

    Notes
    -----
    The z-scores use the standard deviation of a sample (n - 1); the paper does not say which.

    References
    ----------
    Frank, L. D. et al. (2010). The development of a walkability index: application to the
    Neighborhood Quality of Life Study. British Journal of Sports Medicine, 44(13), 924-933.
    https://doi.org/10.1136/bjsm.2009.058701

    Examples
    --------
    >>> frank_2010([50, 60, 70], [10, 10, 10], [0.2, 0.6, 0.4]).round(6).tolist()
    [-3.0, 1.0, 2.0]
    """
    parts = {
        "intersections": intersections,
        "residential_density": residential_density,
        "land_use_mix": land_use_mix,
    }
    if retail_floor_ratio is not None:
        parts["retail_floor_ratio"] = retail_floor_ratio
    return _added({name: z_scores(one) for name, one in parts.items()}, FRANK_2010)


def epa_walkability(
    intersections: ArrayLike,
    transit_m: ArrayLike,
    employment_mix: ArrayLike,
    employment_household_mix: ArrayLike,
) -> Array:
    """Add up the National Walkability Index of the United States' EPA.

    Parameters
    ----------
    intersections
        Intersections per area of each place.
    transit_m
        Metres to the nearest stop of public transport: near is good.  Infinite where there is
        none.
    employment_mix
        Mix of kinds of jobs, 0 to 1.
    employment_household_mix
        Mix of jobs and homes, 0 to 1.

    Returns
    -------
    1 (least walkable) to 20 by place; NaN where one of the parts is unknown.

    Raises
    ------
    ValueError
        If the parts are not of one length.

    Notes
    -----
    Each part is ranked in twentieths of the places measured, where the EPA ranks all block
    groups of the United States.  Places without transit share rank 1, and the rest have the
    ranks that are left: where 7 in 10 have none, as in the United States, those are 15 to 20,
    as published.

    References
    ----------
    United States Environmental Protection Agency (2021). National Walkability Index:
    methodology and user guide.

    Examples
    --------
    >>> near = np.array([np.inf, 900.0, 400.0, 100.0])
    >>> epa_walkability([1, 2, 3, 4], near, [0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4]).round(6).tolist()
    [1.0, 5.166667, 9.333333, 13.5]
    """
    parts = {
        "intersections": intersections,
        "transit_m": -np.asarray(transit_m, dtype=np.float64),
        "employment_mix": employment_mix,
        "employment_household_mix": employment_household_mix,
    }
    return _added({name: twentieths(one) for name, one in parts.items()}, EPA)


def z_scores(values: ArrayLike) -> Array:
    """Give how many standard deviations (of a sample) each value lies above the mean.

    Parameters
    ----------
    values
        NaN is unknown.

    Returns
    -------
    NaN where unknown; 0 where all known values are the same.

    Examples
    --------
    >>> z_scores([1, 2, 3, np.nan]).tolist(), z_scores([4, 4]).tolist()
    ([-1.0, 0.0, 1.0, nan], [0.0, 0.0])
    """
    found = np.asarray(values, dtype=np.float64)
    known = found[~np.isnan(found)]
    away = found - (known.mean() if len(known) else 0.0)
    if len(known) < 2 or np.ptp(known) == 0:
        return np.where(np.isnan(found), np.nan, 0.0)
    return np.asarray(away / known.std(ddof=1))


def twentieths(values: ArrayLike) -> Array:
    """Rank values from 1 to 20, a twentieth of them at a time.

    Parameters
    ----------
    values
        NaN is unknown; an infinite value is beyond all others.

    Returns
    -------
    Whole numbers; equal values share the lowest of their ranks.  NaN where unknown.

    Examples
    --------
    >>> twentieths([7, 7, 8, 9]).tolist()
    [1.0, 1.0, 11.0, 16.0]
    >>> sorted(set(twentieths(np.arange(100)).astype(int).tolist())) == list(range(1, 21))
    True
    """
    found = np.asarray(values, dtype=np.float64)
    known = np.sort(found[~np.isnan(found)])
    below = np.searchsorted(known, found, side="left")
    return np.where(np.isnan(found), np.nan, 1.0 + 20 * below // max(len(known), 1))


def land_use_mix(areas: ArrayLike) -> Array:
    """Measure how evenly land is shared among its uses: entropy over its greatest value.

    Parameters
    ----------
    areas
        Places × uses, in any unit.

    Returns
    -------
    By place -Σ p ln p / ln K, with p the share of each of the K uses: 0 where there is one use
    only, 1 where all have the same area; NaN where there is no land, or K is below 2.

    References
    ----------
    Frank, L. D. et al. (2010), see `frank_2010`.

    Examples
    --------
    >>> land_use_mix([[5, 5], [3, 0], [0, 0]]).tolist()
    [1.0, 0.0, nan]
    """
    table = np.asarray(areas, dtype=np.float64)
    total = table.sum(axis=1)
    if table.shape[1] < 2:
        return np.full(len(table), np.nan)
    share = table / np.where(total > 0, total, 1.0)[:, None]
    logarithm = np.log(np.where(share > 0, share, 1.0))
    entropy = np.abs((share * logarithm).sum(axis=1)) / np.log(table.shape[1])
    return np.where(total > 0, entropy, np.nan)


def _added(parts: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    lengths = {name: len(one) for name, one in parts.items()}
    if len(set(lengths.values())) > 1:
        msg = f"the parts have {lengths} places; give each the same places"
        raise ValueError(msg)
    return np.asarray(sum(weights[name] * one for name, one in parts.items()), dtype=np.float64)
