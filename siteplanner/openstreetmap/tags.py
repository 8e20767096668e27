"""Which elements of OpenStreetMap a theme takes, and which ways its walk filter lets in."""

from __future__ import annotations

from collections.abc import Mapping

from siteplanner.openstreetmap.settings import Tags, Theme, WalkFilter


def first_match(tags: Mapping[str, str], wanted: Tags) -> str:
    """Give the first of the wanted tags that an element has, as ``key=value``.

    Parameters
    ----------
    tags
        Of the element.
    wanted
        Values by key; True stands for any value but ``no``.

    Returns
    -------
    The tag; empty where it has none of them.

    Examples
    --------
    >>> first_match({"amenity": "school", "name": "A"}, {"amenity": ("library", "school")})
    'amenity=school'
    >>> first_match({"building": "no"}, {"building": True})
    ''
    >>> first_match({"amenity": "school;library"}, {"amenity": ("library",)})
    'amenity=library'
    """
    for key, values in wanted.items():
        said = tags.get(key)
        if said is None or said == "no":
            if not (said == "no" and values is not True and "no" in values):
                continue
            return f"{key}=no"
        if values is True:
            return f"{key}={said}"
        words = [word.strip() for word in said.split(";")]
        for value in values:
            if value in words:
                return f"{key}={value}"
    return ""


def taken_as(tags: Mapping[str, str], theme: Theme) -> str:
    """Give the tag by which a theme takes an element; empty where it does not.

    Examples
    --------
    >>> hall = Theme(title="Halls", kind="polygons", tags={"amenity": "townhall"},
    ...              also={"building": True}, without={"access": "private"})
    >>> taken_as({"amenity": "townhall", "building": "yes"}, hall)
    'amenity=townhall'
    >>> taken_as({"amenity": "townhall"}, hall)
    ''
    >>> taken_as({"amenity": "townhall", "building": "yes", "access": "private"}, hall)
    ''
    """
    found = first_match(tags, theme.tags)
    if not found or first_match(tags, theme.without):
        return ""
    every = all(first_match(tags, {key: values}) for key, values in theme.also.items())
    return found if every else ""


def lets_in(tags: Mapping[str, str], rules: WalkFilter) -> bool:
    """Tell whether people may walk on a way, by the rules of a project.

    With the rules that every project begins with, this is
    `siteplanner.sources.walk_filter.is_walkable`.

    Parameters
    ----------
    tags
        Of a way with the tag ``highway``.
    rules
        Of the project.

    Returns
    -------
    Whether it is in.

    Examples
    --------
    >>> rules = WalkFilter(never=["raceway"], only_if_foot_says_so=["motorway"],
    ...                    foot_may=["yes"], foot_may_not=["no"], access_shut=["private"])
    >>> lets_in({"highway": "motorway"}, rules), lets_in({"highway": "cycleway"}, rules)
    (False, True)
    """
    foot, highway = tags.get("foot"), tags["highway"]
    if highway in rules.never or tags.get("area") == "yes" or foot in rules.foot_may_not:
        return False
    if foot in rules.foot_may:
        return True
    shut = highway in rules.only_if_foot_says_so or tags.get("access") in rules.access_shut
    return not (shut or tags.get("service") == "private" or tags.get("motorroad") == "yes")
