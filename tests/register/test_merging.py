"""Three ways, by brute force: what a copy gives, what it was issued with, what is held now."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.register.copies import Copy
from siteplanner.register.held import Register
from siteplanner.register.issued import Issued
from siteplanner.register.merging import merge
from siteplanner.register.said import Said

WORDS = (None, "desk", "visited", "rejected")


def known(value):
    return {} if value is None else {"status": value}


def copy(name, value, base=None, *, based=True):
    issued = Issued("en", {"a": "Mill"}, {"a": known(base)}, {}) if based else None
    return Copy(name, name, "en", {"a": {"status": value}}, {"a": 3}, issued, Said())


def expected(base, ours, theirs):
    """Give the value and the sort of line, as a person would decide."""
    if theirs in (base, ours):
        return ours, None
    return (theirs, "changed") if ours == base else (ours, "conflict")


@pytest.mark.parametrize(("base", "ours", "theirs"), list(itertools.product(WORDS, repeat=3)))
def test_every_case_of_one_copy(base, ours, theirs):
    merged = merge(Register({"a": known(ours)}), [copy("one", theirs, base)])
    value, what = expected(base, ours, theirs)
    assert merged.register.sites.get("a", {}).get("status") == value
    assert [line.what for line in merged.lines] == ([what] if what else [])


@pytest.mark.parametrize(("ours", "theirs"), list(itertools.product(WORDS, repeat=2)))
def test_a_copy_that_does_not_say_what_it_was_issued_with_fills_gaps_only(ours, theirs):
    merged = merge(Register({"a": known(ours)}), [copy("one", theirs, based=False)])
    filled = ours is None and theirs is not None
    assert merged.register.sites.get("a", {}).get("status") == (theirs if filled else ours)
    conflict = ours is not None and theirs is not None and ours != theirs
    assert merged.count("conflict") == conflict


@pytest.mark.parametrize(("base", "one", "two"), list(itertools.product(WORDS, repeat=3)))
def test_two_copies_that_differ_change_nothing_and_tell_both(base, one, two):
    copies = [copy("one", one, base), copy("two", two, base)]
    for order in (copies, copies[::-1]):
        merged = merge(Register({"a": known(base)}), order)
        now = merged.register.sites.get("a", {}).get("status")
        changes = {value for value in (one, two) if value != base}
        if len(changes) == 2:
            assert now == base
            assert {line.now for line in merged.lines} == {value or "" for value in changes}
            assert {line.what for line in merged.lines} == {"conflict"}
        else:
            assert now == (changes.pop() if changes else base)
            assert merged.count("conflict") == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(WORDS)] * 2, st.booleans()), max_size=4),
       st.sampled_from(WORDS))  # fmt: skip
def test_nothing_that_somebody_wrote_is_lost(given_, ours):
    """Each value is held now, or what the copy was issued with, or stands in a line."""
    copies = [copy(f"c{n}", value, base, based=based) for n, (value, base, based) in
              enumerate(given_)]  # fmt: skip
    held = Register({"a": known(ours)})
    merged = merge(held, copies)
    now = merged.register.sites.get("a", {}).get("status")
    told = {(line.copy, line.now) for line in merged.lines}
    for one, (value, base, based) in zip(copies, given_, strict=True):
        issued = base if based else None
        assert value in (now, issued, ours) or (one.name, value or "") in told
    assert held == Register({"a": known(ours)})  # the caller's stays as it is


@pytest.mark.parametrize(("base", "ours", "theirs"), list(itertools.product(WORDS, repeat=3)))
def test_a_copy_read_twice_changes_nothing_more(base, ours, theirs):
    came = copy("one", theirs, base)
    once = merge(Register({"a": known(ours)}), [came]).register
    assert merge(once, [came]).register.sites == once.sites


def test_rows_that_are_gone_stay_and_are_told():
    issued = Issued("en", {"a": "Mill", "b": "School"}, {"b": {"status": "desk"}}, {})
    came = Copy("one", "x", "en", {"a": {}}, {"a": 3}, issued, Said())
    merged = merge(Register({"b": {"status": "desk"}}), [came])
    assert merged.register.sites["b"] == {"status": "desk"}
    assert "1 of its rows are gone (b)" in merged.lines[0].why
