"""What differs between scenario files, key by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from siteplanner.model import Scenario

NOTHING = "not there"
ASIDE = frozenset({"name", "extends", "unset"})
"""Keys that say nothing of the plan itself."""
ALIKE = "the files do not differ"


def differences(scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """Put the keys in which scenarios differ side by side.

    Parameters
    ----------
    scenarios
        As they were run, with what they extend.

    Returns
    -------
    Index ``key``, like ``walk.limit_m``, in the order of the files; a column a scenario, by its
    name, with what it says as text: ``not there`` where it says nothing.

    Examples
    --------
    >>> from siteplanner import Project
    >>> from siteplanner.project import starter
    >>> project = Project(starter())
    >>> found = differences([project.scenario(one) for one in ("care_blocks", "micro_parks")])
    >>> found.loc["walk.limit_m"].tolist()
    ['800', '500']
    """
    return side_by_side({one.name: one.model_dump(mode="json", exclude_defaults=True, by_alias=True)
                         for one in scenarios})  # fmt: skip


def side_by_side(said: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Put what scenarios say side by side: see `differences`.

    Parameters
    ----------
    said
        For each column its keys and tables, as ``plan.json`` keeps them under ``scenario``.

    Examples
    --------
    >>> side_by_side({"a": {"walk": {"limit_m": 500}}, "b": {"walk": {"limit_m": 800}}})["b"]
    key
    walk.limit_m    800
    Name: b, dtype: str
    """
    flat = [
        _flat({key: value for key, value in one.items() if key not in ASIDE})
        for one in said.values()
    ]
    keys = list(dict.fromkeys(key for one in flat for key in one))
    flat = [_weighted(one, keys) for one in flat]
    rows = {
        key: [_text(one[key]) if key in one else NOTHING for one in flat]
        for key in keys
        if any(one.get(key) != flat[0].get(key) or (key in one) != (key in flat[0]) for one in flat)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(said)).rename_axis("key")


def sentences(found: pd.DataFrame) -> tuple[str, ...]:
    """Say each difference in a sentence.

    Parameters
    ----------
    found
        What `differences` gives.

    Examples
    --------
    >>> table = pd.DataFrame({"a": ["500"], "b": ["800"]}, index=["walk.limit_m"])
    >>> sentences(table)
    ('walk.limit_m: 500 in a, 800 in b.',)
    """
    return tuple(
        f"{key}: {', '.join(f'{said} in {name}' for name, said in row.items())}."
        for key, row in found.iterrows()
    )


def _flat(said: Mapping[str, Any], start: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in said.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{start}{key}.")
        else:
            found[f"{start}{key}"] = value
    return found


def _weighted(flat: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Add the weights of 1 that a file leaves out where another file writes them."""
    there = {key.rpartition(".")[0] for key in flat}
    out = [key for key in keys if key.endswith(".weight") and key not in flat]
    return {**flat, **{key: 1.0 for key in out if key.removesuffix(".weight") in there}}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list | tuple):
        return ", ".join(_text(one) for one in value) or "none"
    return str(value)
