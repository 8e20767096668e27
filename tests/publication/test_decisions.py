"""A decision: every mistake in its file at once, and nobody's address in it."""

from __future__ import annotations

import pytest

from siteplanner import InputError
from siteplanner.publication.decisions import TEMPLATE, read_decision, with_ids

GOOD = 'body = "Council"\ndate = 2026-03-12\noutcome = "noted"\ntext = "Noted."\n'
LABELS = {"a1": "School", "b2": "Mill", "b3": "Mill", "c4": ""}


def read(folder, text):
    path = folder / "decision.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_decision(path)


def refused(folder, text):
    with pytest.raises(InputError) as caught:
        read(folder, text)
    return str(caught.value)


def test_the_template_is_a_decision_as_it_stands(tmp_path):
    found = read(tmp_path, TEMPLATE)
    assert (found.date.isoformat(), found.outcome) == ("2026-03-12", "approved with changes")
    uncommented = TEMPLATE.replace("# [[sites]]", "[[sites]]").replace("# site", "site")
    uncommented = uncommented.replace("# outcome =", "outcome =").replace("# reason", "reason")
    (place,) = read(tmp_path, uncommented).sites
    assert place.outcome == "deferred"


def test_all_problems_come_at_once(tmp_path):
    said = refused(tmp_path, 'body = " "\ndate = "12.3.2026"\noutcome = "maybe"\nsigned = "x"\n')
    lines = said.splitlines()
    assert len(lines) == 5, said
    assert all(line.startswith("decision.toml: ") for line in lines)
    for part in ("body: it is empty", "write the day as 2026-03-12", "did you mean 'signed_by'",
                 "text: the key is missing", "outcome: found 'maybe'"):  # fmt: skip
        assert part in said


@pytest.mark.parametrize("day", ["2026-02-30", '"2026-13-01"', "2026-03-12T10:00:00", "3", "true"])
def test_no_day(tmp_path, day):
    assert refused(tmp_path, GOOD.replace("2026-03-12", day))


def test_a_day_in_quotes_is_a_day(tmp_path):
    assert read(tmp_path, GOOD.replace("2026-03-12", '"2026-03-12"')).date.month == 3


@pytest.mark.parametrize(
    "text",
    ["Ask ana@example.org.", "Call +57 310 555 0199.", "tel. 310-555-0199", "C.C. 1.020.345.678"],
)
def test_addresses_of_people_are_refused(tmp_path, text):
    assert "take it out" in refused(tmp_path, GOOD.replace("Noted.", text))
    assert "'reasons'" in refused(tmp_path, f'{GOOD}reasons = ["{text}"]')


@pytest.mark.parametrize(
    "text", ["1,200,000,000 pesos.", "File 2026-014-000123 of 2026-03-12.", "Plan 4 @ 3 sites"]
)
def test_money_dates_and_file_numbers_are_no_addresses(tmp_path, text):
    assert read(tmp_path, GOOD.replace("Noted.", text)).text == text


def test_a_rejection_needs_a_reason(tmp_path):
    rejected = GOOD.replace("noted", "rejected")
    assert "needs a reason" in refused(tmp_path, rejected)
    assert read(tmp_path, f'{rejected}reasons = "No money."').reasons == ("No money.",)


@pytest.mark.parametrize(
    "text", [b"\xff\xfe\x00", b"body = ", b"= 3", b"a = " + b"[" * 3000, b'body = "' + b"x" * 2**21]
)
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, text):
    assert refused(tmp_path, text).startswith("decision.toml: ")


def test_a_file_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "x" / "y.toml"):
        with pytest.raises(InputError, match="--template prints one"):
            read_decision(path)


def sites(folder, *names):
    tables = [f'[[sites]]\nsite = "{one}"\noutcome = "rejected"\nreason = "x"\n' for one in names]
    return read(folder, GOOD + "".join(tables))


def test_places_are_called_by_id_or_by_a_name_of_their_own(tmp_path):
    found = with_ids(sites(tmp_path, "a1", "School", "b3"), LABELS, "decision.toml")
    assert [one.site for one in found.sites] == ["a1", "a1", "b3"]


def test_unknown_and_ambiguous_places_are_all_named(tmp_path):
    with pytest.raises(InputError) as caught:
        with_ids(sites(tmp_path, "Scool", "Mill"), LABELS, "decision.toml")
    assert str(caught.value).splitlines() == [
        "decision.toml: sites.0.site: the plan has no place 'Scool'; did you mean 'School'?",
        "decision.toml: sites.1.site: 2 places are called 'Mill'; known are: b2, b3",
    ]
