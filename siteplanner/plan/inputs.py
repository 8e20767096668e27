"""The layers that lie elsewhere, fetched for the scenarios that need them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from siteplanner import sources, study, walk
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.fetched.addresses import TroubleError, is_remote
from siteplanner.fetched.downloads import LIMIT_BYTES
from siteplanner.fetched.fetching import Outcome, Progress, Way, fetch_layer, silent
from siteplanner.model import Layer, Scenario
from siteplanner.sources.looking import look


def fetched(
    layers: Mapping[str, Layer],
    scenarios: Mapping[str, Scenario],
    folder: Path,
    *,
    wanted: tuple[str, ...],
    refresh: bool = False,
    limit_bytes: int = LIMIT_BYTES,
    progress: Progress = silent,
) -> Iterator[Outcome]:
    """Fetch layers one after the other; a layer that fails does not keep the others.

    Parameters
    ----------
    layers, scenarios
        Of the project, by name, as far as their files are well.
    folder
        The project's ``layers/``.
    wanted
        Names of the layers to fetch; each has an address.
    refresh
        Also what is kept already.
    limit_bytes
        The most that one layer may have.
    progress
        Called while data come.

    Yields
    ------
    What became of each layer: rasters last, since the areas they are cut to may have to be
    fetched themselves.
    """

    def area(name: str) -> gpd.GeoSeries | None:
        return _around(name, layers, scenarios, folder)

    way = Way(look, area, refresh, limit_bytes, progress)
    for name in sorted(wanted, key=lambda one: (layers[one].kind == "raster", one)):
        yield fetch_layer(layers[name], folder, way)


def wanted(
    names: Sequence[str], layers: Mapping[str, Layer], broken: Iterable[Problem]
) -> tuple[str, ...]:
    """Give the layers that are to be fetched.

    Parameters
    ----------
    names
        Those that are asked for; none for all that have an address.
    layers
        The layers whose files are well, by name.
    broken
        What is wrong with the others.

    Raises
    ------
    InputError
        If one that is asked for has no address, or a file that is broken.

    Examples
    --------
    >>> here = Layer(name="a", title="A", kind="table", source="a.csv")
    >>> there = Layer(name="b", title="B", kind="table", source="https://x.org/b.csv")
    >>> wanted((), {"a": here, "b": there}, ())
    ('b',)
    """
    found = [one for one in broken if not names or Path(one.where).stem in names]
    spoilt = {Path(one.where).stem for one in found}
    for name in dict.fromkeys(names):
        if name not in layers and name not in spoilt:
            todo = nearest_names(name, layers)
            found.append(Problem("layers", f"{name:.60}", "no such layer", todo))
        elif name in layers and not is_remote(layers[name].source):
            what = "its source is a file of this project: there is nothing to fetch"
            found.append(Problem(f"layers/{name}.toml", "source", what, "leave it out"))
    if found:
        raise InputError(found)
    there = (name for name, layer in layers.items() if is_remote(layer.source))
    return tuple(dict.fromkeys(names)) or tuple(there)


def _around(
    name: str, layers: Mapping[str, Layer], scenarios: Mapping[str, Scenario], folder: Path
) -> gpd.GeoSeries | None:
    """Give the areas and rings of the scenarios that name a raster, or else of all."""
    naming = [one for one in scenarios.values() if name in one.layer_names()]
    regions = []
    for scenario in naming or scenarios.values():
        if scenario.area not in layers:
            continue
        ring_m = walk.longest_m(scenario) if scenario.walk else 0.0
        try:
            area = sources.read(layers[scenario.area], folder)
            regions.append(study.region_of(scenario, area, ring_m=ring_m).to_crs(4326))
        except InputError as error:
            first = error.problems[0]
            found = f"the area it is wanted for cannot be read: {first.found}"
            raise TroubleError(
                found, f"see to layers/{scenario.area} first: {first.todo}"
            ) from None
    return pd.concat(regions, ignore_index=True) if regions else None
