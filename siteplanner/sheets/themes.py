"""What a sheet can ask about: the layers of an answer, as questions in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import is_public
from siteplanner.maps.classes import NO_DATA, Classes, classed, classed_evenly
from siteplanner.maps.counts import count_title
from siteplanner.model import Layer
from siteplanner.sheets.words import Words

CLASSES = 5
SITES, PROPOSAL, QUESTIONS = "sites", "set", "questions"


@dataclass(frozen=True)
class Theme:
    """One layer of an answer, ready to be drawn.

    Parameters
    ----------
    key
        What the layer is called on the command line.
    title
        The question that it asks.
    unit
        What its classes count; empty without classes.
    classes
        The class of each cell; None where only places are shown.
    labels
        What each class holds.
    sources
        Names of the layers of data that it shows.
    """

    key: str
    title: str
    unit: str = ""
    classes: Classes | None = None
    labels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def has_gaps(self) -> bool:
        """Say whether some cells have no class."""
        return self.classes is not None and bool((self.classes.codes == NO_DATA).any())


def available(answer: Answer, words: Words) -> Mapping[str, Callable[[], Theme]]:
    """Give what makes each layer that this answer can print, by its key.

    Parameters
    ----------
    answer
        The answer as its audience may have it.
    words
        The language.
    """
    found: dict[str, Callable[[], Theme]] = {"need": lambda: _need(answer, words)}
    for name in answer.count_columns:
        found[name] = lambda name=name: _people(answer, words, name)  # type: ignore[misc]
    if answer.scenario.walk is not None and len(answer.existing):
        found["reach"] = lambda: _reach(answer, words)
    for key, one in answer.criteria_of("need").iterrows():
        name = str(key)
        if name in answer.need_scores and answer.need_scores[name].notna().any():
            found.setdefault(
                name,
                lambda name=name, one=one: _criterion(answer, words, name, one),  # type: ignore[misc]
            )
    if len(answer.sites):
        found[SITES] = lambda: Theme(SITES, words.say("title.sites"), sources=_site_layers(answer))
        if answer.sites["phase"].notna().any():
            title = words.say("title.set")
            found[PROPOSAL] = lambda: Theme(PROPOSAL, title, sources=_site_layers(answer))
        found[QUESTIONS] = lambda: Theme(QUESTIONS, words.say("title.questions"),
                                         sources=_site_layers(answer))  # fmt: skip
    return found


def usual(answer: Answer, known: Iterable[str]) -> list[str]:
    """Name the layers that are printed unless others are asked for."""
    order = ["need", *answer.scenario.demand.groups, "reach", SITES, PROPOSAL, QUESTIONS]
    return [one for one in order if one in set(known)]


def asked(answer: Answer, layers: Iterable[str] | None, known: Iterable[str]) -> list[str]:
    """Hold the layers asked for against those there are.

    Raises
    ------
    InputError
        With every name that is not known, and the nearest ones.
    """
    names = list(known)
    if layers is None:
        return usual(answer, names)
    wanted = list(dict.fromkeys(layers))
    wrong = [
        Problem("sheets", "layers", f"no layer '{one:.60}' to print", nearest_names(one, names))
        for one in wanted
        if one not in names
    ]
    if not wanted:
        todo = nearest_names("", names)
        wrong = [Problem("sheets", "layers", "no layer is named", todo)]
    if wrong:
        raise InputError(wrong)
    return wanted


def credited(answer: Answer, theme: Theme, words: Words) -> str:
    """Say whose data a sheet shows, with year and licence, and what made it."""
    walk, choice = answer.scenario.walk, answer.scenario.choice
    names = [*theme.sources, *([walk.network] if walk and walk.network else [])]
    names += [choice.existing] if choice.existing else []
    layers = [answer.layers[one] for one in dict.fromkeys(names) if one in answer.layers]
    given = dict.fromkeys(_credit(one) for one in layers)
    said = [words.say("credits", names="; ".join(one for one in given if one))] if given else []
    if any(one.fictional for one in layers):
        said.append(words.say("credits.made_up"))
    made = words.say("credits.made_by", scenario=answer.scenario.title, version=answer.version)
    return " ".join([*said, made])


def limit(answer: Answer, words: Words) -> str:
    """Say how far people walk: "20 minutes", "800 m", or both."""
    walk = answer.scenario.walk
    minutes = walk and walk.limit_min and words.say("limit.min", n=words.number(walk.limit_min))
    metres = walk and walk.limit_m and words.say("limit.m", n=words.number(walk.limit_m))
    if minutes and metres:
        return words.say("limit.both", m=metres, min=minutes)
    return str(minutes or metres or "")


def place(answer: Answer, words: Words) -> str:
    """Say what kind of place the plan looks for."""
    key = f"place.{answer.scenario.programme}"
    return words.say(key if words.has(key) else "place.other")


def _need(answer: Answer, words: Words) -> Theme:
    classes = classed(_floats(answer.cells["need"]), factor=100, most=CLASSES)
    sources = [
        layer for one in answer.criteria_of("need")["layer"] for layer in str(one).split(", ")
    ]
    return _theme("need", words.say("title.need"), words.say("unit.need"), classes, words, sources)


def _people(answer: Answer, words: Words, name: str) -> Theme:
    column = name if name != "people" else answer.scenario.demand.people
    title = words.say("title.people")
    if name != "people":
        title = words.say("title.group", title=count_title(answer, name))
    classes = classed(_floats(answer.cells[name]), most=CLASSES)
    source = [column.partition(".")[0]]
    return _theme(name, title, words.say("unit.people"), classes, words, source)


def _criterion(answer: Answer, words: Words, name: str, one: pd.Series) -> Theme:
    title = words.say("title.criterion", title=str(one["title"] or name))
    classes = classed(_floats(answer.need_scores[name]), factor=100, most=CLASSES)
    unit = words.say("unit.criterion")
    return _theme(name, title, unit, classes, words, str(one["layer"]).split(", "))


def _reach(answer: Answer, words: Words) -> Theme:
    left_out = 1 - _floats(answer.cells["served_before"])
    yes_no = bool(np.isin(left_out[~np.isnan(left_out)], (0.0, 1.0)).all())
    classes = classed_evenly(left_out, words=("yes", "no") if yes_no else None)
    title = words.say("title.reach", place=place(answer, words), limit=limit(answer, words))
    unit = words.say("unit.reach" if yes_no else "unit.reach_share")
    source = [answer.scenario.demand.people.partition(".")[0]]
    return _theme("reach", title, unit, classes, words, source)


def _theme(
    key: str, title: str, unit: str, classes: Classes, words: Words, sources: Iterable[str]
) -> Theme:
    return Theme(key, title, unit, classes, tuple(words.classes(classes)), tuple(sources))


def _site_layers(answer: Answer) -> tuple[str, ...]:
    sites = answer.scenario.sites
    given = sites.layer if sites is not None and sites.layer else ()
    return (given,) if isinstance(given, str) else tuple(given)


def _credit(layer: Layer) -> str:
    about = ", ".join(str(one) for one in (layer.year, layer.licence) if one)
    whose = layer.attribution or layer.title
    if layer.source.lower().endswith((".osm", ".pbf")) and not layer.fictional:
        named = "openstreetmap" in layer.attribution.lower()
        whose = whose if named else f"{whose}, © OpenStreetMap contributors, ODbL"
    return f"{whose} ({about})" if about else whose


def _floats(values: pd.Series) -> NDArray[np.float64]:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def gaps_word(answer: Answer, words: Words) -> str:
    """Say what a cell without a class means."""
    return words.say("class.withheld" if is_public(answer) else "class.unknown")
