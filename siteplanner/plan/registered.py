"""What the site register means for a choice: who is out and why, what sites cost and serve."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd

from siteplanner import choice, problems, sites
from siteplanner.model import Notice, Scenario
from siteplanner.problems.registered import out_of

Numbers: TypeAlias = dict[str, np.ndarray | None]
Out: TypeAlias = dict[str, tuple[str, str]]
UNKNOWN = {"cost": "Its cost is not known to the site register.",
           "capacity": "Its capacity is not known to the site register."}  # fmt: skip
WHERE = "register"


def bound(
    scenario: Scenario, found: sites.Candidates, numbers: Numbers
) -> tuple[Numbers, Out, list[Notice]]:
    """Give what the register binds, beside the numbers that the scenario itself gives.

    Parameters
    ----------
    scenario
        Its ``[register]`` says what to make of the officers' findings.
    found
        The sites, with the register beside them.
    numbers
        ``cost`` and ``capacity`` of each site, as far as the scenario gives them.

    Returns
    -------
    numbers
        The same, with those of the register.
    out
        By site: the kind of reason and the sentence that say why it is out.
    notices
        How many are out, how many costs are assumed, which price years are mixed.
    """
    rule = scenario.site_register
    if rule is None:
        return numbers, {}, []
    ids = found.table.index.astype(str)
    table = found.register.reindex(ids)
    gone = out_of(rule, table)
    out: Out = {site: ("rejected", sentence(table.loc[site])) for site in ids[gone]}
    notices = []
    if out:
        reason = f"{len(out):,} of {len(ids):,} possible sites are out by the site register"
        notices.append(Notice(WHERE, "info", len(out), len(ids), reason, tuple(out)[:3]))
    notices += _ruled_out(scenario, found)
    asked = (("cost", rule.priced, rule.cost_unknown),
             ("capacity", "capacity" if rule.capacity else "", rule.capacity_unknown))  # fmt: skip
    for key, column, instead in asked:
        if not column:
            continue
        values = pd.to_numeric(table[column], errors="coerce").astype(float)
        lacking = values.isna() & ~gone
        numbers = numbers | {key: values.fillna(0.0 if instead is None else instead).to_numpy()}
        if lacking.any():
            notices.append(_unknown(key, ids[lacking], len(ids), instead))
            for site in ids[lacking] if instead is None else ():
                out.setdefault(site, ("unpriced", UNKNOWN[key]))
        if key == "cost":
            notices += _price_years(table[values.notna()])
    return numbers, out, notices


def as_ruled(scenario: Scenario, found: sites.Candidates | None) -> Scenario:
    """Give a scenario with what the register fixes, costs and sizes, for those who draw it.

    Parameters
    ----------
    scenario
        As it is written.
    found
        The sites, with the register beside them.

    Returns
    -------
    The same scenario, where it has no ``[register]``.
    """
    if scenario.site_register is None or found is None:
        return scenario
    return scenario.model_copy(update={"choice": problems.by_id(scenario, found)})


def sentence(row: pd.Series) -> str:
    """Say why a site is out: status, day and reason; never who said so.

    Examples
    --------
    >>> sentence(pd.Series({"status": "rejected", "when": "2026-03-05", "reason": "no title"}))
    'The site register says: rejected on 2026-03-05. Reason given: no title.'
    >>> sentence(pd.Series({"status": "rejected", "when": None, "reason": None}))
    'The site register says: rejected.'
    """
    day = f" on {row['when']}" if isinstance(row["when"], str) else ""
    why = ""
    if isinstance(row["reason"], str):
        why = f" Reason given: {' '.join(row['reason'].split()).rstrip('.')}."
    return f"The site register says: {row['status']}{day}.{why}"


def kept_out(ground: choice.Ground) -> dict[str, str]:
    """Give for each site that cannot be in a set the clause that says why.

    Examples
    --------
    >>> kept_out(choice.Ground(lacking={"a": "it has no kitchen"}, out={"b": ("rejected", "No.")}))
    {'a': 'it has no kitchen', 'b': 'No'}
    """
    return {**ground.lacking, **{site: why.rstrip(".") for site, (_, why) in ground.out.items()}}


def _ruled_out(scenario: Scenario, found: sites.Candidates) -> list[Notice]:
    """Tell places that the register puts in, and a rule of the scenario takes out."""
    rule = scenario.site_register
    if rule is None or found.excluded.empty:
        return []
    own = found.register.reindex(found.excluded.index.astype(str))
    into = own["status"].isin(rule.fix) | own["gate"].isin(rule.fix)
    if not into.any():
        return []
    reason = "the site register would fix them, but a rule of [sites] has ruled them out"
    shown = tuple(own.index[into][:3])
    return [Notice(WHERE, "flagged", int(into.sum()), len(own), reason, shown)]


def _unknown(key: str, gone: pd.Index, total: int, instead: float | None) -> Notice:
    reason = f"they have no {key} in the site register and cannot be chosen"
    if instead is not None:
        reason = f"they have no {key} in the site register: {instead:,g} is assumed"
    return Notice(WHERE, "flagged", len(gone), total, reason, tuple(gone[:3]))


def _price_years(priced: pd.DataFrame) -> list[Notice]:
    """Tell costs of several years, or of none: they are added up as they are."""
    years = pd.to_numeric(priced["price_year"], errors="coerce")
    known = sorted(int(one) for one in years.dropna().unique())
    if len(known) < 2 and not (known and years.isna().any()):
        return []
    shown = ", ".join(map(str, known[:5])) + (", …" if len(known) > 5 else "")
    tail = f", and {int(years.isna().sum()):,} do not say" if years.isna().any() else ""
    reason = f"costs are in prices of {shown}{tail}: they are added up as they stand"
    return [Notice(WHERE, "flagged", len(priced), 0, reason)]
