"""What officers know of the places, and what people said of them: without anybody's name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siteplanner import maps, register
from siteplanner.model import Layer
from siteplanner.plan.registering import BOOK, locked_of

if TYPE_CHECKING:
    from siteplanner.plan import Plan

FOLDER = "register"
SITES, SAID = "register.csv", "consultation.csv"
KINDS = ("objection", "support", "question")
OFFICE_ONLY = frozenset({*register.PERSONAL, "remarks"})
"""Columns of the register that a public folder does not have."""


def holds_back(layer: Layer) -> str:
    """Say why the file of a layer is never packed as it is: ``private``, ``register``, or nothing.

    Examples
    --------
    >>> holds_back(Layer(name="a", title="A", source="a.csv", kind="points"))
    ''
    """
    if layer.kind == register.REGISTER:
        return "register"
    return "private" if layer.private is not None else ""


def pack_register(found: Path, path: Path, language: str) -> None:
    """Write a register anew without the names of those who filled it in.

    Parameters
    ----------
    found
        The register of the project.
    path
        Where to.
    language
        To take dates by.
    """
    held, _ = register.read_register(found, language)
    ids = sorted({*held.names, *held.sites})
    names = {"name": [held.names.get(one, "") for one in ids]}
    locked = pd.DataFrame(names, index=pd.Index(ids, name="site", dtype=object))
    issue = register.Issue(locked, _without(held, register.PERSONAL), language, personal=False)
    register.write_workbook(issue, path)


def write(plan: Plan, found: Path | None, folder: Path, language: str) -> dict[str, Any] | None:
    """Write what the register says of the places of a plan, and what people said.

    Parameters
    ----------
    plan
        The plan.
    found
        The register; None where the project has none.
    folder
        The folder to publish: ``register/`` is made in it.
    language
        Of the headers.

    Returns
    -------
    What people said, counted by place: ``entries``, ``answered`` and ``sites``; with ``coarse``
    the counts are in tens and those below ten are None.  None without a register or sites.
    """
    if found is None or plan.sites is None:
        return None
    public = plan.scenario.audience == "public"
    held, _ = register.read_register(found, language)
    shown = _without(held, OFFICE_ONLY if public else register.PERSONAL)
    issue = register.Issue(locked_of(plan, language), shown, language, personal=False)
    labels = {str(site): str(name) for site, name in issue.locked["name"].items()}
    log = held.consultation().reset_index(drop=True)
    log.insert(1, "name", [labels.get(str(one), "") for one in log["site"]])
    told = _answers(log) if public else log
    files = {SITES: partial(register.write_text, issue)}
    if len(log):
        files[SAID] = partial(maps.write_csv, told)
    maps.publish(files, folder / FOLDER)
    return counted(log, labels, coarse=public)


def counted(log: pd.DataFrame, labels: Mapping[str, str], *, coarse: bool) -> dict[str, Any]:
    """Count what people said, by place and kind.

    Parameters
    ----------
    log
        A row an entry: ``site``, ``kind``, ``answer``.
    labels
        The name of each place.
    coarse
        For the public: counts in tens, and none below ten.

    Examples
    --------
    >>> log = pd.DataFrame({"site": ["a", "a"], "kind": ["support", "objection"],
    ...                     "answer": ["Yes.", None]})
    >>> counted(log, {"a": "Mill"}, coarse=False)["sites"]
    [{'site': 'a', 'label': 'Mill', 'objection': 1, 'support': 1, 'question': 0}]
    """
    numbers = pd.crosstab(log["site"].astype(str), log["kind"]).reindex(columns=KINDS, fill_value=0)
    if coarse:
        numbers = maps.released_table(numbers.astype(float))
    rows = [
        {
            "site": site,
            "label": labels.get(str(site), ""),
            **{kind: None if pd.isna(row[kind]) else int(row[kind]) for kind in KINDS},
        }
        for site, row in numbers.iterrows()
    ]
    return {
        "coarse": coarse,
        "entries": None if coarse else len(log),
        "answered": None if coarse else int(log["answer"].notna().sum()),
        "sites": rows,
    }


def register_of(layers: Mapping[str, Layer], files: Mapping[str, Path], root: Path) -> Path | None:
    """Find the register of a project: the layer that the scenario names, or the usual file.

    Parameters
    ----------
    layers
        Those of the scenario, by name.
    files
        The first file of each layer.
    root
        The project.
    """
    for name, layer in layers.items():
        if layer.kind == register.REGISTER and name in files:
            return files[name]
    usual = root / "layers" / BOOK
    return usual if usual.is_file() else None


def _answers(log: pd.DataFrame) -> pd.DataFrame:
    """Give the answers by place, each once: neither what was said nor how often."""
    answered = log.loc[log["answer"].notna(), ["site", "name", "answer"]]
    return answered.drop_duplicates().sort_values(["site", "answer"]).reset_index(drop=True)


def _without(held: register.Register, keys: frozenset[str]) -> register.Register:
    sites = {
        site: {key: value for key, value in known.items() if key not in keys}
        for site, known in held.sites.items()
    }
    return register.Register(sites, held.names, held.log)
