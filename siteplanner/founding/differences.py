"""What is new in the layers of a project that was taken from OpenStreetMap anew."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyogrio.errors import DataSourceError

from siteplanner import fetched
from siteplanner.openstreetmap.naming import CALLED
from siteplanner.sources.ways import read_ways


@dataclass(frozen=True)
class Before:
    """The layers as they were.

    Parameters
    ----------
    folder
        Copies of their data.
    records
        By layer.
    """

    folder: Path
    records: dict[str, fetched.Record]


def keep(layers: Path, folder: Path) -> Before:
    """Copy what is there before it is taken anew; an interrupted refresh keeps its first copy.

    Parameters
    ----------
    layers
        The project's ``layers/``.
    folder
        Where to; deleted by whoever asks for it.
    """
    kept = fetched.kept_folder(layers)
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(kept, part / kept.name)
        part.replace(folder)
    names = [one.stem for one in sorted((folder / kept.name).glob("*.json"))]
    records = {name: fetched.read_record(folder, name) for name in names}
    held = {name: one for name, one in records.items() if one is not None}
    return Before(folder / kept.name, held)


def tell(before: Before, layers: Path) -> Iterator[str]:
    """Say of each layer that changed which rows came, went and are others.

    Parameters
    ----------
    before
        As `keep` gave it.
    layers
        The project's ``layers/``, taken anew.

    Yields
    ------
    A sentence a layer; also for one that OpenStreetMap has nothing for any more, which stays.
    """
    kept = fetched.kept_folder(layers)
    edge = fetched.read_record(layers, "boundary")
    for path in sorted(kept.glob("*.json")):
        new, old = fetched.read_record(layers, path.stem), before.records.get(path.stem)
        if new is None:
            continue
        if old is None:
            rows = f"{new.rows or 0:,} {'row' if new.rows == 1 else 'rows'}"
            yield f"{path.stem}: {rows} (new)"
        elif edge is not None and new.fetched < edge.fetched and new.source == edge.source:
            yield (
                f"{path.stem}: nothing was taken this time; the layer stays as it was on "
                f"{new.fetched[:10]}"
            )
        elif old.sha256 != new.sha256:
            yield f"{path.stem}: {_between(before.folder / old.copy, kept / new.copy)}"


def _between(old: Path, new: Path) -> str:
    one, other = _rows(old), _rows(new)
    if one is None or other is None:
        return "other bytes; the older copy cannot be compared"
    label = CALLED if CALLED in other and CALLED in one else "name"
    return fetched.told(one, other, "id", label)


def _rows(path: Path) -> pd.DataFrame | None:
    """Read the rows of a copy, their shapes as bytes; None where that cannot be done."""
    try:
        if path.suffix == ".gpkg":
            table = gpd.read_file(path)
            return pd.DataFrame(table).assign(geometry=table.geometry.to_wkb())
        return _ways(path)
    except (DataSourceError, OSError, RuntimeError, ValueError):
        return None


def _ways(path: Path) -> pd.DataFrame:
    ways = read_ways(path)
    ends = np.searchsorted(ways.owner, np.arange(len(ways.way) + 1))
    shapes = [ways.lonlat[a:b].tobytes() for a, b in itertools.pairwise(ends)]
    ids = [f"way/{one}" for one in ways.way]
    return pd.DataFrame({"id": ids, **ways.tags, "geometry": shapes})
