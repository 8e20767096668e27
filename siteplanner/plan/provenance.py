"""Where an answer comes from: inputs, versions, judgements and numbers, as plain JSON."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import platform
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siteplanner import fetched, maps
from siteplanner.maps.shares import coarse_phases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from siteplanner.maps import Answer
    from siteplanner.plan.plan import Plan

LIBRARIES = (
    "geopandas", "highspy", "numba", "numpy", "osmium", "osmnx", "pandas", "pyflwdir", "pyproj",
    "rasterio", "scipy", "shapely",
)  # fmt: skip


def version() -> str:
    """Give siteplanner's version.

    Examples
    --------
    >>> version().count(".")
    2
    """
    return importlib.metadata.version("siteplanner")


def trace(plan: Plan, shown: Answer) -> dict[str, Any]:
    """Trace an answer to its inputs: the content of ``plan.json``.

    Parameters
    ----------
    plan
        The plan.
    shown
        Its tables as its audience may see them: every number about people is taken from here.

    Returns
    -------
    Plain lists, dicts, numbers and strings; the same inputs and library versions give the
    same content.
    """
    found: dict[str, Any] = {
        "siteplanner": version(),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "scenario": plan.scenario.model_dump(mode="json", exclude_defaults=True, by_alias=True),
        "crs": plan.study.crs.to_string(),
        "layers": {
            name: {
                "title": source.layer.title,
                "source": fetched.shown(source.layer.source),
                "sha256": source.sha256,
                "year": source.layer.year,
                "licence": source.layer.licence,
                "attribution": source.layer.attribution,
                "proxy": source.layer.proxy,
                "rules": list(source.rules),
            }
            for name, source in plan.sources.items()
        },
        "need": _level(plan.need.index.shares, plan.need.index.aggregation),
        "notices": list(shown.notices),
    }
    if plan.walk is not None:
        profile = plan.walk.profile
        found["walk"] = {
            "profile": profile.name,
            "speed_m_s": profile.speed_m_s,
            "reference": profile.reference,
        }
    if plan.place is not None and plan.choice is not None:
        found["site"] = _level(plan.place.index.shares, plan.place.index.aggregation)
        found["choice"] = {
            "method": plan.choice.method,
            "comes_to": plan.choice.comes_to,
            "infeasible": list(plan.choice.infeasible),
            "existing": {str(k): str(v) for k, v in plan.choice.existing.items()},
            "phases": _records(_phases(plan, shown)),
            "sites": _records(_chosen(plan, shown)),
        }
    if plan.ranks is not None:
        found["robustness"] = {
            **plan.scenario.robustness.model_dump(exclude={"sets"}),
            "sites": _records(plan.ranks.drop(columns=["label", "rank"])),
        }
    if shown.outcomes:
        found["outcomes"] = {name: _records(table) for name, table in shown.outcomes.items()}
    return found


def run(started: float | None = None) -> dict[str, Any]:
    """Say when and on what an answer was made: the content of ``run.json``.

    Parameters
    ----------
    started
        `time.perf_counter` at the start of the run.

    Returns
    -------
    Date, duration, memory and machine; the only output that differs between two runs.

    Examples
    --------
    >>> sorted(run())
    ['date', 'peak_memory_mb', 'python', 'seconds', 'system']
    """
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seconds": None if started is None else round(time.perf_counter() - started, 2),
        "peak_memory_mb": _peak_memory_mb(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def writer(content: Mapping[str, Any]) -> Callable[[Path], None]:
    """Give what writes content as JSON to a path.

    Parameters
    ----------
    content
        Plain lists, dicts, numbers and strings.

    Returns
    -------
    A function of the path.
    """

    def write(path: Path) -> None:
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")

    return write


def _peak_memory_mb() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    scale = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // scale


def _phases(plan: Plan, shown: Answer) -> pd.DataFrame:
    if plan.choice is None:
        return pd.DataFrame()
    phases = plan.choice.phases
    if shown.scenario.audience != "public":
        return phases
    counts = maps.released_table(phases[["new_demand", "around"]])
    hidden = counts["new_demand"].isna()  # it would follow from the bound and the gap
    told = coarse_phases(phases, plan.choice.comes_to)
    return told.drop(columns=["objective", "alone"]).assign(
        new_demand=counts["new_demand"],
        around=counts["around"],
        bound=told["bound"].mask(hidden),
        gap=told["gap"].mask(hidden),
        regret=told["regret"].mask(hidden),
    )


def _chosen(plan: Plan, shown: Answer) -> pd.DataFrame:
    sites = pd.DataFrame(shown.sites[shown.sites["phase"].notna()]).sort_values("order")
    told = sites[["label", "phase", "rank", "index", "need_reached", "why"]]
    return told.join(_beside(plan).reindex(told.index))


def _beside(plan: Plan) -> pd.DataFrame:
    """Give what is known of the chosen sites beside their numbers: fixed, size, companions."""
    if plan.choice is None:
        return pd.DataFrame()
    columns = [one for one in ("fixed", "size", "beside") if one in plan.choice.table]
    return plan.choice.table[columns]


def _level(shares: pd.Series, aggregation: str) -> dict[str, Any]:
    return {"aggregation": aggregation, "shares": {str(k): _plain(v) for k, v in shares.items()}}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): _plain(value) for key, value in row.items()}
        for row in table.reset_index().to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA:
        return None
    if isinstance(value, float):
        return round(value, 9) if np.isfinite(value) else None
    return value
