"""What a choice knows about its sites beside who reaches them: walks, costs, rooms, districts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints, Rules
from siteplanner.model import Choice


@dataclass(frozen=True)
class Ground:
    """What binds or informs a choice; every part may be left out.

    Parameters
    ----------
    near
        Site × site, stored where two sites are nearer than ``spacing_m``.
    minutes
        Cells × sites, minutes on foot, stored where the walk is within the limit.
    existing_min
        Minutes from each cell to the nearest existing place; NaN where none is within the
        limit.
    existing_reach
        Cells × existing places, 0..1.
    existing
        What people call each existing place.
    between_m
        Site × site, metres on foot.
    people
        People of each cell: what a capacity is counted in.
    cost, capacity
        One number a site.
    tenth
        Tenth of people by need that each cell belongs to, 1 the neediest; 0 for none.
    district
        Number of the district that each site lies in; -1 for none.
    lacking
        By site: the clause that says why it cannot be an anchor.
    out
        By site: the kind of reason and the sentence that say why the site register keeps it out.
    cells, districts
        What people call each cell and each district.

    Examples
    --------
    >>> Ground().lacking
    {}
    """

    near: sparse.csr_array | None = None
    minutes: sparse.csr_array | None = None
    existing_min: Floats | None = None
    existing_reach: sparse.csr_array | None = None
    existing: tuple[str, ...] = ()
    between_m: sparse.csr_array | None = None
    people: Floats | None = None
    cost: Floats | None = None
    capacity: Floats | None = None
    tenth: Ints | None = None
    district: Ints | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)
    out: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cells: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()


def load_of(ground: Ground) -> Floats | None:
    """Give what each cell takes of a capacity: its people, none where they are not known.

    Examples
    --------
    >>> load_of(Ground(people=np.array([3.0, np.nan])))
    array([3., 0.])
    """
    return None if ground.people is None else np.nan_to_num(ground.people, nan=0.0)


def rules_of(
    choice: Choice, names: npt.NDArray[np.object_], score: Floats, ground: Ground
) -> Rules:
    """Turn what a scenario says into rules for the kernels.

    Parameters
    ----------
    choice
        The scenario's rule.
    names
        Id of each site.
    score
        Index of each site; NaN (unknown) is never picked.
    ground
        What else is known.

    Returns
    -------
    The rules: site numbers in place of names, one number a site in place of columns.

    Raises
    ------
    KeyError
        If a fixed or barred site is not among the sites.

    Examples
    --------
    >>> rules = rules_of(Choice(count=1, min_index=0.5, fixed=["b"]),
    ...                  np.array(["a", "b"], dtype=object), np.array([0.4, 0.3]), Ground())
    >>> rules.fixed.tolist(), rules.barred.tolist()
    ([1], [0])
    """  # fmt: skip
    place = {str(name): number for number, name in enumerate(names)}
    for one in (*choice.fixed, *choice.barred):
        if one not in place:
            raise KeyError(one)
    with np.errstate(invalid="ignore"):
        out = np.isnan(score) | (score < choice.min_index)
    out |= np.isin(names.astype(str), [*choice.barred, *ground.lacking, *ground.out])
    fixed = np.array([place[one] for one in choice.fixed], dtype=np.int64)
    out[fixed] = False
    district = None
    if choice.per_district is not None and ground.district is not None:
        free = ground.district[~out & (ground.district >= 0)]
        there = np.bincount(free, minlength=int(ground.district.max(initial=-1)) + 1)
        district = (ground.district, np.minimum(there, choice.per_district).astype(np.int64))
    return Rules(
        fixed=fixed,
        barred=out.nonzero()[0].astype(np.int64),
        site_cost=ground.cost,
        budget=choice.budget,
        capacity=ground.capacity,
        load=load_of(ground) if ground.capacity is not None else None,
        min_spacing=ground.near if choice.model != "top" else None,
        districts=district,
        backup=choice.backup,
        score=np.nan_to_num(score),
    )
