"""How reach fades with the walk: weights from 1 (at the door) to 0 (out of reach)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siteplanner.model import Walk
from siteplanner.walk.catchment import Catchment

Floats = NDArray[np.float64]


def fade(catchment: Catchment, walk: Walk) -> csr_array:
    """Weigh every pair of a catchment by the scenario's decay.

    Parameters
    ----------
    catchment
        Who can walk where.
    walk
        The scenario's ``[walk]``.  Reach fades over ``limit_m``; where the scenario has
        only ``limit_min``, over that.

    Returns
    -------
    Weights 0..1, origins × destinations.  The stored pairs are those of the catchment,
    also where the weight is 0; beyond the limit it is 0.

    Examples
    --------
    >>> import pandas as pd
    >>> metres = csr_array(np.array([[200.0, 400.0]]))
    >>> found = Catchment(metres / 60, metres, pd.Index(["home"]), pd.Index(["a", "b"]))
    >>> fade(found, Walk(network="streets", limit_m=400, decay="linear")).data
    array([0.5, 0. ])
    """
    metric, limit = (
        (catchment.metres, walk.limit_m)
        if walk.limit_m is not None
        else (catchment.minutes, walk.limit_min)
    )
    weights = _weights(metric.data, walk, float(limit or 0.0))
    return csr_array((weights, metric.indices, metric.indptr), shape=metric.shape)


def none(cost: Floats, limit: float) -> Floats:
    """Count everybody within the limit fully.

    Examples
    --------
    >>> none(np.array([0.0, 800.0, 801.0]), 800)
    array([1., 1., 0.])
    """
    return np.asarray(np.where(cost <= limit, 1.0, 0.0))


def linear(cost: Floats, limit: float) -> Floats:
    """Fade in a straight line, ``1 - d / d0``.

    Examples
    --------
    >>> linear(np.array([0.0, 400.0, 800.0, 900.0]), 800)
    array([1. , 0.5, 0. , 0. ])
    """
    return np.asarray(np.clip(1 - cost / limit, 0.0, 1.0))


def exponential(cost: Floats, limit: float) -> Floats:
    """Fade as ``exp(-d / d0)`` up to the limit.

    References
    ----------
    InVEST, Urban Nature Access, user's guide: exponential decay.

    Examples
    --------
    >>> exponential(np.array([0.0, 800.0, 801.0]), 800).round(4)
    array([1.    , 0.3679, 0.    ])
    """
    return np.asarray(np.where(cost <= limit, np.exp(-cost / limit), 0.0))


def gaussian(cost: Floats, limit: float) -> Floats:
    """Fade as a bell that is 0 at the limit.

    ``(exp(-(d / d0)**2 / 2) - exp(-1/2)) / (1 - exp(-1/2))``

    References
    ----------
    InVEST, Urban Nature Access, user's guide: Gaussian decay.

    Examples
    --------
    >>> gaussian(np.array([0.0, 200.0, 400.0, 600.0, 800.0]), 800).round(4)
    array([1.    , 0.9218, 0.7014, 0.3769, 0.    ])
    """
    floor = np.exp(-0.5)
    bell = (np.exp(-0.5 * (cost / limit) ** 2) - floor) / (1 - floor)
    return np.asarray(np.clip(bell, 0.0, 1.0))


def plateau(cost: Floats, limit: float, *, full_until: float) -> Floats:
    """Stay at 1 up to ``full_until``, then fade in a straight line to 0 at the limit.

    Examples
    --------
    >>> plateau(np.array([0.0, 400.0, 600.0, 800.0]), 800, full_until=400)
    array([1. , 1. , 0.5, 0. ])
    """
    return np.asarray(np.clip((limit - cost) / (limit - full_until), 0.0, 1.0))


def _weights(cost: Any, walk: Walk, limit: float) -> Floats:
    if walk.decay == "plateau":
        return plateau(cost, limit, full_until=float(walk.plateau_m or 0.0))
    kernels = {"none": none, "linear": linear, "exponential": exponential, "gaussian": gaussian}
    return kernels[walk.decay](cost, limit)
