"""How criteria nest, for many weightings at once.

A weighting is one number a criterion: its share of the whole, all of them adding up to 1.  Where
criteria nest in groups the tree says who carries whose weight where a score is unknown, exactly
as in `siteplanner.index`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from siteplanner.model import Group
from siteplanner.model.criterion import Criteria, Criterion

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Tree: TypeAlias = "tuple[int | Tree, ...]"
"""Column numbers of criteria; an inner tuple is a group."""


@dataclass(frozen=True)
class Nesting:
    """The criteria that weigh something, and how they nest.

    Parameters
    ----------
    names
        Criteria with data and a weight above 0, in file order.
    tree
        Their numbers, nested as the groups are.
    shares
        Their published weights as shares of the whole; the sum is 1.

    Examples
    --------
    >>> Nesting(("reach", "price"), (0, 1), np.array([0.75, 0.25])).tree
    (0, 1)
    """

    names: tuple[str, ...]
    tree: Tree
    shares: Floats


def nest(criteria: Criteria) -> Nesting:
    """Find the criteria that weigh something, how they nest, and their shares.

    Parameters
    ----------
    criteria
        The tree of criteria and groups, as a scenario has it.

    Returns
    -------
    Names, tree and shares; criteria without data, or with a weight of 0, are not among them.

    Raises
    ------
    ValueError
        If no criterion with data has a weight above 0.

    Examples
    --------
    >>> from siteplanner.model import Criterion, Group
    >>> ends = {"zero_at": 0, "full_at": 1}
    >>> inner = {"b": Criterion(**ends), "c": Criterion(weight=3, **ends)}
    >>> found = nest({"a": Criterion(weight=2, **ends), "g": Group(weight=2, criteria=inner)})
    >>> found.names, found.tree, found.shares.tolist()
    (('a', 'b', 'c'), (0, (1, 2)), [0.5, 0.125, 0.375])
    """
    names: list[str] = []
    shares: list[float] = []

    def level(inside: Criteria, share: float) -> Tree:
        siblings = taking_part(inside)
        total = sum(one.weight for one in siblings.values())
        found: list[int | Tree] = []
        for name, one in siblings.items():
            mine = share * one.weight / total
            if isinstance(one, Group):
                found.append(level(one.criteria, mine))
            else:
                found.append(len(names))
                names.append(name)
                shares.append(mine)
        return tuple(found)

    tree = level(criteria, 1.0)
    if not names:
        msg = "no criterion with data has a weight above 0"
        raise ValueError(msg)
    return Nesting(tuple(names), tree, np.array(shares))


def taking_part(criteria: Criteria) -> dict[str, Criterion | Group]:
    """Give the criteria and groups of one level that weigh something.

    Parameters
    ----------
    criteria
        One level of the tree.

    Returns
    -------
    Those with a weight above 0 and data; a group where something inside it takes part.

    Examples
    --------
    >>> from siteplanner.model import Criterion
    >>> one = Criterion(zero_at=0, full_at=1)
    >>> list(taking_part({"a": one, "b": Criterion(status="no data")}))
    ['a']
    """
    return {
        name: one
        for name, one in criteria.items()
        if one.weight > 0
        and (bool(taking_part(one.criteria)) if isinstance(one, Group) else one.has_data)
    }


def flat(criteria: int) -> Tree:
    """Give the tree of criteria without groups.

    Examples
    --------
    >>> flat(3)
    (0, 1, 2)
    """
    return tuple(range(criteria))


def below(tree: Tree) -> list[int]:
    """Give the numbers of all criteria in a tree.

    Examples
    --------
    >>> below((0, (1, (2, 3))))
    [0, 1, 2, 3]
    """
    found: list[int] = []
    for part in tree:
        found += [part] if isinstance(part, int) else below(part)
    return found


def renormalised(weights: Floats, known: Flags, tree: Tree) -> Floats:
    """Share out each weighting among the criteria that are known.

    Inside a group the others carry the weight of an unknown one; where a whole group is
    unknown its neighbours carry it.

    Parameters
    ----------
    weights
        Weightings × criteria, each row adding up to 1.
    known
        By criterion, whether it is known.
    tree
        How they nest.

    Returns
    -------
    Weightings × criteria, rows adding up to 1; a row of 0 where nothing known weighs anything.

    Examples
    --------
    >>> known = np.array([True, True, False])
    >>> renormalised(np.array([[0.5, 0.125, 0.375]]), known, (0, 1, 2)).round(6).tolist()
    [[0.8, 0.2, 0.0]]
    >>> renormalised(np.array([[0.5, 0.125, 0.375]]), known, (0, (1, 2))).tolist()
    [[0.5, 0.5, 0.0]]
    """
    result = np.zeros_like(weights, dtype=np.float64)
    single = [part for part in tree if isinstance(part, int)]
    result[:, single] = weights[:, single] * known[single]
    for part in tree:
        if not isinstance(part, int):
            inside = below(part)
            inner = renormalised(weights, known, part)[:, inside]
            result[:, inside] = inner * weights[:, inside].sum(axis=1, keepdims=True)
    total = result.sum(axis=1, keepdims=True)
    return result / np.where(total > 0, total, 1.0)
