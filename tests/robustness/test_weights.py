"""Drawn weightings: where they lie, how they spread, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.errors import InputError
from siteplanner.model import Criterion, Group
from siteplanner.robustness import around, draw, ordered, uniform, within

unhurried = settings(deadline=None, max_examples=40)
ENDS = {"zero_at": 0, "full_at": 1}


def rng(seed=7):
    return np.random.default_rng(seed)


def criterion(weight=1.0, **keys):
    return Criterion(weight=weight, **ENDS, **keys)


def tree():
    inner = {"b": criterion(1), "c": criterion(3)}
    return {"a": criterion(2), "g": Group(weight=2, criteria=inner), "off": criterion(0)}


class TestUniform:
    def test_moments_are_those_of_the_simplex(self):
        drawn = uniform(200_000, 4, rng())
        assert drawn.mean(axis=0) == pytest.approx(np.full(4, 1 / 4), abs=0.002)
        assert drawn.var(axis=0) == pytest.approx(np.full(4, 3 / 80), abs=0.001)
        assert np.cov(drawn.T)[0, 1] == pytest.approx(-1 / 80, abs=0.001)

    def test_the_share_of_a_corner_is_its_volume(self):
        drawn = uniform(200_000, 3, rng())
        assert (drawn[:, 0] > 0.7).mean() == pytest.approx(0.3**2, abs=0.003)


class TestAround:
    def test_equal_weights_spread_by_exactly_the_share(self):
        drawn = around(np.full(5, 0.2), 0.25, 200_000, rng())
        assert drawn.std(axis=0) == pytest.approx(np.full(5, 0.05), abs=0.0005)

    def test_unequal_weights_spread_so_on_the_weighted_mean(self):
        given_weights = np.array([0.5, 0.3, 0.2])
        drawn = around(given_weights, 0.3, 200_000, rng())
        assert drawn.mean(axis=0) == pytest.approx(given_weights, abs=0.002)
        relative = drawn.std(axis=0) / given_weights
        assert np.sqrt((given_weights * relative**2).sum()) == pytest.approx(0.3, abs=0.003)

    def test_a_weight_of_nothing_stays_nothing_and_one_alone_is_everything(self):
        assert (around(np.array([1.0, 0.0, 1.0]), 0.3, 50, rng())[:, 1] == 0).all()
        assert around(np.array([0.0, 2.0]), 0.3, 2, rng()).tolist() == [[0, 1], [0, 1]]

    def test_a_spread_that_cannot_be_is_refused(self):
        with pytest.raises(ValueError, match=r"with 2 criteria it can be from above 0 to below 1"):
            around(np.ones(2), 1.0, 5, rng())
        with pytest.raises(ValueError, match="negative or unknown, or all 0"):
            around(np.array([1.0, -1.0]), 0.2, 5, rng())

    def test_a_spread_near_the_largest_gives_corners_and_no_unknowns(self):
        drawn = around(np.array([0.98, 0.01, 0.01]), 1.41, 20_000, rng())
        assert drawn.sum(axis=1) == pytest.approx(np.ones(20_000))
        assert drawn.mean(axis=0) == pytest.approx([0.98, 0.01, 0.01], abs=0.01)


class TestWithin:
    def test_it_is_what_is_left_when_all_others_are_thrown_away(self):
        low, high = np.array([0.2, 0.0, 0.1, 0.0]), np.array([0.6, 0.3, 0.5, 1.0])
        free = uniform(400_000, 4, rng(1))
        kept = free[((free >= low) & (free <= high)).all(axis=1)]
        drawn = within(low, high, 60_000, rng(2))
        assert len(kept) > 20_000
        assert drawn.mean(axis=0) == pytest.approx(kept.mean(axis=0), abs=0.003)
        assert np.cov(drawn.T) == pytest.approx(np.cov(kept.T), abs=0.001)
        for share in (0.05, 0.5, 0.95):
            quantiles = [np.quantile(one, share, axis=0) for one in (drawn, kept)]
            assert quantiles[0] == pytest.approx(quantiles[1], abs=0.006)

    def test_twelve_free_criteria_are_the_whole_simplex(self):
        drawn = within(np.zeros(12), np.ones(12), 20_000, rng())
        assert drawn.var(axis=0) == pytest.approx(np.full(12, 11 / 144 / 13), rel=0.06)

    def test_fixed_shares_stay_and_a_single_point_is_found(self):
        low, high = np.array([0.5, 0.0, 0.0]), np.array([0.5, 1.0, 1.0])
        assert (within(low, high, 20, rng())[:, 0] == 0.5).all()
        assert within(np.array([0.4, 0.6]), np.ones(2), 2, rng()).tolist() == [[0.4, 0.6]] * 2

    @unhurried
    @given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
    def test_every_draw_keeps_to_the_intervals_or_the_reason_is_said(self, pairs):
        low = np.array([min(one) for one in pairs])
        high = np.array([max(one) for one in pairs])
        if low.sum() > 1 + 1e-12 or high.sum() < 1 - 1e-12:
            with pytest.raises(ValueError, match="no weights keep to all intervals"):
                within(low, high, 3, rng())
            return
        drawn = within(low, high, 50, rng())
        assert ((drawn >= low) & (drawn <= high)).all()
        assert drawn.sum(axis=1) == pytest.approx(np.ones(50))

    def test_empty_intervals_are_refused(self):
        with pytest.raises(ValueError, match="0 ≤ low ≤ high ≤ 1"):
            within(np.array([0.5, 0.2]), np.array([0.4, 1.0]), 3, rng())


class TestOrdered:
    def test_a_whole_order_has_the_centroid_as_its_mean(self):
        from siteplanner.robustness import centroid

        drawn = ordered([np.array([2, 0, 1])], 200_000, 3, rng())
        assert drawn[:, [2, 0, 1]].mean(axis=0) == pytest.approx(centroid(3), abs=0.002)

    def test_part_of_an_order_is_what_is_left_when_others_are_thrown_away(self):
        free = uniform(300_000, 4, rng(1))
        kept = free[(free[:, 3] >= free[:, 1]) & (free[:, 0] >= free[:, 2])]
        drawn = ordered([np.array([3, 1]), np.array([0, 2])], 70_000, 4, rng(2))
        assert drawn.mean(axis=0) == pytest.approx(kept.mean(axis=0), abs=0.003)
        assert np.cov(drawn.T) == pytest.approx(np.cov(kept.T), abs=0.001)

    def test_a_criterion_is_named_once(self):
        with pytest.raises(ValueError, match="named twice"):
            ordered([np.array([0, 1]), np.array([1])], 5, 3, rng())


class TestDraw:
    def test_groups_are_drawn_level_by_level(self):
        drawn = draw(tree(), 100_000, seed=3)
        assert list(drawn.columns) == ["a", "b", "c"]
        assert drawn.mean().tolist() == pytest.approx([0.5, 0.25, 0.25], abs=0.004)
        inside = drawn["b"] / (drawn["b"] + drawn["c"])
        assert (inside < 0.25).mean() == pytest.approx(0.25, abs=0.01)
        assert np.corrcoef(inside, drawn["a"])[0, 1] == pytest.approx(0, abs=0.01)

    def test_around_keeps_the_means_of_the_scenario(self):
        drawn = draw(tree(), 100_000, spread=0.2)
        assert drawn.mean().tolist() == pytest.approx([0.5, 0.125, 0.375], abs=0.003)

    def test_limits_and_orders_hold_where_they_are_named(self):
        limited = draw(tree(), 2000, limits={"g": (0.6, 0.7), "b": (0.0, 0.1)})
        group = limited["b"] + limited["c"]
        assert group.between(0.6, 0.7).all()
        assert (limited["b"] / group).max() <= 0.1 + 1e-12
        by_order = draw(tree(), 2000, orders=[["c", "b"], ["g", "a"]])
        assert (by_order["c"] >= by_order["b"]).all()
        assert (by_order["b"] + by_order["c"] >= by_order["a"]).all()

    def test_the_seed_decides(self):
        assert draw(tree(), 5, seed=1).equals(draw(tree(), 5, seed=1))
        assert not draw(tree(), 5, seed=1).equals(draw(tree(), 5, seed=2))

    def test_all_problems_are_said_at_once(self):
        limits = {"pverty": (0.0, 1.0), "off": (0.0, 0.5), "a": (0.8, 0.2), "b": (0.7, 1.0)}
        with pytest.raises(InputError) as caught:
            draw(tree(), 5, limits=limits | {"c": (0.5, 1.0)})
        said = str(caught.value)
        assert "weights: pverty: there is no such criterion or group" in said
        assert "weights: off: it has no data or no weight; leave it out" in said
        assert "weights: a: found an interval from 0.8 to 0.2" in said
        assert "weights: b, c: the lower ends add up to 120 %" in said
        assert len(caught.value.problems) == 4

    def test_an_order_across_groups_is_refused(self):
        with pytest.raises(InputError, match="a ≥ b: these are not neighbours; compare criteria"):
            draw(tree(), 5, orders=[["a", "b"]])
        with pytest.raises(InputError, match="named more than once"):
            draw(tree(), 5, orders=[["c", "b"], ["b"]])

    def test_one_way_of_drawing_at_a_time(self):
        with pytest.raises(ValueError, match="give one of"):
            draw(tree(), 5, spread=0.1, orders=[["c", "b"]])
