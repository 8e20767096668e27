"""The words of reports: whole in every language, and used."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

import siteplanner
from siteplanner.maps.messages import read
from siteplanner.report.wording import Wording
from siteplanner.sheets.words import languages

FOLDER = Path(str(files(siteplanner))) / "report"
MESSAGES = {
    code: json.loads((FOLDER / "messages" / f"{code}.json").read_text("utf-8"))
    for code in languages()
}
PYTHON = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.py")))


@pytest.mark.parametrize("code", languages())
def test_no_message_is_missing_extra_or_holds_other_names(code):
    assert set(MESSAGES[code]) == set(MESSAGES["en"])
    for key, text in MESSAGES[code].items():
        assert text.strip(), key
        names = [set(re.findall(r"\{(\w+)\}", one)) for one in (text, MESSAGES["en"][key])]
        assert names[0] == names[1], key


def test_every_message_is_used():
    starts = re.findall(r'f"([a-z_]+\.)\{', PYTHON)
    keys = {key.partition("#")[0] for key in MESSAGES["en"]}
    unused = [key for key in keys if f'"{key}"' not in PYTHON and not key.startswith(tuple(starts))]
    assert unused == []


def test_no_message_says_again_what_the_page_says():
    page = read()["en"]
    assert not set(MESSAGES["en"]) & set(page)


@pytest.mark.parametrize("code", languages())
def test_every_word_that_is_asked_for_is_there(code):
    words = Wording(code)
    asked = set(re.findall(r'say\(\s*"([a-z_.]+)"', PYTHON))
    assert len(asked) > 40
    sheets = json.loads((FOLDER.parent / "sheets" / "messages" / f"{code}.json").read_text("utf-8"))
    own = set(MESSAGES[code]) | set(read()[code]) | set(sheets)
    assert {key for key in asked if key not in own and f"{key}#other" not in own} == set()
    assert words.say("question.asked", n=1) == MESSAGES[code]["question.asked#one"]


def test_shares_follow_the_language():
    assert [Wording(code).percent(0.376) for code in ("en", "es", "zh")] == ["38%", "38 %", "38%"]
    assert Wording("en").percent(float("nan"), none="not known") == "not known"
    assert Wording("es").percent(0.9996) == "99,9 %"
    assert Wording("en").signed(-0.4) == "−0.4"
