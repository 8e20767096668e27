"""The two kinds of file a planning project is made of, as frozen types.

A `Layer` says what is in the world, a `Scenario` holds every opinion.  The types
are the file boundary: a key they do not know, or a value they cannot take, is a
`siteplanner.errors.Problem`, and all problems of a file are reported at once.
"""

from siteplanner.model.choice import Choice, Companions, Size
from siteplanner.model.correction import Correction
from siteplanner.model.criterion import Criterion, Group
from siteplanner.model.files import file_names, json_schema, read_layer, read_scenario
from siteplanner.model.layer import Column, Inside, Join, Layer
from siteplanner.model.moment import Moment
from siteplanner.model.notice import Notice
from siteplanner.model.register import FromRegister
from siteplanner.model.robustness import Robustness
from siteplanner.model.scenario import (
    Demand,
    Exclusion,
    Index,
    Outcomes,
    Profile,
    Scenario,
    Sites,
)
from siteplanner.model.walking import Penalty, Walk

__all__ = [
    "Choice",
    "Column",
    "Companions",
    "Correction",
    "Criterion",
    "Demand",
    "Exclusion",
    "FromRegister",
    "Group",
    "Index",
    "Inside",
    "Join",
    "Layer",
    "Moment",
    "Notice",
    "Outcomes",
    "Penalty",
    "Profile",
    "Robustness",
    "Scenario",
    "Sites",
    "Size",
    "Walk",
    "file_names",
    "json_schema",
    "read_layer",
    "read_scenario",
]
