"""What is found while one layer is read: problems to raise, notices to hand on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.fetched.addresses import is_remote
from siteplanner.model import Layer, Notice

EXAMPLES = 3
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
"""Control characters, line breaks and turns of direction: they would spoil a terminal."""


class Ledger:
    """Problems and notices of one layer, in the order they were found.

    Parameters
    ----------
    layer
        The layer that is being read.

    Examples
    --------
    >>> layer = Layer(name="parks", title="Parks", source="data/parks.csv", kind="points")
    >>> ledger = Ledger(layer)
    >>> ledger.toml, ledger.file, ledger.name
    ('layers/parks.toml', 'layers/parks.csv', 'layers/parks')
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.name = f"layers/{layer.name}"
        self.toml = f"{self.name}.toml"
        self.file = f"layers/{PurePosixPath(layer.source).name}"
        if is_remote(layer.source):
            self.file = f"layers/fetched/{layer.name}"
        self.cut_from: tuple[float, float, float, float] | None = None
        self.problems: list[Problem] = []
        self.notices: list[Notice] = []

    def in_toml(self, key: str, found: str, todo: str) -> None:
        """Note a problem with a key of the layer's own file."""
        self._note(self.toml, key, found, todo)

    def in_file(self, key: str, found: str, todo: str) -> None:
        """Note a problem with the contents of the source."""
        self._note(self.file, key, found, todo)

    def _note(self, where: str, key: str, found: str, todo: str) -> None:
        self.problems.append(Problem(*(printable(text) for text in (where, key, found, todo))))

    def stop_if_wrong(self) -> None:
        """Go no further once there are problems.

        Raises
        ------
        InputError
            With all problems noted so far.
        """
        if self.problems:
            raise InputError(self.problems)

    def refuse_file(self, found: str, todo: str) -> InputError:
        """Note a problem that ends the reading, and give the error to raise."""
        self.in_file("", found, todo)
        return InputError(self.problems)

    def refuse_key(self, key: str, found: str, todo: str) -> InputError:
        """Note a problem with a key that ends the reading, and give the error to raise."""
        self.in_toml(key, found, todo)
        return InputError(self.problems)

    def notice(
        self,
        kind: Literal["dropped", "mended", "flagged"],
        count: int,
        total: int,
        reason: str,
        examples: Iterable[object] = (),
    ) -> None:
        """Count rows that were dropped, mended or flagged; no rows, no notice."""
        if count:
            shown = tuple(_short(one) for one, _ in zip(examples, range(EXAMPLES), strict=False))
            said = printable(reason)
            self.notices.append(Notice(self.name, kind, count, total, said, shown))

    def remark(self, reason: str, examples: Iterable[object] = ()) -> None:
        """Say something about the whole layer."""
        shown = tuple(_short(one) for one, _ in zip(examples, range(EXAMPLES), strict=False))
        self.notices.append(Notice(self.name, "info", 0, 0, printable(reason), shown))


def offer(name: str, known: Iterable[str]) -> str:
    """Offer the nearest known names; one that differs only in case or spaces comes first.

    Examples
    --------
    >>> offer("people", ["PEOPLE ", "UPZ"])
    "did you mean 'PEOPLE '?"
    """
    known = list(known)
    folded = name.strip().casefold()
    for one in known:
        if one.strip().casefold() == folded:
            return f"did you mean '{one}'?"
    return nearest_names(name, known)


def listed(values: Iterable[object], limit: int = EXAMPLES) -> str:
    """Write the first values as half a sentence.

    Examples
    --------
    >>> listed(["016", "017", "018", "019"])
    "'016', '017', '018', …"
    """
    values = list(values)
    tail = ", …" if len(values) > limit else ""
    return ", ".join(f"'{_short(one)}'" for one in values[:limit]) + tail


def printable(text: str) -> str:
    r"""Write ``·`` for what a terminal would act upon instead of showing it.

    Examples
    --------
    >>> printable("two\r\nlines and \x1b[31mred")
    'two·lines and ·[31mred'
    """
    return _UNSEEN.sub("·", text)


def _short(value: object) -> str:
    text = printable(str(value))
    return text if len(text) <= 60 else text[:59] + "…"
