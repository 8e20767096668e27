"""A plan's sites as a register for officers: ``register.xlsx`` and ``register.csv``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from siteplanner import maps, register
from siteplanner.errors import InputError, OutputError, Problem, nearest_names
from siteplanner.register.wording import folded, languages
from siteplanner.sites.finding import rows_in_layer
from siteplanner.sites.shape import width_m

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan

BOOK, TEXT, ISSUED = "register.xlsx", "register.csv", "issued.json"
KEPT = "register.kept"
"""Folder beside ``layers/register.xlsx`` with its earlier versions."""
ADDRESSES = frozenset({"address", "direccion", "endereco", "domicilio", "addr", "addr:full",
                       "addr_full", "logradouro", "地址"})  # fmt: skip
"""Names of columns of a layer that hold an address, without capitals and accents."""
MOST_MEASURED = 5000
"""So many outlines are measured for their width; of more, only those that a rule asked for."""


def issue(
    plan: Plan, folder: Path, *, layers: Path | None = None, language: str | None = None
) -> tuple[Path, tuple[str, ...]]:
    """Write the register of a plan.

    What officers have filled in already, ``register.xlsx`` in ``layers``, is carried over.  A
    register that somebody has edited and nobody has read back is never written over: the new one
    gets another name.

    Parameters
    ----------
    plan
        A plan with sites.
    folder
        Where to.
    layers
        The project's ``layers/``; by default beside the ``maps/`` that the plan belongs to.
    language
        By default the scenario's.

    Returns
    -------
    The workbook, and sentences about what was left alone or could not be read.

    Raises
    ------
    InputError
        If the plan has no sites, or there is no such language.
    OutputError
        If it cannot be written; what was there is untouched.
    """
    language = language or plan.scenario.language
    _check(plan, language)
    layers = layers or plan.folder.resolve().parent.parent / "layers"
    held, said = held_in(layers, language)
    public = plan.scenario.audience == "public"
    made = register.Issue(locked_of(plan, language), held, language, personal=not public)
    names, more = _names(folder, layers)
    refuse_if_open(folder, names[0])
    where = Path(folder)
    record: dict[str, Any] = {
        "language": language,
        "sites": dict(zip(made.locked.index, made.locked["name"], strict=True)),
        "files": _issued_before(folder).get("files", {}),
    }

    def write(writer: Callable[[register.Issue, Path], None], name: str) -> Callable[[Path], None]:
        def into(path: Path) -> None:
            writer(made, path)
            record["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()

        return into

    def remember(path: Path) -> None:
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    files = {
        names[0]: write(register.write_workbook, names[0]),
        names[1]: write(register.write_text, names[1]),
        ISSUED: remember,
    }
    maps.publish(files, where)
    return where / names[0], (*said, *more)


def locked_of(plan: Plan, language: str) -> pd.DataFrame:
    """Give what a run knows of every place: possible sites best first, then those ruled out.

    Parameters
    ----------
    plan
        A plan with sites; small counts are withheld where its audience is the public.
    language
        Of the words for possible and ruled out.

    Returns
    -------
    Index ``site`` (text), columns as `siteplanner.register.LOCKED` without the id, and without
    addresses where no layer has any; index from 0 to 100, areas and widths in m2 and m, NaN where
    not known.
    """
    words = register.Words(language)
    answer = maps.released(plan.answer())
    sites = answer.sites
    inside = _place(plan, sites).assign(
        candidate=words.say("candidate.yes"),
        why_out="",
        index=(100 * sites["index"].astype(float)).round(1),
        rank=sites["rank"].astype(float),
        phase=sites["phase"].astype(float),
        people_reached=sites["people_reached"].astype(float).round(),
        need_reached=sites["need_reached"].astype(float).round(),
    )
    inside = inside.iloc[np.lexsort((inside.index.to_numpy(dtype=str), inside["rank"]))]
    excluded = answer.excluded
    outside = _place(plan, excluded).assign(
        candidate=words.say("candidate.no"), why_out=excluded["reason"].astype(str)
    )
    outside = outside.sort_index()
    table = pd.concat([inside, outside]) if len(outside) else inside
    keys = [one.key for one in register.LOCKED if one.key != "site"]
    if table["address"].isna().all():
        keys.remove("address")
    return table.reindex(columns=keys).rename_axis("site")


def held_in(layers: Path, language: str) -> tuple[register.Register, tuple[str, ...]]:
    """Give the register that a project keeps, and sentences about cells that nobody can read.

    Parameters
    ----------
    layers
        The project's ``layers/``.
    language
        To take dates by.

    Returns
    -------
    An empty register where there is none yet.
    """
    path = layers / BOOK
    if not path.is_file():
        return register.Register(), ()
    held, lines = register.read_register(path, language)
    said = [
        f"layers/{BOOK}: {one.place}: {one.now}: {one.why}"
        for one in lines
        if one.what == "not read"
    ]
    return held, tuple(said)


def refuse_if_open(folder: Path, name: str) -> None:
    """Refuse to replace a workbook that somebody has open.

    Raises
    ------
    OutputError
        If a spreadsheet has left its sign beside it.
    """
    for sign in (f"~${name}", f".~lock.{name}#"):
        if (Path(folder) / sign).exists():
            msg = (
                f"{Path(folder) / name}: it is open in a spreadsheet ('{sign}' lies beside it); "
                f"nothing was written; close it there, then run again"
            )
            raise OutputError(msg)


def _check(plan: Plan, language: str) -> None:
    found = []
    if plan.sites is None:
        where = f"scenarios/{plan.scenario.name}.toml"
        todo = "add [sites], or name another scenario"
        found.append(Problem(where, "sites", "a map of need has no sites to register", todo))
    if language not in languages():
        todo = nearest_names(language, languages())
        found.append(Problem("register", "language", f"no language '{language:.40}'", todo))
    if found:
        raise InputError(found)


def _place(plan: Plan, table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give name, size and place of sites."""
    index = table.index.astype(str)
    if not len(table):
        return pd.DataFrame(index=index)
    points = table.geometry.representative_point()
    degrees = points.to_crs(4326)
    width = table["width_m"].to_numpy(dtype=float)
    if len(table) <= MOST_MEASURED:
        unknown = np.isnan(width)
        width = width.copy()
        width[unknown] = width_m(np.array(table.geometry, dtype=object)[unknown])
    return pd.DataFrame(
        {
            "name": table["label"].astype(str).to_numpy(),
            "address": _addresses(plan, table),
            "area_m2": table["area_m2"].astype(float).round(1).to_numpy(),
            "width_m": np.round(width, 1),
            "easting": points.x.round(1).to_numpy(),
            "northing": points.y.round(1).to_numpy(),
            "longitude": degrees.x.round(6).to_numpy(),
            "latitude": degrees.y.round(6).to_numpy(),
        },
        index=index,
    )


def _addresses(plan: Plan, places: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Give the address of each place whose own layer has such a column; else NaN."""
    found = np.full(len(places), np.nan, dtype=object)
    for name in plan.scenario.sites.layer if plan.scenario.sites else ():
        table = plan.study.tables[name]
        columns = [one for one in table.columns if folded(one) in ADDRESSES]
        if not columns:
            continue
        at = rows_in_layer(places, name, table.index)
        found[at >= 0] = table[columns[0]].to_numpy(dtype=object)[at[at >= 0]]
    return found


def _issued_before(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((Path(folder) / ISSUED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(folder: Path, layers: Path) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Give names for the two files that write over nobody's edits."""
    files = _issued_before(folder).get("files", {})
    known = read_before(layers)

    def ours(name: str) -> bool:
        path = Path(folder) / name
        if not path.exists():
            return True
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return digest == files.get(name) or digest in known

    number, pair = 1, (BOOK, TEXT)
    while not all(ours(one) for one in pair):
        number += 1
        pair = f"register-{number}.xlsx", f"register-{number}.csv"
    if number == 1:
        return pair, ()
    what = f"{Path(folder) / BOOK} holds edits that were not read back: it stays as it is, and "
    return pair, (f"{what}the new register is {pair[0]}",)


def read_before(layers: Path) -> frozenset[str]:
    """Give the hashes of the copies that were read back whole."""
    try:
        text = (Path(layers) / KEPT / "read.txt").read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    return frozenset(text.split())
