"""What comes from elsewhere: fetched once, kept in the project, never asked for by a run.

A copy lies in ``layers/fetched/`` with a `Record` beside it: address, day, hash.  Reading a layer
looks there and nowhere else; only `fetch_layer` goes online.
"""

from siteplanner.fetched.addresses import is_remote, shown
from siteplanner.fetched.changes import told
from siteplanner.fetched.fetching import Outcome, Way, fetch_layer, origin
from siteplanner.fetched.record import (
    Record,
    file_sha256,
    kept_folder,
    now,
    read_record,
    record_path,
    write_record,
)

__all__ = [
    "Outcome",
    "Record",
    "Way",
    "fetch_layer",
    "file_sha256",
    "is_remote",
    "kept_folder",
    "now",
    "origin",
    "read_record",
    "record_path",
    "shown",
    "told",
    "write_record",
]
