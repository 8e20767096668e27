"""A year later: what a published plan promised, what is open, who comes, and what to learn."""

from siteplanner.monitoring.baseline import Baseline, read_baseline
from siteplanner.monitoring.running import Asked, Monitored, monitor

__all__ = ["Asked", "Baseline", "Monitored", "monitor", "read_baseline"]
