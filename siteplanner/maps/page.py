"""The council's map: one HTML file that needs no network and runs nothing it was not built with.

Script and style are files in ``shell/``.  What comes from data reaches the page in one JSON
block, and from there the document as text nodes only.  A content security policy allows
exactly the two scripts and two style sheets of the file, by their SHA-256, and no fetching.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import Any

from siteplanner.maps import leaflet
from siteplanner.maps.answer import Answer
from siteplanner.maps.contents import page_contents
from siteplanner.maps.packing import gathered

SCRIPTS = (
    "live.js",
    "reselect.js",
    "data.js",
    "state.js",
    "sentences.js",
    "words.js",
    "classing.js",
    "raster.js",
    "cells.js",
    "signs.js",
    "map.js",
    "layers.js",
    "legend.js",
    "whatif.js",
    "list.js",
    "breakdown.js",
    "why.js",
    "site.js",
    "sure.js",
    "compare.js",
    "downloads.js",
    "table.js",
    "method.js",
    "hash.js",
    "start.js",
)
"""In the order in which they build on each other."""
COMMENTS = re.compile(r"^ *(?://[^\n]*|/\*.*?\*/ *)\n", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ +", re.MULTILINE)
"""What stands in the scripts for their readers only: lines of comment, and room before lines."""
STYLES = ("panel.css", "map.css", "whatif.css", "site.css", "method.css")


def render(answer: Answer) -> str:
    r"""Draw the answer as one self-contained HTML page.

    Parameters
    ----------
    answer
        The answer; what its audience may not see is withheld.

    Returns
    -------
    The page's text, to be written as UTF-8 with ``\n`` line ends (the policy's hashes depend
    on them).  The same answer gives the same text.

    Raises
    ------
    siteplanner.errors.OutputError
        If Leaflet is missing or not the version that was checked.
    """
    contents, numbers = gathered(page_contents(answer))
    parts = {
        "title": html.escape(_one_line(answer.scenario.title)),
        "leaflet_style": leaflet.style(),
        "panel_style": "\n".join(map(_shell, STYLES)),
        "leaflet_script": _inline(leaflet.script()),
        "panel_script": _inline(_panel()),
        "plan": json_block(contents),
        "numbers": numbers,
    }
    scripts, styles = (
        " ".join(_source(parts[f"{maker}_{kind}"]) for maker in ("leaflet", "panel"))
        for kind in ("script", "style")
    )
    parts["policy"] = (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return re.sub(r"<!-- (\w+) -->", lambda found: parts[found[1]], _shell("page.html"))


def json_block(contents: Any) -> str:
    r"""Write JSON that can stand in a script element: no ``<``, ``>``, ``&`` or non-ASCII.

    Examples
    --------
    >>> print(json_block({"label": "</script>"}))
    {"label":"\u003c/script\u003e"}
    """
    text = json.dumps(contents, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _panel() -> str:
    """Join the page's own scripts into one, which leaves nothing in the page's global names."""
    text = "(function () {\n" + "\n".join(map(_shell, SCRIPTS)) + "}());\n"
    return INDENTED.sub("", COMMENTS.sub("", text))


def _shell(name: str) -> str:
    text = files("siteplanner.maps").joinpath("shell", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def _inline(script: str) -> str:
    """Keep a script from ending its element early."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _one_line(text: str) -> str:
    return " ".join(text.split())
