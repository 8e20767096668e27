"""A plan's set looked for again, many times: under other weights, another count, without a site.

Done on one process or on several; what is found is kept by content hash, so that an interrupted
search goes on where it stopped.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache as remembered
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from siteplanner import walk
from siteplanner.model.criterion import leaves
from siteplanner.plan.reweighing import Reweigher
from siteplanner.walk.cache import key_of as key_of_parts

EVERY = 10
"""What is found is kept after so many sets."""
Weights = tuple[tuple[str, float], ...]
Told = Callable[[int, int], None]


class Task(NamedTuple):
    """What differs from the plan: weights, number of sites, and sites that are struck out."""

    need: Weights = ()
    site: Weights = ()
    number: int | None = None
    barred: tuple[str, ...] = ()


class Found(NamedTuple):
    """A set.

    Parameters
    ----------
    sites
        Numbers of the sites, sorted.
    worth
        What it comes to, in the unit of the plan's model; NaN where no set keeps to the rules.
    new_demand
        People in need newly reached, with need as it is weighed here.
    """

    sites: tuple[int, ...]
    worth: float
    new_demand: float


def quiet(done: int, of: int) -> None:
    """Show nothing."""


def solve(weigher: Reweigher, task: Task) -> Found:
    """Look for one set.

    Parameters
    ----------
    weigher
        The plan, ready to be weighed anew; it stays as it is.
    task
        What differs.

    Returns
    -------
    The set.
    """
    own = copy.copy(weigher)
    changes: dict[str, object] = {"barred": (*own.rule.barred, *task.barred)}
    if task.number is not None:
        changes["count"] = (task.number,)
    own.rule = own.rule.model_copy(update=changes)
    chosen = own(dict(task.need), dict(task.site), choose=True).chosen
    if chosen is None or chosen.phases.empty:
        return Found((), np.nan, np.nan)
    last = chosen.phases.iloc[-1]
    sites = np.sort(own.table.index.get_indexer(chosen.table.index))
    return Found(tuple(int(one) for one in sites), float(last["objective"]),
                 float(last["new_demand"]))  # fmt: skip


def solve_all(
    weigher: Reweigher,
    tasks: Sequence[Task],
    *,
    workers: int = 1,
    cache: walk.Cache | None = None,
    progress: Told = quiet,
) -> list[Found]:
    """Look for many sets.

    Parameters
    ----------
    weigher
        The plan, ready to be weighed anew.
    tasks
        What differs in each.
    workers
        Processes.  More than one need a main module that can be imported, as any script can be
        whose last lines stand under ``if __name__ == "__main__"``.
    cache
        Where what was found is kept; None keeps nothing.
    progress
        Called with how many are found, of how many.

    Returns
    -------
    A set per task; the same whatever ``workers`` and ``cache`` are.
    """
    tasks = list(tasks)
    key = key_of(weigher, tasks) if cache is not None else ""
    known = _kept(cache, key, len(tasks))
    waiting = [at for at in range(len(tasks)) if at not in known]
    progress(len(known), len(tasks))
    if workers > 1 and len(waiting) > 1 and not _walks(weigher):
        results = _spread_out(weigher, tasks, waiting, workers)
    else:
        results = ((at, solve(weigher, tasks[at])) for at in waiting)
    try:
        for at, found in results:
            known[at] = found
            progress(len(known), len(tasks))
            if len(known) % EVERY == 0:
                _keep(cache, key, known, len(tasks))
    finally:
        if waiting:
            _keep(cache, key, known, len(tasks))
    return [known[at] for at in range(len(tasks))]


def key_of(weigher: Reweigher, tasks: Sequence[Task]) -> str:
    """Hash all that the sets depend on."""
    plan = weigher.plan
    arrays = (
        weigher.reach.indptr, weigher.reach.indices, weigher.reach.data, weigher.served,
        weigher.place.scores.to_numpy(float), plan.need.scores.to_numpy(float),
        plan.cells["people"].to_numpy(float),
    )  # fmt: skip
    digest = hashlib.sha256()
    for one in arrays:
        digest.update(np.ascontiguousarray(one).tobytes())
    sources = " ".join(f"{name} {one.sha256}" for name, one in sorted(plan.sources.items()))
    parts = (plan.scenario.model_dump_json(), repr(list(tasks)), sources, _code())
    return key_of_parts("sets", digest.hexdigest(), *parts)


@remembered
def _code() -> str:
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted([*(root / "choice").rglob("*.py"), *(root / "plan").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _walks(weigher: Reweigher) -> bool:
    """Say whether weighing anew needs walks: a criterion has a limit of its own."""
    return any(
        one.measure == "need_reached" and (one.limit_m is not None or one.limit_min is not None)
        for _, one in leaves(weigher.plan.scenario.site)
    )


def _light(weigher: Reweigher) -> Reweigher:
    """Leave out what other processes do not need: layers, streets and walks."""
    own = copy.copy(weigher)
    plan = weigher.plan
    own.plan = dataclasses.replace(
        plan,
        sources={},
        study=None,  # type: ignore[arg-type]
        walk=None,
        existing=plan.existing.iloc[:0],
        notices=(),
        choice=None,
        outcomes=None,
        fairness=None,
        sites=None,
        place=None,
        cells=plan.cells.drop(columns="geometry"),
    )
    own.walker = None  # type: ignore[assignment]
    own.table = weigher.table[["label"]]
    return own


_OWN: dict[str, Reweigher] = {}


def _start(pickled: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when it is over
    _OWN["weigher"] = pickle.loads(pickled)  # noqa: S301  our own, a moment ago


def _one(at: int, task: Task) -> tuple[int, Found]:
    return at, solve(_OWN["weigher"], task)


def _spread_out(
    weigher: Reweigher, tasks: Sequence[Task], waiting: Sequence[int], workers: int
) -> Iterator[tuple[int, Found]]:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(pickle.dumps(_light(weigher)),),
    )
    try:
        futures = [pool.submit(_one, at, tasks[at]) for at in waiting]
        for done in as_completed(futures):
            yield done.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _keep(cache: walk.Cache | None, key: str, known: dict[int, Found], tasks: int) -> None:
    if cache is None:
        return
    width = max([len(one.sites) for one in known.values()], default=0)
    sites = np.full((tasks, width), -1, dtype=np.int64)
    numbers = np.full((tasks, 2), np.nan)
    done = np.zeros(tasks, dtype=bool)
    for at, one in known.items():
        sites[at, : len(one.sites)] = one.sites
        numbers[at] = one.worth, one.new_demand
        done[at] = True
    cache.save(key, {"sites": sites, "numbers": numbers, "done": done})


def _kept(cache: walk.Cache | None, key: str, tasks: int) -> dict[int, Found]:
    arrays: dict[str, NDArray[np.float64]] | None = cache.load(key) if cache else None
    if arrays is None or set(arrays) != {"sites", "numbers", "done"}:
        return {}
    if len(arrays["done"]) != tasks:
        return {}
    return {
        int(at): Found(
            tuple(int(one) for one in arrays["sites"][at] if one >= 0),
            float(arrays["numbers"][at, 0]),
            float(arrays["numbers"][at, 1]),
        )
        for at in np.flatnonzero(arrays["done"])
    }
