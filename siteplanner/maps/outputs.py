"""The files of an answer that are drawn from its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import is_public, released
from siteplanner.maps.geopackage import write_gpkg
from siteplanner.maps.ground import ground_tables
from siteplanner.maps.page import render
from siteplanner.maps.qgis import write_project
from siteplanner.maps.tables import ranking_table, write_csv


def writers(answer: Answer) -> Mapping[str, Callable[[Path], None] | None]:
    """Give, for each file of the answer, what writes it: for `siteplanner.maps.publish`.

    Parameters
    ----------
    answer
        The answer; what its audience may not see is in none of the files.

    Returns
    -------
    Writers for ``index.html``, ``sites.gpkg``, ``cells.gpkg``, ``ground.gpkg``, ``map.qgz`` and
    ``ranking.csv``.  For the public ``cells.gpkg`` has None for a writer: one of an earlier run
    has to go.
    """
    tables = {"sites.gpkg": site_tables(answer), "ground.gpkg": ground_tables(answer)}
    if not is_public(answer):
        tables["cells.gpkg"] = {"cells": cell_table(answer)}
    return {
        "index.html": lambda path: _write_text(render(answer), path),
        "cells.gpkg": None,
        **{name: partial(write_gpkg, layers) for name, layers in tables.items()},
        "map.qgz": lambda path: write_project(answer, tables, path),
        "ranking.csv": lambda path: write_csv(ranking_table(answer), path),
    }


def cell_table(answer: Answer) -> gpd.GeoDataFrame:
    """Put the cells' people, need, criteria and reach into one table.

    Need criteria follow as ``value_<name>`` and ``score_<name>``.  Unknown numbers are NaN.

    Raises
    ------
    ValueError
        If the answer is public: no numbers of single cells are for the public.
    """
    if is_public(answer):
        msg = "numbers of single cells are not for the public"
        raise ValueError(msg)
    parts = {"value_": answer.need_values, "score_": answer.need_scores}
    return _wide(answer.cells, parts)


def site_tables(answer: Answer) -> dict[str, gpd.GeoDataFrame]:
    """Give the layers of ``sites.gpkg``: all sites, existing places, places ruled out.

    A layer is there even where it is empty.
    """
    shown = released(answer)
    parts = {
        "value_": shown.site_values,
        "score_": shown.site_scores,
        "contribution_": shown.contributions,
    }
    sites = shown.sites.assign(confidence=shown.confidence.reindex(shown.sites.index))
    return {
        "sites": _wide(sites, parts),
        "existing": shown.existing,
        "excluded": shown.excluded,
    }


def _wide(table: gpd.GeoDataFrame, parts: Mapping[str, pd.DataFrame]) -> gpd.GeoDataFrame:
    wide = [one.reindex(table.index).add_prefix(prefix) for prefix, one in parts.items()]
    joined = pd.concat([pd.DataFrame(table.drop(columns=table.geometry.name)), *wide], axis=1)
    return gpd.GeoDataFrame(joined, geometry=table.geometry.to_numpy(), crs=table.crs)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
