"""Plans side by side: what differs, who gains in each, and what each group would have chosen."""

from siteplanner.comparison.comparing import Comparison, compare
from siteplanner.comparison.negotiating import Negotiated, negotiate

__all__ = ["Comparison", "Negotiated", "compare", "negotiate"]
