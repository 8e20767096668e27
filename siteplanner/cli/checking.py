"""Commands that look a project over."""

from __future__ import annotations

from pathlib import Path

import click

from siteplanner.project import Project

UNREADABLE = 2


@click.command("doctor")
@click.pass_context
def doctor_command(context: click.Context) -> None:
    """Say what the project has, what is odd about it, and what could be added.

    Every line says where, what, and what to do. What cannot be read is told first, and the rest
    is looked at all the same. Nothing is changed.
    """
    root: Path = context.obj
    found = Project(root).doctor()
    click.echo(str(found))
    if not found.readable:
        context.exit(UNREADABLE)
