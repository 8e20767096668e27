"""All problems of one scenario, in the order of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siteplanner.errors import Problem
from siteplanner.model import Demand, Layer, Scenario
from siteplanner.problems.against import Against
from siteplanner.problems.chosen import of_choice
from siteplanner.problems.ground import of_sites
from siteplanner.problems.measured import of_criterion
from siteplanner.problems.tree import keyed, of_tree
from siteplanner.problems.walked import of_walk

TAKEN = frozenset({"group", "phase", "decile", "minutes"})
"""What outcomes are told by already."""


def find(scenario: Scenario, layers: Mapping[str, Layer]) -> list[Problem]:
    """Hold a scenario against its project's layers.

    Parameters
    ----------
    scenario
        The scenario.
    layers
        All layers of the project by name.

    Returns
    -------
    Every problem found, in the order of the file; empty where all is well.

    Examples
    --------
    >>> from siteplanner.model import Choice, Column, Criterion
    >>> scenario = Scenario(
    ...     name="s", title="S", area="town", demand=Demand(cells="town", people="town.people"),
    ...     need={"poverty": Criterion(layer="town", column="stratum", zero_at=4, full_at=1)})
    >>> town = Layer(name="town", title="Town", source="town.geojson", kind="polygons",
    ...              columns={"people": Column(kind="count"), "stratums": Column()})
    >>> print(*find(scenario, {"town": town}))
    scenarios/s.toml: need.poverty.column: layer 'town' declares no column 'stratum'; did you mean 'stratums'?
    """  # fmt: skip  # noqa: E501
    return list(_all(Against(scenario, layers)))


def _all(held: Against) -> Iterator[Problem]:
    scenario = held.scenario
    yield from held.layer("area", scenario.area, {"polygons"})
    yield from _demand(held, scenario.demand)
    for level, tree in (("need", scenario.need), ("site", scenario.site)):
        yield from of_tree(held, level, tree)
        for key, criterion in keyed(level, tree):
            if criterion.has_data:
                yield from of_criterion(held, key, criterion)
    if scenario.walk:
        yield from of_walk(held, scenario.walk)
    if scenario.sites:
        yield from of_sites(held, scenario.sites)
    yield from of_choice(held)
    for name in scenario.outcomes.by:
        yield from held.layer("outcomes.by", name, {"polygons"})
        if name in TAKEN:
            todo = f"rename layers/{name}.toml"
            yield held.problem("outcomes.by", f"people are told by '{name}' already", todo)


def _demand(held: Against, demand: Demand) -> Iterator[Problem]:
    if demand.cells:
        yield from held.layer("demand.cells", demand.cells, {"polygons", "points"})
    if demand.spread_over:
        yield from held.layer("demand.spread_over", demand.spread_over, {"polygons"})
    counts = [("demand.people", demand.people)]
    counts += [("demand.groups", group) for group in demand.groups]
    for key, count in counts:
        name, dot, column = count.partition(".")
        if not dot:
            yield held.problem(key, f"found '{count}'", "write layer.column")
            continue
        yield from held.layer(key, name, {"polygons", "points", "raster"})
        yield from held.column(key, name, column, {"count"})
