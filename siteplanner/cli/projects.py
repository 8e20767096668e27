"""Commands that make a project."""

from __future__ import annotations

from pathlib import Path

import click

from siteplanner.project import init


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--empty", is_flag=True, help="Without the town: for files of your own.")
def init_command(folder: Path, *, empty: bool) -> None:
    """Make a project: a copy of a made-up town, to try and to replace."""
    project = init(folder, empty=empty)
    names = ", ".join(project.scenario_names)
    click.echo(f"{project.root}/")
    click.echo(
        f"  layers/     what is in the world: {'put' if empty else 'try, then bring'} "
        "your city's files here"
    )
    click.echo(f"  scenarios/  what you want: {names or 'write one as its README.md says'}")
    click.echo("  maps/       the answers")
    verb = "check" if empty else f"run {project.scenario_names[0]}"
    click.echo(f"\nNext: cd {project.root} && siteplanner {verb}")
