"""From a published folder and the layers of today to the page that says what came of it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from siteplanner import maps, plan, problems, sources, walk
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps import messages
from siteplanner.maps.atomic import Writers
from siteplanner.model import Choice, Layer, Outcomes, Scenario
from siteplanner.monitoring import counting
from siteplanner.monitoring.baseline import Baseline, read_baseline
from siteplanner.monitoring.lessons import Seen, in_short, learned, shown, unknown, who_comes
from siteplanner.monitoring.openings import read_openings, settled
from siteplanner.monitoring.pages import compose
from siteplanner.monitoring.visitors import Visitors, count_visitors
from siteplanner.monitoring.wording import MonitoringWords
from siteplanner.plan.making import Progress, silent
from siteplanner.plan.provenance import version
from siteplanner.project import CACHE, Project, with_others
from siteplanner.report.as_html import render
from siteplanner.report.wording import shortened

OPENINGS, ATTENDANCE = "openings", "attendance"
"""Layers that are looked at where none are named."""


@dataclass(frozen=True, eq=False)
class Monitored:
    """What came of a published plan.

    Parameters
    ----------
    folder
        Where it was written.
    sentences
        What it says.
    phases, sites, origins
        Its tables, as its audience may have them; see `counting` and `visitors`.
    """

    folder: Path
    sentences: tuple[str, ...]
    phases: pd.DataFrame
    sites: pd.DataFrame
    origins: pd.DataFrame


@dataclass(frozen=True)
class Asked:
    """What is looked at.

    Parameters
    ----------
    openings
        Layers that say what opened and closed.
    attendance
        The layer of visitors; None for ``attendance`` if there is one.
    on
        The day; by default today.
    language
        By default that of the published plan.

    Examples
    --------
    >>> Asked().openings
    ('openings',)
    """

    openings: Sequence[str] = (OPENINGS,)
    attendance: str | None = None
    on: datetime.date | None = None
    language: str | None = None


def monitor(
    project: Project,
    published: Path,
    asked: Asked | None = None,
    *,
    out: Path | None = None,
    progress: Progress = silent,
) -> Monitored:
    """Hold what a published plan promised against what is open and who comes.

    Parameters
    ----------
    project
        The project of today: its layers say who lives where and how people walk.
    published
        A folder that ``siteplanner publish`` has written, or an answer.
    asked
        Which layers, which day, which language.
    out
        By default ``maps/monitoring/<name>/`` of the project.
    progress
        Called with the name of each step as it starts.

    Returns
    -------
    The tables and the sentences; ``index.html``, ``phases.csv``, ``sites.csv``, ``origins.csv``
    and ``monitoring.json`` are written.

    Raises
    ------
    InputError
        If the folder, a layer or a row of it cannot be used; all problems of a step at once.
    OutputError
        If it cannot be written; what was there is untouched.
    """
    asked = asked or Asked()
    baseline = read_baseline(published)
    language = asked.language or baseline.scenario.language
    if language not in messages.languages():
        todo = nearest_names(language, messages.languages())
        raise InputError([Problem("monitor", "language", f"no language '{language:.40}'", todo)])
    on = asked.on or datetime.datetime.now(datetime.UTC).date()
    opening, attending = _layers(project, asked)
    openings = read_openings(opening.values(), project.root / "layers")
    places = settled(openings, baseline, on)
    today = today_of(project, baseline, progress)
    progress("monitoring")
    reach = counting.reach_of(today, places)
    found, digests = _visitors(project, attending, today, reach)
    placed = counting.placed(places)
    seen = Seen(
        baseline=baseline,
        on=on,
        words=MonitoringWords(language),
        phases=shown(baseline, counting.by_phase(baseline, places, reach)),
        sites=shown(baseline, counting.by_site(places.assign(placed=placed), reach)),
        altogether=shown(baseline, pd.DataFrame([counting.altogether(reach)])),
        visitors=found,
        gates=_gates(project, baseline.scenario),
        fictional=any(one.layer.fictional for one in today.sources.values()),
    )
    layers = {**opening, **attending}
    files = _files(seen, layers, {**openings.sources, **digests})
    own = published.resolve().name or "published"  # never what a file inside it says
    target = out or project.root / "maps" / "monitoring" / own
    maps.publish(files, target)
    origins = shown(baseline, found.origins) if found else pd.DataFrame()
    return Monitored(target, _sentences(seen), seen.phases, seen.sites, origins)


def today_of(project: Project, baseline: Baseline, progress: Progress = silent) -> plan.Plan:
    """Measure need and walks again: the judgements of that day, the layers of today.

    Parameters
    ----------
    project
        The project of today.
    baseline
        What was promised.
    progress
        Called with the name of each step as it starts.

    Raises
    ------
    InputError
        If a layer that the published scenario looks at is not there any more, or changed so
        that it cannot be used.
    """
    scenario = without_sites(baseline.scenario)
    if scenario.walk is None:
        found = "the published plan knows no walks, so nobody can be said to be within reach"
        raise InputError([Problem(baseline.name, "walk", found, "publish a plan with [walk]")])
    names = scenario.layer_names()
    gone = [one for one in names if one not in project.layer_names]
    if gone:
        raise InputError(
            Problem("layers", one, "the published plan looks at it, and it is not there any more",
                    nearest_names(one, project.layer_names))
            for one in gone
        )  # fmt: skip
    layers = {one: project.layer(one) for one in project.layer_names if one in _all(project, names)}
    wrong = problems.find(scenario, layers)
    if wrong:
        raise InputError(wrong)
    read = sources.read_all(layers, project.root / "layers")
    cache = walk.Cache(project.root / CACHE)
    return plan.make(scenario, read, cache=cache, progress=progress)


def without_sites(scenario: Scenario) -> Scenario:
    """Give the part of a scenario that says who is in need and how far they walk."""
    nothing: dict[str, Any] = {
        "sites": None, "site": {}, "profiles": {}, "choice": Choice(), "outcomes": Outcomes(),
        "site_register": None,
    }  # fmt: skip
    return scenario.model_copy(update=nothing)


def _all(project: Project, names: Sequence[str]) -> dict[str, Layer]:
    """Give the named layers, and those that they need."""
    every: dict[str, Layer] = {}
    for name in project.layer_names:
        try:
            every[name] = project.layer(name)
        except InputError:
            if name in names:
                raise
    return with_others(every, names)


def _gates(project: Project, scenario: Scenario) -> bool:
    """Say whether a layer of the plan's places has gates."""
    names = {*(scenario.sites.layer if scenario.sites else ()), scenario.choice.existing}
    there = names & set(project.layer_names)
    return any(project.layer(one).entrances is not None for one in there if one)


def _layers(project: Project, asked: Asked) -> tuple[dict[str, Layer], dict[str, Layer]]:
    """Give the layers of openings, and that of attendance."""
    attendance = asked.attendance
    if attendance is None and ATTENDANCE in project.layer_names:
        attendance = ATTENDANCE
    named = [("--openings", one) for one in asked.openings]
    named += [("--attendance", attendance)] if attendance else []
    wrong = [
        Problem("monitor", key, f"no layer '{one:.60}'", _todo(one, project))
        for key, one in named
        if one not in project.layer_names
    ]
    if wrong:
        raise InputError(wrong)
    found = {one: project.layer(one) for _, one in named}
    attending = {attendance: found[attendance]} if attendance else {}
    return {one: found[one] for one in asked.openings}, attending


def _todo(name: str, project: Project) -> str:
    known = nearest_names(name, project.layer_names)
    return f"{known}; layers/README.md says what it has to hold"


def _visitors(
    project: Project, attending: Mapping[str, Layer], today: plan.Plan, reach: counting.Reach
) -> tuple[Visitors | None, dict[str, str]]:
    if not attending:
        return None, {}
    (name,) = attending
    layers = _all(project, [name])
    read = sources.read_all(layers, project.root / "layers")
    return count_visitors(read[name], today, reach), {name: read[name].sha256}


def _sentences(seen: Seen) -> tuple[str, ...]:
    return (*in_short(seen), *who_comes(seen), *learned(seen))


def _files(seen: Seen, layers: Mapping[str, Layer], digests: Mapping[str, str]) -> Writers:
    baseline, words = seen.baseline, seen.words
    title = f"{shortened(baseline.scenario.title, 200)} · {words.say('monitoring')}"
    page = render(compose(seen, layers), title=title, language=words.language)
    record = {
        "siteplanner": version(),
        "published": {"name": baseline.name, "date": baseline.published, "seal": baseline.seal,
                      "plan_sha256": baseline.sha256},
        "on": seen.on.isoformat(),
        "layers": {name: {"sha256": digests.get(name, ""), "year": one.year}
                   for name, one in layers.items()},
        "sentences": list(_sentences(seen)),
        "unknown": list(unknown(seen)),
    }  # fmt: skip
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    visitors = seen.visitors
    origins = None if visitors is None else shown(baseline, visitors.origins).reset_index()
    return {
        "index.html": partial(_write_text, page),
        "phases.csv": partial(maps.write_csv, seen.phases.reset_index()),
        "sites.csv": partial(maps.write_csv, seen.sites.drop(columns="placed").reset_index()),
        "origins.csv": None if origins is None else partial(maps.write_csv, origins),
        "monitoring.json": partial(_write_text, text),
    }


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
