"""The smallest change of weights: by eye, by brute force, ranked again on both sides."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siteplanner.index import weigh
from siteplanner.ranking import rank
from siteplanner.robustness import Weighting, drop, indices, lead, overtake, uniform
from siteplanner.robustness.changes import MARGIN, difference_rows, get_ahead, nearest_program
from siteplanner.robustness.dropping import _pair_distances, drop_out
from siteplanner.robustness.questions import all_hold, ask, holds

unhurried = settings(deadline=None, max_examples=25)
hundredths = st.integers(0, 100).map(lambda one: one / 100)
seeds = st.integers(0, 10_000)


def frame(rows, sites="abcdefgh"):
    names = ["poverty", "density", "land", "trees"]
    rows = np.asarray(rows, dtype=float)
    return pd.DataFrame(rows, index=list(sites)[: len(rows)], columns=names[: rows.shape[1]])


def town(seed, sites=8, criteria=4):
    draw = np.random.default_rng(seed)
    return draw.random((sites, criteria)), draw.dirichlet(np.full(criteria, 3.0))


def first_of(scores, shares, criteria):
    """Rank again with the index and ranking modules."""
    weighted = {
        name: one.model_copy(update={"weight": float(shares[name])})
        for name, one in criteria.items()
    }
    return rank(weigh(scores, weighted).value)


class TestByEye:
    """a = (0.9, 0.2), b = (0.5, 0.8): even at 0.6; from 0.8 a fifth has to move."""

    now = Weighting(frame([[0.9, 0.2], [0.5, 0.8]]), pd.Series({"poverty": 8, "density": 2}))

    def test_overtaking(self):
        found = overtake(self.now, "a", "b")
        assert found.moved == pytest.approx(0.2, abs=1e-5)
        assert found.exact
        assert found.verified
        assert found.shares["then"].tolist() == pytest.approx([0.6, 0.4], abs=1e-5)
        assert found.sentence == (
            "If density weighed 41 % instead of 20 % and poverty 59 % instead of 80 %, "
            "b would be ahead of a."
        )

    def test_titles_are_used(self):
        titled = Weighting(
            self.now.scores, self.now.weights, titles={"b": "Site B", "density": "People per km²"}
        )
        assert lead(titled, "b").sentence == (
            "If People per km² weighed 41 % instead of 20 % and poverty 59 % instead of 80 %, "
            "Site B would be first."
        )

    def test_what_is_so_already(self):
        assert lead(self.now, "a").sentence == "With the weights as they are, a is first."
        assert drop(self.now, "b").sentence == "With the weights as they are, b is not first."
        assert overtake(self.now, "b", "a").moved == 0

    def test_what_never_can_be(self):
        now = Weighting(frame([[0.9, 0.8], [0.5, 0.8]]), pd.Series({"poverty": 1, "density": 1}))
        found = overtake(now, "a", "b")
        assert not found.possible
        assert found.exact
        assert found.shares["then"].isna().all()
        assert found.sentence == "No weights put b ahead of a."
        assert drop(now, "a").sentence == "No weights take a from the first place."

    def test_decimals_come_where_whole_percents_do_not_do(self):
        rows = [[0.502, 0.5], [0.5, 0.5015]]
        now = Weighting(frame(rows), pd.Series({"poverty": 0.4287, "density": 0.5713}))
        found = overtake(now, "a", "b")
        assert found.verified
        assert 0 < found.moved < 0.01 or "would be" in found.sentence

    def test_ids_are_checked(self):
        with pytest.raises(ValueError, match="no site z"):
            overtake(self.now, "a", "z")
        with pytest.raises(ValueError, match="two different"):
            overtake(self.now, "a", "a")
        with pytest.raises(ValueError, match="p = 0"):
            drop(self.now, "a", 0)
        with pytest.raises(ValueError, match="no other site"):
            lead(Weighting(frame([[0.1, 0.2]]), pd.Series({"poverty": 1.0, "density": 1})), "a")


class TestRankedAgain:
    @pytest.mark.parametrize("seed", range(12))
    def test_on_either_side_with_the_modules_of_the_plan(self, plain, seed):
        scores, weights = town(seed)
        criteria = plain.criteria(weights)
        table = pd.DataFrame(scores, columns=list("abcd"))
        before = first_of(table, dict(zip("abcd", weights, strict=True)), criteria)
        second = before.index[1]
        found = lead(Weighting(table, criteria=criteria), second)
        assert found.verified
        assert found.exact
        for column, place in (("then", second), ("said", second)):
            again = first_of(table, found.shares[column], criteria)
            assert again.index[0] == place
            assert again["index"].iloc[0] > again["index"].iloc[1]
        short = found.shares["now"] + 0.995 * (found.shares["then"] - found.shares["now"])
        assert first_of(table, short, criteria).index[0] != second

    @unhurried
    @given(seeds, st.sampled_from(["arithmetic", "geometric"]))
    def test_no_drawn_weights_are_nearer(self, seed, aggregation):
        scores, weights = town(seed, sites=5)
        question = ask(scores, weights, aggregation=aggregation)
        order = np.argsort(-question.index(question.weights))
        winner, others = order[2:3], np.delete(order, 2)
        found = get_ahead(question, winner, others)
        drawn = uniform(3000, 4, np.random.default_rng(seed))
        values = all_hold(question, drawn, winner, others)
        distances = np.abs(drawn - question.weights).sum(axis=1)[values]
        if found.weights is None:
            assert not values.any()
            return
        assert found.exact
        assert holds(question, found.weights, winner, others)
        assert distances.min(initial=np.inf) >= found.distance - 1e-3


class TestPairs:
    @unhurried
    @given(arrays(float, (6, 4), elements=hundredths), seeds)
    def test_the_knapsack_is_the_linear_program(self, scores, seed):
        question = ask(scores, np.random.default_rng(seed).dirichlet(np.ones(4)))
        rivals = np.arange(1, 6)
        found = _pair_distances(question, 0, rivals)
        for rival, distance in zip(rivals, found, strict=True):
            rows = difference_rows(scores, np.array([rival]), np.array([0]))
            nearest = nearest_program(question.weights, rows, np.zeros(1))
            if nearest is None:
                assert distance == np.inf
            else:
                away = np.abs(nearest - question.weights).sum()
                assert distance == pytest.approx(away, abs=1e-6)


class TestTheBestP:
    @pytest.mark.parametrize("seed", range(8))
    @pytest.mark.parametrize("p", [1, 2, 3])
    def test_it_is_the_nearest_over_all_sets_of_rivals(self, seed, p):
        scores, weights = town(seed, sites=7)
        question = ask(scores, weights)
        site = int(np.argsort(-question.index(question.weights))[0])
        found = drop_out(question, site, p)
        others = [one for one in range(7) if one != site]
        ways = []
        for rivals in combinations(others, p):
            rows = difference_rows(scores, np.array(rivals), np.array([site]))
            nearest = nearest_program(question.weights, rows, np.zeros(len(rows)))
            if nearest is not None:
                ways.append(float(np.abs(nearest - question.weights).sum()))
        assert found.exact
        assert found.distance == pytest.approx(min(ways, default=np.inf), abs=6e-4)
        if found.weights is not None:
            index = question.index(found.weights)
            assert (index > index[site]).sum() >= p

    def test_two_thousand_sites(self):
        scores, weights = town(1, sites=2000, criteria=12)
        question = ask(scores, weights)
        site = int(np.argsort(-question.index(question.weights))[0])
        found = drop_out(question, site, 10)
        index = question.index(found.weights)
        assert (index > index[site]).sum() >= 10
        assert found.bound <= found.distance
        assert found.exact or found.bound > 0

    def test_a_sentence(self):
        rows = [[0.9, 0.2], [0.5, 0.8], [0.4, 0.6]]
        now = Weighting(frame(rows), pd.Series({"poverty": 8, "density": 2}))
        found = drop(now, "a", 2)
        assert found.sentence.endswith("a would not be among the best 2.")
        assert found.verified


class TestUnknownScores:
    def test_two_that_know_different_things_by_eye(self):
        # a = 0.8 w + 0.4 (1 - w); b = 0.6 whatever the weights: even at w = 0.5
        now = Weighting(frame([[0.8, 0.4], [0.6, np.nan]]), pd.Series({"poverty": 8, "density": 2}))
        found = overtake(now, "a", "b")
        assert found.exact
        assert found.verified
        assert found.shares["then"].tolist() == pytest.approx([0.5, 0.5], abs=1e-3)

    @settings(deadline=None, max_examples=6)
    @given(seeds)
    def test_levels_find_what_brute_force_finds(self, seed):
        scores, weights = town(seed, sites=2, criteria=3)
        scores[0, seed % 3] = np.nan
        question = ask(scores, weights)
        index = question.index(question.weights)
        assume(index[0] != index[1])
        winner, loser = (np.array([one]) for one in np.argsort(index))
        found = get_ahead(question, winner, loser)
        steps = np.linspace(0, 1, 41)
        rows = [(x, y, 1 - x - y) for x in steps for y in steps if x + y <= 1 + 1e-12]
        grid = np.maximum(np.array(rows), 0)
        passed = grid[all_hold(question, grid, winner, loser)]
        ways = np.abs(passed - question.weights).sum(axis=1).tolist()
        if found.weights is None:
            assert not [one for one in ways if one < 1.9]
            return
        assert found.exact
        assert holds(question, found.weights, winner, loser)
        assert found.bound <= found.distance <= found.bound + 1e-3
        assert found.distance <= min(ways, default=np.inf) + 0.11  # some weight has to be known

    def test_a_group_known_in_part_is_searched_and_said_to_be(self, plain):
        scores, weights = town(4, sites=2)
        scores[0, 1] = np.nan
        question = ask(scores, weights, plain.TREES["grouped"])
        low, high = np.argsort(question.index(question.weights))
        found = get_ahead(question, np.array([low]), np.array([high]))
        assert not found.exact
        assert found.bound == 0
        if found.weights is not None:
            assert holds(question, found.weights, np.array([low]), np.array([high]))

    def test_a_whole_group_unknown_is_exact(self, plain):
        scores, weights = np.array([[0.9, 0.2, 0.3, 0.1], [0.2, np.nan, np.nan, 0.8]]), np.ones(4)
        question = ask(scores, weights, plain.TREES["grouped"])
        order = np.argsort(question.index(question.weights))
        assert get_ahead(question, order[:1], order[1:]).exact

    def test_a_site_of_which_nothing_is_known_never_leads(self):
        question = ask(np.array([[0.5, 0.5], [np.nan, np.nan]]), np.ones(2))
        assert get_ahead(question, np.array([1]), np.array([0])).weights is None
        assert drop_out(question, 1, 1).distance == 0

    def test_leading_many_that_know_different_things(self):
        scores, weights = town(3, sites=400, criteria=5)
        random = np.random.default_rng(9)
        scores[random.random(scores.shape) < 0.01] = np.nan
        question = ask(scores, weights)
        order = np.argsort(-question.index(question.weights))
        found = get_ahead(question, order[1:2], np.delete(order, 1))
        assert found.exact
        assert int(np.nanargmax(question.index(found.weights))) == order[1]

    @pytest.mark.parametrize("p", [1, 3])
    def test_many_rivals_that_know_different_things(self, p):
        scores, weights = town(9, sites=150)
        random = np.random.default_rng(9)
        scores[random.random(scores.shape) < 0.02] = np.nan
        question = ask(scores, weights)
        index = question.index(question.weights)
        site = int(np.nanargmax(index))
        found = drop_out(question, site, p)
        after = question.index(found.weights)
        assert (after > after[site]).sum() >= p
        assert 0 <= found.bound <= found.distance
        rows = uniform(20_000, 4, np.random.default_rng(1))
        drawn = indices(scores, rows)
        out = (drawn > drawn[:, [site]]).sum(axis=1) >= p
        away = np.abs(rows[out] - question.weights).sum(axis=1)
        assert found.distance <= away.min() + 1e-3

    def test_nulls_under_a_product_are_searched(self):
        question = ask(np.array([[0.0, 0.9], [0.3, 0.5]]), np.array([0.5, 0.5]), None, "geometric")
        found = get_ahead(question, np.array([0]), np.array([1]))
        assert not found.exact


def test_the_margin_is_small():
    assert MARGIN <= 1e-6


def test_the_data_stay(plain):
    table = frame([[0.9, 0.2], [0.5, 0.8]])
    before, weights = table.copy(), pd.Series({"poverty": 8.0, "density": 2.0})
    overtake(Weighting(table, weights), "a", "b")
    pd.testing.assert_frame_equal(table, before)
    assert weights.tolist() == [8.0, 2.0]
