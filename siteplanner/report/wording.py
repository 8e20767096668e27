"""The words of reports, by language: one file a language, ``messages/<code>.json``.

What the map's page and the sheets have a word for is taken from there.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from siteplanner.maps import messages
from siteplanner.sheets.words import Templates, Words, compiled

LONGEST = 90
"""Letters of a name; what is longer ends in "…"."""
SUPPOSED = re.compile(r"If (.+ % instead of [\d.]+ %), (.+)\.", re.DOTALL)
CHANGE = re.compile(r"(.+?)(?: weighed)? ([\d.]+ %) instead of ([\d.]+ %)(?:, | and |$)", re.DOTALL)
"""What would have to weigh otherwise: see `siteplanner.robustness.unseating`."""


def message(own: Mapping[str, str], key: str, values: Mapping[str, object]) -> str | None:
    """Fill a message of a room's own in; None where the room has none of that key.

    Examples
    --------
    >>> own = {"site#one": "{n} site", "site#other": "{n} sites"}
    >>> message(own, "site", {"n": 1}), message(own, "site", {"n": 3}), message(own, "lot", {})
    ('1 site', '3 sites', None)
    """
    one = own.get(f"{key}#one") if str(values.get("n")) == "1" else None
    text = one or own.get(f"{key}#other") or own.get(key)
    if text is None:
        return None
    return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), text)


class Wording(Words):
    """The words of one language.

    Examples
    --------
    >>> words = Wording("es")
    >>> words.say("outcome.newly"), words.percent(0.376), words.people(1234.4)
    ('más al alcance', '38 %', '1.234')
    """

    def say(self, key: str, **values: object) -> str:
        """Give a message; ``{name}`` in it stands for a value, ``n=1`` asks for one of a kind."""
        text = message(_words(self.language), key, values)
        return super().say(key, **values) if text is None else text

    def sentence(self, text: str) -> str:
        """Say one of the plan's own English sentences in this language; others stay as they are.

        Examples
        --------
        >>> said = "If Need weighed 41 % instead of 20 % and Land 59 % instead of 80 %, "
        >>> Wording("es").sentence(said + "B would be first.")
        'Si Need pesara 41 % en vez de 20 % y Land pesara 59 % en vez de 80 %, B sería el primero.'
        """
        supposed = SUPPOSED.fullmatch(text)
        said = self.clause(supposed[2]) if supposed else None
        if supposed is None or said is None:
            return super().sentence(text)
        changes = [
            self.say("if.weighed", name=name, then=self.figure(then), now=self.figure(now))
            for name, then, now in CHANGE.findall(supposed[1])
        ]
        return self.say("if.supposed", changes=self.many(changes), said=said)

    def templates(self) -> Templates:
        """Give the templates of the map, and those of sentences that only a report has."""
        return _own_templates(self.language) or super().templates()

    def has(self, key: str) -> bool:
        """Say whether there is such a message."""
        return key in _words(self.language)

    def people(self, count: float, *, none: str = "–") -> str:
        """Write a count of people whole; ``none`` where it is unknown."""
        return none if math.isnan(count) else self.number(float(round(count)))

    def percent(self, share: float, *, none: str = "–") -> str:
        """Write a share of 0..1 in per cent; nearly all is not all, and nearly none not none.

        Examples
        --------
        >>> [Wording("en").percent(one) for one in (0.0, 0.001, 0.5, 0.9994, 1.0)]
        ['0%', '0.1%', '50%', '99.9%', '100%']
        """
        if math.isnan(share):
            return none
        number = round(100 * share)
        near = (number == 0 and share > 0) or (number == 100 and share < 1)
        told = min(max(round(100 * share, 1), 0.1), 99.9) if near else float(number)
        return self.say("percent", number=self.number(told))

    def signed(self, value: float, *, none: str = "–") -> str:
        """Write a number to two decimals, with the minus sign of the printers."""
        return none if math.isnan(value) else self.number(round(value, 2)).replace("-", "−")

    def many(self, names: list[str]) -> str:
        """List names: "A, B and C".

        Examples
        --------
        >>> Wording("en").many(["A", "B", "C"])
        'A, B and C'
        """
        if len(names) < 2:
            return "".join(names)
        return self.say("list.and", first=", ".join(names[:-1]), last=names[-1])


def shortened(name: str, most: int = LONGEST) -> str:
    """Cut a name that is too long for a page.

    Examples
    --------
    >>> shortened("a" * 100, 5)
    'aaaa…'
    """
    line = " ".join(name.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


@lru_cache
def _own_templates(language: str) -> Templates:
    file = files("siteplanner.report").joinpath("sentences", f"{language}.json")
    if not file.is_file():
        return ()
    own: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return compiled(messages.read()[language].get("sentences", {}) | own)


@lru_cache
def _words(language: str) -> dict[str, str]:
    file = files("siteplanner.report").joinpath("messages", f"{language}.json")
    own: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    page = {key: text for key, text in messages.read()[language].items() if isinstance(text, str)}
    return page | own
