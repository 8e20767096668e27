"""Forms of a key: what two spellings of one key have in common.

Each form is text, and empty where a key has no such form; empty forms are never alike.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

import pandas as pd

_WHOLE = re.compile(r"\d+(?:[.,]0+)?")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_SMALLEST = 4
"""Excel writes numbers of 12 digits and more as 1E+11, narrow columns shorter ones too."""


def plain(keys: pd.Series) -> pd.Series:
    """Leave out capitals, accents, spaces and signs.

    Examples
    --------
    >>> plain(pd.Series([" Engativá ", "SANTA-FE", "11.001", "天河"])).tolist()
    ['engativa', 'santafe', '11001', '天河']
    """
    return keys.astype(str).map(_plain).astype(object)


def numeral(keys: pd.Series) -> pd.Series:
    """Read whole numbers without zeros in front or ``.0`` behind; the rest has no form.

    Examples
    --------
    >>> numeral(pd.Series(["016", " 16.0", "1.6E+1", "UPZ16", "000"])).tolist()
    ['16', '16', '16', '', '0']
    """
    return keys.astype(str).map(_numeral).astype(object)


def bare(keys: pd.Series) -> pd.Series:
    """Leave out the letters in front of a number, and its zeros.

    Examples
    --------
    >>> bare(pd.Series(["UPZ016", "UPR 16", "016", "16B", "Suba"])).tolist()
    ['16', '16', '16', '', '']
    """
    return plain(keys).map(_bare).astype(object)


def rounded(keys: pd.Series, digits: int) -> pd.Series:
    """Round whole numbers to some digits, as a spreadsheet shows long ones.

    Parameters
    ----------
    keys
        Text.
    digits
        Digits that remain after the first.

    Examples
    --------
    >>> rounded(pd.Series(["11001000017", "1.1E+10", "1,1E+10", "UPZ16"]), 1).tolist()
    ['1.1E+10', '1.1E+10', '1.1E+10', '']
    """
    return keys.astype(str).map(lambda key: _rounded(key, digits)).astype(object)


def digits_left(key: str) -> int | None:
    """Say how many digits after the first scientific notation has left of a key.

    Returns
    -------
    None where the key is not in that notation, or its number is too small to be a code.

    Examples
    --------
    >>> digits_left("1.1E+10"), digits_left("1E5"), digits_left("016")
    (1, 0, None)
    """
    found = _SCIENTIFIC.fullmatch(key.strip())
    if found is None or int(found[3]) < _SMALLEST:
        return None
    return len(found[2] or "")


def is_cut(key: str) -> bool:
    """Say whether scientific notation has lost digits of a key: the end can only be zeros.

    Examples
    --------
    >>> is_cut("1.1E+10"), is_cut("1.1001E+4"), is_cut("11001")
    (True, False, False)
    """
    left = digits_left(key)
    found = _SCIENTIFIC.fullmatch(key.strip())
    return left is not None and found is not None and left < int(found[3])


def _plain(key: str) -> str:
    apart = unicodedata.normalize("NFKD", key)
    return "".join(one for one in apart if one.isalnum()).casefold()


def _numeral(key: str) -> str:
    key = key.strip()
    if _SCIENTIFIC.fullmatch(key):
        number = Decimal(key.replace(",", "."))
        return str(int(number)) if number == int(number) else ""
    if not _WHOLE.fullmatch(key) or not key.isascii():
        return ""
    return re.split("[.,]", key)[0].lstrip("0") or "0"


def _bare(key: str) -> str:
    found = re.fullmatch(r"[^\d]*0*(\d+)", key)
    return found[1] if found and key.isascii() else ""


def _rounded(key: str, digits: int) -> str:
    number = _numeral(key)
    return format(Decimal(number), f".{digits}E") if number else ""
