"""All problems of one scenario, in the order of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siteplanner.errors import Problem
from siteplanner.model import Demand, Layer, Scenario
from siteplanner.model.layer import AREA, FLOOR_AREA
from siteplanner.problems.against import ANY, Against
from siteplanner.problems.chosen import of_choice
from siteplanner.problems.corrected import of_correction
from siteplanner.problems.ground import of_sites
from siteplanner.problems.measured import of_criterion
from siteplanner.problems.private import of_private
from siteplanner.problems.published import of_marks
from siteplanner.problems.registered import of_register
from siteplanner.problems.timed import of_times
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
    for name, correction in scenario.corrections.items():
        yield from of_correction(held, name, correction)
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
    yield from of_register(held)
    yield from of_times(held)
    yield from of_private(held)
    if scenario.audience == "public":
        yield from of_marks(held)
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
        yield from _spread_by(held, demand, demand.spread_over)
    counts = [("demand.people", demand.people)]
    counts += [("demand.groups", group) for group in demand.groups]
    for key, count in counts:
        name, dot, column = count.partition(".")
        if not dot:
            yield held.problem(key, f"found '{count}'", "write layer.column")
            continue
        yield from held.layer(key, name, {"polygons", "points", "raster"})
        kinds = {"count"} if key == "demand.people" else {"count", "rate"}
        yield from held.column(key, name, column, kinds)
        yield from _stands_in(held, key, name, column)


def _spread_by(held: Against, demand: Demand, layer: str) -> Iterator[Problem]:
    """Find what is wrong with how people are spread over homes."""
    if demand.spread_by is None:
        return
    yield from held.column("demand.spread_by", layer, demand.spread_by, ANY)
    known = held.layers[layer].columns if layer in held.layers else {}
    if demand.spread_by not in known:
        return
    is_word = known[demand.spread_by].kind == "category"
    if is_word and not demand.densities:
        todo = "add densities: how densely each use is lived on, { residential = 1, mixed = 0.5 }"
        found = f"'{demand.spread_by}' is a category"
        yield held.problem("demand.spread_by", found, todo)
    if demand.densities and not is_word:
        found = f"'{demand.spread_by}' is a {known[demand.spread_by].kind}: its numbers count"
        yield held.problem("demand.densities", found, "delete the table, or name a category")


def _stands_in(held: Against, key: str, name: str, column: str) -> Iterator[Problem]:
    """Ask for a word where ground or floors are counted in place of people."""
    layer = held.layers.get(name)
    if layer is None or column not in layer.columns or layer.proxy:
        return
    if layer.columns[column].source in (AREA, FLOOR_AREA):
        found = f"{name}.{column} counts square metres in place of people"
        todo = f'say so in layers/{name}.toml: proxy = "floor area, in place of people"'
        yield held.problem(key, found, todo)
