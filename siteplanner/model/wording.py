"""What pydantic found in a file, said in a planner's words."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from siteplanner.errors import Problem, nearest_names
from siteplanner.model.base import Frozen
from siteplanner.model.criterion import Criterion, Group
from siteplanner.model.scenario import Scenario

UNSET = "unset"
"""The key of a scenario file that takes keys out of the one it extends."""
TAGS = ("criterion", "group")  # pydantic names the branch it took
PLAIN = ("str", "int", "float", "bool")  # and the kinds it tried for a value of a list
LEFT_ASIDE = ("extra_forbidden", "greater_than_equal")

TODO: Mapping[str, str] = {
    "missing": "add it",
    "string_type": 'write it in quotes: "{value}"',
    "float_type": "write a number, without quotes",
    "int_type": "write a whole number, without quotes",
    "bool_type": "write true or false, without quotes",
    "finite_number": "write an ordinary number, or leave the key out",
    "dict_type": "make it a table: [{key}.<name>]",
    "model_type": "make it a table: [{key}]",
    "list_type": "make it a list: [{value}]",
    "tuple_type": "make it a list: [{value}]",
    "too_long": "write fewer",
    "literal_error": "write {expected}",
    "greater_than": "write a number above {gt:g}",
    "greater_than_equal": "write a number of at least {ge:g}",
    "less_than_equal": "write a number of at most {le:g}",
}

_WORD = re.compile("'([^']+)'")


def say_all(
    kind: type[Frozen], where: str, found: dict[str, Any], error: ValidationError
) -> list[Problem]:
    """Turn all that is wrong with a file into problems.

    Parameters
    ----------
    kind
        What the file should be.
    where
        The file.
    found
        What it says.
    error
        What pydantic says about it.

    Returns
    -------
    A problem for each mistake, those included that only show once others are mended.

    Examples
    --------
    >>> from siteplanner.model import Layer
    >>> found = {"title": 3, "source": "a.csv", "kind": "table"}
    >>> try:
    ...     Layer.model_validate({**found, "name": "a"})
    ... except ValidationError as error:
    ...     print(*say_all(Layer, "layers/a.toml", found, error))
    layers/a.toml: title: found 3; write it in quotes: "3"
    """
    errors = error.errors()
    errors += _hidden_behind(kind, found, errors)
    return [_problem(kind, where, one) for one in errors]


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
        if one["type"] in LEFT_ASIDE and isinstance(table, dict):
            table.pop(key, None)
        else:
            kept.append(one)
    try:
        kind.model_validate({**mended, "name": "mended"})
    except ValidationError as error:
        known = {(one["type"], one["loc"]) for one in kept}
        return [one for one in error.errors() if (one["type"], one["loc"]) not in known]
    return []


def _problem(kind: type[Frozen], where: str, error: Any) -> Problem:
    steps = [step for step in error["loc"] if step not in TAGS]
    of_list = len(steps) > 1 and steps[-1] in PLAIN and isinstance(steps[-2], int)
    if of_list:
        steps.pop()
    key = ".".join(str(step) for step in steps)
    found = f"found {_toml(error['input']):.60}"
    if of_list:
        todo = "write text in quotes, a number, true or false"
    elif error["type"] == "extra_forbidden":
        found = "unknown key"
        todo = nearest_names(str(steps[-1]), _known_keys(kind, list(error["loc"])[:-1]))
    elif error["type"] == "value_error":
        found, _, todo = str(error["ctx"]["error"]).partition("; ")
        todo = todo or "mend it"
    else:
        found = "the key is missing" if error["type"] == "missing" else found
        todo = _todo(error, key)
    return Problem(where, key, found, todo[:1].lower() + todo[1:])


def _todo(error: Any, key: str) -> str:
    limits, value = error.get("ctx", {}), error["input"]
    if error["type"] == "dict_type" and key.endswith("where"):
        return 'write which column has which values: { use = ["school"] }'
    if error["type"] == "string_type" and isinstance(value, dict | list):
        return "write one text, in quotes"
    if limits.get("le") == 1:
        return "write a number from 0 to 1 (0.2 for 20 of 100)"
    if error["type"] == "literal_error" and isinstance(value, str):
        near = nearest_names(value, _WORD.findall(limits["expected"]))
        if near.startswith("did you mean"):
            return f"{near} (it may be {limits['expected']})"
    if error["type"] in TODO:
        return TODO[error["type"]].format(key=key, value=_toml(value), **limits)
    return str(error["msg"])


def _toml(found: object) -> str:
    """Show a value as it stands in the file; a table only by its name."""
    if isinstance(found, dict):
        return "a table"
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, date | time) else repr(found)


def _known_keys(kind: type[Frozen], steps: list[Any]) -> Iterator[str]:
    """Give the keys that the table at ``steps`` inside ``kind`` may have."""
    current: Any = kind
    for step in steps:
        if step == "criterion":
            current = Criterion
        elif step == "group":
            current = Group
        elif isinstance(current, type) and issubclass(current, Frozen):
            field = _field_type(current, str(step))
            current = current if field is None else _inner(field)  # None: a table's own name
    if isinstance(current, type) and issubclass(current, Frozen):
        for name, field in current.model_fields.items():
            if not (kind is current and name == "name"):
                yield field.alias or name
        if current is Scenario:
            yield UNSET


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
