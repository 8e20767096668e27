"""The command that takes back what was edited in QGIS."""

from __future__ import annotations

from pathlib import Path

import click

from siteplanner.cli.saying import Steps, many
from siteplanner.plan import edited
from siteplanner.project import Project

MOST = 20
"""Changes that are told one by one; all of them stand in the report."""


@click.command("edited")
@click.argument("scenario")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--layer", help="sites, existing or excluded; by default all that FILE has.")
@click.pass_obj
def edited_command(root: Path, scenario: str, file: Path, layer: str | None) -> None:
    """Make layers of places that were edited in QGIS, and say what changed.

    FILE is the sites.gpkg of the answer, or a copy of it.
    """
    project = Project(root)
    project.scenario(scenario)  # its problems before the long part
    edited.check(file, layer)
    steps = Steps()
    try:
        made = project.run(scenario, progress=steps)
        steps("edits")
        found = edited.take_back(made, file, layer)
    finally:
        steps.close()
    if not found:
        click.echo(f"{file}: nothing was edited; nothing was written")
    for one in found:
        for sentence in one.sentences[:MOST]:
            click.echo(sentence)
        if len(one.sentences) > MOST:
            click.echo(f"… and {many(len(one.sentences) - MOST, 'other change')}")
        for remark in one.remarks:
            click.echo(remark)
        click.echo(f"Layer '{one.name}' is {one.file}; all changes: {one.report}")
        if one.source:
            click.echo(f"Write '{one.name}' for '{one.source}' in a scenario to plan with it.")
