"""Licences that forbid something, and licences that cannot be kept together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from siteplanner.diagnosis.finding import Finding
from siteplanner.model import Layer

_UNKNOWN = re.compile(
    r"^(|\?|-|n/?a|none|unknown|unclear|not (stated|known|given)|other|tbd|"
    r"no (se )?(sabe|indicada|informada)|desconocida?|nao informada)$"
)
_SHOWN = 6


def terms(licence: str) -> frozenset[str]:
    """Tell what a licence asks for.

    Parameters
    ----------
    licence
        As the layer's file says it: SPDX or the name people use.

    Returns
    -------
    ``unknown``; or among ``non-commercial``, ``no derivatives``, ``share-alike`` (what is made
    of it has to have the same licence) and ``open database`` (the same of a database, but not
    of a map: the ODbL).

    Examples
    --------
    >>> sorted(terms("CC-BY-NC-SA-4.0")), sorted(terms("ODbL-1.0")), sorted(terms("not stated"))
    (['non-commercial', 'share-alike'], ['open database'], ['unknown'])
    >>> terms("CC-BY-4.0"), sorted(terms("CC BY-ND 3.0"))
    (frozenset(), ['no derivatives'])
    """
    words = licence.casefold().strip()
    if _UNKNOWN.match(words):
        return frozenset({"unknown"})
    parts = set(re.split(r"[^a-z]+", words))
    found = set()
    if "nc" in parts or "noncommercial" in parts or {"non", "commercial"} <= parts:
        found.add("non-commercial")
    if parts & {"nd", "noderivatives", "noderivs"}:
        found.add("no derivatives")
    if "odbl" in parts or {"open", "database"} <= parts:
        found.add("open database")
    elif parts & {"sa", "sharealike", "gpl", "agpl"}:
        found.add("share-alike")
    return frozenset(found)


def of_licences(layers: Mapping[str, Layer]) -> Iterator[Finding]:
    """Find what the licences of a project's layers forbid, alone and together.

    Made-up layers are nobody's and are left aside.
    """
    asks = {name: terms(one.licence) for name, one in layers.items() if not one.fictional}

    def those(*wanted: str) -> list[str]:
        return [name for name, found in asks.items() if found & set(wanted)]

    for name in those("unknown"):
        said = layers[name].licence
        what = f"the licence is '{said}'" if said else "it says no licence"
        todo = 'ask who publishes it, and write it as SPDX does: licence = "CC-BY-4.0"'
        yield Finding("wrong", f"layers/{name}.toml", what, todo)
    for name in those("no derivatives"):
        what = f"{layers[name].licence} allows no changed copies, and every plan is one"
        yield Finding("wrong", f"layers/{name}.toml", what, "ask for leave, or take other data")
    nc, database, alike = those("non-commercial"), those("open database"), those("share-alike")
    if nc:
        what = f"non-commercial licences: {_list(nc)}"
        todo = "ask for leave before a paid consultant works with them or a plan is sold"
        yield Finding("odd", "layers/", what, todo)
    todo = (
        "maps that show them side by side are allowed with credit to each; do not publish a table "
        "that joins them, or ask one of them for leave"
    )
    plain = [name for name in alike if name not in nc]
    if nc and (database or plain):
        what = f"non-commercial ({_list(nc)}) beside share-alike ({_list([*database, *plain])})"
        yield Finding("odd", "layers/", f"licences that clash: {what}", todo)
    if database and plain:
        what = f"the ODbL ({_list(database)}) beside another share-alike licence ({_list(plain)})"
        yield Finding("odd", "layers/", f"licences that clash: {what}", todo)


def _list(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
