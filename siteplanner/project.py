"""A planning project: any folder with ``layers/`` and ``scenarios/``, and answers in ``maps/``."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from siteplanner import plan, problems, sources
from siteplanner.errors import InputError, OutputError, Problem, nearest_names
from siteplanner.model import Layer, Notice, Scenario, read_layer, read_scenario
from siteplanner.plan.making import Progress, silent
from siteplanner.walk import Cache

PACKAGE = Path(__file__).parent
CACHE = ".cache"
File = TypeVar("File", Layer, Scenario)


class Project:
    """A folder of facts, judgements and answers.

    Parameters
    ----------
    root
        The folder that holds ``layers/`` and ``scenarios/``.

    Raises
    ------
    InputError
        If the folder is not a planning project.

    Examples
    --------
    >>> project = Project(starter())
    >>> "care_blocks" in project.scenario_names
    True
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        missing = [name for name in ("layers", "scenarios") if not (self.root / name).is_dir()]
        if missing:
            found = f"no folder {' and no folder '.join(f'{name}/' for name in missing)} here"
            todo = "go to a planning project, name one with --root, or make one: siteplanner init"
            raise InputError([Problem(str(self.root), "", found, todo)])

    def __repr__(self) -> str:
        return f"Project({str(self.root)!r})"

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the layers, sorted."""
        return _stems(self.root / "layers")

    @property
    def scenario_names(self) -> tuple[str, ...]:
        """Names of the scenarios, sorted."""
        return _stems(self.root / "scenarios")

    def layer(self, name: str) -> Layer:
        """Read what ``layers/<name>.toml`` says; its source is not opened.

        Raises
        ------
        InputError
            With every problem of the file.
        """
        return read_layer(self.root / "layers" / f"{name}.toml")

    def scenario(self, name: str) -> Scenario:
        """Read ``scenarios/<name>.toml``, with what it extends.

        Raises
        ------
        InputError
            With every problem of the file.
        """
        if name not in self.scenario_names:
            todo = nearest_names(name, self.scenario_names)
            raise InputError([Problem("scenarios", name, "no such scenario", todo)])
        return read_scenario(self.root / "scenarios" / f"{name}.toml")

    def check(self) -> tuple[Notice, ...]:
        """Read every file of the project, and hold every scenario against its layers.

        Returns
        -------
        What was dropped, mended or flagged on the way.

        Raises
        ------
        InputError
            With every problem of the whole project.
        """
        layers, found = self._read(self.layer, self.layer_names)
        scenarios, more = self._read(self.scenario, self.scenario_names)
        found += more
        for scenario in scenarios.values():
            found += self._held_against(scenario, layers)
        read = self._sources(layers, found)
        return tuple(notice for source in read.values() for notice in source.notices)

    def run(self, name: str, *, progress: Progress = silent) -> plan.Plan:
        """Answer a scenario.

        Parameters
        ----------
        name
            The scenario.
        progress
            Called with the name of each step as it starts.

        Returns
        -------
        The plan, in memory; `Plan.save` writes it.

        Raises
        ------
        InputError
            With every problem found before the first step, or at the step that failed.
        """
        progress("layers")
        scenario = self.scenario(name)
        layers, broken = self._read(self.layer, self.layer_names)
        used = _with_joined(layers, scenario.layer_names())
        wanted = {f"layers/{one}.toml" for one in (*used, *scenario.layer_names())}
        found = [problem for problem in broken if problem.where in wanted]
        found += self._held_against(scenario, layers)
        return plan.make(
            scenario,
            self._sources(used, found),
            folder=self.root / "maps" / name,
            cache=Cache(self.root / CACHE),
            progress=progress,
        )

    def _read(
        self, read: Callable[[str], File], names: Iterable[str]
    ) -> tuple[dict[str, File], list[Problem]]:
        files: dict[str, File] = {}
        found: list[Problem] = []
        for name in names:
            try:
                files[name] = read(name)
            except InputError as error:
                found += error.problems
        return files, found

    def _held_against(self, scenario: Scenario, layers: Mapping[str, Layer]) -> list[Problem]:
        """Give a scenario's problems, but for layers whose own file is broken."""
        broken = set(self.layer_names) - set(layers)
        found = problems.find(scenario, layers)
        return [one for one in found if not any(f"'{name}'" in one.found for name in broken)]

    def _sources(
        self, layers: Mapping[str, Layer], found: list[Problem]
    ) -> dict[str, sources.Source]:
        try:
            read = sources.read_all(layers, self.root / "layers")
        except InputError as error:
            raise InputError([*found, *error.problems]) from None
        if found:
            raise InputError(found)
        return read


def starter() -> Path:
    """Give the folder of the starter project: in the wheel, or else the checkout itself.

    Examples
    --------
    >>> (starter() / "scenarios" / "care_blocks.toml").is_file()
    True
    """
    packaged = PACKAGE / "_starter"
    return packaged if packaged.is_dir() else PACKAGE.parent


def init(folder: Path | str) -> Project:
    """Make a planning project: a copy of the starter town to try and to replace.

    Parameters
    ----------
    folder
        A new or empty folder.

    Returns
    -------
    The project.

    Raises
    ------
    InputError
        If the folder already holds something.
    OutputError
        If it cannot be written.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        todo = "name a new or an empty folder: nothing is ever overwritten"
        raise InputError([Problem(str(target), "", "it already holds something", todo)])
    try:
        for part in ("layers", "scenarios"):
            shutil.copytree(
                starter() / part, target / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        (target / "maps").mkdir()
        (target / ".gitignore").write_text(f"maps/\n{CACHE}/\n", encoding="utf-8")
    except OSError as error:
        message = f"{target}: {error.strerror}; name a folder that can be written"
        raise OutputError(message) from None
    return Project(target)


def _stems(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def _with_joined(layers: Mapping[str, Layer], names: Iterable[str]) -> dict[str, Layer]:
    """Give the named layers, and those that they take their geometry from."""
    wanted = {name: layers[name] for name in names if name in layers}
    for layer in list(wanted.values()):
        if layer.join and layer.join.layer in layers:
            wanted[layer.join.layer] = layers[layer.join.layer]
    return wanted
