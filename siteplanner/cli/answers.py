"""Commands that look at a project and answer its scenarios."""

from __future__ import annotations

import time
from pathlib import Path

import click
import tomli_w

from siteplanner import maps
from siteplanner.cli.saying import Steps, many
from siteplanner.errors import InputError
from siteplanner.project import Project


@click.command("list")
@click.pass_obj
def list_command(root: Path) -> None:
    """List the scenarios and the layers of the project."""
    project = Project(root)
    width = max(map(len, (*project.scenario_names, *project.layer_names)), default=0)
    for folder, names, read in (
        ("scenarios/", project.scenario_names, project.scenario),
        ("layers/", project.layer_names, project.layer),
    ):
        click.echo(click.style(folder, bold=True))
        if not names:
            click.echo(f"  none yet: see {folder}README.md")
        for name in names:
            try:
                title = read(name).title
            except InputError as error:
                title = f"{many(len(error.problems), 'problem')}: siteplanner check"
            click.echo(f"  {name:<{width}}  {title}")


@click.command("check")
@click.pass_obj
def check_command(root: Path) -> None:
    """Read every file of the project and say what is wrong with it."""
    project = Project(root)
    for notice in project.check():
        click.echo(str(notice))
    scenarios, layers = len(project.scenario_names), len(project.layer_names)
    click.echo(f"{many(scenarios, 'scenario')} and {many(layers, 'layer')}: no problems")


@click.command("show")
@click.argument("scenario")
@click.pass_obj
def show_command(root: Path, scenario: str) -> None:
    """Print a scenario as it will be run, with what it extends."""
    found = Project(root).scenario(scenario)
    shown = found.model_dump(
        mode="json", exclude_unset=True, exclude_none=True, exclude={"name"}, by_alias=True
    )
    click.echo(tomli_w.dumps(shown), nl=False)


@click.command("run")
@click.argument("scenario")
@click.option("--out", type=click.Path(path_type=Path), help="Write here, not to maps/SCENARIO/.")
@click.pass_obj
def run_command(root: Path, scenario: str, out: Path | None) -> None:
    """Answer a scenario: write its map and tables to maps/SCENARIO/."""
    started = time.perf_counter()
    maps.kept_edits(out or root / "maps" / scenario, public=False)  # is one open in QGIS?
    steps = Steps()
    try:
        made = Project(root).run(scenario, progress=steps)
        steps("maps")
        folder = made.save(out, started=started)
    finally:
        steps.close()
    click.echo(made.summary())
    for line in maps.said_in(folder):
        click.echo(line)
    click.echo(f"\nOpen {folder / 'index.html'}")
