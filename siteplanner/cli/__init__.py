"""The command line: the library's verbs, in the library's words."""

from __future__ import annotations

import io
import sys
import warnings
from pathlib import Path

import click

from siteplanner.cli import (
    answers,
    checking,
    comparing,
    desk,
    doubting,
    editing,
    fetching,
    looking,
    monitoring,
    paper,
    projects,
    publishing,
    reporting,
)
from siteplanner.errors import InputError, OutputError

OURS, THEIRS, STOPPED = 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The project folder.")
@click.option("--debug", is_flag=True, help="Show where in the program an error arose.")
@click.version_option(package_name="siteplanner")
@click.pass_context
def commands(context: click.Context, root: Path, *, debug: bool) -> None:
    """Find where the next care block, micro-park or community hub should go.

    A project is a folder: facts in layers/, judgements in scenarios/, answers in maps/.
    """
    context.obj = root
    context.meta["debug"] = debug
    if not debug:
        warnings.simplefilter("ignore")


for _family in (
    projects,
    answers,
    checking,
    comparing,
    looking,
    fetching,
    paper,
    reporting,
    publishing,
    desk,
    doubting,
    editing,
    monitoring,
):
    for _command in vars(_family).values():
        if isinstance(_command, click.Command):
            commands.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 all is well, 1 our fault, 2 the planner's files need a change or the answer could not
    be written, 130 stopped by Ctrl-C.

    Parameters
    ----------
    arguments
        By default those of the process.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    SystemExit: 0
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal need not know every letter
    try:
        code = commands.main(arguments, prog_name="siteplanner", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("\nstopped; what was there before is whole", err=True)
        code = STOPPED
    except click.ClickException as error:
        error.show()
        code = THEIRS
    except (InputError, OutputError) as error:
        if debug:
            raise
        click.echo(str(error), err=True)
        code = THEIRS
    except KeyboardInterrupt:
        click.echo("\nstopped; what was there before is whole", err=True)
        code = STOPPED
    except Exception as error:
        if debug:
            raise
        click.echo(f"siteplanner went wrong: {type(error).__name__}: {error}", err=True)
        click.echo(
            "This is our fault, not yours: run it again with --debug and report it.", err=True
        )
        code = OURS
    sys.exit(code if isinstance(code, int) else 0)
