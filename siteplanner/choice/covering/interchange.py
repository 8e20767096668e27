"""Better sets by exchange: one chosen site out, another one in, as long as that adds something."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siteplanner.choice.covering.reduction import Core, Small
from siteplanner.choice.solution import Floats, Ints
from siteplanner.compiled import kernel

LEAST = 1e-10
"""Share of all worth that an exchange must add, so that rounding never counts as better."""


def exchange(
    core: Core, picked: Ints, *, weight: Floats | None = None, shakes: int = 0, seed: int = 0
) -> Ints:
    """Exchange sites, the best exchange first, until no exchange adds anything.

    Then, as often as asked, shake the best set: put half of its sites, drawn by lot, in the
    place of others, and exchange again.  What an exchange adds is read from three tables, which
    only change where the two sites reach.

    Parameters
    ----------
    core
        The model.
    picked
        Sites (places in ``core.sites``) to begin with.
    weight
        How likely each site is drawn; needed for shakes.
    shakes
        How often to shake.
    seed
        For the lots.

    Returns
    -------
    The best set, in no order.

    References
    ----------
    Teitz, M. and Bart, P. (1968). Heuristic methods for estimating the generalized vertex
    median of a weighted graph. Operations Research 16, 955-961.
    Resende, M. and Werneck, R. (2007). A fast swap-based local search procedure for location
    problems. Annals of Operations Research 150, 205-230.

    Examples
    --------
    >>> from scipy import sparse
    >>> from siteplanner.choice.covering.reduction import core_of
    >>> reach = sparse.csc_array(np.array([[1.0, 0, 1], [1, 1, 0], [0, 1, 0], [0, 0, 1]]))
    >>> core = core_of(reach, np.array([3.0, 3, 2, 2]), np.zeros(4), np.arange(3), 2)
    >>> sorted(exchange(core, np.array([0, 1])).tolist())
    [1, 2]
    """
    state = _State(core, picked)
    state.descend(np.empty((0, 2), dtype=np.int32))
    if shakes == 0 or weight is None or not len(picked):
        return state.picked
    random = np.random.default_rng(seed)
    kicks = max(3, len(picked) // 2)
    chances = np.cumsum(weight / weight.sum())
    best, value = state.copy(), 0.0
    for _ in range(shakes):
        out = random.integers(len(picked), size=kicks)
        new = np.minimum(np.searchsorted(chances, random.random(kicks)), len(weight) - 1)
        change = state.descend(np.stack([out, new], axis=1).astype(np.int32))
        if change > state.least:
            best, value = state.copy(), value + change
        elif change < -state.least:
            state.restore(best)
    return np.asarray(best[0], dtype=np.int64)


def even_exchanges(core: Core, picked: Ints, rank: Ints) -> Ints:
    """Put sites of better rank in the place of others, where that changes nothing else.

    Parameters
    ----------
    core
        The model.
    picked
        Sites (places in ``core.sites``).
    rank
        One number a site, the lower the better.

    Returns
    -------
    A set that comes to the same.
    """
    state = _State(core, picked)
    for _ in range(len(picked)):
        change = state.gain[np.newaxis, :] + state.both - state.loss[:, np.newaxis]
        better = (np.abs(change) <= state.least) & (rank[np.newaxis, :] < rank[state.now][:, None])
        better[:, state.now] = False
        if not better.any():
            break
        out = max(np.flatnonzero(better.any(axis=1)), key=lambda place: rank[state.now[place]])
        new = min(np.flatnonzero(better[out]), key=lambda site: rank[site])
        state.swap(int(out), int(new))
    return state.picked


class _State:
    """A set, and what each exchange would change.

    ``gain`` is what a further site would add, ``loss`` what is lost without a chosen one, and
    ``both`` corrects their difference where the two sites reach the same rows.
    """

    def __init__(self, core: Core, picked: Ints) -> None:
        self.core = core
        self.now: Small = np.asarray(picked, dtype=np.int32).copy()
        self.gain = np.zeros(len(core.sites))
        self.loss = np.zeros(len(picked))
        self.both = np.zeros((len(picked), len(core.sites)))
        self.slot: Small = np.full(len(core.sites), -1, dtype=np.int32)
        self.slot[self.now] = np.arange(len(picked), dtype=np.int32)
        self.seen: Small = np.zeros(len(core.row_start), dtype=np.int32)  # the last is the clock
        self.least = LEAST * core.total
        _count_all(
            core.row_start, core.row_site, core.row_worth,
            self.slot, self.gain, self.loss, self.both,
        )  # fmt: skip

    @property
    def picked(self) -> Ints:
        return self.now.astype(np.int64)

    def descend(self, lots: npt.NDArray[np.int32]) -> float:
        """Make the exchanges drawn by lot, then the best ones; give what all of them add."""
        core = self.core
        return _descend(
            core.row_start, core.row_site, core.row_worth, core.site_start, core.site_row,
            self.now, self.slot, self.gain, self.loss, self.both, self.seen, lots, self.least,
        )  # fmt: skip

    def swap(self, out: int, new: int) -> None:
        """Put a site in the place of the one at position ``out``."""
        core = self.core
        _swap(
            core.row_start, core.row_site, core.row_worth, core.site_start, core.site_row,
            self.now, self.slot, self.gain, self.loss, self.both, self.seen, out, new,
        )  # fmt: skip

    def copy(self) -> tuple[Small, Floats, Floats, Floats]:
        return self.now.copy(), self.gain.copy(), self.loss.copy(), self.both.copy()

    def restore(self, kept: tuple[Small, Floats, Floats, Floats]) -> None:
        self.slot[self.now] = -1
        self.now[:], self.gain[:], self.loss[:], self.both[:] = kept
        self.slot[self.now] = np.arange(len(self.now), dtype=np.int32)


_ROWS = "i4[::1], i4[::1], f8[::1]"
_TABLES = "i4[::1], f8[::1], f8[::1], f8[:, ::1]"


@kernel(f"void({_ROWS}, {_TABLES}, i8, f8)")
def _count(  # noqa: PLR0913
    row_start: Small, row_site: Small, row_worth: Floats,
    slot: Small, gain: Floats, loss: Floats, both: Floats, row: int, sign: float,
) -> None:  # fmt: skip
    first, second, who = 0.0, 0.0, -1
    begin, end = row_start[row], row_start[row + 1]
    for place in range(begin, end):
        if slot[row_site[place]] >= 0:
            if who < 0:
                who, first = slot[row_site[place]], row_worth[place]
            else:
                second = row_worth[place]
                break
    if who >= 0:
        loss[who] += sign * (first - second)
    for place in range(begin, end):
        worth = row_worth[place]
        if worth <= second:
            break
        gain[row_site[place]] += sign * max(0.0, worth - first)
        if who >= 0:
            both[who, row_site[place]] += sign * (min(worth, first) - second)


@kernel(f"void({_ROWS}, {_TABLES})")
def _count_all(
    row_start: Small, row_site: Small, row_worth: Floats,
    slot: Small, gain: Floats, loss: Floats, both: Floats,
) -> None:  # fmt: skip
    for row in range(row_start.size - 1):
        _count(row_start, row_site, row_worth, slot, gain, loss, both, row, 1.0)


@kernel(f"void({_ROWS}, i4[::1], i4[::1], i4[::1], {_TABLES}, i4[::1], i8, i8)")
def _swap(  # noqa: PLR0913
    row_start: Small, row_site: Small, row_worth: Floats, site_start: Small, site_row: Small,
    now: Small, slot: Small, gain: Floats, loss: Floats, both: Floats,
    seen: Small, out: int, new: int,
) -> None:  # fmt: skip
    old = now[out]
    for sign in (-1.0, 1.0):
        seen[-1] += 1
        for turn in range(2):
            site = old if turn == 0 else new
            for place in range(site_start[site], site_start[site + 1]):
                row = site_row[place]
                if seen[row] != seen[-1]:
                    seen[row] = seen[-1]
                    _count(row_start, row_site, row_worth, slot, gain, loss, both, row, sign)
        slot[old], slot[new], now[out] = -1, out, new


@kernel(f"f8({_ROWS}, i4[::1], i4[::1], i4[::1], {_TABLES}, i4[::1], i4[:, ::1], f8)")
def _descend(  # noqa: PLR0913
    row_start: Small, row_site: Small, row_worth: Floats, site_start: Small, site_row: Small,
    now: Small, slot: Small, gain: Floats, loss: Floats, both: Floats,
    seen: Small, lots: npt.NDArray[np.int32], least: float,
) -> float:  # fmt: skip
    added, drawn = 0.0, 0
    while True:
        out, new, most = 0, 0, least
        if drawn < lots.shape[0]:
            out, new = lots[drawn, 0], lots[drawn, 1]
            drawn += 1
            if slot[new] >= 0:
                continue
            most = gain[new] + both[out, new] - loss[out]
        else:
            for one in range(now.size):
                for site in range(slot.size):
                    change = gain[site] + both[one, site] - loss[one]
                    if change > most and slot[site] < 0:
                        out, new, most = one, site, change
            if most <= least:
                return added
        _swap(
            row_start, row_site, row_worth, site_start, site_row, now, slot, gain, loss, both,
            seen, out, new,
        )  # fmt: skip
        added += most
