"""Streets that are missing: nobody is cut off, the same seed draws the same, nothing is nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siteplanner import plan as plans
from siteplanner.comparison import thinning


def pieces(u, v, size):
    return connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(size, size)))[0]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=24),
    st.randoms(use_true_random=False),
)
def test_all_that_is_spare_may_go_and_nothing_else(edges, random):
    u, v = np.array(edges, dtype=np.int64).T
    order = np.array(random.sample(range(len(u)), len(u)))
    free = thinning.spare(u, v, order)
    whole = pieces(u, v, 8)
    assert pieces(u[~free], v[~free], 8) == whole
    for at in np.flatnonzero(~free):  # a tree: each of its branches is needed
        left = ~free
        left[at] = False
        assert pieces(u[left], v[left], 8) == whole + 1


def test_with_no_street_missing_the_plan_is_the_same(hexagon_plan):
    plan, name = hexagon_plan, hexagon_plan.scenario.walk.network
    whole = thinning.streets_of(plan, name)
    assert whole.index.is_unique
    source = dataclasses.replace(plan.sources[name], table=whole)
    again = plans.make(plan.scenario, {**plan.sources, name: source})
    assert again.choice.table.index.tolist() == plan.choice.table.index.tolist()
    np.testing.assert_allclose(again.place.index.value, plan.place.index.value, atol=1e-9)


def test_a_draw_takes_a_fiftieth_and_comes_out_the_same_again(hexagon_plan):
    name = hexagon_plan.scenario.walk.network
    whole = thinning.streets_of(hexagon_plan, name)
    found = [dict(thinning.gaps_of(hexagon_plan)) for _ in range(2)]
    assert list(found[0]) == list(found[1])
    gone = []
    for said, sources in found[0].items():
        left = sources[name].table
        assert left.index.equals(found[1][said][name].table.index)
        missing = whole.drop(index=left.index)
        gone.append(frozenset(missing.index))
        if said.startswith("no "):
            assert set(missing["highway"]) == {said.split()[1]}
            assert said.split()[1] not in set(left["highway"])
            continue
        share = missing.geometry.length.sum() / whole.geometry.length.sum()
        assert thinning.MISSING - 0.01 < share <= thinning.MISSING
        ends = left["u"].to_numpy(), left["v"].to_numpy()
        size = 1 + int(max(whole["u"].max(), whole["v"].max()))
        assert pieces(*ends, size) == 1
    assert len(set(gone)) == len(gone)


def test_as_the_crow_flies_no_street_can_be_missing(hexagon_plan):
    straight = dataclasses.replace(hexagon_plan, walk=None)
    assert list(thinning.gaps_of(straight)) == []
    with pytest.raises(ValueError, match="no streets"):
        thinning.streets_of(straight, "streets")
