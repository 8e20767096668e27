"""Groups of a workshop, merged until none is small enough to point at a family."""

from __future__ import annotations

import pandas as pd

SMALLEST = 10
"""Smallest group that is named."""
TOGETHER = "other groups"


def merged(groups: pd.Series, people: pd.Series) -> tuple[pd.Series, tuple[str, ...]]:
    """Merge the groups of fewer than ten people, and with them as many as it takes.

    A group's size is the people of its marks added up.  Whoever makes several marks is counted
    several times, so that a group may be smaller than it looks: give one group a sheet.

    Parameters
    ----------
    groups
        What each mark's group is called; empty where nobody said.
    people
        How many people each mark stands for, on the same index.

    Returns
    -------
    groups
        The names, with ``"other groups"`` for those that were merged; empty for all, where all
        together are fewer than ten.
    merged
        The names that are gone.

    Examples
    --------
    >>> groups = pd.Series(["mothers", "carers", "traders"])
    >>> merged(groups, pd.Series([12.0, 7.0, 4.0]))[0].tolist()
    ['mothers', 'other groups', 'other groups']
    >>> merged(groups, pd.Series([12.0, 10.0, 4.0]))[0].tolist()
    ['mothers', 'other groups', 'other groups']
    >>> merged(groups, pd.Series([3.0, 2.0, 4.0]))[0].tolist()
    ['', '', '']
    """
    named = groups[groups != ""]
    sizes = people[named.index].groupby(named).sum().rename_axis("group").reset_index(name="size")
    sizes = sizes.sort_values(["size", "group"], ignore_index=True)
    small, together = list[str](), 0.0
    for name, size in zip(sizes["group"], sizes["size"], strict=True):
        if size >= SMALLEST and (not small or together >= SMALLEST):
            break
        small.append(str(name))
        together += float(size)
    if not small:
        return groups.copy(), ()
    called = TOGETHER if together >= SMALLEST else ""
    return groups.mask(groups.isin(small), called), tuple(small)
