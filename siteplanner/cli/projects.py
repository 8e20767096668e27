"""Commands that make a project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from siteplanner.errors import InputError, Problem
from siteplanner.project import Project, init


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--empty", is_flag=True, help="Without the town: for files of your own.")
@click.option("--place", default="", metavar="NAME", help="A city: 'Fortaleza, Brazil'.")
@click.option("--bbox", type=float, nargs=4, metavar="W S E N", help="Or a box, in degrees.")
@click.option(
    "--area", "outline", type=click.Path(path_type=Path), help="Or a file with the outline."
)
@click.option(
    "--osm",
    "file",
    type=click.Path(path_type=Path),
    help="Take an OpenStreetMap file (.osm.pbf); nothing goes online then.",
)
@click.option("--yes", is_flag=True, help="Also fetch an area as large as a country.")
def init_command(
    folder: Path,
    *,
    empty: bool,
    place: str,
    bbox: tuple[float, float, float, float] | None,
    outline: Path | None,
    file: Path | None,
    yes: bool,
) -> None:
    """Make a project: a copy of a made-up town, or your city from OpenStreetMap.

    With a place, a box or an outline its boundary, streets, buildings, schools, parks and so on
    are fetched from OpenStreetMap, and three scenarios are filled in. The same command again goes
    on where it was interrupted.
    """
    if place or bbox or outline or file:
        if empty:
            todo = "leave it out: the layers come from OpenStreetMap"
            raise InputError([Problem("--empty", "", "it goes with no other option", todo)])
        _from_openstreetmap(folder, _said(place, bbox, outline, file), yes=yes)
        return
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


def _said(
    place: str,
    bbox: tuple[float, float, float, float] | None,
    outline: Path | None,
    file: Path | None,
) -> dict[str, Any]:
    """Give where it is, if it is said once."""
    given: dict[str, Any] = {"--place": place, "--bbox": bbox, "--area": outline}
    given = {key: value for key, value in given.items() if value}
    if len(given) > 1:
        found = "each says where it is"
        raise InputError([Problem(" and ".join(given), "", found, "choose one")])
    return {
        "place": place,
        "bbox": bbox,
        "outline": str(outline or ""),
        "file": str(file or ""),
    }


def _from_openstreetmap(folder: Path, area: dict[str, Any], *, yes: bool) -> None:
    from siteplanner import founding  # here, because no other command needs it
    from siteplanner.openstreetmap import Area, Server

    asking = founding.Asking(
        Server.from_environment(),
        agree=lambda question: yes or _asked(question),
        say=lambda sentence: click.echo(f"  {sentence}", err=True),
    )
    try:
        project = founding.found(folder, Area(**area), asking)
    except KeyboardInterrupt:
        click.echo("\nWhat was fetched is kept: the same command goes on from here.", err=True)
        raise
    _tell(project)


def _asked(question: str) -> bool:
    """Ask on a terminal; elsewhere nobody can answer."""
    if not sys.stdin.isatty():
        return False
    return bool(click.confirm(f"{question}. Go on?", err=True))


def _tell(project: Project) -> None:
    layers, names = len(project.layer_names), ", ".join(project.scenario_names)
    click.echo(f"{project.root}/")
    click.echo(f"  layers/             {layers} layers, © OpenStreetMap contributors, ODbL")
    click.echo(f"  scenarios/          {names}")
    click.echo("  openstreetmap.toml  what was taken, and which ways people may walk on")
    click.echo("\nPeople are guessed, and a tag is no title: read the notes of the layers.")
    click.echo(f"Next: cd {project.root} && siteplanner run micro_parks")
