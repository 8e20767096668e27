"""Problems that show only when a scenario is held against the layers it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Column, Criterion, Exclusion, Group, Layer, Scenario
from siteplanner.model.criterion import CELLS, Criteria, Where, leaves
from siteplanner.walk import PROFILES

PLACES = frozenset({"points", "lines", "polygons"})
NEEDS_COLUMN = frozenset({"value", "mean", "share", "sum"})
NEEDS_WALK = frozenset({"need_reached", "not_served", "two_step", "enhanced_two_step", "balance"})


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
    >>> from siteplanner.model import Choice, Criterion, Demand
    >>> scenario = Scenario(
    ...     name="s", title="S", area="town", demand=Demand(cells="town", people="town.people"),
    ...     need={"poverty": Criterion(layer="town", column="stratum", zero_at=4, full_at=1)})
    >>> town = Layer(name="town", title="Town", source="town.geojson", kind="polygons",
    ...              columns={"people": Column(kind="count"), "stratums": Column()})
    >>> print(*find(scenario, {"town": town}))
    scenarios/s.toml: need.poverty.column: layer 'town' declares no column 'stratum'; did you mean 'stratums'?
    """  # fmt: skip  # noqa: E501
    return list(_Check(scenario, layers).run())


class _Check:
    """One scenario against one set of layers."""

    def __init__(self, scenario: Scenario, layers: Mapping[str, Layer]) -> None:
        self.scenario = scenario
        self.layers = layers
        self.where = f"scenarios/{scenario.name}.toml"

    def run(self) -> Iterator[Problem]:
        scenario = self.scenario
        yield from self.layer("area", scenario.area, {"polygons"})
        yield from self.demand()
        for level, tree in (("need", scenario.need), ("site", scenario.site)):
            yield from self.weights(level, tree)
        for level, name, criterion in scenario.criteria():
            if criterion.has_data:
                yield from self.criterion(f"{level}.{name}", criterion)
        if scenario.walk:
            if scenario.walk.network:
                yield from self.layer("walk.network", scenario.walk.network, {"lines", "network"})
            if scenario.walk.profile not in PROFILES:
                todo = nearest_names(scenario.walk.profile, PROFILES)
                yield self.problem("walk.profile", f"no profile '{scenario.walk.profile}'", todo)
        if scenario.sites:
            yield from self.sites()
        if scenario.choice.existing:
            kinds = {"points", "polygons"}
            yield from self.layer("choice.existing", scenario.choice.existing, kinds)
            rows = scenario.choice.existing_where
            yield from self.rows("choice.existing_where", scenario.choice.existing, rows)
        for name in scenario.outcomes.by:
            yield from self.layer("outcomes.by", name, {"polygons"})

    def problem(self, key: str, found: str, todo: str) -> Problem:
        return Problem(self.where, key, found, todo)

    def kind(self, name: str) -> str:
        """Give what a layer's rows are; a joined table takes it from the other layer."""
        layer = self.layers[name]
        if layer.kind == "table":
            joined = layer.join and self.layers.get(layer.join.layer)
            return joined.kind if joined else "points"
        return "lines" if layer.kind == "network" else layer.kind

    def layer(self, key: str, name: str, kinds: set[str] | frozenset[str]) -> Iterator[Problem]:
        if name not in self.layers:
            yield self.problem(key, f"no layer '{name}'", nearest_names(name, self.layers))
        elif self.kind(name) not in {"lines" if kind == "network" else kind for kind in kinds}:
            found = f"layer '{name}' has {self.kind(name)}"
            yield self.problem(key, found, f"name a layer of {' or '.join(sorted(kinds))}")

    def column(self, key: str, name: str, column: str, kinds: set[str]) -> Iterator[Problem]:
        if name == CELLS:
            known = ("people", *self.scenario.demand.groups)
            if column not in known:
                found = f"the cells have no column '{column}'"
                yield self.problem(key, found, nearest_names(column, known))
        elif name in self.layers:
            columns: Mapping[str, Column] = self.layers[name].columns
            if column not in columns:
                found = f"layer '{name}' declares no column '{column}'"
                todo = nearest_names(column, columns)
                if not columns:
                    todo = f"declare it in layers/{name}.toml under [columns.{column}]"
                yield self.problem(key, found, todo)
            elif columns[column].kind not in kinds:
                found = f"column '{name}.{column}' is a {columns[column].kind}"
                yield self.problem(
                    key, found, f"name a column that is a {' or '.join(sorted(kinds))}"
                )

    def rows(self, key: str, name: str, where: Where) -> Iterator[Problem]:
        for column in where:
            yield from self.column(
                f"{key}.{column}", name, column, {"count", "rate", "value", "category"}
            )

    def demand(self) -> Iterator[Problem]:
        demand = self.scenario.demand
        if demand.cells:
            yield from self.layer("demand.cells", demand.cells, {"polygons", "points"})
        if demand.spread_over:
            yield from self.layer("demand.spread_over", demand.spread_over, {"polygons"})
        counts = [("demand.people", demand.people)]
        counts += [("demand.groups", group) for group in demand.groups]
        for key, count in counts:
            name, dot, column = count.partition(".")
            if not dot:
                yield self.problem(key, f"found '{count}'", "write layer.column")
                continue
            yield from self.layer(key, name, {"polygons", "points", "raster"})
            yield from self.column(key, name, column, {"count"})

    def weights(self, level: str, tree: Criteria) -> Iterator[Problem]:
        used = [one for _, one in leaves(tree) if one.has_data]
        if tree and not used:
            yield self.problem(level, "no criterion has data", "give at least one a layer")
        total = sum(one.weight for one in tree.values() if isinstance(one, Group) or one.has_data)
        if used and total == 0:
            yield self.problem(level, "the weights sum to 0", "give at least one a weight above 0")
        for name, one in tree.items():
            if isinstance(one, Group):
                yield from self.weights(f"{level}.{name}", one.criteria)

    def criterion(self, key: str, criterion: Criterion) -> Iterator[Problem]:
        measure = criterion.measure
        walks = measure in NEEDS_WALK or criterion.within == "walk"
        walks |= measure in ("count", "kinds", "sum") and criterion.within != "place"
        walks |= measure == "nearest" and criterion.by != "straight_m"
        if walks and self.scenario.walk is None:
            yield self.problem(key, f"'{measure}' walks, but there is no [walk]", "add [walk]")
        if measure == "need_reached":
            if key.startswith("need."):
                todo = "use it under [site.…], or 'not_served' here"
                yield self.problem(f"{key}.measure", "need cannot measure need", todo)
            return
        if not criterion.layer:
            yield self.problem(key, "it names no layer", 'add layer = "…"')
        several = measure in ("nearest", "count", "kinds")
        if len(criterion.layer) > 1 and not several:
            found = f"'{measure}' takes one layer, found {len(criterion.layer)}"
            yield self.problem(f"{key}.layer", found, "name one")
        yield from self.criterion_layers(key, criterion)
        yield from self.criterion_columns(key, criterion)
        if criterion.group and criterion.group not in self.scenario.demand.groups:
            todo = nearest_names(criterion.group, self.scenario.demand.groups)
            yield self.problem(f"{key}.group", f"no group '{criterion.group}' in [demand]", todo)
        if measure == "balance" and criterion.per_head is None:
            found = "'balance' needs the supply that a person should have"
            yield self.problem(key, found, "add per_head, with its source as reference")

    def criterion_layers(self, key: str, criterion: Criterion) -> Iterator[Problem]:
        kinds = PLACES
        if criterion.measure in ("value", "mean", "share"):
            kinds = frozenset({"polygons", "points", "raster"})
        elif criterion.measure == "share_of_area":
            kinds = frozenset({"polygons"})
        for name in criterion.layer:
            if name != CELLS:
                yield from self.layer(f"{key}.layer", name, kinds)
            yield from self.rows(f"{key}.where", name, criterion.where)

    def criterion_columns(self, key: str, criterion: Criterion) -> Iterator[Problem]:
        measure, name = criterion.measure, next(iter(criterion.layer), "")
        needed = measure in NEEDS_COLUMN or (measure == "kinds" and len(criterion.layer) == 1)
        if needed and criterion.column is None:
            yield self.problem(key, f"'{measure}' needs a column", 'add column = "…"')
        elif criterion.column is not None:
            kinds = {"count", "rate", "value"}
            if measure == "kinds":
                kinds = {"category"}
            elif measure in ("sum", *NEEDS_WALK):
                kinds = {"count"}
            elif measure == "mean":
                kinds = {"rate", "value"}
            elif measure == "share":
                kinds = {"count", "rate"}
            yield from self.column(f"{key}.column", name, criterion.column, kinds)
        if criterion.of and measure == "share":
            yield from self.column(f"{key}.of", name, criterion.of, {"count"})
        layer = self.layers.get(name)
        column = layer.columns.get(criterion.column or "") if layer else None
        if measure == "share" and column and column.kind == "count" and not criterion.of:
            yield self.problem(key, "a share of a count needs the whole", 'add of = "…"')

    def sites(self) -> Iterator[Problem]:
        sites = self.scenario.sites
        if sites is None:
            return
        for name in sites.layer:
            yield from self.layer("sites.layer", name, {"polygons", "points"})
            yield from self.rows("sites.where", name, sites.where)
        for name, exclusion in sites.exclude.items():
            yield from self.exclusion(f"sites.exclude.{name}", exclusion)

    def exclusion(self, key: str, exclusion: Exclusion) -> Iterator[Problem]:
        if exclusion.layer is None:
            names: tuple[str, ...] = self.scenario.sites.layer if self.scenario.sites else ()
            if not exclusion.where and exclusion.column is None:
                yield self.problem(key, "it rules nothing out", "add a layer, where or column")
        else:
            names = (exclusion.layer,)
            yield from self.layer(f"{key}.layer", exclusion.layer, {*PLACES, "raster"})
        for name in names:
            yield from self.rows(f"{key}.where", name, exclusion.where)
            if exclusion.column:
                kinds = {"count", "rate", "value"}
                yield from self.column(f"{key}.column", name, exclusion.column, kinds)
