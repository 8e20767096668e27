"""What is wrong with the cells of a table that a person has edited, all of it at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from siteplanner.errors import Problem
from siteplanner.sources.ledger import printable

SHOWN = 5
"""So many rows with the same fault are named one by one."""


class Faults:
    """Collect bad cells; those with the same fault become one problem with all its rows.

    Parameters
    ----------
    where
        The file, as the person calls it.
    rows
        The number of each row in the file.

    Examples
    --------
    >>> faults = Faults("marks.csv", {0: 2, 1: 3, 2: 4})
    >>> for row in (0, 2):
    ...     faults.add(row, "people", "found 'two'", "write a whole number")
    >>> print(*faults.problems())
    marks.csv: people, rows 2, 4: found 'two'; write a whole number
    """

    def __init__(self, where: str, rows: Mapping[Hashable, int]) -> None:
        self.where = where
        self.rows = rows
        self.found: dict[tuple[str, str, str], list[int]] = {}

    def add(self, row: Hashable, column: str, found: str, todo: str) -> None:
        """Note a bad cell."""
        same = self.found.setdefault((column, printable(found), printable(todo)), [])
        same.append(self.rows[row])

    def problems(self) -> list[Problem]:
        """Give a problem for each fault, in the order of the first rows."""
        return [
            Problem(self.where, f"{column}, {_named(sorted(set(rows)))}", found, todo)
            for (column, found, todo), rows in sorted(
                self.found.items(), key=lambda one: (min(one[1]), one[0])
            )
        ]


def _named(rows: list[int]) -> str:
    if len(rows) == 1:
        return f"row {rows[0]}"
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return f"rows {', '.join(str(one) for one in rows[:SHOWN])}{more}"
