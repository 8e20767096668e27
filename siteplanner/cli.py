"""The command line: the library's verbs, in the library's words."""

from __future__ import annotations

import io
import sys
import time
import warnings
from pathlib import Path

import click
import tomli_w
from tqdm import tqdm

from siteplanner import plan
from siteplanner.errors import InputError, OutputError
from siteplanner.project import Project, init

OURS, THEIRS, STOPPED = 1, 2, 130


class _Steps:
    """A progress bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        total = len(plan.STEPS) + 2
        shown = "{desc:<12}{bar:30} {n}/{total}"
        self.bar = tqdm(total=total, leave=False, bar_format=shown, disable=None)

    def __call__(self, step: str) -> None:
        if self.bar.disable:
            click.echo(f"  {step}", err=True)
        else:
            self.bar.set_description_str(step)
            self.bar.update()

    def close(self) -> None:
        self.bar.close()


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


@commands.command("init")
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


@commands.command("list")
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
                title = f"{_many(len(error.problems), 'problem')}: siteplanner check"
            click.echo(f"  {name:<{width}}  {title}")


@commands.command("check")
@click.pass_obj
def check_command(root: Path) -> None:
    """Read every file of the project and say what is wrong with it."""
    project = Project(root)
    for notice in project.check():
        click.echo(str(notice))
    scenarios, layers = len(project.scenario_names), len(project.layer_names)
    click.echo(f"{_many(scenarios, 'scenario')} and {_many(layers, 'layer')}: no problems")


@commands.command("show")
@click.argument("scenario")
@click.pass_obj
def show_command(root: Path, scenario: str) -> None:
    """Print a scenario as it will be run, with what it extends."""
    found = Project(root).scenario(scenario)
    shown = found.model_dump(
        mode="json", exclude_unset=True, exclude_none=True, exclude={"name"}, by_alias=True
    )
    click.echo(tomli_w.dumps(shown), nl=False)


@commands.command("run")
@click.argument("scenario")
@click.option("--out", type=click.Path(path_type=Path), help="Write here, not to maps/SCENARIO/.")
@click.pass_obj
def run_command(root: Path, scenario: str, out: Path | None) -> None:
    """Answer a scenario: write its map and tables to maps/SCENARIO/."""
    started = time.perf_counter()
    steps = _Steps()
    try:
        made = Project(root).run(scenario, progress=steps)
        steps("maps")
        folder = made.save(out, started=started)
    finally:
        steps.close()
    click.echo(made.summary())
    click.echo(f"\nOpen {folder / 'index.html'}")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


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
        click.echo("\nstopped; the last answer is whole", err=True)
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
        click.echo("\nstopped; the last answer is whole", err=True)
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
