"""The layers of the page's map: what each shows, its classes, and numbers where it may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner.maps import counts
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counting_criteria, is_public
from siteplanner.maps.classes import NO_DATA, Classes, classed, classed_evenly
from siteplanner.maps.live import FINE
from siteplanner.maps.packing import packed, packed_in_bytes, packed_steps, packed_values

NEED, PEOPLE, REACH, SITES = (f"map.group_{one}" for one in ("need", "people", "reach", "site"))


def cell_layers(answer: Answer) -> list[dict[str, Any]]:
    """Describe the layers of cells; of a public answer they carry classes only.

    Parameters
    ----------
    answer
        The whole answer.

    Returns
    -------
    A layer has ``title`` or the key of a message ``title_key``, ``unit`` or ``unit_key``, and
    either ``live`` (the page computes it), ``count`` (a column of people the page has anyway)
    or classes: ``kind`` and ``breaks`` with ``values`` or, for the public, ``codes``.
    """
    public = is_public(answer)
    smallest = SMALLEST if public else None
    layers = [_live("need", NEED, unit="map.unit_index", factor=100)]
    counting = counting_criteria(answer, "need")
    known = [one for one in answer.need_scores if answer.need_scores[one].notna().any()]
    fine = len(answer.cells) * len(known) <= FINE
    for key, one in answer.criteria_of("need").iterrows():
        name = str(key)
        layer = _criterion(name, one, NEED)
        column = _column(answer.need_values, name)
        layer["empty"] = not np.isfinite(column).any() and not np.isposinf(column).any()
        classes = classed(column, smallest=smallest if name in counting else None)
        packs = _classes(classes, column, public=public, fine=fine)
        if not public and (short := _by_score(column, answer.need_scores, name, one, fine=fine)):
            packs = _breaks(classes) | {"by_score": short}
        layers.append(layer | packs)
    for name in answer.count_columns:
        layers.append(_people(answer, name, public=public))
    layers.append(
        _live("demand", PEOPLE, unit="map.unit_demand") | ({"smallest": SMALLEST} if public else {})
    )
    layers += _reach_layers(answer)
    return [one | {"on": "cells"} for one in layers]


def site_layers(answer: Answer) -> list[dict[str, Any]]:
    """Describe the layers of sites; the numbers are with the sites."""
    if answer.scenario.sites is None:
        return []
    layers = [_live("index", SITES, unit="map.unit_site_index", factor=100)]
    for key, one in answer.criteria_of("site").iterrows():
        name = str(key)
        layer = _criterion(name, one, SITES)
        column = _column(answer.site_values, name)
        layer["empty"] = not np.isfinite(column).any() and not np.isposinf(column).any()
        layers.append(layer | _breaks(classed(column)))
    return [one | {"on": "sites"} for one in layers]


def _live(name: str, group: str, *, unit: str, factor: int = 1) -> dict[str, Any]:
    return {
        "id": name,
        "title_key": f"map.{name}",
        "group_key": group,
        "unit_key": unit,
        "factor": factor,
        "live": True,
    }


def _criterion(name: str, criterion: pd.Series, group: str) -> dict[str, Any]:
    return {
        "id": f"{criterion['level']}.{name}",
        "title": str(criterion["title"] or name),
        "group_key": group,
        "unit": str(criterion["unit"]),
        "factor": 1,
        "criterion": name,
    }


def _people(answer: Answer, name: str, *, public: bool) -> dict[str, Any]:
    column = _floats(answer.cells[name])
    classes = classed(column, smallest=SMALLEST if public else None)
    title = {"title_key": "map.people"} if name == "people" else {
        "title": counts.count_title(answer, name)
    }  # fmt: skip
    layer = {"id": name, **title, "group_key": PEOPLE, "unit_key": "map.unit_people", "factor": 1}
    if public:
        return layer | _classes(classes, column, public=True)
    return layer | _breaks(classes) | {"count": name}


def _reach_layers(answer: Answer) -> list[dict[str, Any]]:
    """Show who is within reach: nobody asks without a walk, and nothing changes without sites."""
    names = ["served_before"] * (answer.scenario.walk is not None)
    names += ["served_after"] * (answer.scenario.sites is not None)
    both = answer.cells[["served_before", "served_after"]].astype(float)
    yes_no = bool(both.isin([0.0, 1.0]).where(both.notna(), True).all(axis=None))
    words = ("no", "yes") if yes_no else None
    layers = []
    for name in names:  # both classed alike, so that they can be compared
        classes = classed_evenly(_floats(both[name]), words=words)
        layers.append(
            {
                "id": name,
                "title_key": f"map.{name}",
                "group_key": REACH,
                "unit_key": "map.unit_yes_no" if yes_no else "map.unit_share",
                "factor": 100,
                "live": name == "served_after",
                **_breaks(classes),
                "codes": packed(classes.codes),
            }
        )
    return layers


def _classes(
    classes: Classes, values: NDArray[np.float64], *, public: bool, fine: bool = True
) -> dict[str, Any]:
    """Give the breaks, with the values or, for the public, with each row's class."""
    if public:
        return _breaks(classes) | {"codes": packed(classes.codes)}
    pack = packed_values if fine else packed_in_bytes
    return _breaks(classes) | {"values": pack(values)}


def _by_score(
    values: NDArray[np.float64],
    scores: pd.DataFrame,
    name: str,
    criterion: pd.Series,
    *,
    fine: bool,
) -> dict[str, Any] | None:
    """Say how the page finds values from scores it has anyway: by the scale, and those beyond it.

    Returns
    -------
    The scale, whether values are whole, and which rows have another value; None where that
    takes more room than the values.
    """
    zero, full = (float(criterion[one]) for one in ("zero_at", "full_at"))
    if not np.isfinite(full - zero) or zero == full:
        return None
    steps = 5_000 if fine else 250
    found = zero + np.round(_column(scores, name) * steps) / steps * (full - zero)
    known = values[np.isfinite(values)]
    whole = bool((known == np.round(known)).all())
    near = 0.6 if whole else abs(full - zero) / (5_000 if fine else 100)
    same = np.isclose(found, values, rtol=0, atol=near, equal_nan=True)
    if whole:
        same &= ~np.isfinite(values) | (abs(full - zero) < steps)
    others = np.flatnonzero(~same)
    if len(others) > len(values) / 4:
        return None
    return {
        "scale": [zero, full],
        "whole": whole,
        "at": packed_steps(np.diff(others, prepend=0)),
        "values": packed_values(values[others]),
    }


def _breaks(classes: Classes) -> dict[str, Any]:
    return {
        "kind": classes.kind,
        "breaks": [float(f"{one:.12g}") for one in classes.breaks],
        "ends": [float(f"{one:.4g}") for one in classes.ends],
        "classes": classes.count,
        "far": classes.far,
        "gaps": bool((classes.codes == NO_DATA).any()),
    }


def _column(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return _floats(table[name]) if name in table else np.full(len(table), np.nan)


def _floats(values: pd.Series) -> NDArray[np.float64]:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)
