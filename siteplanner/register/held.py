"""What officers have filled in, and what people said: the register as it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pandas as pd

from siteplanner.register.cells import Value
from siteplanner.register.columns import KEYS, LOG

Entries: TypeAlias = Mapping[str, Mapping[str, Value]]
"""By site (or by entry of the log): the known values by key."""


@dataclass(frozen=True)
class Register:
    """A register.

    Parameters
    ----------
    sites
        By site: what is known, by key; unknown cells are not there.
    names
        By site: what it was called when it was last issued.
    log
        By entry: what was said about which site, by key.

    Examples
    --------
    >>> Register({"a": {"status": "rejected"}}).table().loc["a", "status"]
    'rejected'
    """

    sites: Entries = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    log: Entries = field(default_factory=dict)

    def table(self, sites: Iterable[str] | None = None) -> pd.DataFrame:
        """Give what officers know as a table.

        Parameters
        ----------
        sites
            Which sites, in this order; by default those of the register, sorted.

        Returns
        -------
        Index ``site``, a column a key; None where nothing is known.
        """
        index = sorted(self.sites) if sites is None else [str(one) for one in sites]
        rows = [[self.sites.get(one, {}).get(key) for key in KEYS] for one in index]
        return pd.DataFrame(rows, index=pd.Index(index, name="site"), columns=KEYS, dtype=object)

    def consultation(self) -> pd.DataFrame:
        """Give what was said as a table: index ``entry``, sorted by site and day."""
        keys = [one.key for one in LOG if one.key != "entry"]
        rows = [[one.get(key) for key in keys] for one in self.log.values()]
        index = pd.Index(list(self.log), name="entry", dtype=object)
        table = pd.DataFrame(rows, index=index, columns=keys, dtype=object)
        return table.sort_values(["site", "date", "kind", "said"], na_position="last")
