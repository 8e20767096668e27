"""How far a plan stands up: the glue equals the kernels, and sets equal brute force."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from siteplanner import InputError, Project, choice, robustness, walk
from siteplanner.cli import main
from siteplanner.comparison import doubting
from siteplanner.plan.reweighing import Reweigher
from siteplanner.plan.sets import curve_of, weightings_of
from siteplanner.plan.solving import Task, solve, solve_all
from siteplanner.project import init


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("town") / "town"
    init(folder)
    return Project(folder)


@pytest.fixture(scope="module")
def plan(town):
    return town.run("care_blocks")


@pytest.fixture(scope="module")
def sets(plan):
    return plan.sets(10)


def run(town, name, text):
    whole = f'extends = "care_blocks"\ntitle = "x"\n{text}'
    (town.root / "scenarios" / f"{name}.toml").write_text(whole, encoding="utf-8")
    return town.run(name)


def test_the_ranks_of_a_run_are_those_of_the_kernels(plan):
    how = plan.scenario.robustness
    draws = robustness.draw(plan.scenario.site, how.draws, seed=how.seed, spread=how.spread)
    found = robustness.smaa(plan.place.scores, draws, p=3, criteria=plan.scenario.site)
    own = plan.ranks
    assert own.index.equals(plan.ranking.index)
    pd.testing.assert_series_equal(
        own["in_top"], found.table["top"].reindex(own.index), check_names=False
    )
    assert (own["rank_low"] <= own["rank_high"]).all()
    # by hand: the first of the made-up town is best in both criteria that can differ
    assert own["in_top"].iloc[0] == 1


def test_the_rest_of_the_tables_is_of_one_piece(plan):
    sure = plan.robustness()
    pd.testing.assert_frame_equal(sure.sites, plan.ranks)
    assert set(sure.unseating.index) == set(plan.choice.table.index)
    both = sure.pairs.to_numpy() + sure.pairs.to_numpy().T
    assert (both <= 1 + 1e-9).all()
    assert set(sure.choices.index) == {"weights", "criterion left out", "scaling", "aggregation"}
    assert sure.choices["jaccard"].is_monotonic_increasing
    told = sure.told()
    assert {"rank_low", "rank_high", "in_top", "in_set"} <= set(told["sites"])


def test_plan_json_and_the_page_say_it(plan, tmp_path):
    folder = plan.save(tmp_path / "maps")
    said = json.loads((folder / "plan.json").read_text("utf-8"))["robustness"]
    assert said["draws"] == 10_000
    assert [one["site"] for one in said["sites"]] == list(plan.ranking.index)
    assert "Ranked again under 10,000 weightings" in (folder / "index.html").read_text("utf-8")


def test_a_scenario_may_say_how_it_is_tested(town):
    narrow = run(town, "narrow", "[robustness]\ndraws = 200\nspread = 0.01\nseed = 3\n")
    assert narrow.scenario.robustness.draws == 200
    wide = run(town, "wide", "[robustness]\ndraws = 200\nspread = 0.9\nseed = 3\n")
    widths = [(one.ranks["rank_high"] - one.ranks["rank_low"]).sum() for one in (narrow, wide)]
    assert widths[0] < widths[1]


def test_one_criterion_cannot_be_weighed_otherwise(town):
    one = run(town, "one", 'unset = ["site.families", "profiles"]\n')
    assert any("Only one site criterion" in said for said in one.answer().limits)


def test_each_set_is_the_best_there_is(plan):
    """By brute force over all sets of two that are good enough, under three weightings."""
    weigher = Reweigher(plan)
    for task in [
        Task(number=2),
        *(one._replace(number=2) for one in weightings_of(plan.scenario, 4)[1]),
    ]:
        found = solve(weigher, task)
        other = weigher(dict(task.need), dict(task.site))
        good = np.flatnonzero((other.index >= plan.scenario.choice.min_index).to_numpy())
        demand = np.nan_to_num(other.demand.to_numpy())
        columns = weigher.reach.tocsc()

        def worth(some, columns=columns, demand=demand):
            after = choice.reached(columns, np.array(some), weigher.served)
            return float(demand @ (after - weigher.served))

        best = max(worth(some) for some in combinations(good, 2))
        assert found.new_demand == pytest.approx(best)
        assert worth(found.sites) == pytest.approx(best)


def test_weightings_keep_to_the_tree(plan):
    around, anywhere = weightings_of(plan.scenario, 7)
    assert (len(around), len(anywhere)) == (4, 3)
    need = dict(anywhere[0].need)
    inside = need["children"] + need["older_people"]
    assert need["care_demand"] == pytest.approx(inside)
    assert need["care_demand"] + need["poverty"] == pytest.approx(1)
    assert "carers" not in need
    weighed = Reweigher(plan)(need).need
    shares = {"children": need["children"], "older_people": need["older_people"]}
    shares["poverty"] = need["poverty"]
    by_hand = sum(plan.need.scores[name] * share for name, share in shares.items())
    known = plan.need.scores[list(shares)].notna().all(axis=1)
    np.testing.assert_allclose(weighed[known], by_hand[known], atol=1e-9)


def test_a_site_struck_out_costs_what_a_run_without_it_costs(town, plan, sets):
    site = plan.choice.table.index[0]
    text = f'[choice]\ncount = 3\nbarred = ["{site}"]\n'
    without = run(town, "without", text).choice.phases.iloc[-1]["objective"]
    own = run(town, "plain", "[choice]\ncount = 3\n").choice.phases.iloc[-1]["objective"]
    phased = plan.choice.phases.iloc[-1]["objective"]
    assert sets.sites["lost"][site] >= 0 or phased < own
    assert phased - sets.sites["lost"][site] <= without + 1e-6


def test_the_tables_of_sets_hang_together(plan, sets):
    own = sets.sites[sets.sites["chosen"]]
    assert set(own.index) == set(plan.choice.table.index)
    assert sets.weightings == (5, 5)
    assert sets.sites["around"].sum() == pytest.approx(3)
    assert (np.diff(sets.by_count["new_demand"].dropna()) >= -1e-9).all()
    for within, row in sets.others.iterrows():
        assert row["worth"] >= 1 - within - 1e-9


def test_stopped_and_gone_on_is_as_if_never_stopped(plan, tmp_path):
    weigher, tasks = Reweigher(plan), [*weightings_of(plan.scenario, 6)[1], Task(), Task(number=1)]
    fresh = solve_all(weigher, tasks)
    cache = walk.Cache(tmp_path)

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_all(weigher, tasks, cache=cache, progress=stop)
    seen = []
    again = solve_all(weigher, tasks, cache=cache, progress=lambda done, _: seen.append(done))
    assert seen[0] == 2
    assert again == fresh


def test_two_processes_find_the_same(plan):
    weigher, tasks = Reweigher(plan), weightings_of(plan.scenario, 4)[1]
    assert solve_all(weigher, tasks, workers=2) == solve_all(weigher, tasks)


def test_sites_fixed_by_name_stay_fixed(town):
    name = "Bus depot"
    fixed = run(town, "fixed", f'[choice]\ncount = 2\nfixed = ["{name}"]\n')
    found = fixed.sets(2)
    assert name in set(found.sites.loc[found.sites["around"] == 1, "label"])


def test_the_knee_is_where_the_curve_bends():
    assert not curve_of([1, 2, 3], [10.0, 20.0, 30.0])["knee"].any()
    assert curve_of([1, 2, 3, 4], [10.0, 18.0, 18.5, 19.0])["knee"].tolist()[1]


def test_the_frontier_ends_at_the_most_and_the_fairest(town, plan):
    table = run(town, "two", "[choice]\ncount = 2\n").frontier(4)
    assert table["newly"].is_monotonic_decreasing
    assert table["worst_tenth"].is_monotonic_increasing


def test_without_sites_there_is_nothing_to_test(town):
    bare = run(town, "bare", 'unset = ["sites", "site", "choice.count", "profiles"]\n')
    assert bare.ranks is None
    for asked in (bare.robustness, bare.sets, bare.frontier):
        with pytest.raises(InputError, match="sites"):
            asked()


def test_the_files_are_the_same_twice_and_fetch_nothing(plan, sets, tmp_path):
    sure = plan.robustness()
    folders = [doubting.write(plan, sure, sets, None, tmp_path / name) for name in "ab"]
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()
    text = (folders[0] / "index.html").read_text("utf-8")
    assert "<script" not in text
    assert {"ranks.csv", "set.csv", "robustness.json"} <= {one.name for one in folders[0].iterdir()}


def test_the_command_says_who_stands_up(town, capsys):
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town.root), "robustness", "care_blocks", "--sets", "4"])
    assert left.value.code == 0
    assert "of 100 weightings" in capsys.readouterr().out
    assert (town.root / "maps" / "care_blocks" / "robustness" / "index.html").is_file()


def weigh(town, tmp_path, text, *options):
    file = tmp_path / "groups.csv"
    file.write_text(text, encoding="utf-8")
    words = ["--root", str(town.root), "weights", str(file), "--scenario", "care_blocks", *options]
    with pytest.raises(SystemExit) as left:
        main(words)
    return left.value.code


def test_points_become_profiles(town, tmp_path, capsys):
    assert weigh(town, tmp_path, "group,care_demand,poverty\nCarers,70,30\nNorth,20,80\n") == 0
    out = capsys.readouterr().out
    assert "[profiles.carers.need]" in out
    assert "care_demand = 0.7" in out
    text = out.replace('title = "Carers"', 'title = "The carers"')
    assert set(run(town, "people", f'unset = ["profiles"]\n{text}').scenario.profiles) == {
        "carers", "north",
    }  # fmt: skip


def test_pairs_say_how_consistent_they_are(town, tmp_path, capsys):
    pairs = (
        "group,one,two,times\nA,care_demand,poverty,9\nA,poverty,carers,9\nA,carers,care_demand,9\n"
    )
    assert weigh(town, tmp_path, pairs, "--kind", "pairs") == 0
    out = capsys.readouterr().out
    assert "above 0.10: ask again" in out
    assert "was said to be" in out


def test_all_that_is_wrong_with_judgements_is_said_at_once(town, tmp_path, capsys):
    assert weigh(town, tmp_path, "group,povrety,care_demand\nA,70,20\nB,-1,50\n") == 2
    said = capsys.readouterr().err
    assert "povrety" in said
    assert "add up to 90" in said
    assert "found -1" in said
    pairs = "group,one,two,times\nA,care_demand,poverty,3\nA,poverty,care_demand,3\nB,x,poverty,2\n"
    assert weigh(town, tmp_path, pairs, "--kind", "pairs") == 2
    said = capsys.readouterr().err
    assert "one way and 3 the other" in said
    assert "no criterion 'x'" in said
