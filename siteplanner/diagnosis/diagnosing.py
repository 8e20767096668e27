"""A look over a whole project: as far as its files can be read, and with what to do."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from siteplanner import cells, problems, sources, study, walk
from siteplanner.diagnosis.ages import of_ages, of_credit
from siteplanner.diagnosis.finding import Diagnosis, Finding, from_problem, in_order
from siteplanner.diagnosis.licences import of_licences
from siteplanner.diagnosis.numbers import of_numbers
from siteplanner.diagnosis.origins import of_openstreetmap
from siteplanner.diagnosis.places import of_crs, of_ground, of_places
from siteplanner.diagnosis.programmes import asked_for, without_data
from siteplanner.errors import InputError, Problem
from siteplanner.model import Layer, Notice, Scenario, file_names, read_layer, read_scenario

_CONFIDED = re.compile(
    r"votes?\b|survey|complaint|pledge|eviction|reports? (of|by|from)|citizens?.? report|encuesta|"
    r"votos?\b|denuncia|desalojo|pesquisa",
    re.IGNORECASE,
)
_TODO = (
    ("coordinates right", "mend their coordinates in the file, or delete the rows"),
    ("they lie in another", "find out which of the two is wrong, and mend it in the file"),
    ("lie in none", "find out whether place or name is wrong, or whether they belong here"),
    ("key is not in", "see siteplanner joins, and confirm the pairs that are right"),
    ("no area of", "write the name as the other layer has it"),
)
File = TypeVar("File", Layer, Scenario)


def diagnose(root: Path, *, this_year: int | None = None) -> Diagnosis:
    """Look over a project; what cannot be read is told, and the rest is looked at.

    Parameters
    ----------
    root
        The project's folder.
    this_year
        By default that of today.

    Returns
    -------
    What is odd, the worst first, and what each programme could use.
    """
    year = datetime.datetime.now(datetime.UTC).year if this_year is None else this_year
    layers, broken = _read(read_layer, root / "layers")
    scenarios, more = _read(read_scenario, root / "scenarios")
    found = [from_problem(one, readable=False) for one in (*broken, *more)]
    read, unread = sources.read_those_that_can(layers, root / "layers")
    found += [from_problem(one, readable=False) for one in unread]
    gaps: dict[tuple[str, str], tuple[float, Finding]] = {}
    for scenario in scenarios.values():
        found += _of_scenario(scenario, layers, read, gaps)
    found += of_credit(layers)
    found += of_licences(layers)
    areas = {one.area for one in scenarios.values()}
    found += of_places(read, areas)
    found += _confided(layers)
    found += (finding for _, finding in gaps.values())
    for source in read.values():
        found += (_of_notice(one) for one in source.notices if one.kind in ("dropped", "flagged"))
        found += of_numbers(source)
    found += of_crs(read)
    found += of_ages(layers, year)
    found += of_openstreetmap(root)
    found += without_data(scenarios.values())
    return Diagnosis(in_order(found), asked_for(layers, scenarios.values()))


def _read(read: Callable[[Path], File], folder: Path) -> tuple[dict[str, File], list[Problem]]:
    files: dict[str, File] = {}
    found: list[Problem] = []
    for name in file_names(folder):
        try:
            files[name] = read(folder / f"{name}.toml")
        except InputError as error:
            found += error.problems
    return files, found


def _of_scenario(
    scenario: Scenario, layers: Mapping[str, Layer], read: Mapping[str, sources.Source],
    gaps: dict[tuple[str, str], tuple[float, Finding]],
) -> Iterator[Finding]:  # fmt: skip
    """Hold a scenario against its layers, and the layers against its ground.

    Of the gaps that several scenarios see in a layer, the widest is kept in ``gaps``.
    """
    wrong = problems.find(scenario, layers)
    yield from (from_problem(one, readable=True) for one in wrong)
    if wrong or not set(scenario.layer_names()) <= set(read):
        return
    ring_m = walk.longest_m(scenario) if scenario.walk else 0.0
    try:
        ground = study.prepare(scenario, read, ring_m=ring_m)
        for share, finding in of_ground(scenario, ground):
            kind = (finding.where, finding.todo)
            gaps[kind] = min(
                gaps.get(kind, (2.0, finding)), (share, finding), key=lambda one: one[0]
            )
        laid = cells.lay(scenario, ground)
    except InputError as error:
        yield from (from_problem(one, readable=True) for one in error.problems)
        return
    for one in laid.notices:
        if one.where == "people not placed" and one.reason.startswith(scenario.demand.people):
            what = f"{one.reason}{_examples(one)}"
            todo = "see whether demand.cells covers where people live"
            yield Finding("odd", f"scenarios/{scenario.name}.toml", what, todo)


def _of_notice(notice: Notice) -> Finding:
    amount = f"{notice.count:,.0f}"
    if notice.total:
        amount += f" of {notice.total:,.0f}"
    what = f"{amount} rows {notice.kind}: {notice.reason}{_examples(notice)}"
    todo = next(
        (todo for words, todo in _TODO if words in notice.reason),
        "look at them in the file; nothing to do if that is meant",
    )
    return Finding("odd", notice.where, what, todo)


def _examples(notice: Notice) -> str:
    return f" (for example {', '.join(notice.examples)})" if notice.examples else ""


def _confided(layers: Mapping[str, Layer]) -> Iterable[Finding]:
    """Find layers that seem to hold what people said, and are not private."""
    for name, layer in layers.items():
        rows = layer.kind in ("points", "table") and layer.join is None
        words = f"{name.replace('_', ' ')} {layer.title}"
        if rows and layer.private is None and layer.agreed is None and _CONFIDED.search(words):
            what = "it seems to hold what people said or voted, each at an exact place"
            todo = "if so, add [private] with cell_m = 500, so that only counts are used"
            yield Finding("odd", f"layers/{name}.toml", what, todo)
