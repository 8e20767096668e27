"""The commands that write a report, and the equality page."""

from __future__ import annotations

from pathlib import Path

import click

from siteplanner.cli.saying import Steps
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps import messages
from siteplanner.project import Project


@click.command("report")
@click.argument("scenario")
@click.option("--language", help="en, es, pt or zh; by default the scenario's.")
@click.option("--font", type=click.Path(path_type=Path), help="A font for letters not found here.")
@click.option("--out", type=click.Path(path_type=Path), help="Not maps/SCENARIO/report/, but here.")
@click.pass_obj
def report_command(
    root: Path, scenario: str, language: str | None, font: Path | None, out: Path | None
) -> None:
    """Write a report of a scenario in plain words: a page and a PDF in maps/SCENARIO/report/."""
    _language("report", language)
    project = Project(root)
    project.scenario(scenario)  # its problems before the long part
    steps = Steps()
    try:
        made = project.run(scenario, progress=steps)
        steps("report")
        folder = made.report(out, language, font=font)
    finally:
        steps.close()
    click.echo(f"Open {folder / 'report.html'}, or print {folder / 'report.pdf'}")


@click.command("equality")
@click.argument("scenario")
@click.option("--language", help="en, es, pt or zh; by default the scenario's.")
@click.option(
    "--template", type=click.Choice(["plain", "uk"]), default="plain", show_default=True,
    help="uk: headings of a United Kingdom equality impact assessment.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Not maps/SCENARIO/equality/.")
@click.pass_obj
def equality_command(
    root: Path, scenario: str, language: str | None, template: str, out: Path | None
) -> None:
    """Say by group who gains, who loses and what is not known: a page in maps/SCENARIO/equality/.

    Groups are those of the scenario's [demand]; layers say under "group" what they are counted by.
    """
    _language("equality", language)
    project = Project(root)
    project.scenario(scenario)  # its problems before the long part
    steps = Steps()
    try:
        made = project.run(scenario, progress=steps)
        steps("equality")
        folder = made.equality(out, language=language, template=template, offered=_offered(project))
    finally:
        steps.close()
    click.echo(f"Open {folder / 'equality.html'}")


def _language(command: str, language: str | None) -> None:
    if language is not None and language not in messages.languages():
        todo = nearest_names(language, messages.languages())
        found = f"no language '{language:.40}'"
        raise InputError([Problem(command, "--language", found, todo)])


def _offered(project: Project) -> dict[str, str]:
    """Give the columns of the project that say a characteristic, ``layer.column`` to it."""
    found: dict[str, str] = {}
    for name in project.layer_names:
        try:
            layer = project.layer(name)
        except InputError:  # a broken layer that the plan did not need
            continue
        columns = layer.columns.items()
        found |= {f"{name}.{key}": one.group for key, one in columns if one.group is not None}
    return found
