"""The nearest weights among very many sites: bounded work, and an answer that says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.robustness import Weighting, changes, indices, lead, uniform
from siteplanner.robustness.questions import Nearest, all_hold, ask
from siteplanner.robustness.searching import ahead_of_all


def gappy(seed, sites, criteria, share):
    """Draw scores of which some are unknown, but none of a site's all."""
    draw = np.random.default_rng(seed)
    scores = draw.random((sites, criteria))
    holes = draw.random(scores.shape) < share
    holes[:, 0] = False
    return np.where(holes, np.nan, scores), draw.dirichlet(np.full(criteria, 3.0))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 500), st.integers(2, 40))
def test_block_by_block_is_the_same_as_all_at_once(seed, sites):
    scores, weights = gappy(seed, sites, 3, 0.2)
    question, some = ask(scores, weights), uniform(50, 3, np.random.default_rng(seed))
    best = np.array([int(np.argmax(question.index(weights)))])
    others = np.setdiff1d(np.arange(sites), best)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("siteplanner.robustness.searching.BLOCK", 7)
        found = ahead_of_all(question, some, best, others)
    np.testing.assert_array_equal(found, all_hold(question, some, best, others))


def test_work_is_bounded_however_many_sites_there_are(monkeypatch):
    asked = []
    near = Nearest(np.array([0.5, 0.3, 0.2]), 0.3, 0.1, exact=True)
    monkeypatch.setattr(changes, "_ahead_of", lambda *of: asked.append(len(of[2])) or near)
    monkeypatch.setattr(changes, "ASKED", 32)
    monkeypatch.setattr(changes, "holds", lambda *_: False)  # somebody else is always ahead
    scores, weights = gappy(1, 2_000, 3, 0.1)
    found = changes.get_ahead(ask(scores, weights), np.array([7]), np.arange(8, 2_000))
    assert asked == [8, 16, 32]
    assert found.bound == 0.1
    assert not found.exact


@pytest.mark.parametrize("seed", [2, 5])
def test_what_is_only_searched_is_right_and_keeps_its_bound(monkeypatch, seed):
    scores, weights = gappy(seed, 60, 4, 0.15)
    table, given = pd.DataFrame(scores), pd.Series(weights)
    index = indices(scores, weights[None, :], ask(scores, weights).tree, "arithmetic")[0]
    site = int(np.argsort(-index)[3])
    exact = lead(Weighting(table, given), site)
    monkeypatch.setattr(changes, "ASKED", 0)
    found = lead(Weighting(table, given), site)
    assert exact.possible
    if exact.exact and not found.exact:
        assert found.at_least <= exact.moved + 1e-4
    if found.possible:
        assert found.moved >= exact.at_least - 1e-4
        assert found.verified
        then = found.shares["then"].to_numpy()
        ranked = indices(scores, then[None, :], ask(scores, weights).tree, "arithmetic")[0]
        assert np.nanargmax(ranked) == site


def test_two_thousand_sites_with_gaps_come_to_an_end():
    scores, weights = gappy(3, 2_000, 12, 0.1)
    table = pd.DataFrame(scores)
    index = indices(scores, weights[None, :], ask(scores, weights).tree, "arithmetic")[0]
    found = lead(Weighting(table, pd.Series(weights)), int(np.argsort(-index)[2]))
    assert found.possible
    assert found.verified
    assert 0 < found.at_least <= found.moved
