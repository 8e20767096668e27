"""The arithmetic of the page (shell/live.js, shell/reselect.js) against that of Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import quickjs
from scipy import sparse

from siteplanner import choice, index, ranking
from siteplanner.maps.page import _shell
from siteplanner.model import Criterion, Group

DRIVER = """
function floats(list) { return Float64Array.from(list, (one) => one === null ? NaN : one); }
function plain(list) { return Array.from(list, (one) => Number.isNaN(one) ? null : one); }
globalThis.weighed = (text) => {
  const given = JSON.parse(text);
  const scores = {};
  for (const [name, list] of Object.entries(given.scores)) { scores[name] = floats(list); }
  const level = { tree: given.tree, aggregation: given.aggregation, scores };
  const { value, parts } = Live.weigh(level, given.weights, Live.kinds(level, given.rows));
  const listed = Object.entries(parts).map(([name, list]) => [name, plain(list)]);
  return JSON.stringify({ value: plain(value), rank: plain(Live.ranks(value)),
    parts: Object.fromEntries(listed) });
};
globalThis.chosen = (text) => {
  const task = JSON.parse(text);
  task.near = task.near && new Map(task.near.map(([site, others]) => [site, new Set(others)]));
  const found = task.highest ? Live.highest(task, task.spaced) : Live.select(task, []);
  return JSON.stringify({ ...found, bound: Live.bound(task, found.value, task.steps) });
};
"""


@pytest.fixture(scope="module")
def script() -> Callable[[str, dict[str, Any]], Any]:
    context = quickjs.Context()
    source = _shell("live.js").replace("const Live", "globalThis.Live") + _shell("reselect.js")
    context.eval(source + DRIVER)

    def call(name: str, given: dict[str, Any]) -> Any:
        return json.loads(context.get(name)(json.dumps(given)))

    return call


def nullable(values):
    return [None if np.isnan(one) else float(one) for one in values]


def drawn_tree(rng, names, depth=0):
    """Give criteria and groups, and the same as the page gets them."""
    tree, told = {}, []
    while names:
        weight = float(rng.choice([0.0, 0.5, 1.0, 2.0, 3.0]))
        if depth < 2 and len(names) > 2 and rng.random() < 0.3:
            inside = [names.pop() for _ in range(int(rng.integers(1, len(names))))]
            parts, words = drawn_tree(rng, inside, depth + 1)
            name = f"group{rng.integers(1e9)}"
            tree[name] = Group(weight=weight, criteria=parts)
            told.append({"name": name, "weight": weight, "parts": words})
        else:
            name = names.pop()
            data = rng.random() < 0.9
            ends = {"zero_at": 0, "full_at": 1} if data else {"status": "no data"}
            tree[name] = Criterion(weight=weight, **ends)
            told.append({"name": name, "weight": weight, "data": data})
    return tree, told


def with_data(tree):
    for name, one in tree.items():
        if isinstance(one, Group):
            yield from with_data(one.criteria)
        elif one.has_data:
            yield name


@pytest.mark.parametrize("seed", range(200))
def test_index_and_ranks_are_those_of_python(script, seed):
    rng = np.random.default_rng(seed)
    names = [f"c{number}" for number in range(int(rng.integers(1, 8)))]
    tree, told = drawn_tree(rng, list(names))
    rows = int(rng.integers(1, 40))
    scores = pd.DataFrame(
        {name: np.round(rng.random(rows), int(rng.integers(1, 8))) for name in names}
    )
    scores = scores.mask(rng.random(scores.shape) < rng.choice([0, 0.2]))
    aggregation = str(rng.choice(["arithmetic", "geometric"]))
    there = list(with_data(tree))
    given = {
        "tree": told,
        "aggregation": aggregation,
        "weights": {},
        "rows": rows,
        "scores": {name: nullable(scores[name]) for name in there},
    }
    try:
        expected = index.weigh(scores, tree, aggregation=aggregation)
    except ValueError:
        assert all(one is None for one in script("weighed", given)["value"])
        return
    found = script("weighed", given)
    np.testing.assert_allclose(
        np.array(found["value"], dtype=float), expected.value, rtol=0, atol=2e-12
    )
    rank = ranking.rank(expected.value).sort_index()["rank"]
    assert found["rank"] == rank.fillna(0).astype(int).tolist()
    for name in there:
        known = expected.value.notna()
        parts = np.array(found["parts"][name], dtype=float)
        np.testing.assert_allclose(
            parts[known], expected.contributions[name][known], rtol=0, atol=1e-12
        )


def test_a_moved_weight_stands_in_for_the_written_one(script):
    given = {
        "tree": [{"name": "a", "weight": 1.0}, {"name": "b", "weight": 1.0}],
        "aggregation": "arithmetic",
        "weights": {"a": 3.0},
        "rows": 1,
        "scores": {"a": [1.0], "b": [0.0]},
    }
    assert script("weighed", given)["value"] == [0.75]


def drawn_problem(rng, *, sites=12, whole=True):
    cells = int(rng.integers(4, 40))
    reach = rng.random((cells, sites)) < 0.25
    share = reach * (1.0 if whole else np.round(rng.random(reach.shape), 3))
    table = sparse.csc_array(share)
    table.sort_indices()
    return share, {
        "walks": {
            "start": table.indptr.tolist(),
            "cell": table.indices.tolist(),
            "share": None if whole else table.data.tolist(),
        },
        "amount": np.round(rng.random(cells) * 50, 1).tolist(),
        "served": np.round((rng.random(cells) < 0.3) * rng.random(cells), 2).tolist(),
        "allowed": (rng.random(sites) < 0.9).astype(int).tolist(),
        "score": np.round(rng.random(sites), 2).tolist(),
        "must": [],
        "near": None,
        "count": int(rng.integers(1, 5)),
        "steps": 200,
    }


def reached_by(share, task, picked):
    best = np.maximum(np.array(task["served"]), share[:, list(picked)].max(axis=1, initial=0.0))
    return float(np.array(task["amount"]) @ (best - np.array(task["served"])))


@pytest.mark.parametrize("seed", range(200))
def test_the_live_set_keeps_its_promises(script, seed):
    rng = np.random.default_rng(seed)
    share, task = drawn_problem(rng, whole=bool(seed % 2))
    sites = share.shape[1]
    near = {}
    if seed % 3 == 0:
        pairs = [pair for pair in combinations(range(sites), 2) if rng.random() < 0.1]
        for one, other in pairs:
            near.setdefault(one, set()).add(other)
            near.setdefault(other, set()).add(one)
        task["near"] = [[one, sorted(others)] for one, others in near.items()]
    if seed % 4 == 0:
        free = [one for one in range(sites) if task["allowed"][one]]
        task["must"] = [int(rng.choice(free))] if free else []
    found = script("chosen", task)
    picked, must = found["order"], task["must"][: task["count"]]
    assert len(set(picked)) == len(picked) <= task["count"]
    assert set(must) <= set(picked)
    assert all(task["allowed"][one] for one in picked)
    free = [one for one in picked if one not in must]
    assert not any(other in near.get(one, ()) for one in free for other in picked)
    assert found["value"] == pytest.approx(reached_by(share, task, picked))
    assert sum(found["gains"]) == pytest.approx(found["value"])
    able = [one for one in range(sites) if task["allowed"][one] and one not in must]
    sets = [
        (*must, *rest)
        for size in range(task["count"] - len(must) + 1)
        for rest in combinations(able, size)
        if not any(b in near.get(a, ()) for a in rest for b in (*rest, *must))
    ]
    best = max(reached_by(share, task, one) for one in sets)
    assert found["bound"] >= best - 1e-9
    if not near:
        assert found["value"] >= 0.9 * best
    swaps = [
        (*[one for one in picked if one != gone], come)
        for gone in free
        for come in able
        if come not in picked
        and not any(come in near.get(one, ()) for one in picked if one != gone)
    ]
    assert all(reached_by(share, task, one) <= found["value"] * (1 + 1e-9) + 1e-9 for one in swaps)


def test_most_live_sets_are_the_best_there_are(script):
    rng = np.random.default_rng(7)
    right = 0
    for _ in range(100):
        share, task = drawn_problem(rng)
        task["allowed"] = [1] * share.shape[1]
        proven = choice.max_cover(
            sparse.csr_array(share),
            np.array(task["amount"]),
            task["count"],
            served=np.array(task["served"]),
        )
        right += script("chosen", task)["value"] >= proven.objective * (1 - 1e-9)
    assert right >= 95


@pytest.mark.parametrize("seed", range(50))
def test_the_highest_are_those_of_python(script, seed):
    rng = np.random.default_rng(seed)
    share, task = drawn_problem(rng)
    task |= {"allowed": [1] * share.shape[1], "highest": True, "spaced": bool(seed % 2)}
    near = np.triu(rng.random((12, 12)) < 0.2, 1)
    near = near | near.T
    task["near"] = [[one, np.flatnonzero(near[one]).tolist()] for one in range(12)]
    score = np.array(task["score"])
    if task["spaced"]:
        expected = choice.spaced(score, task["count"], near=sparse.csr_array(near))
    else:
        expected = choice.top(score, task["count"])
    assert script("chosen", task)["order"] == expected.tolist()
