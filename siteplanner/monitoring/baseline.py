"""What was promised: read from a published folder, as it was that day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import ValidationError

from siteplanner import publication
from siteplanner.errors import InputError, Problem
from siteplanner.model import Scenario, read_scenario

PLAN, PLACES = "plan.json", "sites.gpkg"
PROMISES = {"people newly": "promised_people", "people in need newly": "promised_need"}
"""Columns of the published table by phase, and what they are called here."""
TODO = "name a folder that siteplanner publish has written, or an answer in maps/"


@dataclass(frozen=True, eq=False)
class Baseline:
    """What a published plan promised.

    Parameters
    ----------
    name
        What it was published as, or the folder's name.
    published
        The day, as ISO 8601 writes it; empty for an answer that was not published.
    seal
        That of the manifest; empty where there is none.
    sha256
        Of its ``plan.json``.
    scenario
        The judgements of that day.
    phases
        Index ``phase``: ``planned`` sites so far, ``promised_people`` and ``promised_need``
        newly within reach so far (NaN where withheld).
    planned
        Index ``site``: ``label``, ``phase``, ``need_reached`` (by itself, NaN where withheld),
        and geometry.
    others
        Index ``site``: the other possible places and those ruled out, ``label`` and geometry.
    existing
        Index: id; ``label`` and geometry of the places that served that day.
    closing
        Ids of existing places that the plan closes.
    """

    name: str
    published: str
    seal: str
    sha256: str
    scenario: Scenario
    phases: pd.DataFrame
    planned: gpd.GeoDataFrame
    others: gpd.GeoDataFrame
    existing: gpd.GeoDataFrame
    closing: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Whether it is for everybody to see."""
        return self.scenario.audience == "public"


def read_baseline(folder: Path) -> Baseline:
    """Read what a published folder promises.

    Parameters
    ----------
    folder
        Written by ``siteplanner publish``; a plain answer will do, too.

    Returns
    -------
    Its sites with their phases and places, and the people it promised.

    Raises
    ------
    InputError
        If it is no such folder, is damaged, or proposes no sites.
    """
    content, digest = _plan(folder)
    name, published, seal = folder.resolve().name, "", ""
    if (folder / "published.json").exists():
        manifest = publication.read_manifest(folder)
        name, published, seal = manifest.name, manifest.published[:10], manifest.seal
    scenario = _scenario(folder, content)
    sites = {str(one["site"]): one for one in _dict(content, "choice").get("sites", [])}
    if not sites:
        raise _refused(folder / PLAN, "this plan proposes no sites, so nothing was promised")
    known = _layer(folder, "sites", "site")
    lost = sorted(set(sites) - set(known.index))
    if lost:
        found = f"it does not hold the proposed site '{lost[0]}'"
        raise _refused(folder / PLACES, found)
    planned = known.loc[list(sites), ["label", "geometry"]].copy()
    planned["phase"] = [float(one["phase"]) for one in sites.values()]
    planned["need_reached"] = [_number(one.get("need_reached")) for one in sites.values()]
    rest = [known.drop(index=list(sites))[["label", "geometry"]], _excluded(folder)]
    others = gpd.GeoDataFrame(pd.concat(rest), geometry="geometry", crs=known.crs)
    standing = _dict(content, "choice").get("existing", {})
    return Baseline(
        name=name,
        published=published,
        seal=seal,
        sha256=digest,
        scenario=scenario,
        phases=_phases(content, planned),
        planned=planned,
        others=others[~others.index.duplicated()],
        existing=_layer(folder, "existing", None),
        closing=tuple(str(key) for key, way in standing.items() if way == "closed"),
    )


def _refused(path: Path, found: str, todo: str = TODO) -> InputError:
    return InputError([Problem(str(path), "", found, todo)])


def _plan(folder: Path) -> tuple[Mapping[str, Any], str]:
    path = folder / PLAN
    try:
        data = path.read_bytes()
        content = json.loads(data)
    except FileNotFoundError:
        raise _refused(folder, f"there is no {PLAN} in it") from None
    except OSError as error:
        raise _refused(path, f"it cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise _refused(path, "it is damaged: no JSON") from None
    if not isinstance(content, dict) or not {"siteplanner", "scenario"} <= set(content):
        raise _refused(path, "it is no answer of siteplanner")
    return content, hashlib.sha256(data).hexdigest()


def _dict(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def _scenario(folder: Path, content: Mapping[str, Any]) -> Scenario:
    """Give the scenario as it was: its own file where it was published, else as traced."""
    dumped = _dict(content, "scenario")
    called = Path(str(dumped.get("name", ""))).name
    own = folder / "project" / "scenarios" / f"{called}.toml"
    if own.is_file():
        return read_scenario(own)
    try:
        return Scenario.model_validate(dict(dumped))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(one) for one in first["loc"])
        found = f"its scenario is none of this version of siteplanner ({where}: {first['msg']:.80})"
        raise _refused(folder / PLAN, found, "publish the plan anew") from None


def _layer(folder: Path, layer: str, key: str | None) -> gpd.GeoDataFrame:
    """Read one layer of the GeoPackage by the ids that its places had."""
    path = folder / PLACES
    if not path.is_file():
        raise _refused(folder, f"there is no {PLACES} in it: it says where the places are")
    try:
        table = gpd.read_file(path, layer=layer)
    except Exception as error:  # pyogrio raises many kinds; the file is all that can be wrong
        raise _refused(path, f"layer '{layer}' cannot be read ({error!s:.80})") from None
    first = key or str(table.columns[0])
    if first not in table or table.empty:
        empty = pd.DataFrame({"label": pd.Series(dtype=object)})
        return gpd.GeoDataFrame(empty, geometry=[], crs=table.crs)
    table[first] = table[first].astype(str)
    table = table.set_index(first)
    labels = table["label"] if "label" in table else pd.Series("", index=table.index)
    return table.assign(label=labels.fillna("").astype(str))


def _excluded(folder: Path) -> gpd.GeoDataFrame:
    table = _layer(folder, "excluded", "site")
    return table[["label", "geometry"]]


def _phases(content: Mapping[str, Any], planned: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = _dict(content, "outcomes").get("by_phase", [])
    told = {float(one["phase"]): one for one in rows if "phase" in one}
    found = {}
    for phase in sorted({*planned["phase"], *told}):
        row = {new: _number(told.get(phase, {}).get(old)) for old, new in PROMISES.items()}
        found[int(phase)] = {"planned": float((planned["phase"] <= phase).sum()), **row}
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("phase")


def _number(found: Any) -> float:
    return float(found) if isinstance(found, int | float) else np.nan
