"""Backup: a demand point counts only where further chosen sites reach it too."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from siteplanner.choice.programs.covers import Block, pairs_of, stacked
from siteplanner.choice.solution import Floats, Ints


def backed_up(reach: sparse.csr_array, demand: Floats, backup: int, fixed: Ints) -> Block:
    """Let each demand point count at the level that ``backup`` + 1 chosen sites give it.

    Parameters
    ----------
    reach
        Demand × sites, 0..1.
    demand
        Amount at each point.
    backup
        Further sites beside the first.
    fixed
        Sites that are in: where they reach a point, fewer others are needed.

    References
    ----------
    Hogan, K. and ReVelle, C. (1986). Concepts and applications of backup coverage.
    Management Science 32, 1434-1444.

    Examples
    --------
    >>> reach = sparse.csr_array(np.array([[1.0, 1.0]]))
    >>> backed_up(reach, np.array([7.0]), 1, np.array([0])).rows.toarray()
    array([[ 0.,  1., -1.]])
    """
    point, site, value = pairs_of(reach)
    kept = (value > 0) & (demand[point] > 0)
    point, site, value = point[kept], site[kept], value[kept]
    order = np.lexsort((-value, point))
    point, site, value = point[order], site[order], value[order]
    fresh = np.ones(len(point), dtype=bool)
    fresh[1:] = (np.diff(point) != 0) | (np.diff(value) != 0)
    level = np.cumsum(fresh) - 1
    owner, height = point[fresh], value[fresh]
    sites, levels = reach.shape[1], len(owner)
    last = np.ones(levels, dtype=bool)
    last[:-1] = np.diff(owner) != 0
    step = height - np.where(last, 0.0, np.append(height[1:], 0.0))
    sure = np.isin(site, fixed)
    many = np.cumsum(np.bincount(level, weights=sure, minlength=levels))
    begin = np.flatnonzero(np.concatenate([[True], last[:-1]])) if levels else np.empty(0, int)
    before = np.concatenate([[0.0], many])[begin]
    standing = many - np.repeat(before, np.diff(np.append(begin, levels)))
    needed = backup + 1 - standing
    done = needed <= 0
    # variables: which levels are held, then how many others reach a level that has more below
    carry = np.flatnonzero(~last)
    place = np.full(levels + 1, -1)
    place[carry] = sites + levels + np.arange(len(carry))
    above = np.concatenate([[-1], place[:levels][:-1]]) if levels else np.empty(0, int)
    above[begin] = -1
    under = np.flatnonzero(above >= 0)
    # two rows a level: held * needed <= others here and above; carried == others here and above
    here = np.flatnonzero(~sure)
    again = here[~last[level[here]]]
    row_of = np.full(levels, -1)
    row_of[carry] = levels + np.arange(len(carry))
    more = under[row_of[under] >= 0]
    parts = [
        (level[here], site[here], np.ones(len(here))),
        (under, above[under], np.ones(len(under))),
        (np.arange(levels), sites + np.arange(levels), -np.maximum(needed, 0.0)),
        (row_of[level[again]], site[again], np.ones(len(again))),
        (row_of[more], above[more], np.ones(len(more))),
        (row_of[carry], place[carry], -np.ones(len(carry))),
    ]
    rows = stacked(parts, (levels + len(carry), sites + levels + len(carry)))
    rows.eliminate_zeros()
    lower = np.zeros(levels + len(carry))
    upper = np.concatenate([np.full(levels, np.inf), np.zeros(len(carry))])
    worth = np.concatenate([demand[owner] * step * ~done, np.zeros(len(carry))])
    return Block(
        rows,
        lower,
        upper,
        worth,
        free=levels + np.arange(len(carry)),
        whole=True,
        constant=float((demand[owner] * step)[done].sum()),
    )
