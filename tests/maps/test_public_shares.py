"""Shares on a public page: made of counts in tens, and withheld where those are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from siteplanner.maps import live, method, released, released_table, shares

PEOPLE = "people in need newly reached"


def tenths():
    before, after = np.array([0.0, 1072.6]), np.array([1078.4, 1080.0])
    total = np.array([1078.4, 1080.0])
    counts = {"total": total, "before": before, "after": after, "newly": after - before}
    shares = {"share_before": before / total, "share_after": after / total}
    return pd.DataFrame(
        counts | {"left_out": total - after} | shares, index=pd.Index([1, 10], name="decile")
    )


def with_fairness(answer):
    names = ["reached_most_need", "reached_least_need", "gap", "concentration", "mean_walk_min"]
    fair = pd.DataFrame(
        {
            "value_before": [0.0, 0.993148, -0.993148, -0.782385, 19.1],
            "value_after": [1.0, 1.0, 0.0, 0.123456, 8.6],
        },
        index=pd.Index(names, name="measure"),
    )
    return replace(answer, outcomes={"by_decile": tenths(), "fairness": fair})


def reached(answer, left):
    """Let all but so many people of the area be reached in the end."""
    cells = answer.cells.copy()
    cells["people"] = np.where(cells["in_area"], 20.0, 0.0)
    cells["served_before"], cells["served_after"] = 0.0, 1.0
    cells.loc[cells.index[:20], "served_before"] = 1.0
    cells.loc[cells.index[40], "served_after"] = 1 - left / 20
    return replace(answer, cells=cells)


def test_shares_are_made_of_tens():
    table = pd.DataFrame(
        {"total": [1078.0], "before": [0.0], "after": [891.0], "share_after": [891 / 1078]}
    )
    assert released_table(table)["share_after"].tolist() == [round(890 / 1080, 9)]
    shown = released_table(tenths())
    assert shown.loc[1, "share_after"] == 1
    assert shown.loc[10, ["share_before", "share_after"]].isna().all()


def test_fairness_tells_no_share_that_the_tenths_withhold(public_answer, answer):
    fair = released(with_fairness(reached(public_answer, 15))).outcomes["fairness"]
    assert fair.loc["reached_most_need"].tolist() == [0, 1]
    assert fair.loc[["reached_least_need", "gap"]].isna().all(axis=None)
    assert fair.loc["concentration"].tolist() == [-0.78, 0.12]
    assert fair.loc["mean_walk_min"].tolist() == [19.1, 8.6]
    few = released(with_fairness(reached(public_answer, 7))).outcomes["fairness"]
    assert few.loc["concentration"].isna().all()
    whole = with_fairness(answer)
    assert released(whole) is whole


def test_the_summary_tells_tens_and_no_share_of_few(public_answer, answer):
    told = method.summary(reached(public_answer, 15))
    people = 20.0 * public_answer.cells["in_area"].sum()
    newly = people - 400 - 15
    assert told["people"] == people
    assert told["newly"] % 10 == 0
    assert abs(told["newly"] - newly) <= 5
    assert told["after"] == round(10 * round((people - 15) / 10) / people, 4)
    few = method.summary(reached(public_answer, 7))
    assert (few["before"], few["after"]) == (None, None)
    assert few["newly"] % 10 == 0
    assert method.summary(reached(answer, 7))["after"] == round((people - 7) / people, 4)


@pytest.mark.parametrize(
    ("objective", "bound", "comes_to", "told"),
    [
        (3989.19125, 3989.19125, PEOPLE, (3990, 3990, 0)),
        (2806.1, 2886.1, PEOPLE, (2810, 2890, 80 / 2810)),
        (812.4, 816.0, PEOPLE, (810, None, None)),
        (7.0, 7.0, PEOPLE, (None, None, None)),
        (15.0, 25.0, PEOPLE, (20, 30, 0.5)),
        (99.3, 99.3, "% of people in need within reach", (None, None, None)),
        (12.5, 12.5, "minutes is the longest walk", (12.5, 12.5, 0)),
    ],
)
def test_the_page_tells_what_a_set_comes_to_in_tens(
    public_answer, answer, objective, bound, comes_to, told
):
    phases = pd.DataFrame(
        {"sites": [3], "objective": objective, "bound": bound, "gap": bound / objective - 1},
        index=pd.Index([1], name="phase"),
    )
    for one in (public_answer, answer):
        walks = replace(one.walks, phases=phases, comes_to=comes_to)
        row = live.gather(replace(one, walks=walks))["set"]["phases"][0]
        found = tuple(row[name] for name in ("objective", "bound", "gap"))
        if one is answer:
            assert found == (objective, bound, bound / objective - 1)
        elif comes_to == PEOPLE and told[1] is None:
            assert found[1:] == (None, None)
            assert found[0] in (None, told[0])
        else:
            assert found == pytest.approx(told) if told[0] is not None else found == told


def test_regret_and_the_set_of_a_phase_alone_are_made_of_tens():
    phases = pd.DataFrame(
        {"objective": [812.4, 3989.2], "bound": [812.4, 3989.2], "gap": [0.0, 0.0],
         "new_demand": [812.4, 3989.2], "alone": [812.4, 4003.0], "regret": [0.0, 13.8 / 4003]}
    )  # fmt: skip
    told = shares.coarse_phases(phases, PEOPLE)
    assert told["alone"].tolist() == [810, 4000]
    assert told["regret"].tolist() == [0, 10 / 4000]
    few = shares.coarse_phases(phases.assign(new_demand=[4.0, 3989.2]), PEOPLE)
    assert few.loc[0, ["objective", "bound", "gap", "regret"]].isna().all()
