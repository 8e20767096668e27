"""The page's scripts as text: no name twice, no markup from data, nothing from the network."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import quickjs

from siteplanner.maps.page import SCRIPTS, STYLES, _shell

NAMES = re.compile(r"^(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def test_no_name_is_declared_twice():
    names = Counter(name for file in SCRIPTS for name in NAMES.findall(_shell(file)))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("file", SCRIPTS)
def test_a_script_is_strict_short_and_writes_no_markup(file):
    text = _shell(file)
    assert '"use strict";' in text
    assert len(text.splitlines()) <= 300
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert word not in text
    assert not re.search(r"https?://", text.replace("http://www.w3.org/2000/svg", ""))


@pytest.mark.parametrize("file", STYLES)
def test_a_style_fetches_nothing(file):
    assert not re.search(r"url\(|@import|https?://", _shell(file))


def test_all_scripts_together_can_be_parsed():
    source = "\n".join(map(_shell, SCRIPTS))
    source = re.sub(r"catch \{", "catch (unused) {", source)
    quickjs.Context().eval("(function () {\nreturn;\n" + source + "\n});")
