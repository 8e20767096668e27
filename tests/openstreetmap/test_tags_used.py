"""Tags of the themes as mappers use them, and what a tag must not take."""

from __future__ import annotations

import pytest

from siteplanner.openstreetmap import Area, parse_settings, settings_text
from siteplanner.openstreetmap.tags import taken_as

THEMES = parse_settings(settings_text(Area(place="V"))).themes


@pytest.mark.parametrize(
    ("theme", "tags", "taken"),
    [
        # verge=* is a property of streets (wiki, Key:verge): a roundabout is no candidate ground
        ("open_ground", {"highway": "primary", "junction": "roundabout", "verge": "both"}, ""),
        ("open_ground", {"verge": "yes"}, "verge=yes"),
        ("open_ground", {"landuse": "grass", "verge": "yes"}, "landuse=grass"),
        # social_facility=* says which; amenity=social_facility is the approved main tag
        ("social_facilities", {"amenity": "social_facility", "social_facility": "shelter"},
         "amenity=social_facility"),
        ("social_facilities", {"social_facility": "food_bank"}, "social_facility=food_bank"),
        ("social_facilities", {"amenity": "shelter", "shelter_type": "public_transport"}, ""),
    ],
)  # fmt: skip
def test_what_is_taken(theme, tags, taken):
    assert taken_as(tags, THEMES[theme]) == taken


def test_every_tag_is_written_as_tags_are():
    """Small letters, digits, _ and -, and a : in keys alone; the same value once."""
    for name, theme in THEMES.items():
        for key, values in {**theme.tags, **theme.also, **theme.without, **theme.open_at}.items():
            assert key.replace(":", "_").replace("_", "a").isalnum(), (name, key)
            words = () if values is True else values
            assert len(set(words)) == len(words), (name, key)
            assert all(one == one.lower() and " " not in one for one in words), (name, key)
