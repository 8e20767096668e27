"""The two kinds of file a planning project is made of, as frozen types.

A `Layer` says what is in the world, a `Scenario` holds every opinion.  The types
are the file boundary: a key they do not know, or a value they cannot take, is a
`siteplanner.errors.Problem`, and all problems of a file are reported at once.
"""

from siteplanner.model.criterion import Criterion, Group
from siteplanner.model.files import file_names, json_schema, read_layer, read_scenario
from siteplanner.model.layer import Column, Join, Layer
from siteplanner.model.notice import Notice
from siteplanner.model.scenario import (
    Choice,
    Demand,
    Exclusion,
    Index,
    Outcomes,
    Scenario,
    Sites,
    Walk,
)

__all__ = [
    "Choice",
    "Column",
    "Criterion",
    "Demand",
    "Exclusion",
    "Group",
    "Index",
    "Join",
    "Layer",
    "Notice",
    "Outcomes",
    "Scenario",
    "Sites",
    "Walk",
    "file_names",
    "json_schema",
    "read_layer",
    "read_scenario",
]
