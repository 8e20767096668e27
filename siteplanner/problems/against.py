"""One scenario against one set of layers: the questions every part of it asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Column, Layer, Scenario
from siteplanner.model.criterion import CELLS, Where

ANY = frozenset({"count", "rate", "value", "category"})
NUMBERS = frozenset({"count", "rate", "value"})


class Against:
    """A scenario and the layers of its project.

    Parameters
    ----------
    scenario
        The scenario.
    layers
        All layers of the project by name.
    """

    def __init__(self, scenario: Scenario, layers: Mapping[str, Layer]) -> None:
        self.scenario = scenario
        self.layers = layers
        self.where = f"scenarios/{scenario.name}.toml"

    def problem(self, key: str, found: str, todo: str) -> Problem:
        """Give a problem of the scenario's file."""
        return Problem(self.where, key, found, todo)

    def kind(self, name: str) -> str:
        """Give what a layer's rows are; a joined table takes it from the other layer."""
        if name not in self.layers:
            return ""
        layer = self.layers[name]
        if layer.kind == "table":
            joined = layer.join and self.layers.get(layer.join.layer)
            return joined.kind if joined else "points"
        return "lines" if layer.kind == "network" else layer.kind

    def layer(self, key: str, name: str, kinds: Iterable[str]) -> Iterator[Problem]:
        """Ask for a layer of some kind."""
        if name not in self.layers:
            yield self.problem(key, f"no layer '{name}'", nearest_names(name, self.layers))
        elif self.kind(name) not in {"lines" if kind == "network" else kind for kind in kinds}:
            found = f"layer '{name}' has {self.kind(name)}"
            yield self.problem(key, found, f"name a layer of {' or '.join(sorted(kinds))}")

    def column(self, key: str, name: str, column: str, kinds: Iterable[str]) -> Iterator[Problem]:
        """Ask for a column of some kind; whatever is counted on cells is a count."""
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
            elif columns[column].kind == "category":
                yield from self._kept(key, name, column)

    def _kept(self, key: str, name: str, column: str) -> Iterator[Problem]:
        """Ask for words that a private layer keeps."""
        private = self.layers[name].private
        if private is not None and column not in private.keep_text:
            found = f"layer '{name}' is private and leaves the words of '{column}' out"
            todo = f'if they are no free text, add keep_text = ["{column}"] to its [private]'
            yield self.problem(key, found, todo)

    def rows(self, key: str, name: str, where: Where) -> Iterator[Problem]:
        """Ask for the columns that rows are told by."""
        if where and self.kind(name) == "raster":
            yield self.problem(key, f"layer '{name}' is a raster: it has no rows", "delete it")
            return
        for column in where:
            yield from self.column(f"{key}.{column}", name, column, ANY)

    def idle(self, key: str, keys: Iterable[str], why: str) -> Iterator[Problem]:
        """Refuse keys that nothing looks at."""
        for one in keys:
            yield self.problem(f"{key}.{one}", why, "delete the key")
