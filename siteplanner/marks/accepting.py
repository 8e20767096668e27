"""From marks that a person confirmed to a layer that plans can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from siteplanner import maps
from siteplanner.errors import InputError, OutputError, Problem
from siteplanner.maps.geopackage import write_gpkg
from siteplanner.marks.describing import COLUMNS as TOLD
from siteplanner.marks.describing import agreed_in, described
from siteplanner.marks.entry import Entries, read_entries
from siteplanner.marks.hues import COLOURS
from siteplanner.marks.merging import SMALLEST, merged
from siteplanner.model import Notice
from siteplanner.model.files import LONGEST_NAME

TABLES = ("points", "lines", "areas")
"""By the number of dimensions of what was drawn."""
COLUMNS = (
    "kind", "says", "colour", "site", "people", "group", "round", "sheet", "confidence",
    "error_m", "review",
)  # fmt: skip
ENDING = ".review"


@dataclass(frozen=True)
class Agreement:
    """What a workshop said about its marks.

    Parameters
    ----------
    group, round
        For marks whose row says neither.
    agreed
        Whether those who made the marks agreed that counts per site are published; None leaves
        it at what the layer says, which is no at first.
    """

    group: str = ""
    round: str = ""
    agreed: bool | None = None


@dataclass(frozen=True)
class Accepted:
    """A layer of marks that was written.

    Parameters
    ----------
    geopackage
        The file.
    layers
        The names of the layers that plans can now read.
    counts
        How many marks of each kind of geometry came from this review.
    notices
        What was left out, merged, replaced or left as it was.
    """

    geopackage: Path
    layers: tuple[str, ...]
    counts: Mapping[str, int]
    notices: tuple[Notice, ...]


def accept(
    review: Path,
    *,
    into: Path | None = None,
    said: Agreement | None = None,
    colours: Mapping[str, str] | None = None,
) -> Accepted:
    """Make a layer of the kept marks of a review folder.

    Marks of this review that the layer already has are replaced; those of other reviews, and
    rows that somebody added by hand, stay.  The TOML files of the layers are written only where
    there are none, or where nobody has changed what we wrote.

    Parameters
    ----------
    review
        The review folder, ``layers/<name>.review``.
    into
        The GeoPackage; by default ``<name>.gpkg`` beside the review folder.
    said
        Group, round, and whether counts may be published.
    colours
        What each colour says: ``{"green": "support", "red": "objection"}``.

    Returns
    -------
    What was written.  File names of photos, notes and rows that are not kept are not in it.

    Raises
    ------
    InputError
        With every bad cell of the table of marks.
    OutputError
        If the layer cannot be written; nothing is changed then.
    """
    review = Path(review)
    said = said or Agreement()
    target = _target(review, into)
    entries = read_entries(review, colours=colours, sites=_sites_of(review.resolve().parent.parent))
    named, notices = _grouped(entries, said)
    fresh = named.assign(review=review.name.removesuffix(ENDING))
    tables = _by_shape(fresh)
    counts = {name: len(table) for name, table in tables.items()}
    whole, remarks = _with_others(tables, target)
    texts, more = _descriptions(whole, target, said)
    files: dict[str, Callable[[Path], None] | None] = dict(texts)
    files[target.name] = partial(write_gpkg, whole)
    maps.publish(files, target.parent)
    layers = tuple(_layer_name(target, name) for name in whole)
    said_of = _words_of(entries.table, target.stem)
    return Accepted(target, layers, counts, (*entries.notices, *notices, *remarks, *more, *said_of))


def _words_of(table: gpd.GeoDataFrame, layer: str) -> list[Notice]:
    """Tell what the marks say, so that a scenario counts every word of it, and no bare colour."""
    where = f"layers/{layer}"
    counts = table["says"].fillna("").astype(str).value_counts().sort_index()
    words = ", ".join(f"{word or 'nothing'} {count:,}" for word, count in counts.items())
    found = [
        Notice(where, "info", 0, 0, f"the marks say: {words}; a scenario counts what it names")
    ]
    bare = [str(word) for word in counts.index if word in COLOURS]
    if bare:
        many, names = int(counts[bare].sum()), " and ".join(bare)
        reason = f"they say only their colour ({names}): say what it means with --colours"
        found.append(Notice(where, "flagged", many, len(table), reason))
    return found


def _target(review: Path, into: Path | None) -> Path:
    """Say where the layer goes; a name that no layer can have is refused."""
    if into is None and not review.name.endswith(ENDING):
        found = f"'{review.name}' is no review folder: its name does not end in {ENDING}"
        raise InputError([Problem(str(review), "", found, "name one, or say --into FILE.gpkg")])
    target = review.with_suffix(".gpkg") if into is None else Path(into)
    if target.suffix.lower() != ".gpkg":
        found = f"'{target.name}' is no GeoPackage"
        raise InputError([Problem(str(target), "", found, "give a name that ends in .gpkg")])
    if not re.fullmatch(r"[\w][\w .-]*", target.stem) or len(target.stem) > LONGEST_NAME - 10:
        found = f"'{target.stem:.40}' is no name for a layer"
        raise InputError([Problem(str(target), "", found, "use letters, digits and _")])
    return target


def _sites_of(root: Path) -> Mapping[str, gpd.GeoSeries]:
    """Give the sites of every scenario that was answered, for ticks beside a site's name."""
    found = {}
    for path in sorted(root.glob("maps/*/sites.gpkg")):
        try:
            table = gpd.read_file(path, layer="sites", columns=["site"])
        except (OSError, ValueError, pyogrio.errors.DataSourceError):
            continue
        if "site" in table:
            found[path.parent.name] = table.set_index(table["site"].astype(str)).geometry
    return found


def _grouped(entries: Entries, said: Agreement) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    """Fill in group and round, and merge groups that are too small to name."""
    table = entries.table.copy()
    for name in ("group", "round"):
        filled = table[name].where(table[name].notna(), getattr(said, name))
        table[name] = filled.astype(object).fillna("").astype(str)
    table = table.astype({"people": np.int64, "sheet": np.int64})
    groups, small = merged(table["group"], table["people"])
    notices = []
    if small:
        count = int(table["group"].isin(small).sum())
        reason = f"their group has fewer than {SMALLEST} people: it is merged with others"
        notices.append(Notice("marks", "mended", count, len(table), reason))
    return table.assign(group=groups), notices


def _by_shape(table: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    dimension = shapely.get_dimensions(table.geometry.to_numpy())
    parts = {name: table[dimension == size] for size, name in enumerate(TABLES)}
    return {
        name: part[[*COLUMNS, part.geometry.name]].sort_index()
        for name, part in parts.items()
        if len(part)
    }


def _with_others(
    tables: Mapping[str, gpd.GeoDataFrame], target: Path
) -> tuple[dict[str, gpd.GeoDataFrame], list[Notice]]:
    """Add what the file holds beside the marks of this review."""
    if not target.exists():
        return dict(tables), []
    review = next(iter(tables.values()))["review"].iloc[0]
    whole, notices = dict[str, gpd.GeoDataFrame](), list[Notice]()
    for name in _named_in(target):
        there = gpd.read_file(target, layer=name)
        if name in TABLES:
            if not {"mark", "review"} <= set(there):
                msg = (
                    f"{target}: its table '{name}' is not ours: it has no columns mark and review; "
                    "nothing was written; name another file with --into"
                )
                raise OutputError(msg)
            stay = there[there["review"] != review].set_index("mark")
            notices += _replaced(target, name, len(there) - len(stay))
        else:
            first = there.columns[0]
            stay = there.set_index(first) if first != there.geometry.name else there
        if len(stay) or name not in TABLES:
            whole[name] = stay
    for name, table in tables.items():
        others = whole.get(name)
        whole[name] = table if others is None else _joined(table, others)
    return dict(sorted(whole.items(), key=_place)), notices


def _place(one: tuple[str, gpd.GeoDataFrame]) -> tuple[int, str]:
    return (TABLES.index(one[0]) if one[0] in TABLES else len(TABLES), one[0])


def _named_in(target: Path) -> list[str]:
    try:
        found = pyogrio.list_layers(target)
    except pyogrio.errors.DataSourceError:
        msg = f"{target}: is no GeoPackage; nothing was written; name another file with --into"
        raise OutputError(msg) from None
    bare = [str(name) for name, kind in found if kind is None]
    if bare:
        msg = (
            f"{target}: its table '{bare[0]}' has no geometry and would be lost; nothing was "
            "written; move it to another file"
        )
        raise OutputError(msg)
    return [str(name) for name, _ in found]


def _replaced(target: Path, name: str, count: int) -> list[Notice]:
    if not count:
        return []
    reason = f"{name} that this review had given before are replaced: {count:,}"
    return [Notice(f"layers/{target.name}", "info", 0, 0, reason)]


def _joined(table: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put two tables of marks together, in the system of the older one; names stay apart."""
    moved = table.to_crs(others.crs)
    taken = moved.index.isin(others.index)
    names = np.where(taken, moved["review"] + ":" + moved.index, moved.index)
    moved = moved.set_axis(pd.Index(names, name="mark"))
    both = pd.concat([others, moved])
    return gpd.GeoDataFrame(both, crs=others.crs).sort_index()


def _descriptions(
    tables: Mapping[str, gpd.GeoDataFrame], target: Path, said: Agreement
) -> tuple[dict[str, Callable[[Path], None] | None], list[Notice]]:
    """Write a layer's TOML where there is none, or where it is still as we wrote it."""
    files, notices = dict[str, Callable[[Path], None] | None](), list[Notice]()
    for name in TABLES:
        path = target.with_name(f"{_layer_name(target, name)}.toml")
        there = _text_of(path)
        before = False if there is None else agreed_in(there, target.name, name)
        if before is None:
            notices += _left_alone(path, str(there), name in tables, said)
        elif name not in tables:
            files |= {} if there is None else {path.name: None}
        else:
            agreed = before if said.agreed is None else said.agreed
            known = [one for one in TOLD if _holds(tables[name], one)]
            text = described(target.name, name, known, agreed=agreed)
            files |= {} if text == there else {path.name: partial(_write, text)}
    return files, notices


def _holds(table: gpd.GeoDataFrame, column: str) -> bool:
    return column in table and bool((table[column].notna() & (table[column] != "")).any())


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else None
    except (OSError, UnicodeDecodeError):
        return ""


def _left_alone(path: Path, text: str, is_read: bool, said: Agreement) -> list[Notice]:
    """Say that somebody has changed a file, and what is not in it."""
    reason = "somebody has changed this file: it is left as it is"
    if not is_read:
        reason += ", but there is nothing for it to read any more"
    elif said.agreed is not None and not re.search(
        rf"^agreed\s*=\s*{str(said.agreed).lower()}\b", text, flags=re.M
    ):
        reason += f"; write agreed = {str(said.agreed).lower()} there"
    return [Notice(f"layers/{path.name}", "info", 0, 0, reason)]


def _layer_name(target: Path, table: str) -> str:
    return target.stem if table == TABLES[0] else f"{target.stem}_{table}"


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
