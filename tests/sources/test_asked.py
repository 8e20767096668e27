"""A misspelt word in ``where`` is named, with what is there."""

from __future__ import annotations

import pytest

from siteplanner import InputError, Project, init


@pytest.fixture
def town(tmp_path):
    return init(tmp_path / "town").root


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'where = { owner = ["public"] }',
            'where = { owner = ["Public"] }',
            "sites.where.owner: no row of public_buildings has owner = 'Public'; "
            "did you mean 'public'?",
        ),
        (
            'where = { use = ["emergency"] }',
            'where = { use = ["emergncy", "school"] }',
            "sites.exclude.emergency.where.use: no row of public_buildings has use = 'emergncy'; "
            "did you mean 'emergency'?",
        ),
        (
            'column = "family"\n',
            'column = "family"\nwhere = { family = ["carerss"] }\n',
            "site.families.where.family: no row of services has family = 'carerss'; did you",
        ),
        (
            'existing = "care_blocks_open"\n',
            'existing = "care_blocks_open"\nexisting_where = { opened = [1999] }\n',
            "choice.existing_where.opened: no row of care_blocks_open has opened = 1999; known",
        ),
    ],
)
def test_a_value_that_no_row_has(town, old, new, sentence):
    path = town / "scenarios" / "care_blocks.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Project(town).run("care_blocks")
    assert f"scenarios/care_blocks.toml: {sentence}" in str(caught.value)
