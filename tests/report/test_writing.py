"""A report: it answers alone, tells nothing it may not, and nothing runs off its pages."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siteplanner import InputError, init
from siteplanner.cli import main
from siteplanner.maps import Answer
from siteplanner.plan import Plan
from siteplanner.project import Project
from siteplanner.report.as_pdf import lay_out
from siteplanner.report.blocks import Bullets, Heading, Paragraph, Table
from siteplanner.report.standing import grouped
from siteplanner.report.telling import surely
from siteplanner.report.writing import compose, told_of, write
from siteplanner.sheets.lettering import letters_for
from siteplanner.sheets.page import bind

from ..maps.conftest import HOSTILE, make_answer, make_scenario

MM = 72 / 25.4
EXTENDS = 'extends = "care_blocks"\ntitle = "{title}"\n'
OTHERS = {
    "one": "[choice]\ncount = 1\n",
    "never": '[choice]\ncount = 3\ndistricts = "districts"\nper_district = 2\n',
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = init(tmp_path_factory.mktemp("report") / "town")
    for name, text in OTHERS.items():
        file = made.root / "scenarios" / f"{name}.toml"
        file.write_text((EXTENDS + text).format(title=f"The {name} one"), "utf-8")
    need = EXTENDS.format(title="Need only") + 'unset = ["sites", "site", "choice", "profiles"]\n'
    (made.root / "scenarios" / "need.toml").write_text(need, "utf-8")
    return Project(made.root)


@pytest.fixture(scope="module")
def plan(project: Project) -> Plan:
    return project.run("care_blocks")


def made(**scenario: Any) -> Answer:
    """Give the made-up answer with what a set of sites says of itself."""
    answer = make_answer(make_scenario(**scenario))
    sites = answer.sites.copy()
    sites["new_demand"] = sites["need_reached"].where(sites["phase"].notna())
    sites["why"] = [
        f"It newly reaches {one:,.0f} people in need." if one > 0 else ""
        for one in sites["new_demand"].fillna(0.0)
    ]
    return replace(answer, sites=sites)


def words_of(answer: Answer, **more: Any) -> str:
    """Give all that a report says, in one line."""
    said = []
    for block in compose(told_of(answer, **more)):
        if isinstance(block, Heading | Paragraph):
            said.append(block.text)
        elif isinstance(block, Bullets):
            said += block.items
        elif isinstance(block, Table):
            said += [block.title, *block.heads, *(" | ".join(row) for row in block.rows)]
    return " ".join(said)


def pages(path: Path) -> list[str]:
    with pdfium.PdfDocument(path) as document:
        return [" ".join(one.get_textpage().get_text_bounded().split()) for one in document]


def edges(path: Path) -> list[tuple[float, float, float, float]]:
    """Give the room that the letters of each page take, in millimetres."""
    found = []
    with pdfium.PdfDocument(path) as document:
        for page in document:
            text = page.get_textpage()
            boxes = np.array([text.get_charbox(at) for at in range(text.count_chars())]) / MM
            boxes = boxes[(boxes[:, 2] - boxes[:, 0]) > 0]
            found.append((*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)))
    return found


def test_it_answers_alone_what_a_councillor_asks(plan, tmp_path):
    folder = plan.report(tmp_path / "r")
    assert sorted(one.name for one in folder.iterdir()) == [
        "gains.svg", "map.svg", "report.html", "report.pdf",
    ]  # fmt: skip
    page = html.unescape((folder / "report.html").read_text("utf-8"))
    paper = pages(folder / "report.pdf")
    assert 4 <= len(paper) <= 8
    group = plan.outcomes.by_group.loc[("area", "people")]
    for said in (
        "Build first: Water works.",
        "none of as many places reaches more, as was proven",
        f"{group['newly']:,.0f} more people within reach",
        f"{group['left_out']:,.0f} people in the area, 2% of all, still have no place",
        "Nobody loses: no existing place closes, and nobody’s walk to the nearest place gets",
        "for some or all criteria nobody has published any",
    ):
        assert said in page
        assert said in " ".join(paper)
    assert paper[0].index("The question") < paper[0].index("The answer")


def test_the_same_answer_gives_the_same_bytes(plan, tmp_path):
    first, second = (plan.report(tmp_path / one, "es") for one in "ab")
    for name in ("report.html", "report.pdf", "map.svg", "gains.svg"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert b"CreationDate" not in (first / "report.pdf").read_bytes()


@pytest.mark.parametrize(
    ("name", "said", "unsaid"),
    [
        ("need", "It proposes nothing to build", "Build first"),
        ("need", "Where need is greatest", "The order"),
        ("one", "One new place is asked for", "in this order"),
        ("one", "nothing to put in order", "First 1"),
        ("never", "There is no proposal: no site was chosen. No set of sites keeps", "Build first"),
    ],
)
def test_other_plans_have_clear_words(project, tmp_path, name, said, unsaid):
    made_plan = project.run(name)
    told = words_of(made_plan.answer())
    if name == "need":
        highest = made_plan.cells.loc[made_plan.cells["people"] > 0, "need"].max()
        assert f"| {100 * highest:.0f} |" in told
    assert said in told
    assert unsaid not in told
    assert "nan" not in told.replace("finan", "").lower().split()
    folder = made_plan.report(tmp_path)
    assert len(pages(folder / "report.pdf")) < 8


def test_no_possible_site_is_left():
    answer = made()
    told = words_of(replace(answer, sites=answer.sites.iloc[:0]))
    assert "the rules of the scenario leave no possible site. Ruled out" in told
    assert "2: on flood land" in told
    assert "Build" not in told


def test_who_loses_is_said_where_places_close(plan):
    answer = plan.answer()
    cells = answer.cells.copy()
    cells["served_after"] = cells["served_after"].where(cells["served_before"] < 1, 0.0)
    lost = cells.loc[cells["served_before"] == 1, "people"].sum()
    told = words_of(replace(answer, cells=cells))
    assert f"{lost:,.0f} people have a place within reach today and lose it" in told
    assert "Nobody who has a place" not in told
    assert "Nobody loses" not in told


def test_how_sure_each_place_is(plan):
    answer = plan.answer()
    chosen = answer.sites.index[answer.sites["phase"].notna()]
    table = pd.DataFrame(
        {
            "rank_low": [1, 1, 9], "rank_high": [3, 2, 12],
            "in_top": [0.99, 0.6, 0.1], "in_set": [0.97, 0.7, 0.2],
        },
        index=answer.sites.loc[chosen].sort_values("order").index,
    )  # fmt: skip
    before = table.copy()
    told = words_of(answer, sure={"sites": table, "sentences": ["Poverty moves it most."]})
    assert "These stand up: Water works. Each stays" in told
    assert "These mostly stay: River market." in told
    assert "These depend on the weights: Escuela del Molino." in told
    assert "cannot be told apart: Water works and River market." in told
    assert "Water works | 97% | 1 to 3 | 99%" in told
    assert "Poverty moves it most." in told
    assert "was not worked out" not in told
    pd.testing.assert_frame_equal(table, before)
    assert "was not worked out" in words_of(answer)


def test_what_is_known_of_how_sure_it_is_is_looked_at():
    with pytest.raises(ValueError, match="no column in_top, in_set"):
        surely({"sites": pd.DataFrame({"rank_low": [1.0], "rank_high": [2.0]})})
    table = pd.DataFrame({"rank_low": [1], "rank_high": [2], "in_top": [50], "in_set": [1]})
    with pytest.raises(ValueError, match="shares"):
        surely({"sites": table})


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), max_size=8))
def test_groups_are_what_overlaps_from_one_to_the_next(intervals):
    low = [float(one) for one, _ in intervals]
    high = [float(one + more) for one, more in intervals]
    group = {place: number for number, one in enumerate(grouped(low, high)) for place in one}
    linked = np.array(
        [[a <= d and c <= b for c, d in zip(low, high, strict=True)]
         for a, b in zip(low, high, strict=True)], dtype=int,
    ).reshape(len(low), len(low))  # fmt: skip
    together = np.linalg.matrix_power(linked, max(len(low), 1)) if len(low) else linked
    for a in range(len(low)):
        for b in range(len(low)):
            assert (group[a] == group[b]) == bool(together[a, b])


def test_the_public_is_told_no_small_count(tmp_path):
    answer = made(audience="public")
    told = words_of(answer)
    assert "fewer than 10" in told
    row = next(one for one in re.findall(r"Children \|[^A-Z]*", told))
    assert " 6 " not in row
    assert "counted in tens" in told
    inner = words_of(made())
    assert "Children | 1,800 | 6" in inner
    assert "counted in tens" not in inner
    write(answer, tmp_path)
    assert "120 people" not in told


def test_long_and_hostile_names_stay_on_the_page(tmp_path):
    answer = made(title="<script>alert(1)</script> " + "w" * 500, notes=tuple(HOSTILE))
    sites, existing = answer.sites.copy(), answer.existing.copy()
    sites["label"] = ["a" * 500, *HOSTILE[:6], "b " * 250]
    existing["label"] = list(HOSTILE[:3])
    layers = {name: one.model_copy(update={"title": "T" * 500, "attribution": "i" * 500})
              for name, one in answer.layers.items()}  # fmt: skip
    hostile = replace(
        answer, sites=sites, existing=existing, layers=layers,
        notices=("layers/x: 2 rows dropped: " + "n" * 500,), limits=tuple(HOSTILE),
    )  # fmt: skip
    write(hostile, tmp_path)
    for left, bottom, right, top in edges(tmp_path / "report.pdf"):
        assert left > 19
        assert bottom > 9
        assert right < 194
        assert top < 280
    page = (tmp_path / "report.html").read_text("utf-8")
    inside = page.partition("</style>")[2]
    assert not re.search(r"<(script|img|iframe|a|b|i)\b", inside)
    assert not re.search(r"<[^>]+\son\w+\s*=", inside)
    assert "default-src 'none'" in page


@pytest.mark.browser
def test_the_page_fits_a_telephone_and_breaks_no_rule_of_its_own(browser, tmp_path):
    answer = made(title="w" * 300)
    write(answer, tmp_path)
    page = browser.new_page(viewport={"width": 360, "height": 700})
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    page.on("request", lambda one: said.append(one.url) if "report.html" not in one.url else None)
    page.goto((tmp_path / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("svg").first.bounding_box()["width"] > 300
    assert said == []
    page.close()


def test_blocks_flow_over_pages_and_repeat_heads(tmp_path):
    letters = letters_for("en")
    rows = tuple((f"place {at}", str(at)) for at in range(120))
    table = Table(("Name", "Number"), rows, (3, 1), (False, True), "All places")
    drawn = lay_out([Heading("A"), Paragraph("one"), table], letters, foot="foot")
    bind(drawn, tmp_path / "x.pdf", title="t", subject="s")
    said = pages(tmp_path / "x.pdf")
    assert len(said) > 2
    assert all("Name Number" in one for one in said)
    assert " ".join(said).count("place 77 77") == 1
    assert said[-1].endswith(f"foot {len(said)} / {len(said)}")


def test_a_language_there_is_not(plan, tmp_path):
    with pytest.raises(InputError, match=r"no language 'xx'.*en"):
        plan.report(tmp_path / "r", "xx")
    assert not (tmp_path / "r").exists()


def test_the_command(project, capsys):
    root = str(project.root)
    with pytest.raises(SystemExit) as left:
        main(["--root", root, "report", "care_blocks", "--language", "klingon"])
    assert left.value.code == 2
    assert "report: --language: no language 'klingon'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["--root", root, "report", "care_blocks", "--language", "pt"])
    assert left.value.code == 0
    assert "report.html" in capsys.readouterr().out
    text = (project.root / "maps" / "care_blocks" / "report" / "report.html").read_text("utf-8")
    assert '<html lang="pt">' in text
    assert "Construir primeiro: Water works." in text
