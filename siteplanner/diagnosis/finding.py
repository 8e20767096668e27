"""One line of a diagnosis, and all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from siteplanner.errors import Problem

Severity = Literal["unreadable", "wrong", "odd", "missing"]
HEADINGS: dict[Severity, str] = {
    "unreadable": "Cannot be read",
    "wrong": "Has to change before a plan is shown to anybody",
    "odd": "Look at this",
    "missing": "Could be added",
}
"""Severities, the worst first, and what they are called."""


@dataclass(frozen=True)
class Finding:
    """Where something is, what it is, and what to do about it.

    Parameters
    ----------
    severity
        ``unreadable``: a file cannot be used; ``wrong``: it has to change; ``odd``: it deserves
        a look; ``missing``: it could be added.
    where
        A file of the project, a folder, or a programme.
    what
        What was found.
    todo
        What to do.

    Examples
    --------
    >>> print(Finding("odd", "layers/a.toml", "it says no year", "add year = 2024"))
    layers/a.toml: it says no year; add year = 2024
    """

    severity: Severity
    where: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.todo}"


@dataclass(frozen=True)
class Diagnosis:
    """All that was found in a project.

    Parameters
    ----------
    findings
        The worst first.
    programmes
        What each programme asks for: ``programme``, ``criterion``, ``has`` (the layers and
        columns that may serve, empty where there are none), ``in_use`` (whether a scenario of
        the programme measures it) and ``needs``.

    Examples
    --------
    >>> found = Diagnosis((Finding("odd", "layers/a.toml", "no year", "add it"),), pd.DataFrame())
    >>> found.readable, len(found.findings)
    (True, 1)
    >>> print(found)
    Look at this
      layers/a.toml: no year; add it
    """

    findings: tuple[Finding, ...]
    programmes: pd.DataFrame

    @property
    def readable(self) -> bool:
        """Whether all files can be read."""
        return not any(one.severity == "unreadable" for one in self.findings)

    def __str__(self) -> str:
        parts = []
        for severity, heading in HEADINGS.items():
            lines = [f"  {one}" for one in self.findings if one.severity == severity]
            if lines:
                parts.append("\n".join([heading, *lines]))
        if len(self.programmes):
            parts.append("\n".join(["What the programmes ask for", *_told(self.programmes)]))
        return "\n\n".join(parts) or "nothing was found"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give each finding once, the worst first, else in the order they were found.

    What is the same in several files is told once, with all of them.

    Examples
    --------
    >>> one, other = (Finding(how, "a", "b", "c") for how in ("missing", "wrong"))
    >>> [found.severity for found in in_order([one, other, one])]
    ['wrong', 'missing']
    """
    order = list(HEADINGS)
    files: dict[tuple[Severity, str, str], dict[str, None]] = {}
    for one in findings:
        files.setdefault((one.severity, one.what, one.todo), {})[one.where] = None
    merged = (
        Finding(severity, ", ".join(where), what, todo)
        for (severity, what, todo), where in files.items()
    )
    return tuple(sorted(merged, key=lambda one: order.index(one.severity)))


def from_problem(problem: Problem, *, readable: bool) -> Finding:
    """Make a finding of a problem that `check` would refuse the project for.

    Examples
    --------
    >>> from_problem(Problem("layers/a.toml", "year", "found 'x'", "mend it"), readable=True).what
    "year: found 'x'"
    """
    what = f"{problem.key}: {problem.found}" if problem.key else problem.found
    return Finding("wrong" if readable else "unreadable", problem.where, what, problem.todo)


def _told(programmes: pd.DataFrame) -> Iterable[str]:
    for name, rows in programmes.groupby("programme", sort=False):
        served = rows[rows["has"] != ""]
        yield f"  {name}: {len(served)} of {len(rows)} criteria could be measured"
        for row in rows.to_dict("records"):
            sign = "+" if row["has"] else "-"
            used = " (in use)" if row["in_use"] else ""
            has = row["has"] or f"nothing yet; {row['needs']}"
            yield f"    {sign} {row['criterion']}{used}: {has}"
