"""From a TOML file to a type, with every problem of the file said at once."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.model.criterion import CELLS
from siteplanner.model.layer import Layer
from siteplanner.model.scenario import Scenario
from siteplanner.model.wording import UNSET, say_all

MOST_NESTED = 24
"""Tables inside tables; a planner needs five or so."""
LONGEST_NAME = 100
"""Characters of a file's own name; answers are files too, with longer names."""
FileType = TypeVar("FileType", Layer, Scenario)


def read_layer(path: Path) -> Layer:
    """Read ``layers/<name>.toml``.

    Parameters
    ----------
    path
        The file; its stem becomes the layer's name.

    Returns
    -------
    The layer.  Its source is not opened here.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    if path.stem == CELLS:
        found = f"the name '{CELLS}' is taken: it is the plan's own cells"
        raise InputError([Problem(_where(path), "", found, "rename the file")])
    return _validated(Layer, _read_toml(path), path)


def read_scenario(path: Path) -> Scenario:
    """Read ``scenarios/<name>.toml``; with ``extends``, on top of the scenario it names.

    ``extends`` goes one level up.  Tables are merged by name and key by key, so the file
    holds only what differs; ``unset`` lists the keys of the other one that do not hold here.

    Parameters
    ----------
    path
        The file; its stem becomes the scenario's name.

    Returns
    -------
    The whole scenario, as if it had been written in one file.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    found = _read_toml(path)
    unset = found.pop(UNSET, [])
    if isinstance(found.get("extends"), str):
        base = _extended(path, found["extends"])
        problems = list(_unset(base, unset, path))
        if problems:
            raise InputError(problems)
        found = _merged(base, found)
    elif unset:
        todo = "delete the key, or name the scenario it changes: extends = …"
        raise InputError([Problem(_where(path), UNSET, "there is no extends", todo)])
    return _validated(Scenario, found, path)


def file_names(folder: Path) -> tuple[str, ...]:
    """Give the names of the TOML files of a folder, sorted; hidden files are left alone."""
    found = (path.stem for path in folder.glob("*.toml"))
    return tuple(sorted(stem for stem in found if not stem.startswith(".")))


def json_schema(kind: type[Layer] | type[Scenario]) -> dict[str, Any]:
    """Give the JSON schema of a file type, for editors that complete and check TOML.

    Examples
    --------
    >>> json_schema(Layer)["properties"]["year"]["description"]
    'Year of the data.'
    """
    schema = kind.model_json_schema()
    schema["properties"].pop("name")  # the file's own name
    schema["required"].remove("name")
    if kind is Scenario:  # read away before a scenario is one
        schema["properties"][UNSET] = {
            "type": "array",
            "items": {"type": "string"},
            "description": "With extends: keys of the other scenario that do not hold here.",
        }
    return schema


def line_of(error: UnicodeDecodeError) -> int:
    r"""Give the line on which a text is no UTF-8, counted from 1.

    Examples
    --------
    >>> try:
    ...     "a\nS\u00e3o".encode("latin-1").decode("utf-8")
    ... except UnicodeDecodeError as error:
    ...     print(line_of(error))
    2
    """
    return error.object[: error.start].count(b"\n") + 1


def _where(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _read_toml(path: Path) -> dict[str, Any]:
    deep = Problem(_where(path), "", "tables or lists are nested too deeply", "make it flatter")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        todo = nearest_names(path.stem, file_names(path.parent))
        raise InputError([Problem(_where(path), "", "no such file", todo)]) from None
    except UnicodeDecodeError as error:
        what = f"line {line_of(error)} is not UTF-8"
        raise InputError([Problem(_where(path), "", what, "save the file as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        todo = "mend it there: text goes in quotes, lists in [ ], one key = value a line"
        raise InputError([Problem(_where(path), "", f"not TOML: {error}", todo)]) from None
    except RecursionError:
        raise InputError([deep]) from None
    except OSError as error:
        if path.is_dir():
            todo = "rename the folder: only files may end in .toml here"
            raise InputError([Problem(_where(path), "", "it is a folder", todo)]) from None
        todo = "make the file readable"
        raise InputError([Problem(_where(path), "", str(error.strerror), todo)]) from None
    if _depth(found) > MOST_NESTED:
        raise InputError([deep])
    return found


def _depth(found: dict[str, Any]) -> int:
    """Count how deep tables and lists nest, without nesting calls."""
    depth = 0
    level: list[Any] = [found]
    while level:
        depth += 1
        inside = [list(one.values()) if isinstance(one, dict) else one for one in level]
        level = [one for part in inside for one in part if isinstance(one, dict | list)]
    return depth


def _extended(path: Path, parent: str) -> dict[str, Any]:
    others = [name for name in file_names(path.parent) if name != path.stem]
    if parent not in others:
        todo = nearest_names(parent, others)
        raise InputError([Problem(_where(path), "extends", f"no scenario '{parent:.60}'", todo)])
    base = _read_toml(path.with_name(f"{parent}.toml"))
    if "extends" in base:
        what = f"'{parent}' itself extends '{base['extends']}'"
        todo = f"extend '{base['extends']}': only one level is allowed"
        raise InputError([Problem(_where(path), "extends", what, todo)])
    return base


def _unset(base: dict[str, Any], unset: Any, path: Path) -> list[Problem]:
    """Take keys out of the scenario that is extended; give those that are not there."""
    if not isinstance(unset, list) or not all(isinstance(key, str) for key in unset):
        todo = 'write a list of keys: ["demand.cells", "sites.exclude.flood"]'
        return [Problem(_where(path), UNSET, "it is no list of keys", todo)]
    problems = []
    for dotted in unset:
        *tables, key = dotted.split(".")
        table: Any = base
        for step in tables:
            table = table.get(step) if isinstance(table, dict) else None
        if isinstance(table, dict) and key in table:
            del table[key]
        else:
            known = [".".join([*tables, one]) for one in table] if isinstance(table, dict) else base
            found = f"the scenario it extends has no '{dotted:.60}'"
            problems.append(Problem(_where(path), UNSET, found, nearest_names(dotted, known)))
    return problems


def _merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    result = copy.copy(base)
    for key, value in change.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return result


def _validated(kind: type[FileType], found: dict[str, Any], path: Path) -> FileType:
    if "name" in found:
        todo = "delete the key: the file's own name is the name"
        raise InputError([Problem(_where(path), "name", f"found {found['name']!r}", todo)])
    if len(path.stem) > LONGEST_NAME:
        what = f"the file's name has {len(path.stem)} characters"
        raise InputError([Problem(_where(path), "", what, f"use at most {LONGEST_NAME}")])
    try:
        return kind.model_validate({**found, "name": path.stem})
    except ValidationError as error:
        raise InputError(say_all(kind, _where(path), found, error)) from None
