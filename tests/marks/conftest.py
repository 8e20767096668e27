"""The photo simulator, a page that looks like a sheet, and a few photos that all tests share."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

HERE = Path(__file__).parent


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"marks_{name}", HERE / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def simulator() -> ModuleType:
    """Give the module that takes photos whose truth is known."""
    return _module("simulator")


@pytest.fixture(scope="session")
def standin() -> ModuleType:
    """Give the module that draws pages without a plan."""
    return _module("standin")


class Studio:
    """A printed map, and photos of it: each kind is taken once."""

    def __init__(self, folder: Path, simulator: ModuleType, standin: ModuleType) -> None:
        self.folder, self.simulator, self.standin = folder, simulator, standin
        self.sheet = standin.map_sheet()
        self.pdf = standin.write_pdf(self.sheet, folder / "need.pdf")
        self.page = simulator.printed(self.pdf, "A3")

    def photo(self, name: str, written, *, seed: int = 0, page=None, sheet=None, **camera) -> Path:
        """Take a photo; the file is called by its name."""
        path = self.folder / "photos" / f"{name}.jpg"
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            page = self.page if page is None else page
            rng = np.random.default_rng(seed)
            taken = self.simulator.photograph(
                page, sheet or self.sheet, written, rng, self.simulator.Camera(**camera)
            )
            path.write_bytes(taken.jpeg)
        return path

    def dots(self, seed: int = 0, **options):
        """Scatter dots and pen notes."""
        return self.simulator.scatter(self.sheet, np.random.default_rng(seed), **options)


@pytest.fixture(scope="session")
def studio(tmp_path_factory, simulator, standin) -> Studio:
    """Give a printed map and whoever takes photos of it."""
    return Studio(tmp_path_factory.mktemp("studio"), simulator, standin)
