"""Scenarios filled in for the layers that a project has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
PROGRAMMES = ("care_blocks", "community_hubs", "micro_parks")
_LIST = re.compile(r"^layer = \[(.*)\]$")


def fill(text: str, there: Collection[str], values: Mapping[str, object]) -> str:
    r"""Fill a template in.

    Lines between ``#if parks or schools`` and ``#end`` stay where one of the layers is there,
    ``#if a and b`` where both are, ``#if not a`` where it is not; lines after ``#else`` stay
    where those before do not.  Conditions do not nest.  ``layer = [...]`` keeps the layers that
    are there.  ``@name@`` becomes a value.

    Parameters
    ----------
    text
        The template.
    there
        Names that hold.
    values
        By name.

    Returns
    -------
    The text of a scenario.

    Raises
    ------
    KeyError
        If the template asks for a value that is not given.

    Examples
    --------
    >>> print(fill('#if a or b\nlayer = ["a", "b"]\n#else\ngrid_m = @g@\n#end\nx = 1', {"b"}, {}))
    layer = ["b"]
    x = 1
    >>> print(fill("#if not a\ngrid_m = @g@\n#end", set(), {"g": 250}))
    grid_m = 250
    """
    kept = "\n".join(_kept(text.splitlines(), there))
    filled = re.sub("@([a-z0-9_]+)@", lambda found: str(values[found[1]]), kept)
    return re.sub("\n{3,}", "\n\n", filled)


def _kept(lines: list[str], there: Collection[str]) -> Iterator[str]:
    holds = True
    for line in lines:
        word = line.strip()
        if word.startswith("#if "):
            holds = _holds(word.removeprefix("#if "), there)
        elif word == "#else":
            holds = not holds
        elif word == "#end":
            holds = True
        elif holds:
            yield _only(line, there)


def _holds(condition: str, there: Collection[str]) -> bool:
    if condition.startswith("not "):
        return condition.removeprefix("not ") not in there
    if " and " in condition:
        return all(name in there for name in condition.split(" and "))
    return any(name in there for name in condition.split(" or "))


def _only(line: str, there: Collection[str]) -> str:
    found = _LIST.match(line)
    if not found:
        return line
    names = [name for name in re.findall('"(.*?)"', found[1]) if name in there]
    return f"layer = [{', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)}]"
