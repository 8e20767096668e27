"""Space drawn otherwise: each variant is a whole run, and the plan stays what it was."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import box

from siteplanner import Project, walk
from siteplanner.comparison import doubting, varying
from siteplanner.project import init


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("town") / "town"
    init(folder)
    text = 'extends = "care_blocks"\ntitle = "x"\nunset = ["demand.cells"]\n'
    text += "[demand]\nhexagons_m = 200\n"
    (folder / "scenarios" / "hexagons.toml").write_text(text, encoding="utf-8")
    more = text + "offset_m = [100.0, 0.0]\n"
    (folder / "scenarios" / "shifted.toml").write_text(more, encoding="utf-8")
    return Project(folder)


@pytest.fixture(scope="module")
def plan(town):
    return town.run("hexagons")


@pytest.fixture(scope="module")
def varied(town, plan):
    return varying.vary(plan, cache=walk.Cache(town.root / ".cache"))


def test_an_offset_shifts_the_cells_and_keeps_the_people(town, plan):
    shifted = town.run("shifted")
    west = [one.cells.geometry.iloc[0].bounds[0] % 200 for one in (plan, shifted)]
    assert abs(west[1] - west[0]) % 200 == pytest.approx(100, abs=1e-6)
    assert shifted.cells["people"].sum() == pytest.approx(plan.cells["people"].sum(), rel=0.02)


def test_what_is_varied(plan):
    found = [(choice, said) for choice, said, _ in varying.variants_of(plan.scenario, 50.0)]
    assert len(found) == len(set(found))
    assert sum(choice == "cells" for choice, _ in found) == 8  # 3 sizes × 3 shifts, less itself
    assert sum(choice == "who walks" for choice, _ in found) == 3


def test_a_variant_equals_a_run_of_that_scenario(town, plan, varied):
    shifted = town.run("shifted")
    key = ("cells", "hexagons of 200 m, shifted 100 m east and 0 m north")
    own, other = set(plan.choice.table.index), set(shifted.choice.table.index)
    assert varied.variants.loc[key, "same_set"] == pytest.approx(
        len(own & other) / len(own | other)
    )


def test_the_tables_hang_together(plan, varied):
    known = varied.variants[varied.variants["failed"] == ""]
    assert known["same_set"].between(0, 1).all()
    assert set(varied.sites.index[varied.sites["chosen"]]) == set(plan.choice.table.index)
    assert (varied.sites["best_rank"] <= varied.sites["worst_rank"]).all()
    assert varied.choices["same_set"].is_monotonic_increasing
    went = known["went_out"].str.split(", ").explode()
    lost = {one for one in went if one}
    shares = varied.sites.set_index("label")["share"]
    assert all(shares[one] < 1 for one in lost)


def test_it_reaches_the_page(plan, varied, tmp_path):
    folder = doubting.write(plan, plan.robustness(), plan.sets(2), varied, tmp_path / "out")
    text = (folder / "index.html").read_text("utf-8")
    assert "How space is drawn" in text
    assert (varied.farthest is not None) == ("Where the answer flips" in text)
    assert (folder / "space.csv").is_file()


def test_a_lattice_without_an_offset_is_where_it_was():
    from siteplanner.cells import hexagons

    assert np.isclose(hexagons(box(40, 20, 45, 60), 100).iloc[0].centroid.x, 0)
