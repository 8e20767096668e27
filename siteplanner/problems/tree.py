"""Criteria as a tree: names, groups and weights."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.errors import Problem
from siteplanner.model import Criterion, Group
from siteplanner.model.criterion import Criteria, leaves
from siteplanner.problems.against import Against


def keyed(level: str, tree: Criteria) -> Iterator[tuple[str, Criterion]]:
    """Give every criterion with the key that it has in the file.

    Examples
    --------
    >>> one = Criterion(status="no data")
    >>> [key for key, _ in keyed("need", {"a": one, "care": Group(criteria={"b": one})})]
    ['need.a', 'need.care.criteria.b']
    """
    for name, one in tree.items():
        if isinstance(one, Group):
            yield from keyed(f"{level}.{name}.criteria", one.criteria)
        else:
            yield f"{level}.{name}", one


def of_tree(held: Against, level: str, tree: Criteria) -> Iterator[Problem]:
    """Find what is wrong with ``[need]`` or ``[site]`` as a whole."""
    if level == "need" and not tree:
        yield held.problem(level, "it has no criterion", "add one: [need.<name>]")
    elif tree and not _in_use(tree):
        yield held.problem(level, "no criterion has data", "give at least one a layer")
    yield from _weights(held, level, tree)
    keys: dict[str, list[str]] = {}
    for key, _ in keyed(level, tree):
        keys.setdefault(key.rpartition(".")[2], []).append(key)
    for name, those in keys.items():
        if len(those) > 1:
            found = f"{len(those)} criteria are called '{name}': {' and '.join(those)}"
            yield held.problem(level, found, "give each a name of its own")


def _weights(held: Against, level: str, tree: Criteria) -> Iterator[Problem]:
    """Add up weights; a group counts only if something inside has data."""
    used = {name: one for name, one in tree.items() if _in_use({name: one})}
    if used and sum(one.weight for one in used.values()) == 0:
        yield held.problem(level, "the weights sum to 0", "give at least one a weight above 0")
    for name, one in tree.items():
        if isinstance(one, Group):
            if not one.criteria:
                todo = f"add one: [{level}.{name}.criteria.<name>]"
                yield held.problem(f"{level}.{name}", "the group has no criterion", todo)
            yield from _weights(held, f"{level}.{name}", one.criteria)


def _in_use(tree: Criteria) -> bool:
    return any(one.has_data for _, one in leaves(tree))
