"""The site register: a workbook that officers fill in, and what comes back of it.

Planning officers check title, hazard, entrance and cost in a spreadsheet, several of them at once.
`write_workbook` writes what they get, `read_copy` reads what comes back, cell by cell, and `merge`
brings copies together without losing what anybody wrote.  Nothing here knows of plans or files of
a project beside the workbook; no formula is believed, and no macro is run.
"""

from siteplanner.register.columns import KEYS, LOCKED, PERSONAL
from siteplanner.register.copies import Copy, Line, read_copy
from siteplanner.register.held import Register
from siteplanner.register.merging import Merged, merge
from siteplanner.register.reading import read_register
from siteplanner.register.spreadsheet_text import write_text
from siteplanner.register.wording import Words
from siteplanner.register.workbook import Issue, write_workbook

REGISTER = "register"
"""The kind of layer that a register is, and the name it has unless told otherwise."""

__all__ = [
    "KEYS",
    "LOCKED",
    "PERSONAL",
    "REGISTER",
    "Copy",
    "Issue",
    "Line",
    "Merged",
    "Register",
    "Words",
    "merge",
    "read_copy",
    "read_register",
    "write_text",
    "write_workbook",
]
