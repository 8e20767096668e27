"""Slow and plain answers, for the tests of this folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    """Give the module of slow and plain answers."""
    path = Path(__file__).with_name("plain.py")
    spec = importlib.util.spec_from_file_location("plain_robustness", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
