"""The models that a scenario can name, each as a question of count and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner.choice.covering.fairest import fairest_cover
from siteplanner.choice.covering.fewest import set_cover
from siteplanner.choice.covering.maximal import max_cover
from siteplanner.choice.ground import Ground, load_of
from siteplanner.choice.medians.center import p_center
from siteplanner.choice.medians.dispersion import p_dispersion
from siteplanner.choice.medians.even import kolm_pollak_median
from siteplanner.choice.medians.median import p_median
from siteplanner.choice.naming import only
from siteplanner.choice.phases import Solve
from siteplanner.choice.sizing import cover_in_sizes, ways_of
from siteplanner.choice.solution import Cover, Floats, Ints, Rules, Solution, Solver
from siteplanner.choice.standing import column_of, one_more, padded, without_last
from siteplanner.model import Choice


@dataclass(frozen=True)
class Question:
    """A model with its data: give it a count and rules, and it gives a set.

    Parameters
    ----------
    solve
        Finds the best set of so many sites within rules.
    minimise
        Whether less is better.
    comes_to
        What the objective counts, after a number: ``people in need newly reached``.
    """

    solve: Solve
    minimise: bool
    comes_to: str


SERVED = "people in need newly served within the capacity"
COMES_TO: Mapping[str, str] = {
    "max_cover": "people in need newly reached",
    "p_median": "minutes on foot, added up over the people in need",
    "p_center": "minutes is the longest walk",
    "p_dispersion": "metres on foot between the two nearest sites",
    "kolm_pollak": "minutes: walked by everybody alike, it would be as bad as these walks are",
    "fairest": "% of people in need within reach, in the tenth of people that is reached least",
}


def ask(choice: Choice, cover: Cover, ground: Ground) -> Question:
    """Put a scenario's model as a question of count and rules.

    Parameters
    ----------
    choice
        The scenario's rule.
    cover
        Reach (cells × sites), demand, and how fully existing places serve.
    ground
        Walks, costs and what else is known.

    Returns
    -------
    The question.

    Raises
    ------
    ValueError
        If the model needs walks that are not given.
    """
    columns, demand, served = cover
    solver = Solver(gap=choice.gap)
    name = choice.model
    if name == "p_dispersion":
        between = _given(ground.between_m, "between_m", name)

        def apart(count: int, rules: Rules) -> Solution:
            return p_dispersion(between, count, rules=rules, solver=solver)

        return Question(apart, minimise=False, comes_to=COMES_TO[name])
    if name in ("p_median", "kolm_pollak", "p_center"):
        return _walked(choice, demand, ground, solver)
    if name == "fairest":
        return _fairest(cover, ground, solver)
    reach = columns.tocsr()

    def covered(count: int, rules: Rules) -> Solution:
        if rules.backup:
            return _backed_up(cover, ground, count, rules, solver)
        return max_cover(reach, demand, count, rules=rules, solver=solver, served=served)

    if name == "set_cover":
        return _fewest(choice, cover, ground, solver)
    said = COMES_TO["max_cover"] if choice.capacity is None else SERVED
    if choice.backup:
        said = f"people in need newly reached by {choice.backup + 1} places"
    return Question(covered, minimise=False, comes_to=said)


def sized(
    choice: Choice, cover: Cover, ground: Ground, rules: Rules
) -> tuple[Solution, pd.Series, str]:
    """Pick sites and their sizes, and what becomes of the existing places.

    Parameters
    ----------
    choice
        The scenario's rule, with ``sizes`` and one count.
    cover
        Reach (cells × sites), demand, and how fully existing places serve.
    ground
        What else is known; with ``existing_sizes``, who reaches the existing places.
    rules
        What binds the sites.

    Returns
    -------
    The set in site numbers; the size of each chosen site and existing place, on the number of
    the site or, after the sites, of the existing place; and what the objective counts.
    """
    columns, demand, served = cover
    sites, existing, said = columns.shape[1], 0, SERVED
    reach = sparse.csr_array(columns)
    if choice.existing_sizes and ground.existing_reach is not None:
        existing = ground.existing_reach.shape[1]
        reach = sparse.hstack([reach, ground.existing_reach], format="csr")
        served, said = np.zeros(len(demand)), "people in need served, by existing places too"
    ways = ways_of(sites, existing, choice.sizes, choice.existing_sizes)
    own = replace(
        rules,
        load=load_of(ground) if ways.capacity is not None else None,
        called=replace(rules.called, sites=(*rules.called.sites, *ground.existing)),
    )
    found, size = cover_in_sizes(
        reach,
        demand,
        choice.count[-1],
        ways,
        rules=own,
        solver=Solver(gap=choice.gap),
        served=served,
    )
    place = ways.place[found.sites] if len(found.sites) else found.sites
    new = place < sites
    return replace(found, sites=place[new], gains=found.gains[new], flows=None), size, said


def _given(matrix: sparse.csr_array | None, what: str, model: str) -> sparse.csr_array:
    if matrix is None:
        msg = f"{model} needs the walks '{what}'"
        raise ValueError(msg)
    return matrix


def _walked(choice: Choice, demand: Floats, ground: Ground, solver: Solver) -> Question:
    """Existing places are one more site that is fixed and costs nothing."""
    minutes = _given(ground.minutes, "minutes", choice.model)
    sites = minutes.shape[1]
    standing = ground.existing_min
    if standing is not None:
        minutes = sparse.hstack([minutes, column_of(standing)], format="csr")

    def least(count: int, rules: Rules) -> Solution:
        own = rules if standing is None else one_more(rules, sites)
        many = count if standing is None else count + 1
        if choice.model == "p_center":
            found = p_center(minutes, many, demand=demand, rules=own, solver=solver)
        elif choice.model == "kolm_pollak":
            found = kolm_pollak_median(
                minutes,
                demand,
                many,
                aversion=choice.aversion or 1.0,
                unserved_cost=choice.unserved_min,
                rules=own,
                solver=solver,
            )
        else:
            found = p_median(
                minutes,
                demand,
                many,
                unserved_cost=choice.unserved_min,
                rules=own,
                solver=solver,
            )
        return found if standing is None else without_last(found, sites)

    return Question(least, minimise=True, comes_to=COMES_TO[choice.model])


def _fairest(cover: Cover, ground: Ground, solver: Solver) -> Question:
    """Hold the tenths of people by need against each other, in hundredths."""
    columns, demand, served = cover
    if ground.tenth is None:
        msg = "fairest needs the tenth of people that each cell belongs to"
        raise ValueError(msg)
    tenth = ground.tenth - 1

    def fairest(count: int, rules: Rules) -> Solution:
        found = fairest_cover(
            columns, demand, tenth, count, served=served, rules=rules, solver=solver
        )
        return replace(found, objective=100 * found.objective, bound=100 * found.bound)

    return Question(fairest, minimise=False, comes_to=COMES_TO["fairest"])


def _backed_up(cover: Cover, ground: Ground, count: int, rules: Rules, solver: Solver) -> Solution:
    """Existing places count among those that must reach a cell, so they are fixed sites."""
    columns, demand, _ = cover
    own = sparse.csr_array(columns)
    sites = own.shape[1]
    if ground.existing_reach is None or ground.existing_reach.shape[1] == 0:
        return max_cover(own, demand, count, rules=rules, solver=solver)
    more = ground.existing_reach.shape[1]
    both = sparse.hstack([own, ground.existing_reach], format="csr")
    standing = np.arange(sites, sites + more)
    whole = replace(rules, fixed=np.concatenate([standing, rules.fixed]).astype(np.int64))
    whole = padded(whole, ground)
    none = replace(whole, fixed=standing.astype(np.int64), budget=None, districts=None)
    before = max_cover(both, demand, more, rules=none, solver=solver).objective
    found = max_cover(both, demand, count + more, rules=whole, solver=solver)
    kept = found.sites < sites
    return replace(
        found,
        sites=found.sites[kept],
        gains=found.gains[kept],
        objective=found.objective - before,
        bound=found.bound - before,
        assignment=np.where(found.assignment >= sites, -1, found.assignment),
    )


def _fewest(choice: Choice, cover: Cover, ground: Ground, solver: Solver) -> Question:
    """Ask for a share of all people in need; whom existing places reach are reached."""
    columns, demand, served = cover
    wanted = 1.0 if choice.share is None else choice.share
    standing = sparse.csr_array(served.reshape(-1, 1))
    both = sparse.hstack([columns, standing], format="csr")
    sites = columns.shape[1]

    def fewest(count: int, rules: Rules) -> Solution:
        del count
        if rules.backup and ground.existing_reach is not None:
            own = padded(rules, ground)
            whole = sparse.hstack([columns, ground.existing_reach], format="csr")
            last = np.arange(sites, whole.shape[1])
        else:
            own, whole, last = one_more(rules, sites), both, np.array([sites])
        if rules.backup:
            own = replace(own, fixed=np.concatenate([last, rules.fixed]).astype(np.int64))
        here: Ints = np.flatnonzero(demand > 0)
        own = replace(
            own,
            load=None if own.load is None else own.load[here],
            called=replace(own.called, points=only(own.called.points, here)),
        )
        found = set_cover(whole[here], demand[here], share=wanted, rules=own, solver=solver)
        already = 0 if rules.site_cost is not None else int((found.sites >= sites).sum())
        found = replace(found, objective=found.objective - already, bound=found.bound - already)
        return _counted(found, sites, here, len(demand))

    return Question(fewest, minimise=True, comes_to="sites" if choice.cost is None else "in cost")


def _counted(found: Solution, sites: int, here: Ints, cells: int) -> Solution:
    """Leave the existing places out of the sites."""
    kept = found.sites < sites
    assignment = np.full(cells, -1, dtype=np.int64)
    if len(found.assignment):
        assignment[here] = np.where(found.assignment >= sites, -1, found.assignment)
    return replace(
        found,
        sites=found.sites[kept],
        gains=found.gains[kept],
        assignment=assignment,
        optima=tuple(one[one < sites] for one in found.optima),
    )
