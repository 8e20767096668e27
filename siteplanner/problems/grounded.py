"""Problems that show only once a scenario's layers are brought together on the ground."""

from __future__ import annotations

from collections.abc import Mapping

from siteplanner import sites, sources, study, walk
from siteplanner.errors import InputError, Problem
from siteplanner.model import Scenario
from siteplanner.problems.named import by_id
from siteplanner.problems.registered import with_register


def on_the_ground(scenario: Scenario, read: Mapping[str, sources.Source]) -> tuple[Problem, ...]:
    """Prepare a scenario's ground and find its sites, and give what is wrong there.

    Parameters
    ----------
    scenario
        A scenario that `find` had nothing to say about.
    read
        The layers it names, by name.

    Returns
    -------
    A wrong CRS, layers that lie elsewhere, rules that leave no site; empty where all is well.
    """
    ring_m = walk.longest_m(scenario) if scenario.walk else 0.0
    try:
        ground = study.prepare(scenario, read, ring_m=ring_m)
        if scenario.sites:
            by_id(scenario, with_register(scenario, read, sites.find(scenario, ground)))
    except InputError as error:
        return error.problems
    return ()
