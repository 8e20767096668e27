"""Layers that say no year, no owner, or are much older than the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siteplanner.diagnosis.finding import Finding
from siteplanner.model import Layer

OLD_YEARS = 5
"""A layer this much older than the newest is worth a look."""


def of_ages(layers: Mapping[str, Layer], this_year: int) -> Iterator[Finding]:
    """Find layers whose year is missing, still to come, or long before that of the newest one.

    Examples
    --------
    >>> layers = {name: Layer(name=name, title="", source="a.csv", kind="points", year=year)
    ...           for name, year in {"a": 2018, "b": 2024}.items()}
    >>> print(*of_ages(layers, 2025))
    layers/a.toml: it is of 2018, 6 years older than the newest layer (b, 2024); look for a newer one, or say in notes what has changed since
    """  # noqa: E501
    known = {name: one.year for name, one in layers.items() if one.year is not None}
    past = {name: year for name, year in known.items() if year <= this_year}
    newest = max(past, key=lambda name: past[name], default="")
    without = [name for name in layers if name not in known]
    if without:
        what = f"no year is said for {', '.join(without)}"
        yield Finding("odd", "layers/", what, "add year = …, that of the data, to each")
    for name, layer in layers.items():
        where = f"layers/{name}.toml"
        if layer.year is None:
            continue
        if layer.year > this_year:
            what = f"year = {layer.year} is still to come"
            yield Finding("wrong", where, what, "write the year of the data")
        elif past[newest] - layer.year > OLD_YEARS:
            what = (
                f"it is of {layer.year}, {past[newest] - layer.year} years older than the newest "
                f"layer ({newest}, {past[newest]})"
            )
            todo = "look for a newer one, or say in notes what has changed since"
            yield Finding("odd", where, what, todo)
    if newest and this_year - past[newest] > OLD_YEARS:
        what = f"the newest layer ({newest}) is of {past[newest]}"
        yield Finding("odd", "layers/", what, "look whether newer data are published")


def of_credit(layers: Mapping[str, Layer]) -> Iterator[Finding]:
    """Find layers that credit nobody; made-up data are nobody's."""
    for name, layer in layers.items():
        if not layer.attribution.strip() and not layer.fictional:
            todo = 'add attribution = "…", who made it: the map has to say so'
            yield Finding("wrong", f"layers/{name}.toml", "it credits nobody", todo)
