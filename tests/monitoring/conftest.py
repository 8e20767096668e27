"""A town, what it published, and the need and the walks of today."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from siteplanner import init
from siteplanner.monitoring.baseline import Baseline, read_baseline
from siteplanner.monitoring.running import today_of
from siteplanner.plan import Plan
from siteplanner.project import Project, starter


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = init(tmp_path_factory.mktemp("monitoring") / "town")
    told = (starter() / "layers" / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n# layers/openings.toml\n(.*?)```", told, flags=re.DOTALL)
    (made.root / "layers" / "openings.toml").write_text(example, "utf-8")
    write_openings(made, "P27,2026-05-04,")
    return Project(made.root)


@pytest.fixture(scope="session")
def published(town: Project) -> Path:
    return town.run("care_blocks").save()


@pytest.fixture(scope="session")
def promised(published: Path) -> dict[str, Any]:
    return json.loads((published / "plan.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def baseline(published: Path) -> Baseline:
    return read_baseline(published)


@pytest.fixture(scope="session")
def today(town: Project, baseline: Baseline) -> Plan:
    return today_of(town, baseline)


def write_openings(project: Project, *rows: str, head: str = "site,opened,closed") -> None:
    file = project.root / "layers" / "openings.csv"
    file.write_text("\n".join([head, *rows, ""]), "utf-8")
