"""The spots with most need, for the list of a plan that looks for no sites."""

from __future__ import annotations

from typing import Any

import numpy as np

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import is_public

LISTED = 10
"""Spots that the list names."""


def most_in_need(answer: Answer) -> list[dict[str, Any]]:
    """List the cells with most need, most first; among equals those with most people.

    Parameters
    ----------
    answer
        The whole answer.

    Returns
    -------
    At most `LISTED` cells of the area where people live: the cell's place in the table and
    its name.  Empty where the scenario looks for sites.
    """
    if answer.scenario.sites is not None:
        return []
    cells = answer.cells
    people = cells["people"].astype(float).fillna(0)
    known = cells["in_area"].astype(bool) & cells["need"].notna() & (people > 0)
    second = np.zeros(len(cells)) if is_public(answer) else -people.to_numpy()
    order = np.lexsort((second, -cells["need"].astype(float).to_numpy()))
    names = cells["label"].fillna("").astype(str) if "label" in cells else None
    return [
        {"cell": int(at), "name": (names.iloc[at] if names is not None else "")
         or str(cells.index[at])}
        for at in order[known.to_numpy()[order]][:LISTED]
    ]  # fmt: skip
