"""The layers of the page's map: what each shows, its classes, and numbers where it may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, is_public
from siteplanner.maps.classes import NO_DATA, Classes
from siteplanner.maps.live import FINE
from siteplanner.maps.packing import packed, packed_in_bytes, packed_steps, packed_values
from siteplanner.maps.styles import Style, cell_styles, column_of, site_styles


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
    known = [one for one in answer.need_scores if answer.need_scores[one].notna().any()]
    fine = len(answer.cells) * len(known) <= FINE
    return [_cells(answer, one, fine=fine) | {"on": "cells"} for one in cell_styles(answer)]


def site_layers(answer: Answer) -> list[dict[str, Any]]:
    """Describe the layers of sites; the numbers are with the sites."""
    layers = []
    for style in site_styles(answer):
        more = {"live": True} if style.live else {"empty": style.empty} | _breaks(style.classes)
        layers.append(style.described() | more | {"on": "sites"})
    return layers


def _cells(answer: Answer, style: Style, *, fine: bool) -> dict[str, Any]:
    """Describe one layer of cells."""
    public, layer = is_public(answer), style.described()
    if style.even:
        codes = {"codes": packed(style.classes.codes)}
        return layer | {"live": style.live} | _breaks(style.classes) | codes
    if style.live:
        return layer | {"live": True} | ({"smallest": SMALLEST} if style.smallest else {})
    if not style.criterion:
        if public:
            return layer | _classes(style.classes, style.values, public=True)
        return layer | _breaks(style.classes) | {"count": style.id}
    packs = _classes(style.classes, style.values, public=public, fine=fine)
    if not public:
        one = dict(answer.criteria_of("need").iterrows())[style.criterion]
        short = _by_score(style.values, answer.need_scores, style.criterion, one, fine=fine)
        packs = _breaks(style.classes) | {"by_score": short} if short else packs
    return layer | {"empty": style.empty} | packs


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
    found = zero + np.round(column_of(scores, name) * steps) / steps * (full - zero)
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
