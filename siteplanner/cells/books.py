"""The books of a count: what came in is what went out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siteplanner.model import Notice

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Books:
    """Where the people of each column went."""

    prefix: str
    columns: list[str]
    total: Numbers
    beyond: Numbers | float = 0.0
    unplaced: Numbers | float = 0.0
    examples: tuple[str, ...] = ()

    def account(self, values: Numbers, in_area: Flags) -> Iterator[Notice]:
        """Say where the people are now: inside, in the ring, beyond it, or not placed."""
        inside = np.nansum(values[in_area], axis=0)
        ring = np.nansum(values[~in_area], axis=0)
        beyond = np.broadcast_to(self.beyond, self.total.shape)
        unplaced = np.broadcast_to(self.unplaced, self.total.shape)
        for place, column in enumerate(self.columns):
            name, total = self.prefix + column, float(self.total[place])
            out = (inside[place], ring[place], beyond[place], unplaced[place])
            error = abs(total - sum(out)) / total if total else 0.0
            reason = (
                f"{name}: {total:,.0f} in the layer = {out[0]:,.0f} on cells inside the area + "
                f"{out[1]:,.0f} in the ring + {out[2]:,.0f} beyond the ring + "
                f"{out[3]:,.0f} not placed (relative error {error:.0e})"
            )
            yield Notice("cells", "info", float(out[0] + out[1]), total, reason)
            if total and out[3] > 1e-6 * total:
                reason = f"{name}: {out[3]:,.0f} people live where there is no cell"
                amount = float(out[3])
                yield Notice("people not placed", "info", amount, total, reason, self.examples)
