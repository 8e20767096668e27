"""What was decided about a plan, by whom and why: ``decision.toml``."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.model.base import Frozen, Texts
from siteplanner.model.wording import say_all

Outcome = Literal["approved", "approved with changes", "deferred", "rejected", "noted"]
SiteOutcome = Literal["approved", "deferred", "rejected", "added"]
LARGEST_BYTES = 2**20
LONGEST = 4000
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w")
_TELEPHONE = re.compile(
    r"\+\d[\d ()./-]{6,}\d"
    r"|\b(?:tel|cel|fax|phone|mobile|whatsapp|m[óo]vil|c\.?c|c[ée]dula|cpf|dni|rg|电话|手机)"
    r"\w{0,6}[.:]*\s*(?:no\.?\s*)?\d[\d ()./-]{5,}\d",
    re.IGNORECASE,
)
TEMPLATE = """\
# What was decided, by whom, and why:
#   siteplanner publish SCENARIO --as NAME --decision decision.toml
# It is published as it stands here: offices, not the names of people; no e-mails, no telephones.

body = "Care committee of the city council"
date = 2026-03-12
outcome = "approved with changes"    # approved, approved with changes, deferred, rejected, noted
text = "The first two places are to be built; the third is put off."
reasons = [
    "They reach the quarters with most need.",
    "The third place has no clear title.",
]
signed_by = ["Director of planning"]  # offices
minutes = "CC/2026/14, item 5"       # where it is written down
about = ""                           # the published version that the committee saw, if another

# Where the committee went another way than the plan; as many as are needed, or none:
# [[sites]]
# site = "id of the place, or its name"
# outcome = "deferred"               # approved, deferred, rejected, added
# reason = "No clear title."
"""


def _day(found: object) -> object:
    """Take a day as TOML has it, without quotes, or in quotes."""
    if isinstance(found, str):
        try:
            return datetime.date.fromisoformat(found)
        except ValueError:
            found = found[:40]
    if type(found) is not datetime.date:
        msg = f"found {found!r:.40}; write the day as 2026-03-12"
        raise ValueError(msg)
    return found


def _short(found: object) -> object:
    if isinstance(found, str) and not found.strip():
        msg = "it is empty; fill it in"
        raise ValueError(msg)
    if isinstance(found, str) and len(found) > LONGEST:
        msg = f"it has {len(found):,} letters; write at most {LONGEST:,}"
        raise ValueError(msg)
    return found


Text = Annotated[str, BeforeValidator(_short)]
Day = Annotated[datetime.date, BeforeValidator(_day)]


class SiteDecision(Frozen):
    """A place on which the committee went another way than the plan.

    Examples
    --------
    >>> SiteDecision(site="b-12", outcome="deferred", reason="No clear title.").outcome
    'deferred'
    """

    site: Text
    """Id of the place, or its name where only one has it."""
    outcome: SiteOutcome
    """approved, deferred, rejected, or added though the plan does not propose it."""
    reason: Text
    """Why."""


class Decision(Frozen):
    """What was decided about a plan.

    Examples
    --------
    >>> made = Decision(body="Council", date="2026-03-12", outcome="noted", text="Noted.")
    >>> made.date.isoformat()
    '2026-03-12'
    """

    body: Text
    """Who decided: a committee, a council, an office."""
    date: Day
    """The day of the decision."""
    outcome: Outcome
    """approved, approved with changes, deferred, rejected or noted."""
    text: Text
    """The decision in its own words."""
    reasons: Texts = ()
    """Why, a sentence each."""
    signed_by: Texts = ()
    """The offices that sign; no names of people."""
    minutes: str = ""
    """Where it is written down."""
    about: str = ""
    """The published version that was decided on, where it is another one."""
    sites: tuple[SiteDecision, ...] = Field(default=())
    """Where the decision went another way than the plan."""

    @model_validator(mode="after")
    def _says_why(self) -> Decision:
        if self.outcome in ("deferred", "rejected") and not self.reasons:
            msg = 'a plan that is put off or rejected needs a reason; add reasons = ["…"]'
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _names_nobody(self) -> Decision:
        for key, text in _texts(self.model_dump(mode="json")):
            found = personal(text)
            if found and key != "date":
                msg = f"'{key}' holds {found}; take it out: a decision is passed on"
                raise ValueError(msg)
        return self


def read_decision(path: Path) -> Decision:
    """Read ``decision.toml``.

    Parameters
    ----------
    path
        The file; ``siteplanner publish --template`` prints one to fill in.

    Returns
    -------
    The decision.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    where, todo = path.name, "siteplanner publish --template prints one to fill in"
    try:
        if path.stat().st_size > LARGEST_BYTES:
            found = "it has more than a megabyte: it is no decision"
            raise InputError([Problem(where, "", found, todo)])
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise InputError([Problem(str(path), "", "no such file", todo)]) from None
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is not UTF-8"
        raise InputError([Problem(where, "", found, "save the file as UTF-8")]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        mend = "mend it there: text goes in quotes, lists in [ ], one key = value a line"
        raise InputError([Problem(where, "", f"not TOML: {error!s:.200}", mend)]) from None
    except OSError as error:
        found = f"it cannot be read ({error.strerror})"
        raise InputError([Problem(where, "", found, "make it readable")]) from None
    try:
        return Decision.model_validate(said)
    except ValidationError as error:
        wrong = say_all(Decision, where, said, error)
        mine = [one for one in wrong if one.key != "name" or "name" in said]  # a decision has none
        raise InputError(mine) from None


def with_ids(decision: Decision, labels: Mapping[str, str], where: str) -> Decision:
    """Call the places of a decision by their ids.

    Parameters
    ----------
    decision
        The decision.
    labels
        The name of every place of the plan, by id.
    where
        The file, for a problem.

    Returns
    -------
    The decision, with ids.

    Raises
    ------
    InputError
        With every place that the plan does not know, or knows several of.
    """
    wrong, sites = list[Problem](), list[SiteDecision]()
    for number, one in enumerate(decision.sites):
        called = [site for site, label in labels.items() if label == one.site]
        if one.site in labels:
            called = [one.site]
        if len(called) == 1:
            sites.append(one.model_copy(update={"site": called[0]}))
            continue
        many = f"{len(called)} places are called '{one.site:.60}'"
        found = many if called else f"the plan has no place '{one.site:.60}'"
        known: Collection[str] = called or {*labels, *labels.values()}
        todo = nearest_names(one.site, known)
        wrong.append(Problem(where, f"sites.{number}.site", found, todo))
    if wrong:
        raise InputError(wrong)
    return decision.model_copy(update={"sites": tuple(sites)})


def personal(text: str) -> str:
    """Say what in a decision points at a person; sums of money and file numbers do not.

    Examples
    --------
    >>> personal("ask ana@example.org"), personal("Tel. 310 555 0199"), personal("+57 310 555 0199")
    ('an e-mail address', 'a telephone or identity number', 'a telephone or identity number')
    >>> personal("1,200,000,000 pesos; file 2026-014-000123")
    ''
    """
    if _MAIL.search(text):
        return "an e-mail address"
    return "a telephone or identity number" if _TELEPHONE.search(text) else ""


def _texts(found: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(found, str):
        yield key, found
    elif isinstance(found, Mapping):
        for name, value in found.items():
            yield from _texts(value, f"{key}.{name}" if key else name)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from _texts(value, key)
