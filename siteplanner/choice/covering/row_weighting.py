"""A small cover by local search: drop a site, mend the cover, learn which points are hard."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints
from siteplanner.compiled import kernel

Small = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


def smaller_cover(
    reach: sparse.csr_array,
    cover: Ints,
    price: Floats,
    *,
    times: int,
    fixed: Ints,
    steps: int,
    seed: int,
) -> Ints:
    """Look for a cheaper set of sites that still reaches every point often enough.

    Whenever all points are reached, a site is dropped.  Then, step by step, the site that
    matters least leaves and one that reaches a point in need comes in; points that stay in need
    weigh more and more.

    Parameters
    ----------
    reach
        Demand × sites, stored where a site reaches a point; sites that are barred reach none.
    cover
        A set that reaches every point.
    price
        What a site costs, more than 0.
    times
        Sites that must reach each point.
    fixed
        Sites that stay.
    steps
        Exchanges to try.
    seed
        For the points drawn by lot.

    Returns
    -------
    The cheapest set met, sorted.

    References
    ----------
    Gao, C., Yao, X., Weise, T. and Li, J. (2015). An efficient local search heuristic with row
    weighting for the unicost set covering problem. European Journal of Operational Research
    246, 750-761.

    Examples
    --------
    >>> reach = sparse.csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
    >>> smaller_cover(reach, np.array([0, 2]), np.ones(3), times=1,
    ...               fixed=np.empty(0, dtype=int), steps=20, seed=0)
    array([1])
    """
    points, sites = reach.shape
    columns = sparse.csc_array(reach)
    best = np.zeros(sites, dtype=np.bool_)
    best[cover] = True
    stays = np.zeros(sites, dtype=np.bool_)
    stays[fixed] = True
    if points and steps:
        score = np.diff(columns.indptr).astype(float)
        _search(
            reach.indptr.astype(np.int32),
            reach.indices.astype(np.int32),
            columns.indptr.astype(np.int32),
            columns.indices.astype(np.int32),
            np.ascontiguousarray(price, dtype=float),
            np.stack([best, stays, np.zeros(sites, bool), np.ones(sites, bool)]),
            np.stack([score, np.zeros(sites)]),
            np.ones(points),
            np.stack([np.zeros(points, np.int64), np.arange(points), np.arange(points)]),
            times,
            np.random.default_rng(seed).integers(0, 2**31, size=steps),
            best,
        )
    return np.flatnonzero(best).astype(np.int64)


@kernel(
    "void(i4[::1], i4[::1], i4[::1], i4[::1], f8[::1], b1[:, ::1], f8[:, ::1], f8[::1],"
    " i8[:, ::1], i8, i8[::1], b1[::1])"
)
def _search(  # noqa: C901, PLR0913
    row_start: Small,
    row_site: Small,
    site_start: Small,
    site_row: Small,
    price: Floats,
    marks: Mask,
    tally: Floats,
    weight: Floats,
    book: Ints,
    times: int,
    lots: Ints,
    best: Mask,
) -> None:
    begin, stays, chosen, may = marks[0], marks[1], marks[2], marks[3]
    score, since = tally[0], tally[1]  # weight won by coming in, or lost by leaving; last step
    count, needy, place = book[0], book[1], book[2]
    sites = price.size
    size, first, last, step = weight.size, 0, -1, 0
    cost, least, leave = 0.0, np.inf, True
    while True:
        move = -1
        while first < sites and not begin[first]:
            first += 1
        if first < sites:  # the set to begin from
            move = first
            first += 1
        else:
            if size == 0:
                if cost < least * (1 - 1e-9):
                    least = cost
                    for site in range(sites):
                        best[site] = chosen[site]
                leave = True
            if leave:  # what loses least for the money leaves, the oldest of equals
                if step == lots.size:
                    break
                for site in range(sites):
                    if chosen[site] and not stays[site] and (size == 0 or site != last):
                        more = -1.0
                        if move >= 0:
                            more = score[site] * price[move] - score[move] * price[site]
                        if more == 0:
                            more = price[move] - price[site]
                        if more < 0 or (more == 0 and since[site] < since[move]):
                            move = site
                if move < 0 and last >= 0 and chosen[last] and not stays[last]:
                    move = last
                if move < 0 and size == 0:
                    break
                leave = size == 0
                if move < 0:
                    continue
            else:  # what reaches a needy point and wins most for the money comes in
                row = needy[lots[step] % size]
                for k in range(row_start[row], row_start[row + 1]):
                    site = row_site[k]
                    if not chosen[site] and cost + price[site] < least * (1 - 1e-9):
                        more = 1.0
                        if move >= 0 and may[site] == may[move]:
                            more = score[site] * price[move] - score[move] * price[site]
                        elif move >= 0 and may[move]:
                            more = -1.0
                        if more > 0 or (more == 0 and since[site] < since[move]):
                            move = site
                if move < 0:
                    for k in range(size):
                        row = needy[k]
                        weight[row] += 1.0
                        for q in range(row_start[row], row_start[row + 1]):
                            if not chosen[row_site[q]]:
                                score[row_site[q]] += 1.0
                    step += 1
                    leave = True
                    continue
        now = not chosen[move]
        chosen[move] = now
        since[move] = step
        may[move] = now
        if now:
            last = move
        cost += price[move] if now else -price[move]
        mine = 0.0
        for k in range(site_start[move], site_start[move + 1]):
            row = site_row[k]
            before = count[row]
            after = before + 1 if now else before - 1
            count[row] = after
            for_chosen, for_others = 0.0, 0.0
            if after == times:
                for_chosen = weight[row]
            elif before == times:
                for_chosen = -weight[row]
            if now and after == times:
                for_others = -weight[row]
            elif not now and before == times:
                for_others = weight[row]
            for q in range(row_start[row], row_start[row + 1]):
                site = row_site[q]
                score[site] += for_chosen if chosen[site] else for_others
                if site != move:
                    may[site] = True
            if (after == times) if now else (after < times):
                mine += weight[row]
            if after < times and place[row] < 0:
                needy[size] = row
                place[row] = size
                size += 1
            elif after >= times and place[row] >= 0:
                size -= 1
                needy[place[row]] = needy[size]
                place[needy[size]] = place[row]
                place[row] = -1
        score[move] = mine
