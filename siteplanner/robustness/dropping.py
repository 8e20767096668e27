"""The nearest weights under which a site is no longer among the best p.

For p = 1 one rival has to be ahead, and the nearest weights are the nearest of all rivals'.  For
more, p rivals have to be ahead at once, and which ones is a choice of its own: a mixed-integer
program.  It is only asked about rivals that can be ahead within the distance of weights that are
known to do it.
"""

from __future__ import annotations

import numpy as np

from siteplanner.robustness.changes import (
    GAP,
    difference_rows,
    get_ahead,
    is_plain,
    linear_scores,
    nearest_program,
)
from siteplanner.robustness.nesting import Floats, Ints
from siteplanner.robustness.questions import NEVER, Nearest, Question, holds

NODES = 20_000
"""Most nodes of the mixed-integer program; beyond, what is found has a bound."""
LISTED = 40
"""Rivals whose own nearest weights are tried, beyond those that have to be ahead."""


def drop_out(question: Question, site: int, p: int) -> Nearest:
    """Find the nearest weights under which a site is not among the best p.

    Parameters
    ----------
    question
        Scores and present weights.
    site
        Number of the site.
    p
        How many are among the best; the site is out where p others have a higher index.

    Returns
    -------
    The nearest weights.  ``exact`` says whether nothing nearer can be; else ``bound`` says how
    near other weights could be.

    Raises
    ------
    ValueError
        If p is below 1.

    Examples
    --------
    >>> from siteplanner.robustness.questions import ask
    >>> scores = np.array([[0.9, 0.2], [0.5, 0.8], [0.4, 0.6]])
    >>> question = ask(scores, np.array([0.8, 0.2]))
    >>> drop_out(question, 0, 1).weights.round(3).tolist()
    [0.6, 0.4]
    >>> drop_out(question, 0, 2).weights.round(3).tolist()
    [0.444, 0.556]
    """
    if p < 1:
        msg = f"found p = {p}; at least one site is among the best"
        raise ValueError(msg)
    if _is_out(question, question.weights, site, p):
        return Nearest(question.weights, 0.0, 0.0, exact=True)
    rivals = [
        other
        for other in range(len(question.scores))
        if other != site and not np.isnan(question.scores[other]).all()
    ]
    if _all_known_alike(question, site, rivals):
        distances = _pair_distances(question, site, np.array(rivals, dtype=np.int64))
        return _linear(question, site, p, (np.array(rivals, dtype=np.int64), distances))
    return _mixed(question, site, p, np.array(rivals, dtype=np.int64))


def _mixed(question: Question, site: int, p: int, rivals: Ints) -> Nearest:
    """Ask about rivals one by one, where they do not all know the same.

    Those that know what the site knows are asked about in one go; of the others, those whose
    index is nearest to the site's.  Where some are not asked there is no bound.
    """
    known, index = ~np.isnan(question.scores), question.index(question.weights)
    alike = (known[rivals] == known[site]).all(axis=1)
    alike &= linear_scores(question) is not None and is_plain(known[site], question.tree)
    bound_of = np.zeros(len(rivals))
    bound_of[alike] = _pair_distances(question, site, rivals[alike]) if alike.any() else 0.0
    others = np.flatnonzero(~alike)
    near = others[np.argsort(np.abs(index - index[site])[rivals[others]], kind="stable")][:LISTED]
    first = np.flatnonzero(alike & np.isfinite(bound_of))
    first = first[np.argsort(bound_of[first], kind="stable")][: LISTED + p]
    alone: dict[int, Nearest] = {}
    for at in (*near, *first):
        alone[int(at)] = get_ahead(question, rivals[[at]], np.array([site]))
        bound_of[at] = alone[int(at)].bound
    bounds = np.sort(bound_of)
    bound = float(bounds[p - 1]) if len(bounds) >= p else np.inf
    if bound == np.inf:
        return NEVER
    able = sorted(
        (at for at in alone if alone[at].weights is not None),
        key=lambda at: (alone[at].distance, at),
    )
    found = [alone[at].weights for at in able[p - 1 : p - 1 + LISTED]]
    if len(able) >= p and p > 1:
        found.append(get_ahead(question, rivals[able[:p]], np.array([site])).weights)
    return _nearest_of(question, site, p, found, bound)


def _is_out(question: Question, weights: Floats, site: int, p: int) -> bool:
    index = question.index(weights)
    return bool(np.isnan(index[site]) or (index > index[site]).sum() >= p)


def _nearest_of(
    question: Question, site: int, p: int, found: list[Floats | None], bound: float
) -> Nearest:
    """Give the nearest of several weights that do it."""
    able = [one for one in found if one is not None and _is_out(question, one, site, p)]
    if not able:
        return Nearest(None, np.inf, bound, exact=False)
    distances = [float(np.abs(one - question.weights).sum()) for one in able]
    best = int(np.argmin(distances))
    exact = bool(distances[best] <= bound + GAP)
    return Nearest(able[best], distances[best], min(bound, distances[best]), exact=exact)


def _all_known_alike(question: Question, site: int, rivals: list[int]) -> bool:
    """Whether all know all criteria, so that one linear program speaks for everybody."""
    some = question.scores[[site, *rivals]]
    zeros = question.aggregation == "geometric" and bool((some == 0).any())
    return not np.isnan(some).any() and not zeros


def _pair_distances(question: Question, site: int, rivals: Ints) -> Floats:
    """Give how far the weights are that put each rival ahead; infinite where none do.

    One inequality on shares that add up to 1 is a fractional knapsack: what is moved goes to
    the criterion that helps the rival most, and comes from those that help least.
    """
    scores = _scores(question)
    gaps = difference_rows(scores, rivals, np.array([site]))
    lack = -(gaps @ question.weights)
    order = np.argsort(gaps, axis=1, kind="stable")
    gains = gaps.max(axis=1, keepdims=True) - np.take_along_axis(gaps, order, axis=1)
    amounts = question.weights[order]
    reached = np.cumsum(gains * amounts, axis=1)
    before = np.pad(reached[:, :-1], ((0, 0), (1, 0)))
    moved = np.where(
        reached <= lack[:, None],
        amounts,
        np.clip((lack[:, None] - before) / np.where(gains > 0, gains, np.inf), 0.0, amounts),
    ).sum(axis=1)
    possible = np.where(np.isnan(scores[site]), -np.inf, gaps).max(axis=1) >= 0
    return np.where(lack <= 0, 0.0, np.where(possible, 2 * moved, np.inf))


def _scores(question: Question) -> Floats:
    found = linear_scores(question)
    if found is None:
        msg = "these scores have no linear form"
        raise ValueError(msg)
    return found


def _linear(question: Question, site: int, p: int, rivals: tuple[Ints, Floats]) -> Nearest:
    others, distances = rivals
    order = np.argsort(distances, kind="stable")
    if len(others) < p or distances[order[p - 1]] == np.inf:
        return NEVER
    bound = float(distances[order[p - 1]])
    alone = np.array([site])
    first = [get_ahead(question, others[order[:p]], alone).weights] if p > 1 else []
    for at in order[p - 1 : p - 1 + LISTED]:
        if np.isfinite(distances[at]):
            first.append(get_ahead(question, others[[at]], alone).weights)
            if p == 1:
                break
    found = _nearest_of(question, site, p, first, bound)
    if found.exact:
        return found
    near = others[distances <= found.distance]
    whole = _by_choice(question, site, p, near)
    if whole is None:
        return found if found.weights is not None else NEVER
    if whole.weights is not None and whole.distance <= found.distance:
        return whole
    return Nearest(found.weights, found.distance, whole.bound, found.distance <= whole.bound + GAP)


def _by_choice(question: Question, site: int, p: int, near: Ints) -> Nearest | None:
    """Choose the p rivals and the weights at once; None where no choice holds."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    weights, size, count = question.weights, len(question.weights), len(near)
    gaps = difference_rows(_scores(question), near, np.array([site]))
    slack = np.maximum(-gaps.min(axis=1), 0.0)
    # gaps @ (weights + up - down) + slack (1 - chosen) >= 0
    ahead = np.hstack([gaps, -gaps, -np.diag(slack)])
    level = np.concatenate([np.ones(size), -np.ones(size), np.zeros(count)])[None, :]
    chosen = np.concatenate([np.zeros(2 * size), np.ones(count)])[None, :]
    found = milp(
        np.concatenate([np.ones(2 * size), np.zeros(count)]),
        integrality=np.concatenate([np.zeros(2 * size), np.ones(count)]),
        bounds=Bounds(
            np.zeros(2 * size + count),
            np.concatenate([np.full(size, 1.0), weights, np.ones(count)]),
        ),
        constraints=[
            LinearConstraint(ahead, lb=-(gaps @ weights) - slack, ub=np.inf),
            LinearConstraint(level, lb=0.0, ub=0.0),
            LinearConstraint(chosen, lb=p, ub=np.inf),
        ],
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if found.status == 2:
        return None
    bound = float(found.mip_dual_bound) if found.mip_dual_bound is not None else 0.0
    if found.x is None:
        return Nearest(None, np.inf, bound, exact=False)
    rivals = near[np.round(found.x[2 * size :]) > 0]
    rows = difference_rows(_scores(question), rivals, np.array([site]))
    nearest = nearest_program(weights, rows, np.zeros(len(rows)))
    if nearest is None or not holds(question, nearest, rivals[:p], np.array([site])):
        return Nearest(None, np.inf, bound, exact=False)
    distance = float(np.abs(nearest - weights).sum())
    return Nearest(nearest, distance, bound, exact=bool(distance <= bound + GAP))
