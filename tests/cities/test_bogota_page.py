"""The council map of Bogotá: its own arithmetic ranks and chooses as the plan does."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from siteplanner import Project
from siteplanner.maps.live import gather
from siteplanner.maps.page import _shell

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

DRIVER = """
function answered(text) {
  const given = JSON.parse(text);
  const floats = (list) => Float64Array.from(list, (one) => one === null ? NaN : one);
  const level = (one, rows) => {
    const scores = Object.fromEntries(Object.entries(one.scores).map(([k, v]) => [k, floats(v)]));
    const whole = { tree: one.tree, aggregation: one.aggregation, scores };
    return Live.weigh(whole, {}, Live.kinds(whole, rows));
  };
  const need = level(given.need, given.people.length);
  const amount = Live.demand(need, floats(given.people), {}, {});
  const site = level(given.site, given.sites);
  const task = { walks: given.walks, amount, served: given.served, must: [], near: null,
    allowed: Array.from(site.value, (one) => one >= given.least ? 1 : 0), count: given.count,
    score: Array.from(site.value) };
  const found = Live.select(task, []);
  return JSON.stringify({ rank: Array.from(Live.ranks(site.value)), need: Array.from(need.value,
    (one) => Number.isNaN(one) ? null : one), ...found, bound: Live.bound(task, found.value) });
}
"""


def numbers(pack):
    if pack["bits"] == "64":
        return np.frombuffer(b64decode(pack["data"]), dtype="<f8")
    packed = np.frombuffer(b64decode(pack["data"]), dtype=f"<u{int(pack['bits']) // 8}")
    if "start" not in pack:
        return packed
    found = pack["start"] + packed * pack["step"]
    missing = pack.get("unknown", 255 if pack["bits"] == "8" else 65535)
    return np.where(packed == missing, np.nan, found)


def nullable(values):
    return [None if np.isnan(one) else float(one) for one in values]


def level(one):
    return one | {"scores": {name: nullable(numbers(pack)) for name, pack in one["scores"].items()}}


@pytest.fixture
def arithmetic(browser):
    """Run the page's arithmetic in a browser: on a whole city it is slow without one."""
    source = _shell("live.js") + _shell("reselect.js") + DRIVER
    page = browser.new_page()
    yield lambda given: json.loads(
        page.evaluate(f"(text) => {{ {source}; return answered(text); }}", json.dumps(given))
    )
    page.close()


@pytest.fixture(scope="module", params=["care_blocks", "micro_parks", "community_hubs"])
def plan(request, real_data, tmp_path_factory):
    root = tmp_path_factory.mktemp("bogota") / "project"
    own = Path(__file__).parent / "bogota"
    shutil.copytree(own, root, ignore=shutil.ignore_patterns("maps", ".cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITEPLANNER_DATA", str(real_data))
        yield Project(root).run(request.param)


def test_the_page_ranks_and_chooses_as_the_plan_does(plan, arithmetic):
    answer = plan.answer()
    told = gather(answer)
    walks = answer.walks.share.tocsc()
    walks.sort_indices()
    choice = plan.scenario.choice
    whole = bool((walks.data == 1).all())
    given = {
        "need": level(told["need"]),
        "site": level(told["site"]),
        "people": np.nan_to_num(numbers(told["cells"]["counts"]["people"])).tolist(),
        "served": np.nan_to_num(numbers(told["cells"]["served"])).tolist(),
        "sites": len(answer.sites),
        "walks": {
            "start": walks.indptr.tolist(),
            "cell": walks.indices.tolist(),
            "share": None if whole else walks.data.tolist(),
        },
        "least": choice.min_index,
        "count": choice.count[-1],
    }
    found = arithmetic(given)
    rank = plan.ranking["rank"].reindex(answer.sites.index).fillna(0).astype(int)
    assert found["rank"] == rank.tolist()
    need = np.array(found["need"], dtype=float)
    np.testing.assert_allclose(need, answer.cells["need"].astype(float), rtol=0, atol=1e-8)
    last = plan.choice.phases.iloc[-1]
    assert found["value"] >= 0.99 * last["new_demand"]
    assert found["bound"] >= last["new_demand"] * (1 - 1e-9)
