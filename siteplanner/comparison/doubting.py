"""How far a plan stands up, as files: one page that opens from disk, tables, and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siteplanner.comparison import flipping
from siteplanner.comparison.map_of_differences import picture
from siteplanner.comparison.varying import Varied
from siteplanner.comparison.writing import list_of, page_of, table_of
from siteplanner.maps import publish, released, write_csv, write_gpkg
from siteplanner.maps.audience import in_tens
from siteplanner.plan import Plan, tried
from siteplanner.plan.sets import Sets
from siteplanner.plan.sureness import Sureness

MOST = 30
"""Sites that the page lists at most; the tables have all."""
IN_REPORT = 24
"""Sentences that a report takes over at most."""
NO_DATA = "is known at no place"
SPATIAL = ("flips.gpkg", "space.csv", "space_sites.csv")
"""Files that an earlier run with other options may have left."""


def write(plan: Plan, sure: Sureness, sets: Sets, varied: Varied | None, folder: Path) -> Path:
    """Write ``index.html``, ``robustness.json``, the tables as CSV, and ``flips.gpkg``.

    Parameters
    ----------
    plan
        The plan.
    sure, sets, varied
        How far its ranking and its set stand up; ``varied`` None leaves space out.
    folder
        Where they belong.

    Returns
    -------
    The folder.

    Raises
    ------
    siteplanner.errors.OutputError
        If it cannot be written; what was there is untouched.
    """
    tables = tables_of(plan, sure, sets, varied)
    content = {
        "scenario": plan.scenario.name,
        "weightings": {"around": sets.weightings[0], "anywhere": sets.weightings[1]},
        **plan.scenario.robustness.model_dump(),
        "ranking": list(sure.sentences),
        "set": list(sets.sentences),
        "space": [] if varied is None else list(varied.sentences),
        "tables": {name: _records(table) for name, table in tables.items()},
    }
    content |= {"plan": tried.fingerprint(plan), "report": _for_report(plan, sure, sets, varied)}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    page = render(plan, sure, sets, varied)
    files: dict[str, Callable[[Path], Any] | None] = dict.fromkeys(SPATIAL)
    files |= {
        "index.html": partial(_write_text, page),
        "robustness.json": partial(_write_text, text),
    }
    for name, table in tables.items():
        files[f"{name}.csv"] = partial(write_csv, table)
    if varied is not None:
        layers = flipping.layers_for(plan.answer(), varied.site_flips, varied.cell_flips)
        files["flips.gpkg"] = partial(write_gpkg, layers)
    publish(files, folder)
    return folder


def tables_of(
    plan: Plan, sure: Sureness, sets: Sets, varied: Varied | None
) -> dict[str, pd.DataFrame]:
    """Gather the tables; for the public without small counts of people."""
    chosen, curve, others = sets.sites, sets.by_count, sets.others
    if plan.scenario.audience == "public":
        chosen, curve, others = _coarse(sets)
    found = {
        "ranks": sure.sites.reset_index(),
        "pairs": sure.pairs.rename_axis("site").reset_index(),
        "central": sure.central.rename_axis("site").reset_index(),
        "choices": sure.choices.reset_index(),
        "set": chosen.reset_index(),
        "other_sets": others.reset_index(),
        "by_count": curve.reset_index(),
    }
    if varied is not None:
        found |= {
            "space": varied.variants.reset_index(),
            "space_sites": varied.sites.reset_index(),
        }
    return found


def _coarse(sets: Sets) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tell what sets come to in tens, and shares of it only as exactly as that."""
    chosen, curve, others = sets.sites, sets.by_count, sets.others
    worth = chosen["lost"] / chosen["lost_share"]
    whole = float(in_tens(worth.abs().dropna().head(1)).sum()) or np.nan
    lost = in_tens(chosen["lost"].astype(float))
    chosen = chosen.assign(lost=lost, lost_share=lost / whole)
    if len(curve):
        counts = curve[["new_demand", "more"]].astype(float).apply(in_tens)
        curve = counts.assign(knee=curve["knee"])[list(curve.columns)]
    worths = in_tens(whole * others["worth"].astype(float)) / whole
    return chosen, curve, others.assign(worth=worths)


def _for_report(plan: Plan, sure: Sureness, sets: Sets, varied: Varied | None) -> list[str]:
    """Pick what a report takes over: not what it says in its own words already."""
    told = set(released(plan.answer()).limits)
    more = (one for one in sure.sentences if one not in told and NO_DATA not in one)
    said = [*sets.sentences[1:], *more]
    return [*said, *(varied.sentences if varied else ())][:IN_REPORT]


def render(plan: Plan, sure: Sureness, sets: Sets, varied: Varied | None) -> str:
    """Draw how far a plan stands up as one page that fetches nothing; text is escaped."""
    tables = tables_of(plan, sure, sets, varied)
    around, anywhere = sets.weightings
    public = plan.scenario.audience == "public"
    body = [
        "<h2>The set</h2>",
        list_of(list(sets.sentences)),
        f'<p class="soft">Looked for again under {around} weightings of need and sites around '
        f"those of the plan, and {anywhere} anywhere.</p>",
        table_of(_shares(tables["set"].drop(columns="site"), "around", "anywhere", "lost_share")),
        "<h2>How many sites</h2>",
        table_of(tables["by_count"].replace({True: "yes", False: ""}).round(0)),
        "<h2>The ranking</h2>",
        list_of(list(sure.sentences)),
        '<p class="soft">Nine weightings of ten leave a site between rank low and rank high. Only '
        "groups have an order.</p>",
        table_of(_shares(tables["ranks"].head(MOST).drop(columns="site"), "first", "in_top")),
        "<h2>What moves the ranking</h2>",
        '<p class="soft">Jaccard: of the best sites before or after, the share that is so both '
        "times; Kendall: agreement of the rankings, from -1 to 1.</p>",
        table_of(tables["choices"].round(2)),
    ]
    if varied is not None:
        body += [
            "<h2>How space is drawn</h2>",
            list_of(list(varied.sentences)),
            table_of(tables["space"].round(2)),
            table_of(_shares(tables["space_sites"].drop(columns="site"), "share")),
        ]
        if varied.farthest is not None:
            body += [
                "<h3>Where the answer flips</h3>",
                '<p class="soft">The plan beside the variant whose set differs most. Filled: in '
                "both. Plus: only in the variant. Cross: only in the plan.</p>",
                picture(plan.answer(), varied.farthest.answer(), "Where the answer flips"),
            ]
        told = "places, with the share of the variants whose set has each"
        told += "" if public else "; cells, with the share that answers otherwise"
        body.append(f'<p class="soft">On a map: <code>flips.gpkg</code> ({told}).</p>')
    return page_of(f"{plan.scenario.title}: how far it stands up", plan.answer().version, body)


def _shares(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Write shares as percentages."""
    said = {
        name: table[name].map(lambda one: f"{one:.1%}" if pd.notna(one) else "") for name in names
    }
    return table.assign(**said).replace({True: "yes", False: ""})


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return round(value, 9) if isinstance(value, float) else value


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
