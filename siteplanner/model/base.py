"""What all file types share: the base class, and the plain kinds of value TOML has."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Strict


class Frozen(BaseModel):
    """Base of all file types: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


def as_list(found: object) -> object:
    """Read one thing as a list of one: ``count = 10``, ``layer = "schools"``.

    Examples
    --------
    >>> as_list("schools"), as_list(["schools"])
    (['schools'], ['schools'])
    """
    return [found] if isinstance(found, int | float | str) else found


def each_once(names: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a list that names something twice.

    Examples
    --------
    >>> each_once(("a", "b", "a"))
    Traceback (most recent call last):
    ValueError: 'a' stands there twice; name each once
    """
    for place, name in enumerate(names):
        if name in names[:place]:
            msg = f"{name!r} stands there twice; name each once"
            raise ValueError(msg)
    return names


def as_code(found: object) -> object:
    """Read a bare number as an EPSG code: ``crs = 32618``.

    Examples
    --------
    >>> as_code(32618), as_code("auto")
    ('EPSG:32618', 'auto')
    """
    return f"EPSG:{found}" if isinstance(found, int) and not isinstance(found, bool) else found


Number = Annotated[float, Strict()]
"""A number, never text that looks like one; a whole one will do."""
Whole = Annotated[int, Strict()]
"""A whole number."""
YesNo = Annotated[bool, Strict()]
"""true or false."""
Code = Annotated[str, BeforeValidator(as_code)]
"""A coordinate reference system."""
Texts = Annotated[tuple[str, ...], BeforeValidator(as_list)]
"""Sentences; one needs no list."""
Names = Annotated[tuple[str, ...], BeforeValidator(as_list), AfterValidator(each_once)]
"""Names, each once; one needs no list."""
