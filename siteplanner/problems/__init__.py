"""Problems that show only when a scenario is held against the layers it names.

A key that nothing would look at is a problem too: whoever wrote it believes that it counts.
"""

from siteplanner.problems.finding import find
from siteplanner.problems.grounded import on_the_ground
from siteplanner.problems.named import by_id
from siteplanner.problems.registered import with_register

__all__ = ["by_id", "find", "on_the_ground", "with_register"]
