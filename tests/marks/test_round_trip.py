"""The whole way: a plan is printed, written on, photographed, read, accepted, and plans anew."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

import siteplanner as sp
from siteplanner.marks.accepting import accept
from siteplanner.marks.known import find_pages
from siteplanner.marks.reviewing import write_review
from siteplanner.marks.scanning import scan

WITH_WORKSHOP = """
extends = "care_blocks"
title = "With what the workshop said"
[site.support]
layer = "workshop"
measure = "count"
where = { says = ["support"] }
within = "walk"
limit_m = 150
zero_at = 0
full_at = 10
weight = 3
reference = "the workshop"
"""


def test_dots_on_paper_move_a_site_up_the_ranking(simulator, tmp_path):
    project = sp.init(tmp_path / "town")
    plan = project.run("care_blocks")
    site = plan.ranking.index[-1]
    folder = plan.sheets(paper="A3", layers=("need",))
    page = next(iter(find_pages([folder]).values()))
    sheet = page.sheet
    at = plan.sites.table.to_crs(sheet.crs).geometry.representative_point()[site]
    middle = sheet.to_paper([(at.x, at.y)])[0]

    # ten green dots at the last site of all, a red one elsewhere, and pen notes
    rng = np.random.default_rng(3)
    ring = np.arange(9) * 2 * np.pi / 9
    spread = 0.5 * 150 * 1000 / sheet.scale  # half of the walk that counts, on paper
    radius = max(spread, 12.5)
    dots = [simulator.Dot(*middle, "green")] if radius > 12.6 else []
    dots += [
        simulator.Dot(middle[0] + radius * np.cos(a), middle[1] + radius * np.sin(a), "green")
        for a in ring
    ]
    left, bottom, width, height = sheet.frame_mm
    dots = [
        dot for dot in dots
        if left + 5 < dot.x_mm < left + width - 5 and bottom + 5 < dot.y_mm < bottom + height - 5
    ]  # fmt: skip
    written = simulator.Written(dots=dots)
    printed = simulator.printed(page.path, sheet.paper)
    shot = simulator.photograph(printed, sheet, written, rng, simulator.Camera())
    (tmp_path / "IMG.jpg").write_bytes(shot.jpeg)

    done = scan([tmp_path / "IMG.jpg"], project="town", folders=[folder],
                colours={"green": "support"})  # fmt: skip
    assert done.photos["state"].tolist() == ["read"]
    truth = sheet.to_ground([(dot.x_mm, dot.y_mm) for dot in dots])
    there = np.stack([done.marks.geometry.x, done.marks.geometry.y], 1)
    away = np.hypot(*(truth[:, None] - there[None]).transpose(2, 0, 1)).min(1)
    assert len(done.marks) == len(dots) >= 5
    assert (away < 0.6 * sheet.scale / 1000).all()  # 0.6 mm of paper

    review = write_review(done, project.root / "layers" / "workshop.gpkg")
    picture = Image.open(io.BytesIO((review / "IMG.jpg").read_bytes()))
    assert picture.size[0] > 1000
    accept(review)
    (project.root / "scenarios" / "with_workshop.toml").write_text(WITH_WORKSHOP, "utf-8")
    after = project.run("with_workshop")
    assert after.ranking["rank"][site] < plan.ranking["rank"][site]
