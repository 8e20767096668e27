"""A plan in a few lines of plain words, for a terminal or a notebook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan


def summary(plan: Plan) -> str:
    """Sum a plan up: the set by phase, who is newly reached, and how sure that is.

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
        area = plan.cells["in_area"]
        people, demand = plan.cells.loc[area, ["people", "demand"]].sum()
        lines.append(f"  {people:,.0f} people, {demand:,.0f} of them weighed by need")
        if len(plan.existing):
            lines.append(f"  {len(plan.existing)} places exist")
        return "\n".join(lines)
    table, ranked = plan.sites.table, plan.ranking
    lines.append(f"  {len(table)} possible sites, {len(plan.sites.excluded)} ruled out")
    for phase, row in plan.choice.phases.iterrows():
        lines.append(
            f"  phase {phase}: {int(row['sites'])} sites newly reach {row['new_demand']:,.0f} "
            f"people in need; no set reaches over {100 * row['gap']:.1f} % more"
        )
        for site in plan.choice.table.index[plan.choice.table["phase"] == phase]:
            label = str(table["label"][site]) or site
            score, rank = 100 * ranked["index"][site], ranked["rank"][site]
            lines.append(f"    {label}  (index {score:.0f}, rank {rank})")
    if plan.outcomes is not None:
        people = plan.outcomes.by_group.xs(("area", "people")).astype(float)
        lines.append(
            f"  within walking reach: {people['before']:,.0f} people before, "
            f"{people['after']:,.0f} after, of {people['total']:,.0f}"
        )
    return "\n".join(lines)


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
