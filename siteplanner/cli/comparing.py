"""Commands that hold plans against each other."""

from __future__ import annotations

import re
from pathlib import Path

import click

from siteplanner import comparison
from siteplanner.cli.saying import Steps
from siteplanner.comparison.negotiating import problems_of
from siteplanner.comparison.writing import write
from siteplanner.errors import InputError, Problem
from siteplanner.plan import STEPS, Plan
from siteplanner.project import Project


@click.command("compare")
@click.argument("scenarios", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write here, not to maps/A-and-B/.")
@click.pass_obj
def compare_command(root: Path, scenarios: tuple[str, ...], out: Path | None) -> None:
    """Hold two or more scenarios against the first: what differs, and who gains.

    With one scenario that has profiles: what each group would choose, and a compromise.
    """
    project = Project(root)
    steps = Steps(len(scenarios) * (len(STEPS) + 1))
    try:
        plans = [project.run(name, progress=steps) for name in scenarios]
    finally:
        steps.close()
    if len(plans) == 1:
        _room_of(plans[0])
        return
    found = comparison.compare(*plans)
    room = None if problems_of(plans[0]) else comparison.negotiate(plans[0])
    name = re.sub(r"[^\w-]+", "_", "-and-".join(scenarios))[:120]
    folder = write(found, out or project.root / "maps" / name, room=room)
    click.echo(repr(found))
    click.echo(f"\nOpen {folder / 'index.html'}")


def _room_of(plan: Plan) -> None:
    if not plan.scenario.profiles:
        found, todo = "1 plan to compare", "name two or more scenarios"
        raise InputError([Problem("compare", "", found, todo)])
    room = comparison.negotiate(plan)
    click.echo("\n".join([room.method, *room.sentences]))
