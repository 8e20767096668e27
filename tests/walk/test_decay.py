from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from siteplanner.model import Walk
from siteplanner.walk import Catchment, fade
from siteplanner.walk.decay import exponential, gaussian, linear, none, plateau

METRES = np.array([0.0, 200, 400, 600, 800])


def catchment(metres: np.ndarray) -> Catchment:
    indptr = np.array([0, len(metres)])
    matrices = [
        csr_array((data, np.arange(len(metres)), indptr), shape=(1, len(metres) + 2))
        for data in (metres / 60, metres)
    ]
    return Catchment(*matrices, pd.Index(["home"]), pd.RangeIndex(len(metres) + 2))


@pytest.mark.parametrize(
    ("decay", "expected"),
    [
        ("none", [1, 1, 1, 1, 1]),
        ("linear", [1, 0.75, 0.5, 0.25, 0]),
        ("gaussian", [1, 0.9218, 0.7014, 0.3769, 0]),  # InVEST, Urban Nature Access
        ("exponential", [1, 0.7788, 0.6065, 0.4724, 0.3679]),
        ("plateau", [1, 1, 1, 0.5, 0]),
    ],
)
def test_published_values_and_sparsity(decay, expected):
    walk = Walk(network="s", limit_m=800, decay=decay, plateau_m=400)
    weights = fade(catchment(METRES), walk)
    assert weights.data.round(4).tolist() == expected
    assert weights.nnz == 5  # the last pair weighs nothing, and is still a pair
    assert weights.shape == (1, 7)


def test_with_minutes_alone_reach_fades_over_minutes():
    walk = Walk(network="s", limit_min=10, decay="linear")
    assert fade(catchment(np.array([300.0, 600.0])), walk).data.tolist() == [0.5, 0]


def test_beyond_the_limit_nothing_counts():
    walk = Walk(network="s", limit_m=500, decay="exponential")
    assert fade(catchment(METRES), walk).data[3:].tolist() == [0, 0]


@given(st.lists(st.floats(0, 2000), min_size=2), st.floats(1, 1500))
def test_weights_stay_between_0_and_1_and_never_rise(cost, limit):
    cost = np.sort(np.array(cost))
    kernels = [none, linear, exponential, gaussian]
    for weights in [kernel(cost, limit) for kernel in kernels] + [
        plateau(cost, limit, full_until=limit / 3)
    ]:
        assert ((weights >= 0) & (weights <= 1)).all()
        assert (np.diff(weights) <= 1e-15).all()
        assert (weights[cost > limit] == 0).all()
