"""The command that writes a report."""

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
    if language is not None and language not in messages.languages():
        todo = nearest_names(language, messages.languages())
        found = f"no language '{language:.40}'"
        raise InputError([Problem("report", "--language", found, todo)])
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
