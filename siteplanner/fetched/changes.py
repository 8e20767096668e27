"""What a newer copy of a layer has that the older one had not, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Hashes = npt.NDArray[np.uint64]


def told(old: pd.DataFrame, new: pd.DataFrame, name: str | None) -> str:
    """Say which rows came, went and changed.

    Parameters
    ----------
    old, new
        Rows of the two copies; a geometry is a column like any other.
    name
        The column that names a row; where there is none, or names are not unique, rows are
        held against each other whole.

    Returns
    -------
    Half a sentence.

    Examples
    --------
    >>> old = pd.DataFrame({"id": ["a", "b"], "people": [1, 2]})
    >>> told(old, pd.DataFrame({"id": ["b", "c", "d"], "people": [3, 4, 5]}), "id")
    '3 rows, before 2: 2 added (for example c, d), 1 removed (for example a), 1 changed'
    >>> told(old, old, "id")
    '2 rows, before 2: the same rows'
    """
    parts = []
    came = [str(one) for one in new.columns if one not in old.columns]
    went = [str(one) for one in old.columns if one not in new.columns]
    both = [one for one in new.columns if one in old.columns]
    if name in both and old[name].is_unique and new[name].is_unique:
        parts += _by_name(old, new, str(name), both)
    else:
        parts += _whole(hashed(old[both]), hashed(new[both]))
    parts += [f"new columns {', '.join(came[:5])}"] if came else []
    parts += [f"columns {', '.join(went[:5])} are gone"] if went else []
    return f"{len(new):,} rows, before {len(old):,}: {', '.join(parts) or 'the same rows'}"


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


def _by_name(old: pd.DataFrame, new: pd.DataFrame, name: str, both: list[str]) -> list[str]:
    before = pd.Series(hashed(old[both]), index=old[name].map(_text))
    after = pd.Series(hashed(new[both]), index=new[name].map(_text))
    added = after.index.difference(before.index)
    removed = before.index.difference(after.index)
    stayed = after.index.intersection(before.index)
    changed = int((before[stayed].to_numpy() != after[stayed].to_numpy()).sum())
    said = [_counted(added, "added"), _counted(removed, "removed")]
    said.append(f"{changed:,} changed" if changed else "")
    return [one for one in said if one]


def _counted(names: pd.Index, verb: str) -> str:
    if not len(names):
        return ""
    return f"{len(names):,} {verb} (for example {', '.join(str(one)[:40] for one in names[:3])})"


def _whole(before: Hashes, after: Hashes) -> list[str]:
    """Count rows that only one of the two has; a row that changed is one of each."""
    numbers, where = np.unique(np.concatenate([before, after]), return_inverse=True)
    here = np.bincount(where[len(before) :], minlength=len(numbers))
    balance = here - np.bincount(where[: len(before)], minlength=len(numbers))
    came, went = int(balance[balance > 0].sum()), int(-balance[balance < 0].sum())
    said = [f"{came:,} are new or changed"] if came else []
    return said + ([f"{went:,} are gone or changed"] if went else [])
