"""The site register held against a scenario and its sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from siteplanner.errors import InputError, Problem
from siteplanner.model import Choice, FromRegister, Notice, Scenario
from siteplanner.problems.against import Against
from siteplanner.register import REGISTER, read_register
from siteplanner.sites import Candidates
from siteplanner.sources import Source

EXAMPLES = 3


def of_register(held: Against) -> Iterator[Problem]:
    """Find what is wrong with ``[register]``."""
    rule, scenario = held.scenario.site_register, held.scenario
    if rule is None:
        return
    yield from held.layer("register.layer", rule.layer, {REGISTER})
    if scenario.sites is None:
        yield held.problem("register", "there are no [sites]", "delete the table")
        return
    choice = scenario.choice
    for key in ("cost", "capacity"):
        if getattr(rule, key) and getattr(choice, key) is not None:
            found = f"choice.{key} says it as well"
            yield held.problem(f"register.{key}", found, "delete one of the two")
        if getattr(rule, key) and choice.sizes:
            found = "the sizes say what each costs and serves"
            yield held.problem(f"register.{key}", found, "delete the key, or choice.sizes")
    if rule.priced and choice.budget is None and choice.model != "set_cover":
        found = "there is no budget to hold it against"
        yield held.problem("register.cost", found, "add budget under [choice]")
    if rule.fix and choice.sizes:
        found = "with sizes, a fixed site leaves its size open"
        yield held.problem("register.fix", found, "delete the key, or choice.sizes")


def with_register(
    scenario: Scenario, sources: Mapping[str, Source], found: Candidates
) -> Candidates:
    """Read the register that a scenario names, and lay it beside its sites.

    Parameters
    ----------
    scenario
        Its ``[register]`` names the layer.
    sources
        The layers as read.
    found
        The possible sites, and those that are ruled out.

    Returns
    -------
    The same, with what the register says of each, and with notices; unchanged without
    ``[register]``.

    Raises
    ------
    InputError
        If nothing of the register can be read.
    """
    rule = scenario.site_register
    if rule is None or sources[rule.layer].path is None:
        return found
    path = sources[rule.layer].path
    assert path is not None  # noqa: S101  a moment ago
    kept, lines = read_register(path, scenario.language)
    sites = [*found.table.index.astype(str), *found.excluded.index.astype(str)]
    where, notices = f"layers/{rule.layer}", list[Notice]()
    wrong = [line for line in lines if line.what == "not read"]
    if wrong:
        total = sum(len(one) for one in kept.sites.values()) + len(wrong)
        reason = (
            f"{wrong[0].why.partition(';')[0]}; siteplanner register --read says it cell by cell"
        )
        places = tuple(line.place for line in wrong[:EXAMPLES])
        said = f"cells that cannot be read count as unknown: {reason}"
        notices.append(Notice(where, "flagged", len(wrong), total, said, places))
    strangers = sorted(set(kept.sites) - set(sites))
    if strangers:
        reason = "they are about no site of this scenario"
        shown = tuple(strangers[:EXAMPLES])
        notices.append(Notice(where, "flagged", len(strangers), len(kept.sites), reason, shown))
    return replace(found, register=kept.table(sites), notices=(*found.notices, *notices))


def fixed_by(scenario: Scenario, found: Candidates, choice: Choice) -> tuple[Choice, list[Problem]]:
    """Give the choice with the sites that the register puts in.

    Parameters
    ----------
    scenario
        Its ``[register]`` says which statuses and gates do.
    found
        The sites, with the register beside them.
    choice
        The scenario's choice, with sites by id.

    Returns
    -------
    The choice, and what contradicts itself in it.
    """
    rule = scenario.site_register
    if rule is None or found.register.empty:
        return choice, []
    where = f"layers/{rule.layer}"
    own = found.register.reindex(found.table.index.astype(str))
    into = own["status"].isin(rule.fix) | own["gate"].isin(rule.fix)
    out = out_of(rule, own)
    problems = []
    for site in own.index[into & out]:
        said = f"its status is {own['status'][site]}, and its gate is {own['gate'][site]}"
        problems.append(Problem(where, site, said, "bar and fix contradict each other: mend one"))
    for site in choice.fixed:
        if site in own.index and out[site]:
            said = f"'{site}' is fixed, and the register says {own['status'][site]}"
            file = f"scenarios/{scenario.name}.toml"
            problems.append(Problem(file, "choice.fixed", said, "decide for one"))
    more = [str(one) for one in own.index[into & ~out] if one not in choice.fixed]
    for site in more:
        if site in choice.barred:
            status = own["status"][site]
            what = status if status in rule.fix else own["gate"][site]
            said = f"'{site}' is barred, and the register says {what}"
            file = f"scenarios/{scenario.name}.toml"
            problems.append(Problem(file, "choice.barred", said, "decide for one"))
    fixed = (*choice.fixed, *more)
    if choice.count and len(fixed) > choice.count[0] and more:
        said = f"{len(fixed)} sites are fixed ({len(more)} of them by the register), "
        said += f"but the first phase has {choice.count[0]}"
        todo = "raise the first count, or fix fewer under [register]"
        problems.append(Problem(f"scenarios/{scenario.name}.toml", "register.fix", said, todo))
    changes: dict[str, object] = {"fixed": fixed}
    changes |= {"cost": rule.priced} if rule.priced else {}
    changes |= {"capacity": "capacity"} if rule.capacity else {}
    return choice.model_copy(update=changes), problems


def out_of(rule: FromRegister, table: pd.DataFrame) -> pd.Series:
    """Say which sites the register keeps out.

    Examples
    --------
    >>> table = pd.DataFrame({"status": ["desk", "rejected", None]}, index=["a", "b", "c"])
    >>> out_of(FromRegister(bar=["rejected"]), table).tolist()
    [False, True, False]
    """
    return table["status"].isin(rule.bar)


def refuse(problems: list[Problem]) -> None:
    """Raise what is wrong, if anything is.

    Raises
    ------
    InputError
        With all problems.
    """
    if problems:
        raise InputError(problems)
