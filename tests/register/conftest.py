"""A small register, and the starter town's, each written once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from siteplanner import Project, init

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def town_of_the_desk(tmp_path_factory) -> Project:
    """Give a copy of the starter town with a small scenario that runs quickly."""
    return init(tmp_path_factory.mktemp("desk") / "town")
