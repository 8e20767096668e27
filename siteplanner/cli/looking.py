"""Commands that look at how the layers of a project fit together."""

from __future__ import annotations

from pathlib import Path

import click

from siteplanner.project import Project
from siteplanner.sources.matching import save


@click.command("joins")
@click.argument("layers", nargs=-1)
@click.option(
    "--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="Write every row here."
)
@click.pass_obj
def joins_command(root: Path, layers: tuple[str, ...], table: Path | None) -> None:
    """Show how tables fit the layers they join, and which pairs of keys are likely.

    Without LAYERS, every table with [join].  The pairs are printed as they may be copied into
    the layer's file; nothing is joined before you do.
    """
    project = Project(root)
    found = [project.matching(name) for name in layers or project.joining]
    if not found:
        click.echo("no layer has [join]")
    for one in found:
        click.echo(str(one))
    if table is not None and found:
        save(found, table)
        click.echo(f"\nEvery row: {table}")
