"""What groups would choose, and the set of the smallest largest regret, against all sets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse

from siteplanner import InputError, Project
from siteplanner.comparison import negotiate
from siteplanner.comparison.negotiating import _beyond
from siteplanner.plan.reweighing import Reweigher
from siteplanner.project import init


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("town") / "town"
    init(folder)
    return Project(folder)


def run(town, name, text):
    whole = f'extends = "care_blocks"\ntitle = "{name}"\n{text}\n'
    (town.root / "scenarios" / f"{name}.toml").write_text(whole, encoding="utf-8")
    return town.run(name)


GROUPS = """
unset = ["profiles"]
[profiles.poverty]
title = "Tenants"
need = {{ {one} = 1, {two} = 0 }}
[profiles.others]
need = {{ {one} = 0, {two} = 1 }}
[choice]
count = 2
"""


@pytest.fixture(scope="module")
def plan(town):
    return run(town, "room", GROUPS.format(one="poverty", two="care_demand"))


def test_the_compromise_is_the_best_of_all_pairs(plan):
    found = negotiate(plan)
    weigher = Reweigher(plan)
    reach = weigher.reach.toarray()
    before = np.nan_to_num(weigher.served)
    groups = [weigher(one.need, one.site, choose=True) for one in plan.scenario.profiles.values()]
    demand = [np.nan_to_num(one.demand.to_numpy(dtype=float)) for one in groups]

    def newly(amount, pair):
        return amount @ (np.maximum(before, reach[:, list(pair)].max(axis=1)) - before)

    allowed = np.flatnonzero(
        (plan.place.index.value >= plan.scenario.choice.min_index).to_numpy()
        & ~plan.place.index.value.index.isin(plan.scenario.choice.barred)
    )
    own = [newly(amount, weigher.table.index.get_indexer(one.chosen.table.index))
           for amount, one in zip(demand, groups, strict=True)]  # fmt: skip
    best = max(
        min(newly(amount, pair) / most for amount, most in zip(demand, own, strict=True))
        for pair in itertools.combinations(allowed, 2)
    )
    worst = 1 - found.groups["gives_up"].max()
    assert worst == pytest.approx(best, abs=2e-5)
    assert found.groups["own"].tolist() == pytest.approx(own, abs=1e-5)


def test_every_site_is_told_for_every_group(plan):
    found = negotiate(plan)
    assert set(found.sites.columns) == {
        "label", "poverty", "others", "groups", "compromise", "published",
    }  # fmt: skip
    assert found.sites["compromise"].sum() == 2
    assert set(found.sites.index[found.sites["published"]]) == set(plan.choice.table.index)
    assert len(found.agreed) + len(found.contested) <= len(found.sites)
    assert (found.groups["gives_up"] <= found.groups["gives_up_published"].max() + 1e-6).all()


def test_each_group_reads_what_it_gives_up(plan):
    found = negotiate(plan)
    assert found.sentences["poverty"].startswith("Tenants: the compromise newly reaches ")
    assert all(one.endswith(".") for one in found.sentences)
    assert "keeps at least" in found.method


def test_groups_that_agree_give_up_nothing(town):
    text = GROUPS.format(one="poverty", two="care_demand").replace(
        "need = { poverty = 0, care_demand = 1 }", "need = { poverty = 1, care_demand = 0 }"
    )
    found = negotiate(run(town, "same", text))
    assert found.groups["gives_up"].tolist() == pytest.approx([0, 0], abs=1e-5)
    assert found.contested.empty
    assert all("as many people in need as their own choice" in one for one in found.sentences)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('unset = ["profiles"]', "0 profiles: nobody to agree with"),
        ('[choice]\nmodel = "p_median"\nunserved_min = 30', "model is p_median"),
        ("[choice]\ncapacity = 500", "cannot be looked for with capacity"),
    ],
)
def test_what_cannot_be_negotiated_is_said(town, text, words):
    with pytest.raises(InputError, match=words):
        negotiate(run(town, "cannot", text))


def test_whom_existing_places_serve_counts_for_nobody():
    reach = sparse.csr_array(np.array([[1.0, 0.5], [1.0, 0.0], [1.0, 1.0]]))
    left = _beyond(reach, np.array([0.5, 1.0, 0.0]))
    assert left.toarray().tolist() == [[0.5, 0.0], [0.0, 0.0], [1.0, 1.0]]
