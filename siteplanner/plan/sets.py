"""How far the set of a plan stands up: under other weights, without a site, with more of them.

References
----------
Satopää, V., Albrecht, J., Irwin, D. and Raghavan, B. (2011). Finding a "kneedle" in a haystack:
detecting knee points in system behavior. ICDCS Workshops, 166-171.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siteplanner import robustness, walk
from siteplanner.errors import InputError, Problem
from siteplanner.model import Group, Scenario
from siteplanner.model.criterion import Criteria
from siteplanner.plan.registered import as_ruled
from siteplanner.plan.reweighing import Reweigher
from siteplanner.plan.solving import Found, Task, Told, Weights, quiet, solve, solve_all

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan

MINIMISED = frozenset({"p_median", "p_center", "kolm_pollak", "set_cover"})
NEAR = (0.01, 0.02)
"""Sets that come to less by at most such a share are nearly as good."""
COUNTS = 20
"""Counts that are looked at, at most."""
STANDS = 0.9
BEND = 0.05
"""A curve that is nowhere farther above its chord, as a share, has no knee."""


@dataclass(frozen=True, eq=False)
class Sets:
    """How far the set stands up.

    Parameters
    ----------
    sites
        Index ``site``, those that any set has: ``label``, ``chosen``; ``around`` and ``anywhere``,
        the shares of the weightings (around the scenario's, and anywhere) whose best set has the
        site; ``lost``: what the best set without it comes to less (in ``comes_to``), and
        ``lost_share``: as a share; NaN for sites that are not chosen, or fixed.
    others
        Index ``within``, a share: the set found that comes to at most so much less and differs
        most: ``differs`` in so many sites, ``worth`` as a share of the plan's, ``out`` and ``into``
        (names).  Found by striking out sites one after the other: others may differ more.
    by_count
        Index ``sites``: ``new_demand`` that the best set of so many newly reaches, ``more`` than
        the one before it, by site, and ``knee``.  Empty where the model picks its own number.
    weightings
        How many were tried around the scenario's weights, and anywhere.
    sentences
        The same in plain sentences.

    Examples
    --------
    >>> list(Sets.__dataclass_fields__)
    ['sites', 'others', 'by_count', 'weightings', 'sentences']
    """

    sites: pd.DataFrame
    others: pd.DataFrame
    by_count: pd.DataFrame
    weightings: tuple[int, int]
    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


def weightings_of(scenario: Scenario, count: int) -> tuple[list[Task], list[Task]]:
    """Draw weightings of need and sites: half around the scenario's, half anywhere.

    Parameters
    ----------
    scenario
        Its criteria, and ``[robustness]``.
    count
        How many in all.

    Returns
    -------
    Tasks around the weights, and anywhere.
    """
    how = scenario.robustness
    many = (count - count // 2, count // 2)
    found = []
    for number, (size, spread) in enumerate(zip(many, (how.spread, None), strict=True)):
        drawn = [
            robustness.draw(tree, size, seed=how.seed + 2 * number + level, spread=spread)
            for level, tree in enumerate((scenario.need, scenario.site))
        ]
        found.append(
            [
                Task(_by_name(scenario.need, need), _by_name(scenario.site, site))
                for need, site in zip(*(one.to_dict("records") for one in drawn), strict=True)
            ]
        )
    return found[0], found[1]


def put_to_test(
    plan: Plan,
    count: int | None = None,
    *,
    workers: int = 1,
    cache: walk.Cache | None = None,
    progress: Told = quiet,
) -> Sets:
    """Look for the set again, under other weights, without each site, and with other counts.

    Parameters
    ----------
    plan
        A plan with sites and a set.
    count
        Weightings; by default what the scenario says.
    workers, cache, progress
        As for `siteplanner.plan.solving.solve_all`.

    Returns
    -------
    Tables and sentences.

    Raises
    ------
    InputError
        If the plan has no set.
    """
    if plan.sites is None or plan.choice is None or plan.choice.table.empty:
        where = f"scenarios/{plan.scenario.name}.toml"
        found = "this plan has no set of sites to test"
        raise InputError([Problem(where, "choice", found, "add [sites] and [choice] count")])
    weigher = Reweigher(plan)
    around, anywhere = weightings_of(plan.scenario, count or plan.scenario.robustness.sets)
    chosen = plan.choice.table
    free = [str(one) for one in chosen.index[~chosen["fixed"]]]
    without = [Task(barred=(site,)) for site in free]
    counts = [Task(number=one) for one in counts_of(plan)]
    tasks = [*around, *anywhere, *without, *counts, Task()]
    solved = iter(solve_all(weigher, tasks, workers=workers, cache=cache, progress=progress))

    def take(many: int) -> list[Found]:
        return [next(solved) for _ in range(many)]

    sets = take(len(around)), take(len(anywhere))
    struck, by_count, (own,) = take(len(without)), take(len(counts)), take(1)
    sign = -1.0 if plan.scenario.choice.model in MINIMISED else 1.0
    lost = pd.Series([sign * (own.worth - one.worth) for one in struck], free, dtype=float)
    sites = _sites(plan, weigher, sets, lost, own)
    others = _others(weigher, own, lost, sign)
    curve = curve_of([one.number or 0 for one in counts], [one.new_demand for one in by_count])
    many = (len(around), len(anywhere))
    words = tuple(_sentences(plan, sites, others, curve, many))
    return Sets(sites, others, curve, many, words)


def counts_of(plan: Plan) -> list[int]:
    """Give the counts to look at: up to twice what the plan asks for, in even steps."""
    rule = as_ruled(plan.scenario, plan.sites).choice
    if not rule.count or rule.model in ("set_cover", "p_dispersion") or rule.sizes:
        return []
    most = min(2 * rule.count[-1], len(plan.ranking))
    least = max(1, len(rule.fixed))
    steps = np.linspace(least, most, min(COUNTS, most - least + 1)).round().astype(int)
    return sorted({*steps.tolist(), min(rule.count[-1], most)})


def curve_of(counts: Sequence[int], reached: Sequence[float]) -> pd.DataFrame:
    """Say what each further site brings, and where the curve bends.

    The knee is the point farthest above the straight line between the two ends, both axes
    brought to 0 to 1.

    Parameters
    ----------
    counts
        Numbers of sites, rising.
    reached
        What the best set of so many reaches.

    Returns
    -------
    Index ``sites``: ``new_demand``, ``more`` by further site, ``knee``.

    References
    ----------
    Satopää and others (2011), without smoothing.

    Examples
    --------
    >>> curve_of([1, 2, 3, 4], [10.0, 18.0, 19.0, 20.0])["knee"].tolist()
    [False, True, False, False]
    """
    table = pd.DataFrame(
        {"new_demand": np.asarray(reached, dtype=float)},
        index=pd.Index(list(counts), name="sites", dtype="int64"),
    )
    steps = np.diff(table.index.to_numpy(), prepend=0)
    table["more"] = np.diff(table["new_demand"].to_numpy(), prepend=0.0) / np.maximum(steps, 1)
    table["knee"] = False
    known = table.dropna(subset="new_demand")
    if len(known) > 2:
        x, y = known.index.to_numpy(float), known["new_demand"].to_numpy()
        if np.ptp(y) > 0:
            above = (y - y[0]) / np.ptp(y) - (x - x[0]) / np.ptp(x)
            if above.max() > BEND:
                table.loc[known.index[int(np.argmax(above))], "knee"] = True
    return table


def _by_name(tree: Criteria, shares: dict[str, float]) -> Weights:
    """Give every criterion its share, and every group what its criteria have together."""

    def total(inside: Criteria) -> float:
        return sum(
            total(one.criteria) if isinstance(one, Group) else shares.get(name, 0.0)
            for name, one in inside.items()
        )

    def named(inside: Criteria) -> Iterator[tuple[str, float]]:
        for name, one in inside.items():
            if isinstance(one, Group):
                whole = total(one.criteria)
                yield name, whole
                if whole > 0:
                    yield from named(one.criteria)
            elif name in shares:
                yield name, shares[name]

    return tuple(named(tree))


def _sites(
    plan: Plan,
    weigher: Reweigher,
    sets: tuple[list[Found], list[Found]],
    lost: pd.Series,
    own: Found,
) -> pd.DataFrame:
    ids = weigher.table.index
    chosen = plan.choice.table.index if plan.choice is not None else ids[:0]
    shares = [
        np.bincount([site for one in some for site in one.sites], minlength=len(ids))
        / max(len(some), 1)
        for some in sets
    ]
    table = pd.DataFrame(
        {
            "label": weigher.table["label"],
            "chosen": ids.isin(chosen),
            "around": shares[0],
            "anywhere": shares[1],
            "lost": lost.reindex(ids),
            "lost_share": lost.reindex(ids) / abs(own.worth) if own.worth else np.nan,
        },
        index=ids,
    ).rename_axis("site")
    some = table[(table["around"] > 0) | (table["anywhere"] > 0) | table["chosen"]]
    order = some.index.to_series().map({site: at for at, site in enumerate(chosen)})
    some = some.assign(order=order.fillna(len(chosen)), back=-some["around"])
    some = some.sort_index().sort_values(["order", "back"], kind="stable")
    return some.drop(columns=["order", "back"])


def _others(weigher: Reweigher, own: Found, lost: pd.Series, sign: float) -> pd.DataFrame:
    """Strike out one site after the other, the most dispensable first, while little is lost."""
    ids, labels = weigher.table.index, weigher.table["label"].astype(str)
    rows = {}
    for within in NEAR:
        barred: tuple[str, ...] = ()
        best = own
        for site in lost.sort_values(kind="stable").index:
            if not lost[site] <= within * abs(own.worth) + 1e-9:
                continue
            found = solve(weigher, Task(barred=(*barred, site)))
            if sign * (own.worth - found.worth) <= within * abs(own.worth) + 1e-9:
                barred, best = (*barred, site), found
        went, came = set(own.sites) - set(best.sites), set(best.sites) - set(own.sites)
        rows[within] = {
            "differs": len(went),
            "worth": best.worth / own.worth if own.worth else np.nan,
            "out": ", ".join(labels[ids[one]] for one in sorted(went)),
            "into": ", ".join(labels[ids[one]] for one in sorted(came)),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("within")


def _sentences(
    plan: Plan,
    sites: pd.DataFrame,
    others: pd.DataFrame,
    curve: pd.DataFrame,
    many: tuple[int, int],
) -> Iterator[str]:
    own = sites[sites["chosen"]]
    firm = int((own["around"] >= STANDS).sum())
    yield (
        f"{firm} of the {len(own)} chosen sites are in the best set in at least "
        f"{100 * STANDS:.0f} of 100 weightings of need and sites around those of the plan."
    )
    for _, row in own.iterrows():
        said = f"{row['label']}: chosen in {100 * row['around']:.0f} of 100 weightings"
        if many[1]:
            said += f", and in {100 * row['anywhere']:.0f} of 100 where weights may be anything"
        if np.isfinite(row["lost_share"]) and plan.scenario.audience != "public":
            said += f"; without it the best set is {100 * row['lost_share']:.1f} % worse"
        yield said + "."
    rest = sites[~sites["chosen"] & (sites["around"] >= 0.1)]
    for _, row in rest.head(5).iterrows():
        yield f"Not chosen, but in {100 * row['around']:.0f} of 100 weightings: {row['label']}."
    for within, row in others.iterrows():
        if row["differs"]:
            yield (
                f"A set at most {100 * float(str(within)):.0f} % worse has {row['into']} in place "
                f"of {row['out']}."
            )
    knee = curve.index[curve["knee"]] if len(curve) else curve.index
    if len(curve) > 2 and not len(knee):
        yield "No number of sites stands out: each further one brings about as much as the last."
    if len(knee):
        yield (
            f"Up to {knee[0]} sites each further one brings much; from there on, less. The plan "
            f"has {len(own)}."
        )
