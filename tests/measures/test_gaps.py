"""Need not yet served, and supply per head."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from shapely import Point

from siteplanner.errors import InputError
from siteplanner.measures import balance, measure, supply_ratio, two_step, zone_weights
from siteplanner.measures.gaps import best_weight, newly_reached
from siteplanner.model import Walk

unhurried = settings(deadline=None, max_examples=60)  # a busy machine is no failure

PEOPLE, SUPPLY = np.array([100.0, 200, 300]), np.array([10.0, 20])
MINUTES = np.array([[5.0, 25], [15, 12], [28, 8]])

counts = st.floats(min_value=0.1, max_value=1e6)
weights = arrays(float, (5, 3), elements=st.sampled_from([0.0, 0.22, 0.68, 1.0]))


class TestPublished:
    def test_two_step(self):
        """Luo and Wang (2003): three cells, two places, 30 minutes."""
        found = two_step((MINUTES <= 30).astype(float), PEOPLE, SUPPLY)
        assert found == pytest.approx([0.05, 0.05, 0.05])

    def test_enhanced_two_step(self):
        """Luo and Qi (2009): weights 1, 0.68, 0.22 by tens of minutes."""
        found = two_step(zone_weights(MINUTES / 30), PEOPLE, SUPPLY)
        assert found == pytest.approx([0.042720, 0.052211, 0.050953], abs=5e-7)

    def test_balance(self):
        """InVEST, Urban Nature Access: where less than one person competes, R = S."""
        weights = np.array([[0.5, 0.0], [0.0, 0.001]])
        ratio = supply_ratio(weights, [200, 100], [50, 30], least_people=1)
        assert ratio.tolist() == [0.5, 30]
        assert balance(weights @ ratio, per_head=0.3) == pytest.approx([-0.05, -0.27])


@unhurried
@given(weights, arrays(float, 5, elements=counts), arrays(float, 3, elements=counts))
def test_people_share_out_all_supply_that_somebody_reaches(reach_weights, people, supply):
    access = two_step(reach_weights, people, supply)
    reached = reach_weights.any(axis=0)
    assert people @ access == pytest.approx(supply[reached].sum(), rel=1e-9)
    both = two_step(sparse.csr_array(reach_weights), people, supply)
    assert both == pytest.approx(access, rel=1e-12)


def test_zone_limits_belong_to_the_nearer_zone():
    assert zone_weights(np.array([10, 20, 30]) / 30).tolist() == [1, 0.68, 0.22]
    assert zone_weights((0.1 + 0.2) / 0.9) == 1  # a hair above a third, by rounding


def test_best_weight_of_no_walk_is_nothing():
    walks = sparse.csr_array(([0.0, 0.3, 0.9], ([0, 2, 2], [0, 0, 1])), shape=(3, 2))
    assert best_weight(walks).tolist() == [0, 0, 0.9]


class TestNeedReached:
    def test_by_eye(self, setting, grid3, table, look, criterion):
        demand = pd.Series(np.arange(9.0), index=grid3.index)
        town = setting(demand=demand, existing=table({"e": Point(50, 50)}))
        # the existing place serves a1, b1 (demand 1) and a2 (demand 3)
        places = table({"s": Point(150, 150), "t": Point(50, 50)})
        assert look(criterion("need_reached"), town, places) == [4 + 5 + 7, 0]

    def test_nothing_exists_yet(self, setting, grid3, look, criterion, table):
        demand = pd.Series(1.0, index=grid3.index)
        for existing in (None, table({})):
            town = setting(demand=demand, existing=existing)
            assert look(criterion("need_reached"), town)[:2] == [3, 4]

    def test_fading_on_both_sides(self, setting, grid3, table, look, criterion):
        walk = Walk(network="streets", limit_m=200, decay="linear")
        demand = pd.Series(0.0, index=grid3.index)
        demand["a1"] = 8.0
        existing = table({"e": Point(150, 50), "f": Point(50, 199)})
        town = setting(demand=demand, existing=existing, walk=walk)
        places = table({"s": Point(50, 150)})
        assert look(criterion("need_reached"), town, places) == [8 * 0.5 * (1 - 0.5)]

    def test_unknown_demand(self, setting, grid3, look, criterion):
        demand = pd.Series(2.0, index=grid3.index)
        demand[["a1", "b1"]] = np.nan
        found = look(criterion("need_reached"), setting(demand=demand))
        assert np.isnan(found[0])  # 20 of 30 people unknown
        assert found[1] == 4  # 20 of 40 unknown

    def test_unknown_demand_is_weighed_by_people(self, setting, grid3, look, criterion):
        demand = pd.Series(2.0, index=grid3.index)
        demand[["a1", "b1"]] = np.nan
        cells = grid3.assign(people=[1.0, 1.0, *[10.0] * 7])
        assert look(criterion("need_reached"), setting(demand=demand, cells=cells))[0] == 2

    def test_order_of_the_demand_does_not_matter(self, setting, grid3, look, criterion):
        demand = pd.Series(np.arange(9.0), index=grid3.index)
        one = criterion("need_reached")
        turned = look(one, setting(demand=demand[::-1]))
        assert turned == look(one, setting(demand=demand))

    def test_needs_demand(self, setting, grid3, criterion):
        town = setting()
        with pytest.raises(ValueError, match="needs the demand of the cells"):
            measure({"n": criterion("need_reached")}, grid3, town)

    @unhurried
    @given(
        weights=arrays(float, (4, 6), elements=st.floats(0, 1)),
        demand=arrays(float, 6, elements=st.floats(0, 100) | st.just(np.nan)),
        served=arrays(float, 6, elements=st.floats(0, 1)),
    )
    def test_against_a_loop(self, weights, demand, served):
        found = newly_reached(sparse.csr_array(weights), demand, served, np.ones(6))
        for place in range(4):
            total, known, unknown = 0.0, 0, 0
            for cell in range(6):
                if weights[place, cell] == 0:
                    continue
                if np.isnan(demand[cell]):
                    unknown += 1
                    continue
                known += 1
                total += weights[place, cell] * demand[cell] * (1 - served[cell])
            expected = np.nan if unknown > known else total
            assert found[place] == pytest.approx(expected, nan_ok=True)


class TestSupply:
    @pytest.fixture
    def parks(self, table):
        return table({"p": Point(50, 50), "q": Point(250, 250)}, area_m2=[600.0, 300.0])

    def test_not_served(self, setting, parks, look, criterion):
        town = setting({"parks": parks})
        assert look(criterion("not_served", layer="parks"), town) == [0, 0, 1, 0, 1, 0, 1, 0, 0]
        town = setting({"parks": parks}, walk=Walk(network="s", limit_m=200, decay="linear"))
        assert look(criterion("not_served", layer="parks"), town)[:3] == [0, 0.5, 1]

    def test_two_step(self, setting, parks, look, criterion):
        town = setting({"parks": parks})
        found = look(criterion("two_step", layer="parks", column="area_m2"), town)
        assert found == [20, 20, 0, 20, 0, 10, 0, 10, 10]
        assert 10 * sum(found) == 900
        assert look(criterion("two_step", layer="parks"), town)[0] == pytest.approx(1 / 30)

    def test_places_share_with_the_cells(self, setting, parks, look, criterion, table):
        town = setting({"parks": parks})
        one = criterion("two_step", layer="parks", column="area_m2")
        assert look(one, town, table({"s": Point(50, 60), "t": Point(150, 150)})) == [20, 0]

    def test_enhanced_two_step_by_thirds_of_the_limit(self, setting, parks, look, criterion):
        town = setting({"parks": parks.loc[["p"]]}, walk=Walk(network="s", limit_m=150))
        # 0 m weighs 1, two cells at 100 m weigh 0.68, one at 141 m weighs 0.22
        share = 600 / (10 * (1 + 2 * 0.68 + 0.22))
        found = look(criterion("enhanced_two_step", layer="parks", column="area_m2"), town)
        assert found[:5] == pytest.approx(np.array([1, 0.68, 0, 0.68, 0.22]) * share)

    def test_the_stricter_limit_makes_the_zones(self, setting, parks, look, criterion):
        walk = Walk(network="s", limit_m=300, limit_min=100 / 60)
        town = setting({"parks": parks.loc[["p"]]}, walk=walk)
        found = look(criterion("enhanced_two_step", layer="parks", column="area_m2"), town)
        assert found[1] / found[0] == pytest.approx(0.22)

    def test_balance(self, setting, parks, look, criterion):
        town = setting({"parks": parks})
        one = criterion("balance", layer="parks", column="area_m2", per_head=9)
        assert look(one, town) == [11, 11, -9, 11, -9, 1, -9, 1, 1]

    def test_a_group_competes_among_itself(self, setting, parks, grid3, look, criterion):
        cells = grid3.assign(**{"census.children": [1.0, *[0.0] * 8]})
        one = criterion("two_step", layer="parks", column="area_m2", group="census.children")
        assert look(one, setting({"parks": parks}, cells=cells))[0] == 600

    def test_unknown_supply(self, setting, parks, look, criterion):
        parks.loc["q", "area_m2"] = np.nan
        found = look(
            criterion("two_step", layer="parks", column="area_m2"), setting({"parks": parks})
        )
        assert found[0] == 20
        assert np.isnan(found[8])


def test_unknown_numbers_are_refused_where_the_scenario_says_so(setting, table, grid3, criterion):
    units = table({"u": Point(50, 50)}, stratum=[2.0])
    strict = criterion("value", layer="units", column="stratum", when_unknown="error")
    lenient = criterion("value", layer="units", column="stratum")
    town = setting({"units": units}, need={"poverty": strict})
    message = (
        r"scenarios/town.toml: need.poverty: no number for 8 cells "
        r"\(for example b1, c1, a2\); fill the gaps in units, or set when_unknown"
    )
    with pytest.raises(InputError, match=message) as caught:
        measure({"poverty": strict, "again": strict, "no": lenient}, grid3, town)
    assert len(caught.value.problems) == 2
