"""A plan in a few lines of plain words, for a terminal or a notebook."""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan


MOST_REMARKS = 6
PROVEN = 1e-9
TOLD = ("choice", "people not placed", "walk as the crow flies")


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
        lines += _sites(plan)
    if plan.outcomes is not None and plan.walk is not None:
        people = plan.outcomes.by_group.xs(("area", "people")).astype(float)
        lines.append(
            f"  in the area, within walking reach: {people['before']:,.0f} people before, "
            f"{people['after']:,.0f} after, of {people['total']:,.0f}"
        )
    told = sorted(plan.notices, key=lambda one: one.where.startswith("layers/"))
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
    if plan.choice.infeasible:
        return f"No set keeps to the rules. {' '.join(plan.choice.infeasible)}"
    last = plan.choice.phases.iloc[-1]
    around = f", {last['around']:,.0f} of them around the area" if last["around"] >= 1 else ""
    said = f"It newly reaches {last['new_demand']:,.0f} people in need{around}"
    said += f"; {_no_better(plan, last)}" if np.isfinite(last["gap"]) else ""
    return (
        f"{said}.{_nesting(plan)} People in need are people weighed by need: at need 40 of 100, "
        "one counts 0.4."
    )


def _no_better(plan: Plan, row: pd.Series) -> str:
    """Say how much better another set could be, and in what."""
    which = "of the sites that may be chosen"
    comes_to = plan.choice.comes_to if plan.choice else ""
    if comes_to == "people in need newly reached":
        if row["gap"] < PROVEN:
            return f"no other set {which} could reach more"
        return (
            f"no other set of {int(row['sites'])} {which} could reach more than "
            f"{row['bound']:,.0f} ({100 * row['gap']:.1f} % more)"
        )
    comes = f"it comes to {row['objective']:,.6g} {comes_to}"
    if row["gap"] < PROVEN:
        return f"{comes}, and no other set {which} does better"
    return f"{comes}, and no other set {which} is more than {100 * row['gap']:.1f} % better"


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
    for phase, row in plan.choice.phases.iterrows():
        more = f"; {_no_better(plan, row)}"
        around = f" ({row['around']:,.0f} of them around the area)" if row["around"] >= 1 else ""
        lines.append(
            f"  phase {phase}: {_many(int(row['sites']), 'site')} in all newly reach "
            f"{row['new_demand']:,.0f} people in need{around}"
            + (more if np.isfinite(row["gap"]) else "")
        )
        for site, picked in plan.choice.table[plan.choice.table["phase"] == phase].iterrows():
            score, rank = 100 * ranked["index"][str(site)], ranked["rank"][str(site)]
            fixed = ", fixed by the scenario" if picked["fixed"] else ""
            lines.append(f"    {picked['label']}  (index {score:.0f}, rank {rank}{fixed})")
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
