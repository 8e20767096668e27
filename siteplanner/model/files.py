"""From a TOML file to a type, with every problem of the file said at once."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import ValidationError

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.model.criterion import Criterion, Group
from siteplanner.model.layer import Frozen, Layer
from siteplanner.model.scenario import Scenario

TAGS = ("criterion", "group")  # pydantic names the branch it took
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
    return _validated(Layer, _read_toml(path), path)


def read_scenario(path: Path) -> Scenario:
    """Read ``scenarios/<name>.toml``; with ``extends``, on top of the scenario it names.

    ``extends`` goes one level up.  Tables are merged by name and key by key, so the file
    holds only what differs.

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
    parent = found.get("extends")
    if isinstance(parent, str):
        base_path = path.with_name(f"{parent}.toml")
        if not base_path.is_file():
            others = (one.stem for one in path.parent.glob("*.toml") if one != path)
            todo = nearest_names(parent, others)
            raise InputError([Problem(_where(path), "extends", f"no scenario '{parent}'", todo)])
        base = _read_toml(base_path)
        if "extends" in base:
            what = f"'{parent}' itself extends '{base['extends']}'"
            todo = "extend that one: only one level is allowed"
            raise InputError([Problem(_where(path), "extends", what, todo)])
        found = _merged(base, found)
    return _validated(Scenario, found, path)


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
    return schema


def _where(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        todo = nearest_names(path.stem, (one.stem for one in path.parent.glob("*.toml")))
        raise InputError([Problem(_where(path), "", "no such file", todo)]) from None
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is not UTF-8"
        raise InputError([Problem(_where(path), "", found, "save the file as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        todo = "mend it there: text goes in quotes, lists in [ ], one key = value a line"
        raise InputError([Problem(_where(path), "", f"not TOML: {error}", todo)]) from None
    except OSError as error:
        todo = "make the file readable"
        raise InputError([Problem(_where(path), "", str(error.strerror), todo)]) from None


def _merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in change.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return result


def _validated(kind: type[FileType], found: dict[str, Any], path: Path) -> FileType:
    if "name" in found:
        todo = "delete the key: the file's own name is the name"
        raise InputError([Problem(_where(path), "name", f"found {found['name']!r}", todo)])
    try:
        return kind.model_validate({**found, "name": path.stem})
    except ValidationError as error:
        errors = error.errors()
        errors += _hidden_behind(kind, found, errors)
        raise InputError(_problem(kind, path, one) for one in errors) from None


def _hidden_behind(kind: type[Frozen], found: dict[str, Any], errors: list[Any]) -> list[Any]:
    """Give what is wrong with tables as a whole, which shows once their keys are well.

    Only unknown keys and numbers below 0 are taken out: a table without any other key would
    have problems of its own.
    """
    mended = copy.deepcopy(found)
    kept = []
    for one in errors:
        *tables, key = (step for step in one["loc"] if step not in TAGS) if one["loc"] else [""]
        table: Any = mended
        for step in tables:
            table = table.get(step) if isinstance(table, dict) else None
        if one["type"] in ("extra_forbidden", "greater_than_equal") and isinstance(table, dict):
            table.pop(key, None)
        else:
            kept.append(one)
    try:
        kind.model_validate({**mended, "name": "mended"})
    except ValidationError as error:
        known = {(one["type"], one["loc"]) for one in kept}
        return [one for one in error.errors() if (one["type"], one["loc"]) not in known]
    return []


def _problem(kind: type[Frozen], path: Path, error: Any) -> Problem:
    steps = [str(step) for step in error["loc"] if step not in TAGS]
    key = ".".join(steps)
    found, todo = f"found {error['input']!r:.60}", error["msg"]
    if error["type"] == "missing":
        found, todo = "the key is missing", "add it"
    elif error["type"] == "extra_forbidden":
        found = "unknown key"
        todo = nearest_names(steps[-1], _known_keys(kind, list(error["loc"])[:-1]))
    elif error["type"] == "value_error":
        found, _, todo = str(error["ctx"]["error"]).partition("; ")
        todo = todo or "mend it"
    elif error["type"] == "literal_error":
        todo = f"write {error['ctx']['expected']}"
    elif error["type"] == "greater_than_equal":
        todo = f"write a number of at least {error['ctx']['ge']:g}"
    return Problem(_where(path), key, found, todo[:1].lower() + todo[1:])


def _known_keys(kind: type[Frozen], steps: list[Any]) -> Iterator[str]:
    """Give the keys that the table at ``steps`` inside ``kind`` may have."""
    current: Any = kind
    for step in steps:
        if step == "criterion":
            current = Criterion
        elif step == "group":
            current = Group
        elif isinstance(current, type) and issubclass(current, Frozen):
            current = _inner(_field_type(current, str(step)))
    if isinstance(current, type) and issubclass(current, Frozen):
        for name, field in current.model_fields.items():
            if not (kind is current and name == "name"):
                yield field.alias or name


def _field_type(model: type[Frozen], key: str) -> Any:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return field.annotation
    return None


def _inner(annotation: Any) -> Any:
    """Unwrap ``X | None`` and ``dict[str, X]`` to the file type inside."""
    if get_origin(annotation) is None:
        return annotation
    for argument in get_args(annotation):
        inner = _inner(argument)
        if isinstance(inner, type) and issubclass(inner, Frozen):
            return inner
    return None
