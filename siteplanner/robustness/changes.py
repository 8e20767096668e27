"""The nearest weights under which some sites are ahead of others: exact where that can be had.

The distance of two weightings is the sum of the changes of all shares, so twice the share that
moves from some criteria to others.

**Linear.** Where the sites know the same criteria, "b is ahead of a" is one linear inequality of
the weights, and the nearest weights are a linear program.

**Levels.** Where they know different criteria each index is a fraction of its own.  But "b is at
least at t, and a at most" is linear for every level t, so the nearest weights are the best over
all levels: a branch and bound on this one number, each part a linear program, until nothing
nearer than `GAP` can be left.

**Searched.** Where a group is known in part, or a geometric index has scores of 0, neither
holds.  What is found there does put b ahead, but something nearer may exist.
"""

from __future__ import annotations

import heapq
from itertools import count

import numpy as np

from siteplanner.robustness.nesting import Flags, Floats, Ints, Tree, below
from siteplanner.robustness.questions import NEVER, Nearest, Question, all_hold, holds
from siteplanner.robustness.searching import ahead_of_all, search_near

MARGIN = 1e-7
"""By how much of the index (0..1) a site has to be ahead; of a geometric one, as a share."""
LEAST_KNOWN = 0.01
"""Criteria that a site knows have to keep so much of the weight, or its index means nothing."""
GAP = 5e-4
"""How much nearer, at most, other weights can be than those called nearest."""
PARTS = 120
"""Most parts of the branch and bound on a level."""
TOLERANCE = 1e-10
AT_ONCE = 8
"""Losers that are asked about at first; where some others are still ahead, twice as many."""
ASKED = 512
"""Losers that programs are asked about at most; beyond, what is found comes from a search, and
only its bound from the programs."""


def get_ahead(question: Question, winners: Ints, losers: Ints) -> Nearest:
    """Find the nearest weights under which all winners are ahead of all losers.

    Parameters
    ----------
    question
        Scores and present weights.
    winners, losers
        Numbers of sites.

    Returns
    -------
    The nearest weights; ahead is by `MARGIN`.  However many sites there are, at most seven rounds
    of `PARTS` parts are worked through.

    Examples
    --------
    >>> from siteplanner.robustness.questions import ask
    >>> question = ask(np.array([[0.9, 0.2], [0.5, 0.8]]), np.array([0.8, 0.2]))
    >>> get_ahead(question, np.array([1]), np.array([0])).weights.round(3).tolist()
    [0.6, 0.4]
    """
    winners, losers = np.asarray(winners), np.asarray(losers)
    if holds(question, question.weights, winners, losers):
        return Nearest(question.weights, 0.0, 0.0, exact=True)
    index = question.index(question.weights)
    asked = losers[np.argsort(-index[losers], kind="stable")[:AT_ONCE]]
    bound = 0.0
    while True:  # losers that are behind anyway are never asked about
        found = _ahead_of(question, winners, asked)
        bound = max(bound, found.bound)  # with more losers, nothing nearer can do it
        others = np.setdiff1d(losers, asked)
        if found.weights is None:
            if found.exact or not others.size:
                return found
            break
        if not others.size or holds(question, found.weights, winners, losers):
            return found
        if len(asked) >= ASKED:
            break
        index = np.nan_to_num(question.index(found.weights), nan=np.inf)
        worst = others[np.argsort(-index[others], kind="stable")[: len(asked)]]
        asked = np.concatenate([asked, worst])
    found = search_near(question, lambda some: ahead_of_all(question, some, winners, losers))
    return Nearest(found.weights, found.distance, bound, exact=found.distance <= bound + GAP)


def _ahead_of(question: Question, winners: Ints, losers: Ints) -> Nearest:
    both = np.concatenate([winners, losers])
    known = ~np.isnan(question.scores[both])
    if not known.any(axis=1).all():
        return NEVER
    scores = linear_scores(question)
    if scores is None or not all(is_plain(one, question.tree) for one in known):
        return search_near(question, lambda some: all_hold(question, some, winners, losers))
    if (known == known[0]).all():
        return _by_program(question, scores, winners, losers)
    return _by_levels(question, scores, winners, losers)


def nearest_program(weights: Floats, rows: Floats, least: Floats) -> Floats | None:
    """Find the weights nearest to given ones that keep to linear inequalities.

    Parameters
    ----------
    weights
        By criterion, adding up to 1.
    rows
        Inequalities × criteria.
    least
        ``rows @ found`` is at least this.

    Returns
    -------
    Weights, at least 0 and adding up to 1; None where none keep to all.

    Examples
    --------
    >>> rows, least = np.array([[0.0, 1.0]]), np.array([0.5])
    >>> nearest_program(np.array([0.75, 0.25]), rows, least).tolist()
    [0.5, 0.5]
    """
    from scipy.optimize import linprog

    size = len(weights)
    moves = np.hstack([np.eye(size), -np.eye(size)])  # what is added, what is taken away
    found = linprog(
        np.ones(2 * size),
        A_ub=-(rows @ moves),
        b_ub=rows @ weights - least,
        A_eq=np.concatenate([np.ones(size), -np.ones(size)])[None, :],
        b_eq=[0.0],
        bounds=[(0.0, None)] * size + [(0.0, float(one)) for one in weights],
        method="highs",
        options={"primal_feasibility_tolerance": TOLERANCE},
    )
    if found.x is None or found.status != 0:
        return None
    nearest = np.maximum(weights + moves @ found.x, 0.0)
    return np.asarray(nearest / nearest.sum())


def difference_rows(scores: Floats, winners: Ints, losers: Ints) -> Floats:
    """Give the inequalities that say "ahead by the margin" where all know the same criteria.

    Parameters
    ----------
    scores
        Sites × criteria; NaN is unknown.
    winners, losers
        Numbers of sites.

    Returns
    -------
    (Winners × losers) × criteria: a row times the weights is at least 0 where it holds.

    Examples
    --------
    >>> rows = difference_rows(np.array([[1.0, 0.25], [0.5, 0.5]]), np.array([0]), np.array([1]))
    >>> rows.round(3).tolist()
    [[0.5, -0.25]]
    """
    gaps = scores[winners][:, None, :] - scores[losers][None, :, :] - MARGIN
    return np.asarray(np.nan_to_num(gaps.reshape(-1, scores.shape[1]), nan=0.0))


def linear_scores(question: Question) -> Floats | None:
    """Give scores whose weighted mean orders the sites; None where there are none.

    Examples
    --------
    >>> from siteplanner.robustness.questions import ask
    >>> linear_scores(ask(np.array([[0.5]]), np.ones(1), None, "geometric")).round(3).tolist()
    [[-0.693]]
    """
    if question.aggregation == "arithmetic":
        return question.scores
    if (question.scores == 0).any():
        return None
    return np.asarray(np.log(question.scores))


def is_plain(known: Flags, tree: Tree) -> bool:
    """Say whether every part is known or unknown as a whole, so that weights carry over evenly.

    Examples
    --------
    >>> is_plain(np.array([True, False, False]), (0, (1, 2)))
    True
    >>> is_plain(np.array([True, True, False]), (0, (1, 2)))
    False
    """
    if len(tree) == 1 and isinstance(tree[0], tuple):
        return is_plain(known, tree[0])
    return all(
        isinstance(part, int) or known[below(part)].all() or not known[below(part)].any()
        for part in tree
    )


def _known_rows(known: Flags) -> tuple[Floats, Floats]:
    rows = np.unique(known, axis=0).astype(np.float64)
    return rows, np.full(len(rows), LEAST_KNOWN)


def _distance(question: Question, weights: Floats) -> float:
    return float(np.abs(weights - question.weights).sum())


def _by_program(question: Question, scores: Floats, winners: Ints, losers: Ints) -> Nearest:
    rows = difference_rows(scores, winners, losers)
    more, least = _known_rows(~np.isnan(scores[winners]))
    nearest = nearest_program(
        question.weights,
        np.vstack([rows, more]),
        np.concatenate([np.zeros(len(rows)), least]),
    )
    if nearest is None:
        return NEVER
    distance = _distance(question, nearest)
    return Nearest(nearest, distance, distance, exact=holds(question, nearest, winners, losers))


def _by_levels(question: Question, scores: Floats, winners: Ints, losers: Ints) -> Nearest:
    """Branch and bound on the level between winners and losers."""
    known = ~np.isnan(scores)
    filled = np.nan_to_num(scores, nan=0.0)
    more, least = _known_rows(known[np.concatenate([winners, losers])])

    def solve(low: float, high: float) -> Floats | None:
        above = known[winners] * (filled[winners] - low - MARGIN)
        under = known[losers] * (high - filled[losers])
        rows = np.vstack([above, under, more])
        zeros = np.zeros(len(above) + len(under))
        return nearest_program(question.weights, rows, np.concatenate([zeros, least]))

    best, best_distance, number = None, np.inf, count()
    bottom, top = float(np.nanmin(scores)), float(np.nanmax(scores))
    whole = solve(bottom, top)
    if whole is None:
        return NEVER
    queue = [(_distance(question, whole), next(number), bottom, top, whole)]
    for _ in range(PARTS):
        if not queue or queue[0][0] > best_distance - GAP:
            break
        _, _, low, high, found = heapq.heappop(queue)
        middle = _between(scores, found, (low, high), (winners, losers))
        for tried in (found, solve(middle, middle)):
            if tried is not None and holds(question, tried, winners, losers):
                away = _distance(question, tried)
                if away < best_distance:
                    best, best_distance = tried, away
        for ends in ((low, middle), (middle, high)):
            part = solve(*ends)
            if part is not None:
                item = (_distance(question, part), next(number), *ends, part)
                heapq.heappush(queue, item)
    bound = min([best_distance, *(one[0] for one in queue)])
    return Nearest(best, best_distance, bound, exact=bool(bound >= best_distance - GAP))


def _between(
    scores: Floats,
    weights: Floats,
    ends: tuple[float, float],
    sides: tuple[Ints, Ints],
) -> float:
    """Give a level on whose both sides these weights no longer do."""
    known = ~np.isnan(scores)
    share = known @ weights
    index = (np.nan_to_num(scores) @ weights) / np.where(share > 0, share, 1.0)
    level = (index[sides[0]].min() + index[sides[1]].max()) / 2
    low, high = ends
    inside = low + 0.02 * (high - low) < level < high - 0.02 * (high - low)
    return float(level if inside else (low + high) / 2)
