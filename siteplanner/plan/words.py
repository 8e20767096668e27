"""A plan in a few lines of plain words, for a terminal or a notebook."""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siteplanner.choice.models import SERVED
from siteplanner.plan import timing

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan


MOST_REMARKS = 6
PROVEN = 1e-9
TOLD = ("choice", "people not placed", "people stand-in", "walk as the crow flies")


def summary(plan: Plan) -> str:
    """Sum a plan up: the set by phase, who is newly reached, and what deserves a look.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    Lines of text; the order within a phase is the order of picking, not of merit.
    """
    lines = [plan.scenario.title]
    if plan.sites is None or plan.choice is None:
        people, demand = plan.cells.loc[plan.cells["in_area"], ["people", "demand"]].sum()
        lines.append(f"  {people:,.0f} people; weighed by need {demand:,.0f}")
        if len(plan.existing):
            lines.append(f"  {len(plan.existing)} places exist")
    else:
        lines += _no_set(plan) + _sites(plan)
    if plan.outcomes is not None and plan.walk is not None:
        people = plan.outcomes.by_group.xs(("area", "people")).astype(float)
        lines.append(
            f"  in the area, within walking reach{_room(plan)}: {people['before']:,.0f} people "
            f"before, {people['after']:,.0f} after, of {people['total']:,.0f}"
        )
    lines += timing.summed_up(plan)
    told = sorted(plan.notices, key=lambda one: one.where.startswith("layers/"))
    if plan.choice is not None and plan.choice.infeasible:
        told = [one for one in told if one.where != "choice" or one.kind == "flagged"]
    flagged = [str(one) for one in told if one.kind == "flagged" or one.where in TOLD]
    if flagged:
        lines.append("  worth a look:")
        lines += [f"    {sentence}" for sentence in flagged[:MOST_REMARKS]]
    if len(flagged) > MOST_REMARKS:
        lines.append(f"    and {len(flagged) - MOST_REMARKS} more, see plan.json")
    return printable("\n".join(lines))


def reached_sentence(plan: Plan) -> str:
    """Say what the set newly reaches, what no set could pass, and what need means here.

    Parameters
    ----------
    plan
        A plan with sites.

    Returns
    -------
    A few sentences; empty for a plan without sites.
    """
    if plan.choice is None:
        return ""
    why = " ".join(plan.choice.infeasible)
    if why and plan.choice.table.empty:
        return f"No set of sites keeps to the rules. {why}"
    first = f"In some phases no set of sites keeps to the rules. {why} " if why else ""
    last = plan.choice.phases.iloc[-1]
    closed = plan.choice.closed
    if closed.any():
        first += f"It closes {_listed(closed.index[closed])}. "
    said = f"{first}It {_reaches(plan, last, one=True)}"
    said += f"; {_no_better(plan, last)}" if np.isfinite(last["gap"]) else ""
    return (
        f"{said}.{_nesting(plan)} People in need are people weighed by need: at need 40 of 100, "
        "one counts 0.4."
    )


def _no_set(plan: Plan) -> list[str]:
    """Say first, and in full, where no set keeps to the rules."""
    if plan.choice is None or not plan.choice.infeasible:
        return []
    where = "" if plan.choice.table.empty else "in some phases "
    return [
        f"  {where}no set of sites keeps to the rules:",
        *(f"    {sentence}" for sentence in plan.choice.infeasible),
    ]


def _counted(plan: Plan) -> bool:
    """Tell whether sites have room for so many people only."""
    rule = plan.scenario.choice
    sizes = [*rule.sizes.values(), *rule.existing_sizes.values()]
    if plan.scenario.site_register and plan.scenario.site_register.capacity:
        return True
    return rule.capacity is not None or any(one.capacity is not None for one in sizes)


def _room(plan: Plan) -> str:
    return ", whether there is room for them or not" if _counted(plan) else ""


def _reaches(plan: Plan, row: pd.Series, *, one: bool) -> str:
    """Say whom a phase newly reaches; places that are closed may leave fewer within reach."""
    new, around = row["new_demand"], ""
    if row["around"] >= 1:
        around = f" ({row['around']:,.0f} of them around the area)"
    if round(new) < 0:
        return f"put{'s' * one} places out of reach for {-new:,.0f} people in need, all told"
    on_foot = " on foot" if _counted(plan) else ""
    if plan.choice is not None and plan.choice.closed.any():
        return f"reach{'es' * one} {new:,.0f} more people in need than before{on_foot}{around}"
    return f"newly reach{'es' * one} {new:,.0f} people in need{on_foot}{around}"


def _no_better(plan: Plan, row: pd.Series) -> str:
    """Say how much better another set could be, and in what."""
    which = "of the sites that may be chosen"
    comes_to = plan.choice.comes_to if plan.choice else ""
    if comes_to == "people in need newly reached":
        if row["gap"] < PROVEN:
            return f"no other set {which} could reach more"
        return (
            f"no other set of {_asked(plan, row)} {which} could reach more than "
            f"{row['bound']:,.0f} ({100 * row['gap']:.1f} % more)"
        )
    comes = f"it comes to {_amount(row['objective'], comes_to)}"
    if comes_to == SERVED and round(row["objective"]) < round(row["new_demand"]):
        comes = f"there is not room for all of them: {comes}"
    if row["gap"] < PROVEN:
        return f"{comes}, and no other set {which} does better"
    return f"{comes}, and no other set {which} is more than {100 * row['gap']:.1f} % better"


def _asked(plan: Plan, row: pd.Series) -> int:
    """Give how many sites a phase asks for: its bound is for so many, not for those picked."""
    counts = plan.scenario.choice.count
    return counts[int(str(row.name)) - 1] if counts else int(row["sites"])


def _amount(value: float, comes_to: str) -> str:
    """Write what a set comes to: whole people, or four digits, never with an exponent.

    Examples
    --------
    >>> _amount(1_292_700.2, "minutes on foot"), _amount(1.0, "sites"), _amount(718.9, "people")
    ('1,292,700 minutes on foot', '1 site', '719 people')
    """
    if comes_to == "sites":
        return _many(round(value), "site")
    whole = abs(value) >= 1000 or comes_to.startswith("people")
    return f"{value:,.0f} {comes_to}" if whole else f"{value:.4g} {comes_to}"


def _listed(names: pd.Index) -> str:
    told = [str(one) for one in names]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def _nesting(plan: Plan) -> str:
    """Say what growing in phases gives up, phase by phase, where it gives up anything."""
    if plan.choice is None:
        return ""
    given_up = plan.choice.phases["regret"].fillna(0.0)
    parts = [
        f"{100 * share:.1f} % in phase {phase}"
        for phase, share in given_up.items()
        if share > PROVEN
    ]
    if not parts:
        return ""
    return f" Each phase keeps what stands: that gives up {', '.join(parts)}, at least."


def printable(text: str) -> str:
    r"""Take control characters out of text from data, all but line ends.

    Examples
    --------
    >>> printable("a\x1b[31mb")
    'a·[31mb'
    """
    return "".join(one if one == "\n" or unicodedata.category(one) != "Cc" else "·" for one in text)


def _sites(plan: Plan) -> list[str]:
    if plan.sites is None or plan.choice is None:
        return []
    ranked = plan.ranking
    lines = [f"  {_many(len(ranked), 'possible site')}, {len(plan.sites.excluded)} ruled out"]
    lines += [
        f"    {notice.count:,.0f} out: {notice.reason}"
        for notice in plan.sites.notices
        if notice.kind == "dropped" and notice.where == "sites"
    ]
    closed = plan.choice.closed
    with_closed = f", with {_many(int(closed.sum()), 'place')} closed," if closed.any() else ""
    for phase, row in plan.choice.phases.iterrows():
        if plan.choice.infeasible and np.isnan(row["objective"]):
            lines.append(f"  phase {phase}: no set")
            continue
        many = int(row["sites"])
        more = f"; {_no_better(plan, row)}"
        lines.append(
            f"  phase {phase}: {_many(many, 'site')} in all{with_closed} "
            + _reaches(plan, row, one=many == 1)
            + (more if np.isfinite(row["gap"]) else "")
        )
        for site, picked in plan.choice.table[plan.choice.table["phase"] == phase].iterrows():
            score, rank = 100 * ranked["index"][str(site)], ranked["rank"][str(site)]
            fixed = ", fixed by the scenario" if picked["fixed"] else ""
            lines.append(f"    {picked['label']}  (index {score:.0f}, rank {rank}{fixed})")
    lines += [f"    {name}  (an existing place, closed)" for name in closed.index[closed]]
    return lines


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def html_summary(plan: Plan) -> str:
    """Give the summary for a notebook; text from the data is escaped.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    HTML without scripts.
    """
    return f"<pre>{html.escape(summary(plan))}</pre>"
