"""The public surface, and the direction of dependence that keeps the house readable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import siteplanner

PACKAGE = Path(siteplanner.__file__).parent
ORDER = (
    "errors", "compiled", "model", "fetched", "sources", "openstreetmap", "corrections",
    "register", "study", "cells", "sites", "walk", "problems", "measures", "scores", "index",
    "ranking", "equity", "choice", "outcomes", "fairness", "robustness", "maps", "sheets",
    "marks", "report", "plan", "comparison", "diagnosis", "project", "publication",
    "monitoring", "founding", "cli",
)  # fmt: skip
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE / "_starter")


def room(path: Path) -> str:
    """Give the top-level module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Give every node that runs, inside functions too; not what only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from running(node)


def imported(tree: ast.Module) -> set[str]:
    """Give the modules of this package that a file imports when it runs."""
    found = set()
    for node in running(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "siteplanner":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("siteplanner."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("siteplanner.")]
            found |= {name.split(".")[1] for name in names}
    return found


def test_an_import_inside_a_function_is_seen():
    text = (
        "if TYPE_CHECKING:\n    from siteplanner.cli import main\n"
        "def f():\n    from siteplanner.plan import Plan\n"
    )
    assert imported(ast.parse(text)) == {"plan"}


def test_the_order_is_the_one_that_is_written_down():
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    quoted = " ".join(line[2:] for line in text.splitlines() if line.startswith("> "))
    assert tuple(quoted.split(", ")) == ORDER


def test_all_is_sorted_and_there():
    assert sorted(siteplanner.__all__) == siteplanner.__all__
    assert all(hasattr(siteplanner, name) for name in siteplanner.__all__)


def test_every_room_has_its_place_in_the_order():
    rooms = {room(path) for path in MODULES} - {"__init__", "__main__"}
    assert rooms == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_left(path):
    own = room(path)
    if own not in ORDER:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    right = {name for name in imported(tree) if ORDER.index(name) > ORDER.index(own)}
    assert not right, f"{own} may not import {right}"


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "choice").rglob("*/*.py")), ids=lambda path: f"{path.parent.name}"
)
def test_the_rooms_of_choice_build_on_each_other(path):
    order = ("solution", "rules", "programs", "covering", "medians")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [
        str(node.module).split(".")[2]
        for node in running(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("siteplanner.choice.")
    ]
    own = order.index(path.parent.name)
    assert all(name in order[: own + 1] for name in names), names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_no_function_shares_its_modules_name():
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert path.stem not in names, path
