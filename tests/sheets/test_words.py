"""The words of sheets: whole in every language, and used."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import siteplanner
from siteplanner.maps.classes import classed
from siteplanner.maps.messages import read
from siteplanner.sheets.words import Words, languages

FOLDER = Path(str(files(siteplanner))) / "sheets"
MESSAGES = {
    code: json.loads((FOLDER / "messages" / f"{code}.json").read_text("utf-8"))
    for code in languages()
}


@pytest.mark.parametrize("code", languages())
def test_no_message_is_missing_extra_or_holds_other_names(code):
    assert set(MESSAGES[code]) == set(MESSAGES["en"])
    for key, text in MESSAGES[code].items():
        assert text.strip(), key
        names = [set(re.findall(r"\{(\w+)\}", one)) for one in (text, MESSAGES["en"][key])]
        assert names[0] == names[1], key


def test_every_message_is_used():
    python = "\n".join(path.read_text("utf-8") for path in FOLDER.glob("*.py"))
    starts = re.findall(r'f"([a-z_]+\.)\{', python)
    unused = [
        key
        for key in MESSAGES["en"]
        if f'"{key}"' not in python and not key.startswith(tuple(starts))
    ]
    assert unused == []


def test_numbers_and_classes_follow_the_language():
    classes = classed(np.arange(5000.0), most=3)
    assert Words("en").classes(classes)[-1].endswith("and more")
    assert Words("es").classes(classes)[1] == "1.700 a 3.300"
    assert Words("en").classes(classes)[1] == "1,700 to 3,300"


def test_every_sentence_of_the_map_can_be_said():
    number, name = "1,234", "Escuela"
    for code in ("es", "pt", "zh"):
        words = Words(code)
        for english, own in read()[code]["sentences"].items():
            if "clause" in english:
                continue
            text = re.sub(r"\{(\w+)\}", lambda one: number if len(one[1]) == 1 else name, english)
            said = words.sentence(text)
            if own != english and not text.startswith(name):
                assert said != text, english


def test_sentences_in_a_row_and_sentences_of_others():
    words = Words("es")
    both = (
        "It newly reaches 1,830 people in need. Nobody in need would be newly within reach of it."
    )
    said = words.sentence(both)
    assert said.startswith("Pone al alcance a 1.830 personas con necesidad más. ")
    assert words.sentence("A planner's own note.") == "A planner's own note."
    assert words.sentence("") == ""
    assert Words("en").sentence("It adds 3 people.") == "It adds 3 people."
