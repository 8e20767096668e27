"""What the commands say while they work."""

from __future__ import annotations

import click
from tqdm import tqdm

from siteplanner import plan


class Steps:
    """A progress bar on a terminal, plain lines elsewhere; by default of a run."""

    def __init__(self, total: int = len(plan.STEPS) + 2) -> None:
        shown = "{desc:<12}{bar:30} {n}/{total}"
        self.bar = tqdm(total=total, leave=False, bar_format=shown, disable=None)

    def __call__(self, step: str) -> None:
        """Say that a step starts."""
        if self.bar.disable:
            click.echo(f"  {step}", err=True)
        else:
            self.bar.set_description_str(step)
            self.bar.update()

    def close(self) -> None:
        """Take the bar away."""
        self.bar.close()


def many(count: int, what: str) -> str:
    """Count things in words.

    Examples
    --------
    >>> many(1, "layer"), many(1200, "layer")
    ('1 layer', '1,200 layers')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"
