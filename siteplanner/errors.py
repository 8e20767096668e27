"""What can go wrong, and how it is said.

::

    SiteplannerError
    ├── InputError      the planner's files need a change (exit code 2)
    └── OutputError     the answer could not be written (exit code 2)

Every message says where, what was found and what to do.  `Problem` is one such
sentence; an `InputError` carries all problems of a project at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing in the planner's files that has to change.

    Parameters
    ----------
    where
        File, relative to the project (``layers/people.toml``, ``people.csv``).
    key
        Key or row inside it; empty when the whole file is meant.
    found
        What was found there.
    todo
        What to do about it.

    Examples
    --------
    >>> print(Problem("layers/people.toml", "year", "found 'last'", "write a number like 2018"))
    layers/people.toml: year: found 'last'; write a number like 2018
    """

    where: str
    key: str
    found: str
    todo: str

    def __str__(self) -> str:
        place = f"{self.where}: {self.key}" if self.key else self.where
        return f"{place}: {self.found}; {self.todo}"


class SiteplannerError(Exception):
    """Root of every error that siteplanner raises on purpose."""


class InputError(SiteplannerError):
    """The planner's files need a change; all problems found are listed.

    Examples
    --------
    >>> error = InputError([Problem("layers/a.toml", "", "the file is empty", "fill it in")])
    >>> print(error)
    layers/a.toml: the file is empty; fill it in
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class OutputError(SiteplannerError, OSError):
    """The answer could not be written; what was there before is untouched."""


def nearest_names(name: str, known: Iterable[str]) -> str:
    """Offer the known names nearest to a mistyped one, as half a sentence.

    Examples
    --------
    >>> nearest_names("peple", ["people", "households"])
    "did you mean 'people'?"
    >>> nearest_names("zzz", ["people", "households"])
    'known are: households, people'
    """
    known = sorted(set(known))
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f"'{one}'" for one in close) + "?"
    if not known:
        return "there are none yet"
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"known are: {shown}"
