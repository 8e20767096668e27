"""The same question, smaller: what cannot change the answer is taken out of a covering model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints
from siteplanner.compiled import kernel

Small = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Core:
    """A covering model on what is left open: pick sites so that the best worths add up to most.

    A demand row counts by the largest worth of its chosen sites.  Worths are positive, and the
    sites of a row stand from best to worst, so that a row reads as a staircase: each step down
    is a level, and a chosen site serves its own level and all that are lower.

    Parameters
    ----------
    count
        Most sites to pick.
    sites
        Column numbers that these sites have for the caller.
    row_start, row_site, row_worth
        Rows × sites, compressed by row.
    site_start, site_row, site_worth
        The same, compressed by site.
    row_level
        First level of each row, and one past the last.
    level_end
        One past the last place in ``row_site`` that serves a level.
    level_step
        Worth of a level above the next lower one.
    price
        A multiplier for each place in ``row_site``, carried along; empty where there is none.
    """

    count: int
    sites: Ints
    row_start: Small
    row_site: Small
    row_worth: Floats
    site_start: Small
    site_row: Small
    site_worth: Floats
    row_level: Small
    level_end: Small
    level_step: Floats
    price: Floats

    @property
    def size(self) -> int:
        """Number of places where a site serves a row."""
        return len(self.row_site)

    @property
    def levels(self) -> int:
        """Number of levels, of all rows together."""
        return len(self.level_step)

    @property
    def levels_by_row(self) -> Small:
        """Number of levels of each row."""
        return np.diff(self.row_level)

    @property
    def total(self) -> float:
        """What all sites together would come to."""
        return float(self.row_worth[self.row_start[:-1]].sum())

    def worth(self, picked: Ints) -> float:
        """Compute what a set of sites (places in ``sites``) comes to."""
        best = np.zeros(len(self.row_start) - 1)
        for site in picked:
            places = slice(self.site_start[site], self.site_start[site + 1])
            rows = self.site_row[places]
            best[rows] = np.maximum(best[rows], self.site_worth[places])
        return float(best.sum())


def core_of(
    columns: sparse.csc_array, demand: Floats, served: Floats, open_sites: Ints, count: int
) -> Core:
    """Write a covering model on the sites that may still be chosen.

    Rows that are served fully, and places where a site adds nothing, are dropped.

    Parameters
    ----------
    columns
        Demand × sites, 0..1.
    demand
        Amount at each demand point.
    served
        0..1 a demand point: how fully it is reached already.
    open_sites
        Column numbers.
    count
        Most sites to pick.

    Returns
    -------
    The model, with rows of equal sites merged.

    Examples
    --------
    >>> reach = sparse.csc_array(np.array([[1.0, 1.0], [0.5, 1.0], [1.0, 1.0]]))
    >>> core = core_of(reach, np.array([4.0, 2.0, 1.0]), np.zeros(3), np.array([0, 1]), 1)
    >>> core.row_worth.tolist(), core.level_step.tolist()
    ([5.0, 5.0, 2.0, 1.0], [5.0, 1.0, 1.0])
    """
    part = columns[:, open_sites].tocsr()
    part.sort_indices()
    row = np.repeat(np.arange(part.shape[0], dtype=np.int32), np.diff(part.indptr))
    worth = demand[row] * (part.data - served[row])
    kept = worth > 0
    row, site, worth = row[kept], part.indices[kept], worth[kept]
    if np.any((np.diff(worth) > 0) & (np.diff(row) == 0)):
        order = np.lexsort((site, -worth, row))
        row, site, worth = row[order], site[order], worth[order]
    return _merged(row, site, worth, np.empty(0), open_sites, count)


def narrowed(core: Core, kept: npt.NDArray[np.bool_], taken: Ints) -> Core:
    """Give the model that is left when some sites are out and some are in.

    Parameters
    ----------
    core
        The model.
    kept
        Which sites stay open; sites that are neither kept nor taken are out.
    taken
        Sites (places in ``core.sites``) that are in: what they serve counts no more.

    Returns
    -------
    The model on the open sites, with ``len(taken)`` fewer to pick.
    """
    row = np.repeat(np.arange(len(core.row_start) - 1, dtype=np.int32), np.diff(core.row_start))
    worth, price = core.row_worth, core.price
    kept = kept.copy()
    kept[taken] = False
    if len(taken):
        is_taken = np.isin(core.row_site, taken)
        has = np.zeros(len(core.row_start) - 1)
        np.maximum.at(has, row[is_taken], worth[is_taken])
        worth = worth - has[row]
        if len(price):
            paid = np.zeros(len(core.row_start) - 1)
            np.maximum.at(paid, row[is_taken], price[is_taken])
            price = np.maximum(price - paid[row], 0.0)
    stays = kept[core.row_site] & (worth > 0)
    number = np.cumsum(kept, dtype=np.int32) - 1
    return _merged(
        row[stays],
        number[core.row_site[stays]],
        worth[stays],
        price[stays] if len(price) else price,
        core.sites[kept],
        core.count - len(taken),
    )


def without_dominated(core: Core, rank: Ints) -> Core:
    """Leave out each site for which another one does as well in every row, or better.

    Parameters
    ----------
    core
        The model.
    rank
        One number a site: which of two equal sites stays, the lower one.

    Returns
    -------
    The model; some best set is in it.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem.
    Papers of the Regional Science Association 32, 101-118.
    """
    out = np.zeros(len(core.sites), dtype=np.bool_)
    _mark_dominated(
        core.row_start, core.row_site, core.site_start, core.site_row, core.site_worth,
        np.ascontiguousarray(rank, dtype=np.int64), out,
    )  # fmt: skip
    out |= np.diff(core.site_start) == 0
    return narrowed(core, ~out, np.empty(0, np.int64)) if out.any() else core


def _merged(
    row: npt.NDArray[np.integer], site: Small, worth: Floats, price: Floats, sites: Ints, count: int
) -> Core:
    """Merge rows with the same sites in the same order; places come by row, best first."""
    first = np.flatnonzero(np.diff(row, prepend=-1))
    start = np.append(first, len(row))
    same_as = _same_rows(start, site)
    heads = np.flatnonzero(same_as == np.arange(len(first)))
    if len(heads) < len(first):
        length = np.diff(start)
        target = np.zeros(len(first), dtype=np.int64)
        target[heads] = np.cumsum(length[heads]) - length[heads]
        place = np.arange(len(row)) - np.repeat(first, length)
        to = np.repeat(target[same_as], length) + place
        size = int(length[heads].sum())
        is_head = np.repeat(same_as == np.arange(len(first)), length)
        worth = np.bincount(to, weights=worth, minlength=size).astype(float)
        if len(price):
            price = np.bincount(to, weights=price, minlength=size).astype(float)
        site = site[is_head]
        start = np.append(target[heads], size)
    return _core(start, site, worth, price, sites, count)


def _core(start: Ints, site: Small, worth: Floats, price: Floats, sites: Ints, count: int) -> Core:
    rows = len(start) - 1
    row = np.repeat(np.arange(rows, dtype=np.int32), np.diff(start))
    short = site.astype(np.uint16) if len(sites) <= np.iinfo(np.uint16).max else site
    by_site = np.argsort(short, kind="stable")  # a radix sort for short numbers
    lower = np.append(worth[1:], 0.0)
    lower[start[1:] - 1] = 0.0
    ends = np.flatnonzero(worth > lower)
    return Core(
        count=count,
        sites=np.asarray(sites, dtype=np.int64),
        row_start=start.astype(np.int32),
        row_site=np.ascontiguousarray(site, dtype=np.int32),
        row_worth=worth,
        site_start=np.append(0, np.bincount(site, minlength=len(sites)).cumsum()).astype(np.int32),
        site_row=row[by_site],
        site_worth=worth[by_site],
        row_level=np.searchsorted(ends, start).astype(np.int32),
        level_end=(ends + 1).astype(np.int32),
        level_step=(worth - lower)[ends],
        price=price,
    )


def _same_rows(start: Ints, site: Small) -> Ints:
    """Give, for each row, the first row that lists the same sites in the same order."""
    rows = len(start) - 1
    if rows == 0:
        return np.empty(0, dtype=np.int64)
    length = np.diff(start)
    place = (np.arange(len(site)) - np.repeat(start[:-1], length)).astype(np.uint64)
    mixed = (site.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= (np.uint64(2) * place + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    sums = np.add.reduceat(mixed, start[:-1])
    order = np.lexsort((np.arange(rows), length, sums))
    new = np.ones(rows, dtype=bool)
    new[1:] = (np.diff(sums[order]) != 0) | (np.diff(length[order]) != 0)
    head = np.empty(rows, dtype=np.int64)
    head[order] = order[np.flatnonzero(new)][np.cumsum(new) - 1]
    # equal sums are no proof: compare place by place
    theirs = np.repeat(start[:-1][head] - start[:-1], length) + np.arange(len(site))
    differs = np.add.reduceat((site != site[theirs]).astype(np.int64), start[:-1]) > 0
    head[differs] = np.flatnonzero(differs)
    return head


@kernel("i8(i4[::1], i4[::1], f8[::1], i8, i8)")
def _compare(site_start: Small, site_row: Small, site_worth: Floats, one: int, other: int) -> int:
    """Tell whether the other site is as good in every row (1), and better in some (2), or not."""
    theirs, last = site_start[other], site_start[other + 1]
    better = last - theirs > site_start[one + 1] - site_start[one]
    for mine in range(site_start[one], site_start[one + 1]):
        while theirs < last and site_row[theirs] < site_row[mine]:
            theirs += 1
        if theirs == last or site_row[theirs] != site_row[mine]:
            return 0
        if site_worth[theirs] < site_worth[mine]:
            return 0
        better |= site_worth[theirs] > site_worth[mine]
    return 2 if better else 1


@kernel("void(i4[::1], i4[::1], i4[::1], i4[::1], f8[::1], i8[::1], b1[::1])")
def _mark_dominated(
    row_start: Small, row_site: Small, site_start: Small, site_row: Small, site_worth: Floats,
    rank: Ints, out: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    for one in range(out.size):
        if site_start[one] == site_start[one + 1]:
            continue
        shortest = site_row[site_start[one]]
        for place in range(site_start[one], site_start[one + 1]):
            row = site_row[place]
            if row_start[row + 1] - row_start[row] < row_start[shortest + 1] - row_start[shortest]:
                shortest = row
        for place in range(row_start[shortest], row_start[shortest + 1]):
            other = row_site[place]
            if other == one:
                continue
            how = _compare(site_start, site_row, site_worth, one, other)
            if how == 2 or (how == 1 and rank[other] < rank[one]):
                out[one] = True
                break
