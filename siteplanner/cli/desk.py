"""The command of the planner's desk: the register goes out to officers and comes back."""

from __future__ import annotations

from pathlib import Path

import click

from siteplanner.cli.saying import Steps, many
from siteplanner.errors import InputError, Problem
from siteplanner.plan import kept
from siteplanner.plan.registering import KEPT
from siteplanner.project import Project

MOST = 20
"""Lines of one sort that are printed; the report has all."""


@click.command("register")
@click.argument("scenario")
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
@click.option("--read", "copy", type=click.Path(path_type=Path), help="Read this copy back.")
@click.option("--language", help="en, es, pt or zh; by default the scenario's.")
@click.option("--out", type=click.Path(path_type=Path), help="Not maps/SCENARIO/register/.")
@click.pass_obj
def register_command(
    root: Path, scenario: str, more: tuple[Path, ...], copy: Path | None,
    language: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Write the site register of a scenario for officers, or read their copies back.

    Without --read it runs the scenario and writes maps/SCENARIO/register/register.xlsx; with
    --read COPY (and MORE copies after it) it merges them into layers/register.xlsx.
    """
    project = Project(root)
    found = project.scenario(scenario)  # its problems before the long part
    layers = project.root / "layers"
    folder = out or project.root / "maps" / scenario / "register"
    if more and copy is None:
        problem = Problem("register", "", f"found '{more[0]}' beside the scenario", "write --read")
        raise InputError([problem])
    if copy is not None:
        done = kept.read_back(
            (copy, *more), layers, issued=folder, language=language or found.language
        )
        _tell(done)
        return
    steps = Steps()
    try:
        made = project.run(scenario, progress=steps)
        steps("register")
        path, said = made.issue_register(folder, layers=layers, language=language)
    finally:
        steps.close()
    for sentence in said:
        click.echo(sentence)
    click.echo(f"Send {path} to those who check the sites, then read it back:")
    click.echo(f"siteplanner register {scenario} --read {path}")


def _tell(done: kept.ReadBack) -> None:
    merged = done.merged
    for line in [one for one in done.lines if one.what == "remark"]:
        click.echo(f"{line.copy}: {line.place}{': ' if line.place else ''}{line.why}")
    heads = {
        "changed": (merged.count("changed"), "cell changed", "cells changed"),
        "conflict": (merged.count("conflict"), "value in conflict", "values in conflict"),
        "not read": (merged.count("not read"), "cell not read", "cells not read"),
    }
    for what, (count, one, several) in heads.items():
        click.echo(f"{count:,} {one if count == 1 else several}")
        for line in [each for each in done.lines if each.what == what][:MOST]:
            pair = f"'{line.was}' -> '{line.now}'" if line.was or line.now else ""
            why = f": {line.why}" if line.why else ""
            click.echo(f"  {line.copy} {line.place}: {line.site} {line.column} {pair}{why}")
        if count > MOST:
            click.echo(f"  and {many(count - MOST, 'more line')}, see the report")
    if done.report is None:
        found = "nothing in these copies could be read"
        todo = "nothing was written; mend them, or start from a fresh register"
        raise InputError([Problem("register", "", found, todo)])
    if done.written:
        tail = f"; the earlier one is in layers/{KEPT}/" if done.kept else ""
        click.echo(f"layers/register.xlsx is written{tail}")
    else:
        click.echo("layers/register.xlsx stays as it is")
    click.echo(f"Report: {done.report}")
