"""A planning project: any folder with ``layers/`` and ``scenarios/``, and answers in ``maps/``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, TypeVar

from siteplanner import diagnosis, fetched, plan, problems, sources, walk
from siteplanner.errors import InputError, OutputError, Problem, nearest_names
from siteplanner.maps.messages import unknown_language
from siteplanner.model import Layer, Notice, Scenario, file_names, read_layer, read_scenario
from siteplanner.plan import inputs
from siteplanner.plan.making import Progress, silent

PACKAGE = Path(__file__).parent
CACHE = ".cache"
PARTS = ("layers", "scenarios")
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
        missing = [name for name in PARTS if not _is_folder(self.root / name)]
        if missing:
            found = f"no folder {' and no folder '.join(f'{name}/' for name in missing)} here"
            todo = "go to a planning project, name one with --root, or make one: siteplanner init"
            raise InputError([Problem(str(self.root), "", found, todo)])

    def __repr__(self) -> str:
        return f"Project({str(self.root)!r})"

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the layers, sorted."""
        return file_names(self.root / "layers")

    @property
    def scenario_names(self) -> tuple[str, ...]:
        """Names of the scenarios, sorted."""
        return file_names(self.root / "scenarios")

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
            todo = nearest_names(PurePath(name).stem, self.scenario_names)
            raise InputError([Problem("scenarios", f"{name:.60}", "no such scenario", todo)])
        return read_scenario(self.root / "scenarios" / f"{name}.toml")

    def check(self) -> tuple[Notice, ...]:
        """Read every file of the project, and hold every scenario against its layers.

        Where the files are well, each scenario's ground is prepared and its sites are found,
        so that a wrong CRS, a layer elsewhere or a rule that leaves no site shows here.

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
        for scenario in scenarios.values():
            said = {(one.where, one.key) for one in found}  # of a layer, once is enough
            found += [
                one
                for one in problems.on_the_ground(scenario, read)
                if (one.where, one.key) not in said
            ]
        if found:
            raise InputError(found)
        return tuple(notice for source in read.values() for notice in source.notices)

    def doctor(self) -> diagnosis.Diagnosis:
        """Say what the project has, what is odd about it, and what could be added.

        Files that cannot be read are told; the others are looked at all the same.
        """
        return diagnosis.diagnose(self.root)

    @property
    def joining(self) -> tuple[str, ...]:
        """Names of the tables that take their geometry from another layer, sorted."""
        layers, _ = self._read(self.layer, self.layer_names)
        return tuple(name for name, layer in layers.items() if layer.join)

    def matching(self, name: str) -> sources.Matching:
        """Hold a table against the layer it joins, whether it can be joined or not.

        Parameters
        ----------
        name
            A layer with ``[join]``.

        Returns
        -------
        Every row of both, what became of it, and pairs of keys that are likely.

        Raises
        ------
        InputError
            If there is no such layer, or one of the two cannot be read.
        """
        if name not in self.layer_names:
            todo = nearest_names(name, self.layer_names)
            raise InputError([Problem("layers", f"{name:.60}", "no such layer", todo)])
        layers, broken = self._read(self.layer, self.layer_names)
        used, found = self._wanted([name], layers, broken, [])
        layer = used.pop(name, None)
        others = self._sources(used, found)
        assert layer is not None  # noqa: S101  a broken one is among what was found
        return sources.look_at_join(layer, self.root / "layers", others=others)

    def fetch(self, *names: str, **how: Any) -> Iterator[fetched.Outcome]:
        """Fetch the layers that have an address, or those named; nothing else goes online.

        ``refresh=True`` takes what is kept already anew.  Gives what became of each layer, one
        after the other; where one fails, what was there before is still there.

        Raises
        ------
        InputError
            If a layer has no address, or its file is broken.
        """
        layers, broken = self._read(self.layer, self.layer_names)
        scenarios, _ = self._read(self.scenario, self.scenario_names)
        wanted = inputs.wanted(names, layers, broken)
        yield from inputs.fetched(layers, scenarios, self.root / "layers", wanted=wanted, **how)

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
        layers, broken = self._read(self.layer, self.layer_names)
        try:
            scenario = self.scenario(name)
        except InputError as error:
            self._sources(*self._wanted(self._mentioned(name), layers, broken, error.problems))
            raise
        found = self._held_against(scenario, layers)
        return plan.make(
            scenario,
            self._sources(*self._wanted(scenario.layer_names(), layers, broken, found)),
            folder=self.root / "maps" / name,
            cache=walk.Cache(self.root / CACHE),
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

    def _wanted(
        self,
        names: Iterable[str],
        layers: Mapping[str, Layer],
        broken: Iterable[Problem],
        found: Iterable[Problem],
    ) -> tuple[dict[str, Layer], list[Problem]]:
        """Give the named layers, and all that is wrong with their files besides."""
        used = with_others(layers, names)
        files = {f"layers/{one}.toml" for one in (*used, *names)}
        return used, [*found, *(problem for problem in broken if problem.where in files)]

    def _mentioned(self, name: str) -> set[str]:
        """Give the layers that a broken scenario, and the one it extends, seem to name."""
        text = self._text(name)
        extends = re.search(r"""^extends\s*=\s*["'](.+?)["']""", text, flags=re.M)
        text += self._text(extends[1]) if extends else ""
        return set(re.findall(r"""["']([^"'.\n]+)""", text)) & set(self.layer_names)

    def _text(self, name: str) -> str:
        if name not in self.scenario_names:
            return ""
        try:
            path = self.root / "scenarios" / f"{name}.toml"
            return path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            return ""

    def _held_against(self, scenario: Scenario, layers: Mapping[str, Layer]) -> list[Problem]:
        """Give a scenario's problems, but for layers whose own file is broken."""
        broken = set(self.layer_names) - set(layers)
        found = [*problems.find(scenario, layers), *unknown_language(scenario)]
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


def init(folder: Path | str, *, empty: bool = False) -> Project:
    """Make a planning project: a copy of the starter town to try and to replace.

    Parameters
    ----------
    folder
        A new or empty folder.
    empty
        Without the town: only the folders, and what explains them.

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
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            todo = "name a new or an empty folder: nothing is ever overwritten"
            raise InputError([Problem(str(target), "", "it already holds something", todo)])
        for part in PARTS:
            (target / part).mkdir(parents=True)
            for path in (starter() / part).iterdir():
                if path.name == "README.md" or not (empty or path.name.startswith((".", "__"))):
                    shutil.copy(path, target / part)
        (target / "maps").mkdir()
        (target / ".gitignore").write_text(f"maps/\n{CACHE}/\n", encoding="utf-8")
    except OSError as error:
        message = f"{target}: {error.strerror}; name a folder that can be written"
        raise OutputError(message) from None
    return Project(target)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long for the file system
        return False


def with_others(layers: Mapping[str, Layer], names: Iterable[str]) -> dict[str, Layer]:
    """Give the named layers, and those that they take their geometry or their gates from."""
    wanted, waiting = dict[str, Layer](), list(names)
    while waiting:
        name = waiting.pop(0)
        if name in layers and name not in wanted:
            wanted[name] = layer = layers[name]
            waiting += [layer.join.layer] if layer.join else []
            waiting += [layer.entrances] if layer.entrances else []
            waiting += [layer.inside.layer] if layer.inside else []
    return wanted
