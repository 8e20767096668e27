"""Sites that a scenario names one by one."""

from __future__ import annotations

import pandas as pd

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Choice, Scenario
from siteplanner.problems.registered import fixed_by, refuse
from siteplanner.sites import Candidates


def by_id(scenario: Scenario, found: Candidates) -> Choice:
    """Give the scenario's choice with fixed and barred sites by id; names are taken as well.

    Parameters
    ----------
    scenario
        Its ``[choice]`` names sites, by id or by a name that only one of them has.
    found
        The possible sites, and those that are ruled out.

    Returns
    -------
    The same choice, with ids.

    Raises
    ------
    InputError
        With every name that no site has, every site that is ruled out, and what the register
        contradicts.
    """
    known, out = found.table["label"], found.excluded
    everybody = pd.concat([known, out["label"]])
    once = everybody[~everybody.duplicated(keep=False)]
    ids = {str(label): str(site) for site, label in once.items()}
    offered = [*known.index, *(name for name, site in ids.items() if site in known.index)]
    problems: list[Problem] = []
    named: dict[str, tuple[str, ...]] = {}
    for key in ("fixed", "barred"):
        names = getattr(scenario.choice, key)
        named[key] = tuple(
            name if name in everybody.index else ids.get(name, name) for name in names
        )
        for written, name in zip(names, named[key], strict=True):
            if name in known.index:
                continue
            what, todo = f"no site '{name}'", nearest_names(name, offered)
            if name in out.index:
                what = f"'{written}' is ruled out: {out['reason'][name]}"
                todo = "change that rule, or take the site off the list"
            problems.append(Problem(f"scenarios/{scenario.name}.toml", f"choice.{key}", what, todo))
    choice, more = fixed_by(scenario, found, scenario.choice.model_copy(update=named))
    refuse([*problems, *more])
    return choice
