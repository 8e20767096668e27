"""The headings of a United Kingdom equality impact assessment, filled as far as counts go.

The law prescribes no form (House of Commons, written answer 64447, 27 February 2017).  These are
the headings under which the Home Office publishes its own on GOV.UK, as in "Border Security,
Asylum and Immigration Bill 2025: equality impact assessment" (13 February 2025); the three limbs
are those of section 149(1) of the Equality Act 2010, the characteristics those of section 4.
Other authorities use other forms: the text can be moved.
"""

from __future__ import annotations

from siteplanner.report.blocks import Block, Bullets, Heading, Paragraph
from siteplanner.report.equality_sections import (
    Seen,
    by_group,
    characteristics,
    in_short,
    sources,
    unknown,
    unseen,
    walks,
)
from siteplanner.report.wording import shortened

OUTLINE = "1. Name and outline of policy proposal, guidance or operational activity"
EVIDENCE = (
    "2. Summary of the evidence considered in demonstrating due regard to the Public Sector "
    "Equality Duty"
)
LIMBS = (
    "3a. Consideration of limb 1 of the duty: Eliminate unlawful discrimination, harassment, "
    "victimisation, and any other conduct prohibited by the Equality Act",
    "3b. Consideration of limb 2: Advance equality of opportunity between people who share a "
    "protected characteristic and people who do not share it",
    "3c. Consideration of limb 3: Foster good relations between people who share a protected "
    "characteristic and people who do not share it",
)
IMPACTS = (
    "4. Summary of foreseeable impacts of policy proposal, guidance or operational activity on "
    "people who share protected characteristics"
)
MITIGATION = (
    "5. In light of the overall policy objective, are there any ways to avoid or mitigate any of "
    "the negative impacts that you have identified above?"
)
REVIEW = "6. Review date"
DECLARATION = "7. Declaration"


def fill(seen: Seen) -> list[Block]:
    """Put what was counted under the headings, and leave the rest to people.

    Parameters
    ----------
    seen
        What was counted.

    Returns
    -------
    The blocks of the page.  The headings stay in English, as they are published.
    """
    words, scenario = seen.words, seen.whole.scenario
    yours = Paragraph(words.say("eq.yours"), soft=True)
    outline = [shortened(scenario.title, 200), words.say("eq.outline", scenario=scenario.name)]
    evidence = [Heading(words.say("eq.h_groups"), 3), *by_group(seen)]
    walked = list(walks(seen))
    evidence += [Heading(words.say("eq.h_walks"), 3), *walked] if walked else []
    return [
        Paragraph(words.say("eq.uk_source"), soft=True),
        Heading(OUTLINE),
        Paragraph(" ".join(outline)),
        yours,
        Heading(EVIDENCE),
        *evidence,
        Heading(words.say("eq.h_unknown"), 3),
        *unknown(seen),
        Heading(words.say("eq.h_unseen"), 3),
        *unseen(seen),
        Heading(words.say("h.sources"), 3),
        *sources(seen),
        *(block for limb in LIMBS for block in (Heading(limb), yours)),
        Heading(IMPACTS),
        characteristics(seen),
        Paragraph(words.say("eq.yours_judge"), soft=True),
        Heading(MITIGATION),
        *in_short(seen),
        yours,
        Heading(REVIEW),
        Bullets((words.say("eq.review"),)),
        yours,
        Heading(DECLARATION),
        yours,
    ]
