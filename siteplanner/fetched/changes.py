"""What a newer copy of a layer has that the older one had not, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Hashes = npt.NDArray[np.uint64]
SHOWN = 3
"""Rows of a sort that are named, and columns of a row."""


def told(
    old: pd.DataFrame,
    new: pd.DataFrame,
    name: str | None,
    label: str | None = None,
    *,
    examples: bool = True,
) -> str:
    """Say which rows came, went and changed, and what of them.

    Parameters
    ----------
    old, new
        Rows of the two copies; a geometry is a column like any other.
    name
        The column that names a row; where there is none, or names are not unique, rows are
        held against each other whole.
    label
        The column with what people call a row.
    examples
        False where nothing of single rows may be told.

    Returns
    -------
    Half a sentence.

    Examples
    --------
    >>> old = pd.DataFrame({"id": ["a", "b"], "people": [1, 2]})
    >>> told(old, pd.DataFrame({"id": ["b", "c", "d"], "people": [3, 4, 5]}), "id")
    '3 rows, before 2: 2 added (for example c, d), 1 gone (for example a), 1 changed (for example b: people 2 → 3)'
    >>> told(old, old, "id")
    '2 rows, before 2: the same rows'
    """  # noqa: E501
    parts = []
    came = [str(one) for one in new.columns if one not in old.columns]
    went = [str(one) for one in old.columns if one not in new.columns]
    both = [one for one in new.columns if one in old.columns]
    if name in both and old[name].is_unique and new[name].is_unique:
        parts += _by_name(old, new, (str(name), label), both, examples=examples)
    else:
        parts += _whole(hashed(old[both]), hashed(new[both]))
    parts += [f"new columns {', '.join(came[:5])}"] if came else []
    parts += [f"columns {', '.join(went[:5])} are gone"] if went else []
    noun = "row" if len(new) == 1 else "rows"
    return f"{len(new):,} {noun}, before {len(old):,}: {', '.join(parts) or 'the same rows'}"


def hashed(table: pd.DataFrame) -> Hashes:
    """Give a number for the content of each row; the same content has the same one.

    Examples
    --------
    >>> one, two, three = hashed(pd.DataFrame({"a": [1, 1, None], "b": ["x", "x", "x"]}))
    >>> bool(one == two), bool(one == three)
    (True, False)
    """
    if not len(table.columns):
        return np.zeros(len(table), dtype=np.uint64)
    plain = table.reset_index(drop=True).astype("object").map(_text).astype("object")
    return np.asarray(pd.util.hash_pandas_object(plain, index=False), dtype=np.uint64)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column with gaps is one of fractions
    return value.hex() if isinstance(value, bytes) else str(value)


def _by_name(
    old: pd.DataFrame,
    new: pd.DataFrame,
    keys: tuple[str, str | None],
    both: list[str],
    *,
    examples: bool,
) -> list[str]:
    before, after = (one[both].set_axis(one[keys[0]].map(_text)) for one in (old, new))
    first, second = (pd.Series(hashed(one), index=one.index) for one in (before, after))
    added = after.index.difference(before.index)
    removed = before.index.difference(after.index)
    stayed = after.index.intersection(before.index)
    changed = stayed[first[stayed].to_numpy() != second[stayed].to_numpy()]
    label = keys[1] if keys[1] in both else None
    said = []
    for names, rows, verb in ((added, after, "added"), (removed, before, "gone")):
        shown = [_called(one, rows, label) for one in names[:SHOWN]] if examples else []
        said.append(_counted(len(names), verb, ", ".join(shown)))
    shown = []
    for one in changed[:SHOWN] if examples else ():
        shown.append(
            f"{_called(one, after, label)}: {_difference(before.loc[one], after.loc[one])}"
        )
    said.append(_counted(len(changed), "changed", "; ".join(shown)))
    return [one for one in said if one]


def _counted(count: int, verb: str, shown: str) -> str:
    if not count:
        return ""
    return f"{count:,} {verb} (for example {shown})" if shown else f"{count:,} {verb}"


def _called(name: str, rows: pd.DataFrame, label: str | None) -> str:
    """Give a row's name, and what people call it."""
    word = "" if label is None else _text(rows.loc[name, label])
    word = "" if word in ("None", "nan", "<NA>") else word
    return f"{name:.40} '{word:.40}'" if word and word != name else f"{name:.40}"


def _difference(before: pd.Series, after: pd.Series) -> str:
    """Say what of a row is another: its first three columns that differ."""
    said = []
    for column in after.index:
        one, other = _text(before[column]), _text(after[column])
        if one == other:
            continue
        if isinstance(after[column], bytes) or hasattr(after[column], "geom_type"):
            said.append("another place or shape")
        else:
            one, other = (_short(value) for value in (before[column], after[column]))
            said.append(f"{column} {one} → {other}")
    return ", ".join(said[:SHOWN]) + (", …" if len(said) > SHOWN else "")


def _short(value: object) -> str:
    word = _text(value)
    return "nothing" if word in ("None", "nan", "<NA>") else f"{word:.30}"


def _whole(before: Hashes, after: Hashes) -> list[str]:
    """Count rows that only one of the two has; a row that changed is one of each."""
    numbers, where = np.unique(np.concatenate([before, after]), return_inverse=True)
    here = np.bincount(where[len(before) :], minlength=len(numbers))
    balance = here - np.bincount(where[: len(before)], minlength=len(numbers))
    came, went = int(balance[balance > 0].sum()), int(-balance[balance < 0].sum())
    said = [f"{came:,} are new or changed"] if came else []
    return said + ([f"{went:,} are gone or changed"] if went else [])
